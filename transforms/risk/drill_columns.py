"""What one hedge does for an account at each stop of a drill: P&L, deltas, the way to the wing, the cost of 40%."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.book.positions import LAYERS
from transforms.risk.drill_cells import CONDOR, CURVE_DAYS, read
from transforms.risk.offsets import CALL_SIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy.typing as npt

    from transforms.risk.drill_cells import DrillCells, Sums

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

PNL: Final = attrgetter("pnl_usd")
DELTA: Final = attrgetter("delta_usd_per_pt")
NO_UNIT: Final = "tonight's chain has no whole hedge unit that can be repriced and bought"
UNIT_GAINS_NOTHING: Final = "a hedge unit bought there gains nothing on a further fall"
NO_WING: Final = "SPX is past the WING tonight, or it cannot be repriced"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The cell of each row at its level, after a further sizing shock, and at its WING; -1 where there is none."""

    level: Positions
    further: Positions
    wing: Positions

    def of(self, rows: Positions) -> Places:
        """Those of some rows."""
        return Places(self.level[rows], self.further[rows], self.wing[rows])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Walk:
    """Accounts on their way: all their condors, and the layers they hold or buy late, in the cells of each row.

    `scope` and `condor` say where `valued` has each row's account and condor; `is_bought` where a unit of tonight
    stands in for layers that are not held.
    """

    rows: pl.DataFrame
    at: Places
    valued: DrillCells
    scope: Positions
    condor: Positions
    is_late: bool
    is_bought: npt.NDArray[np.bool_]
    half_spread_usd: float

    @property
    def is_call(self) -> npt.NDArray[np.bool_]:
        """Whether a row goes up, where VIX calls do not pay."""
        return (self.rows["side"] == "CALL").to_numpy()

    def condors_usd(self, places: Positions) -> Floats:
        """What all condors of each row's account make from tonight to a cell."""
        return read(self.valued.parts[CONDOR].pnl_usd, places, self.scope)

    def layer(self, layer: str, figure_of: Callable[[Sums], Floats], places: Positions) -> Floats:
        """A figure of one layer in a cell: of what each row's account holds of it, or buys."""
        held = read(figure_of(self.valued.parts[layer]), places, self.scope)
        return np.where(self.is_bought, read(figure_of(self.valued.unit[layer])[0], places), held)

    def path_usd(self, places: Positions) -> Floats:
        """What the layers make from tonight to the cells of the rows, had they been held."""
        return _total(self.layer(name, PNL, places) for name in LAYERS)

    @property
    def cost_usd(self) -> Floats:
        """What the layers are worth tonight."""
        return _total(
            np.where(self.is_bought, self.valued.unit[name].now_usd[0], self.valued.parts[name].now_usd[self.scope])
            for name in LAYERS
        )


def drill_columns(walk: Walk, target_frac: float) -> dict[str, Floats]:
    """Every amount of the rows of mart.itm_drills_daily; NaN where it has no meaning."""
    at = walk.at
    curve = {f"vx_{days}d_pts": read(walk.valued.curve_pts[row], at.level) for row, days in enumerate(CURVE_DAYS)}
    return {
        "spx_pts": read(walk.valued.spx_pts, at.level),
        "vix_pts": read(walk.valued.vix_pts, at.level),
        **curve,
        **_pnl(walk),
        **_deltas(walk),
        **_to_wing(walk),
        **_to_target(walk, target_frac),
    }


def _pnl(walk: Walk) -> dict[str, Floats]:
    """Since tonight. What is bought at the level has made nothing when SPX gets there."""
    counted = 0.0 if walk.is_late else 1.0
    layers = {f"{layer.lower()}_pnl_usd": counted * walk.layer(layer, PNL, walk.at.level) + 0.0 for layer in LAYERS}
    hedge, condors = _total(layers.values()), walk.condors_usd(walk.at.level)
    return {
        "condor_pnl_usd": read(PNL(walk.valued.condors), walk.at.level, walk.condor),
        "condors_pnl_usd": condors,
        **layers,
        "hedge_pnl_usd": hedge,
        "net_pnl_usd": condors + hedge,
        "offset_frac": ratio(hedge, -condors),
        "hedge_cost_usd": walk.cost_usd + (walk.path_usd(walk.at.level) if walk.is_late else 0.0),
    }


