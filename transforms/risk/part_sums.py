"""From the values of legs to the parts of each account: sums that need every leg, the missing ones named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.carry import NO_CURVE
from transforms.book.legs import IS_SPX_OPTION
from transforms.book.positions import ALL_ACCOUNTS, LAYERS, PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from transforms.risk.repricing import ScenarioMarket

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

HEDGE: Final = "hedge"
TOTAL: Final = "total"
SCENARIO_PARTS: Final = (*PARTS[:4], HEDGE, *PARTS[4:], TOTAL)
NOT_REPRICED: Final = "no forward or no smile for its expiry"
NO_VIX: Final = "no VIX close tonight"
BEYOND_CURVE: Final = "beyond the last VX contract of tonight's curve"
NO_SPOT: Final = "no mark spot tonight"


@dataclass(frozen=True, slots=True, eq=False)
class HeldLegs:
    """The legs of a book in an order of their own, the contracts they are in, and the parts they add up to.

    Many legs may be in one contract: it is valued once. The order makes equal sums of equal legs, however they arrive:
    those of an account lie together in `rows_of`, `legs_of` lists those of each part.
    """

    legs: pl.DataFrame
    contracts: pl.DataFrame
    contract_of_leg: Positions
    size_usd: Floats
    scopes: tuple[str, ...]
    rows_of: Mapping[str, tuple[int, int]]
    legs_of: Mapping[str, Positions]

    @classmethod
    def of(cls, legs: pl.DataFrame, scopes: Sequence[str]) -> HeldLegs:
        """Lay the legs of mart.legs_daily out."""
        ordered = legs.sort("account", "structure_id", "instrument_id")
        contracts = ordered.unique("instrument_id", keep="first", maintain_order=True)
        place = {name: at for at, name in enumerate(contracts["instrument_id"])}
        size = ordered["quantity_qty"] * ordered["multiplier_usd"]
        accounts, parts = ordered["account"].to_list(), np.array(ordered["part"].to_list(), dtype=object)
        return cls(
            legs=ordered,
            contracts=contracts,
            contract_of_leg=np.array([place[name] for name in ordered["instrument_id"]], dtype=np.intp),
            size_usd=np.asarray(size.cast(pl.Float64).to_numpy(), dtype=np.float64),
            scopes=tuple(scopes),
            rows_of={
                name: (accounts.index(name), accounts.index(name) + qty) for name, qty in Counter(accounts).items()
            },
            legs_of={part: np.flatnonzero(parts == part) for part in PARTS},
        )

    def usd(self, contract_pts: Floats) -> Floats:
        """What the contracts' points are worth in USD, leg by leg."""
        return np.asarray(self.size_usd[:, np.newaxis] * contract_pts[self.contract_of_leg], dtype=np.float64)

    def members(self, scope: str, part: str) -> Positions:
        """Which legs a part of an account, or of all accounts, consists of."""
        groups = {HEDGE: LAYERS, TOTAL: PARTS}
        of_part = [self.legs_of[name] for name in groups.get(part, (part,)) if name in self.legs_of]
        found = np.sort(np.concatenate(of_part)) if of_part else np.empty(0, dtype=np.intp)
        if scope == ALL_ACCOUNTS:
            return found
        first, last = self.rows_of.get(scope, (0, 0))
        return np.asarray(found[(found >= first) & (found < last)], dtype=np.intp)

    def short_vix(self, scope: str) -> Positions:
        """Which legs of an account are short VIX options and futures."""
        of_scope = self.members(scope, TOTAL)
        is_short = self.legs.select(~IS_SPX_OPTION & (pl.col("quantity_qty") < 0)).to_series().to_numpy()
        return np.asarray(of_scope[is_short[of_scope]], dtype=np.intp)

    def missing(self, leg_usd: Floats, market: ScenarioMarket) -> MissingLegs:
        """Find the legs that have no value in a cell, each with its cause."""
        is_missing = np.isnan(leg_usd)
        incomplete = np.flatnonzero(is_missing.any(axis=1))
        if not incomplete.size:
            return MissingLegs(is_missing, {})
        causes, names = self._causes(market), self.legs["instrument_id"].to_list()
        return MissingLegs(is_missing, {leg: f"{names[leg]} ({causes[leg]})" for leg in incomplete.tolist()})

    def _causes(self, market: ScenarioMarket) -> list[str]:
        """Why a leg would have no value: its own reason first, then what the market lacks."""
        has_terms = pl.col("forward_pts").is_not_null() & pl.col("iv_vol").is_not_null()
        is_vix = pl.lit(value=market.vix_pts is None)
        return (
            self.legs.select(
                cause=pl.when(pl.col("unpriced_reason").is_not_null())
                .then("unpriced_reason")
                .when(IS_SPX_OPTION & is_vix)
                .then(pl.lit(NO_VIX))
                .when(IS_SPX_OPTION & has_terms & pl.lit(value=market.spot_pts is None))
                .then(pl.lit(NO_SPOT))
                .when(~IS_SPX_OPTION & pl.col("forward_pts").is_not_null() & pl.lit(value=not market.has_curve))
                .then(pl.lit(NO_CURVE))
                .when(~IS_SPX_OPTION & (pl.col("dte_days") > market.vx_line.days.max(initial=0.0)))
                .then(pl.lit(BEYOND_CURVE))
                .otherwise(pl.lit(NOT_REPRICED))
            )
            .to_series()
            .to_list()
        )


@dataclass(frozen=True, slots=True, eq=False)
class MissingLegs:
    """Which legs have no value in which cell, and what is said of each leg that lacks one somewhere."""

    is_missing: npt.NDArray[np.bool_]
    said: Mapping[int, str]

    def reasons(self, members: Positions) -> list[str | None]:
        """Name, cell by cell, the legs of a part that have no value there, each with its cause."""
        lacking = np.array([leg for leg in members.tolist() if leg in self.said], dtype=np.intp)
        if not lacking.size:
            return [None] * self.is_missing.shape[1]
        patterns, which = np.unique(self.is_missing[lacking], axis=1, return_inverse=True)
        reasons = [
            ", ".join(sorted({self.said[leg] for leg in lacking[pattern].tolist()})) or None for pattern in patterns.T
        ]
        return [reasons[at] for at in which.ravel()]


def summed_by_group(leg_usd: Floats, groups: Sequence[Positions]) -> Floats:
    """Add up the legs of each group, cell by cell: a row a group."""
    if not groups:
        return np.empty((0, leg_usd.shape[1]))
    return np.stack([summed(leg_usd, members) for members in groups])


def summed(leg_usd: Floats, members: Positions) -> Floats:
    """Add the legs of a part up, cell by cell; NaN as soon as one is, and nothing adds up to 0."""
    return np.asarray(leg_usd[members].sum(axis=0), dtype=np.float64)


def is_worst(pnl_usd: Floats, members: Sequence[Positions]) -> npt.NDArray[np.bool_]:
    """Mark the cell where each part, a row each, loses most; none for a part without legs or without figures."""
    is_unknown = np.isnan(pnl_usd)
    lowest = np.where(is_unknown, np.inf, pnl_usd).argmin(axis=1)
    has_worst = np.array([legs.size > 0 for legs in members], dtype=bool) & ~is_unknown.all(axis=1)
    worst = np.zeros(pnl_usd.shape, dtype=bool)
    worst[has_worst, lowest[has_worst]] = True
    return worst
