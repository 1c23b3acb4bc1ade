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

CHECK_ID: Final = "scenario_value_in_bounds"
WORDING: Final = Wording(
    unit="positions",
    at_fault="A scenario values these positions outside what they can be worth",
    all_well="No scenario values a condor outside minus its wider side and zero, or a long VIX option below zero.",
    names_qty=8,
)


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """A position, what one unit of it is worth in each cell, and between what it has to be."""

    name: str
    unit_pts: Floats
    least_pts: float
    most_pts: float

    def fault(self, tick_pts: float) -> str | None:
        """Say how far the position leaves its bounds, at worst; none where it never does. Unknown values do not."""
        over = np.fmax(self.unit_pts - self.most_pts, self.least_pts - self.unit_pts)
        if not (over > tick_pts).any():
            return None
        at = int(np.nanargmax(over))
        return f"{self.name} ({self.unit_pts[at]:,.2f} points, {int((over > tick_pts).sum())} cells)"


def scenario_checks(
    held: HeldLegs, values: Mapping[str, Floats], session_date: dt.date, limits: CheckLimits = LIMITS
) -> pl.DataFrame:
    """Hold every cell against the bounds: one row of meta.checks for the book.

    `values`: model values of the contracts in points, contracts down and cells across, by what they are called.
    """
    positions = [
        replace(bounded, name=f"{bounded.name}, {called}")
        for called, contract_pts in values.items()
        for bounded in _bounded(held, contract_pts)
    ]
    faults = [said for said in (bounded.fault(limits.condor_tick_pts) for bounded in positions) if said]
    check = (
        replace(Check.of_faults(CHECK_ID, faults, WORDING), subject=BOOK)
        if positions
        else Check.not_applicable(CHECK_ID, "No condor and no long VIX option is held.", subject=BOOK)
    )
    row = {name: getattr(check, name) for name in Check.__slots__} | {"session_date": session_date}
    return META_CHECKS.conform(pl.DataFrame([row], infer_schema_length=None))


def _bounded(held: HeldLegs, contract_pts: Floats) -> Iterator[Bounded]:
    """Every condor, and every VIX option that is held long."""
    legs = held.legs.with_columns(at=pl.Series(held.contract_of_leg))
    condors = legs.filter(pl.col("part") == "condor").partition_by("account", "structure_id", maintain_order=True)
    for condor in condors:
        quantity = condor["quantity_qty"].cast(pl.Float64).to_numpy()
        unit = np.abs(quantity).max()
        value = (quantity[:, np.newaxis] * contract_pts[condor["at"].to_numpy()]).sum(axis=0) / unit
        # A side with more long options than short ones may be worth something.
        most_pts = np.inf if _has_more_long(condor) else 0.0
        yield Bounded(condor["structure_id"][0], value, -_wider_side(condor), most_pts)
    long = legs.filter(IS_VIX_OPTION & (pl.col("quantity_qty") > 0)).unique("at", keep="first", maintain_order=True)
    for name, at in long.select("instrument_id", "at").iter_rows():
        yield Bounded(name, contract_pts[at], 0.0, np.inf)


def _has_more_long(condor: pl.DataFrame) -> bool:
    return bool((condor.group_by("right").agg(pl.col("quantity_qty").sum())["quantity_qty"] > 0).any())


def _wider_side(condor: pl.DataFrame) -> float:
    by_right = condor.group_by("right", maintain_order=True).agg(
        width=pl.col("strike_pts").max() - pl.col("strike_pts").min()
    )
    widest: float = by_right["width"].max()  # type: ignore[assignment]  # strikes are numbers
    return widest