def _deltas(walk: Walk) -> dict[str, Floats]:
    """Before and after the hedge."""
    condors = read(DELTA(walk.valued.parts[CONDOR]), walk.at.level, walk.scope)
    hedge = _total(walk.layer(layer, DELTA, walk.at.level) for layer in LAYERS)
    return {
        "condor_delta_usd_per_pt": read(DELTA(walk.valued.condors), walk.at.level, walk.condor),
        "condors_delta_usd_per_pt": condors,
        "hedge_delta_usd_per_pt": hedge,
        "net_delta_usd_per_pt": condors + hedge,
        "delta_offset_frac": np.where(walk.is_call, np.nan, ratio(-hedge, condors)),
    }


def _to_wing(walk: Walk) -> dict[str, Floats]:
    """From the level on, at the same time."""
    condors, condors_here = (walk.condors_usd(places) for places in (walk.at.wing, walk.at.level))
    hedge, hedge_here = walk.path_usd(walk.at.wing), walk.path_usd(walk.at.level)
    made = hedge - hedge_here if walk.is_late else hedge + 0.0 * hedge_here
    return {
        "to_wing_condors_pnl_usd": condors - condors_here,
        "to_wing_hedge_pnl_usd": hedge - hedge_here,
        "net_at_wing_usd": condors + made,
        "offset_at_wing_frac": np.where(walk.is_call, np.nan, ratio(made, -condors)),
    }


def _to_target(walk: Walk, target_frac: float) -> dict[str, Floats]:
    """Units to buy at the level so that the hedge repays the target of what a further sizing shock costs there."""
    at = walk.at
    loss = np.maximum(walk.condors_usd(at.level) - walk.condors_usd(at.further), 0.0)
    gain = walk.path_usd(at.further) - walk.path_usd(at.level)
    held = 0.0 * gain if walk.is_late else gain
    unit = walk.valued.unit.values()
    unit_here, unit_further = (_total(read(PNL(sums)[0], places) for sums in unit) for places in (at.level, at.further))
    unit_gain = unit_further - unit_here
    price = sum(float(sums.now_usd[0]) for sums in unit) + unit_here + walk.half_spread_usd
    is_unsaid = walk.is_call | walk.rows["not_bought_reason"].is_not_null().to_numpy()
    units = np.where(is_unsaid, np.nan, np.maximum(ratio(target_frac * loss - held, unit_gain), 0.0))
    return {"units_to_target": np.where(np.isnan(price), np.nan, units), "cost_to_target_usd": units * price}


def with_reasons(rows: pl.DataFrame, *, smallest_loss_usd: Mapping[str, float], is_unit_known: bool) -> pl.DataFrame:
    """Say of each figure that has no meaning why it has none; `reason` says of each row why nothing is known.

    `smallest_loss_usd`, by account, is the least that is divided by.
    """
    too_small = {
        account: f"the condors lose less than {usd:,.0f} USD there, too little to divide by"
        for account, usd in smallest_loss_usd.items()
    }
    is_call, loss = pl.col("side") == "CALL", -pl.col("condors_pnl_usd")
    no_offset = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(is_call)
        .then(pl.lit(CALL_SIDE))
        .when(loss <= 0)
        .then(pl.lit("the condors do not lose there"))
        .when(loss < pl.col("account").replace_strict(smallest_loss_usd, return_dtype=pl.Float64))
        .then(pl.col("account").replace_strict(too_small, return_dtype=pl.String))
    )
    no_units = (
        pl.when(pl.col("units_to_target").is_not_null())
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("reason").is_not_null())
        .then("reason")
        .when(is_call)
        .then(pl.lit(CALL_SIDE))
        .when(pl.col("not_bought_reason").is_not_null())
        .then("not_bought_reason")
        .otherwise(pl.lit(UNIT_GAINS_NOTHING if is_unit_known else NO_UNIT))
    )
    no_wing = pl.coalesce("reason", pl.when(is_call).then(pl.lit(CALL_SIDE)), pl.lit(NO_WING))
    return rows.with_columns(offset_reason=no_offset, target_reason=no_units).with_columns(
        offset_frac=pl.when(pl.col("offset_reason").is_null()).then("offset_frac"),
        wing_reason=pl.when(pl.any_horizontal(pl.col("net_at_wing_usd", "offset_at_wing_frac").is_null())).then(
            no_wing
        ),
    )


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide where what is divided by is positive; NaN elsewhere."""
    shares = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0.0)
    return np.asarray(shares + 0.0, dtype=np.float64)


def _total(parts: Iterable[Floats]) -> Floats:
    return np.asarray(np.sum(list(parts), axis=0), dtype=np.float64)
