"""What no repricing may say: a condor worth more than nothing or less than minus its wider side, a long option below 0.

METHODOLOGY 4.18: asserted on the value of the position, not on its P&L. A violation is a failed check of the night.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.alerts import BOOK
from transforms.book.legs import IS_VIX_OPTION
from transforms.book.night_facts import LIMITS, Check, CheckLimits, Wording
from warehouse.tables.meta import META_CHECKS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from transforms.risk.part_sums import HeldLegs

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

CHECK_ID: Final = "scenario_value_in_bounds"
WORDING: Final = Wording(
    unit="positions",
    at_fault="A scenario values these positions outside what they can be worth",
    all_well="No scenario values a condor outside minus its wider side and zero, or a long VIX option below zero.",
    names_qty=8,
)


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """A position: how many of which contracts `units` of it are, and between what one of them has to be worth."""

    name: str
    contracts: Positions
    quantity: Floats
    units: float
    least_pts: float
    most_pts: float

    def fault(self, contract_pts: Floats, called: str, tick_pts: float) -> str | None:
        """Say how far the position leaves its bounds, at worst; none where it never does. Unknown values do not."""
        unit_pts = (self.quantity[:, np.newaxis] * contract_pts[self.contracts]).sum(axis=0) / self.units
        over = np.fmax(unit_pts - self.most_pts, self.least_pts - unit_pts)
        if not (over > tick_pts).any():
            return None
        at = int(np.nanargmax(over))
        return f"{self.name}, {called} ({unit_pts[at]:,.2f} points, {int((over > tick_pts).sum())} cells)"


def scenario_checks(
    held: HeldLegs, values: Mapping[str, Floats], session_date: dt.date, limits: CheckLimits = LIMITS
) -> pl.DataFrame:
    """Hold every cell against the bounds: one row of meta.checks for the book.

    `values`: model values of the contracts in points, contracts down and cells across, by what they are called.
    """
    positions = list(_bounded(held))
    faults = [
        said
        for called, contract_pts in values.items()
        for said in (position.fault(contract_pts, called, limits.condor_tick_pts) for position in positions)
        if said
    ]
    check = (
        replace(Check.of_faults(CHECK_ID, faults, WORDING), subject=BOOK)
        if positions and values
        else Check.not_applicable(CHECK_ID, "No condor and no long VIX option is held.", subject=BOOK)
    )
    row = {name: getattr(check, name) for name in Check.__slots__} | {"session_date": session_date}
    return META_CHECKS.conform(pl.DataFrame([row], infer_schema_length=None))


def _bounded(held: HeldLegs) -> Iterator[Bounded]:
    """Every condor, and every VIX option that is held long."""
    legs = held.legs.with_columns(at=pl.Series(held.contract_of_leg))
    by_side = legs.filter(pl.col("part") == "condor").group_by("account", "structure_id", "right", maintain_order=True)
    sides = by_side.agg(
        width=pl.col("strike_pts").max() - pl.col("strike_pts").min(),
        net_qty=pl.col("quantity_qty").sum(),
        at=pl.col("at"),
        quantity=pl.col("quantity_qty").cast(pl.Float64),
    )
    condors = sides.group_by("account", "structure_id", maintain_order=True).agg(
        wider_side=pl.col("width").max(),
        # A side with more long options than short ones may be worth something.
        has_more_long=(pl.col("net_qty") > 0).any(),
        at=pl.col("at").explode(),
        quantity=pl.col("quantity").explode(),
    )
    for _, name, wider_side, has_more_long, at, quantity in condors.iter_rows():
        size = np.array(quantity)
        most_pts = np.inf if has_more_long else 0.0
        yield Bounded(name, np.array(at, dtype=np.intp), size, float(np.abs(size).max()), -wider_side, most_pts)
    long = legs.filter(IS_VIX_OPTION & (pl.col("quantity_qty") > 0)).unique("at", keep="first", maintain_order=True)
    for name, at in long.select("instrument_id", "at").iter_rows():
        yield Bounded(name, np.array([at]), np.ones(1), 1.0, 0.0, np.inf)
