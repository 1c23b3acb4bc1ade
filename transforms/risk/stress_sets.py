"""The fixed stress sets beside the grid: margin-like ranges, price and vol, a term response, VIX times four, replays.

METHODOLOGY 4.18 and 7. Each set is a convention of somebody else's or a day that was; `vol_rule` says what volatility
does in it. All of them now, against the model price now.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.market.elasticity import shocked_level_pts, spot_elasticity
from transforms.risk.part_sums import SCENARIO_PARTS, HeldLegs, is_worst, summed_by_group
from transforms.risk.repricing import NO_SHOCK, Cells, reprice, values_now, with_strike_vols_held
from transforms.risk.scenario_rules import STRESS_RULES, StressRules
from transforms.risk.vol_moves import FactorMove, ReplayMove, TermMove
from warehouse.tables.mart import MART_STRESS_SETS_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from transforms.risk.replays import ReplayDay
    from transforms.risk.repricing import ScenarioMarket
    from transforms.risk.vol_moves import VolMove

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

SHORT_VIX: Final = "short_vix"
VOLS_HELD: Final = "each option keeps its own vol; VIX and its futures stand still"
BY_FACTOR: Final = "SPX vols, VIX and its futures by the same factor; VIX-option vols keep"
BY_TERM: Final = "VIX down its path; futures and SPX vols by its points times VR(t) = (1 + t/25)^-0.67"
VIX_ONLY: Final = "VIX futures by a factor; SPX and its vols stand still"
AS_THEN: Final = "VX by that day's log changes at the same days to settlement; SPX vols by the move of VIX (a proxy)"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StressSet:
    """A named row of cells. `holds_strike_vols` for a set in which no smile travels; `reasons` where cells are null."""

    name: str
    vol_rule: str
    cell_names: Sequence[str]
    cells: Cells
    move: VolMove
    vol_shock_frac: Floats
    holds_strike_vols: bool = False
    days: Sequence[Any] = ()
    reasons: Sequence[str | None] = ()


def stress_sets(
    market: ScenarioMarket, replays: Sequence[ReplayDay], rules: StressRules = STRESS_RULES
) -> list[StressSet]:
    """List every set there is tonight."""
    return [
        _held_vols("tims", rules.tims_frac, market, rules),
        _held_vols("broker_range", rules.broker_frac, market, rules),
        _price_and_vol(market, rules),
        _term_response(market, rules),
        _vix_times(market, rules),
        *_replayed(market, replays),
    ]


def _held_vols(name: str, between: tuple[float, float], market: ScenarioMarket, rules: StressRules) -> StressSet:
    shocks = np.linspace(*between, rules.points_qty)
    ones = np.ones(shocks.size)
    return StressSet(
        name=name,
        vol_rule=VOLS_HELD,
        cell_names=[f"SPX {shock:+.1%}" for shock in shocks],
        cells=Cells.of(shocks),
        move=FactorMove(vix_pts=market.vix, future_multiple=ones, spx_vol_multiple=ones),
        vol_shock_frac=np.full(shocks.size, np.nan),
        holds_strike_vols=True,
    )


def _price_and_vol(market: ScenarioMarket, rules: StressRules) -> StressSet:
    pairs = np.array(list(product(_both_ways(rules.price_frac), _both_ways(rules.vol_frac))))
    shocks, vols = pairs.T
    return StressSet(
        name="price_vol",
        vol_rule=BY_FACTOR,
        cell_names=[f"SPX {shock:+.0%}, vol {vol:+.0%}" for shock, vol in pairs],
        cells=Cells.of(shocks),
        move=FactorMove(vix_pts=market.vix, future_multiple=1.0 + vols, spx_vol_multiple=1.0 + vols),
        vol_shock_frac=vols,
    )


def _term_response(market: ScenarioMarket, rules: StressRules) -> StressSet:
    shocks = np.array(_both_ways(rules.price_frac))
    eps = spot_elasticity(market.vix, market.prior)
    after = shocked_level_pts(market.vix, eps, spot_shock_frac=shocks, prior=market.prior)
    return StressSet(
        name="term_response",
        vol_rule=BY_TERM,
        cell_names=[f"SPX {shock:+.0%}" for shock in shocks],
        cells=Cells.of(shocks),
        move=TermMove(vix_pts=market.vix, vix_after_pts=after, prior=market.prior),
        vol_shock_frac=np.full(shocks.size, np.nan),
    )


def _vix_times(market: ScenarioMarket, rules: StressRules) -> StressSet:
    return StressSet(
        name="vix_times",
        vol_rule=VIX_ONLY,
        cell_names=[f"VIX x{rules.vix_multiple:g}"],
        cells=Cells.of(NO_SHOCK),
        move=FactorMove(
            vix_pts=market.vix, future_multiple=np.array([rules.vix_multiple]), spx_vol_multiple=np.ones(1)
        ),
        vol_shock_frac=np.full(1, np.nan),
    )


def _replayed(market: ScenarioMarket, replays: Sequence[ReplayDay]) -> list[StressSet]:
    """The past days; one that is not wholly loaded keeps its place, and says why it has no figures."""
    if not replays:
        return []
    nothing = np.zeros(1)
    return [
        StressSet(
            name="replay",
            vol_rule=AS_THEN,
            cell_names=[f"{replay.day}" for replay in replays],
            cells=Cells.of([_or_nan(replay.spx_return_frac) for replay in replays]),
            move=ReplayMove(
                vix_pts=market.vix,
                vix_log_change=np.array([_or_nan(replay.vix_log_change) for replay in replays]),
                tenors_days=[nothing if replay.tenors_days is None else replay.tenors_days for replay in replays],
                log_changes=[nothing if replay.log_changes is None else replay.log_changes for replay in replays],
                prior=market.prior,
            ),
            vol_shock_frac=np.full(len(replays), np.nan),
            days=[replay.day for replay in replays],
            reasons=[replay.reason for replay in replays],
        )
    ]


def _both_ways(sizes: Sequence[float]) -> list[float]:
    """Down, not at all and up, in order."""
    return sorted({0.0, *sizes, *(-size for size in sizes)})


def _or_nan(number: float | None) -> float:
    return np.nan if number is None else number


@dataclass(frozen=True, slots=True, eq=False)
class StressedBook:
    """The book in every set: values of the contracts in points, set by set."""

    held: HeldLegs
    market: ScenarioMarket
    base: Floats
    sets: Sequence[StressSet]
    values: Sequence[Floats]
    deltas: Sequence[Floats]


def stress(held: HeldLegs, market: ScenarioMarket, sets: Sequence[StressSet]) -> StressedBook:
    """Value every contract held in every cell of every set."""
    repriced = [reprice(held.contracts, market, one.cells, one.move) for one in sets]
    return StressedBook(
        held=held,
        market=market,
        base=values_now(held.contracts, market),
        sets=sets,
        values=[
            with_strike_vols_held(found.carried, held.contracts, market, one.cells, one.move)
            if one.holds_strike_vols
            else found.carried
            for one, found in zip(sets, repriced, strict=True)
        ],
        deltas=[found.delta_pts_per_1pct for found in repriced],
    )


def stress_rows(book: StressedBook, net_liq_usd: Mapping[str, float | None]) -> pl.DataFrame:
    """Add the legs up: one row per account, part, set and cell, as mart.stress_sets_daily declares.

    The part `short_vix`, the short VIX legs alone, stands in the set that multiplies VIX.
    """
    members = {
        (scope, part): book.held.short_vix(scope) if part == SHORT_VIX else book.held.members(scope, part)
        for scope in book.held.scopes
        for part in (*SCENARIO_PARTS, SHORT_VIX)
    }
    frames = [_of_set(book, at, members) for at in range(len(book.sets))]
    net_liq = pl.col("account").replace_strict(dict(net_liq_usd), default=None, return_dtype=pl.Float64)
    rows = (
        pl.concat(frames)
        .with_columns(pl.selectors.float().fill_nan(None), session_date=pl.lit(book.market.session_date))
        .with_columns(net_liq_frac=pl.when(net_liq > 0.0).then(pl.col("pnl_usd") / net_liq))
    )
    return MART_STRESS_SETS_DAILY.conform(rows).sort("account", "part", "stress_set", "cell_number")


def _of_set(book: StressedBook, at: int, members: Mapping[tuple[str, str], Positions]) -> pl.DataFrame:
    """Every part in the cells of one set."""
    one, held = book.sets[at], book.held
    pnl_usd, delta_usd = held.usd(book.values[at] - book.base), held.usd(book.deltas[at])
    missing = held.missing(pnl_usd, book.market)
    absences = list(one.reasons) or [None] * len(one.cell_names)
    is_absent = np.array([absence is not None for absence in absences])
    named = [key for key in members if key[1] != SHORT_VIX or one.name == "vix_times"]
    groups = [members[key] for key in named]
    pnl, delta = (np.where(is_absent, np.nan, summed_by_group(usd, groups)) for usd in (pnl_usd, delta_usd))
    reasons = [
        absence or reason for legs in groups for absence, reason in zip(absences, missing.reasons(legs), strict=True)
    ]
    qty = len(one.cell_names)
    labels = pl.DataFrame(
        {
            "stress_set": [one.name] * qty,
            "cell": list(one.cell_names),
            "cell_number": np.arange(1, qty + 1),
            "vol_rule": [one.vol_rule] * qty,
            "replayed_date": pl.Series(list(one.days) or [None] * qty, dtype=pl.Date),
            "spot_shock_frac": one.cells.spot_shock_frac,
            "vol_shock_frac": one.vol_shock_frac,
            "spx_pts": book.market.spot * (1.0 + one.cells.spot_shock_frac),
            "vix_pts": one.move.vix_after_pts,
        }
    )
    parts = pl.DataFrame(named, schema={"account": pl.String, "part": pl.String}, orient="row")
    return parts.join(labels, how="cross", maintain_order="left_right").with_columns(
        pnl_usd=pl.Series(pnl.ravel()),
        delta_usd_per_1pct=pl.Series(delta.ravel()),
        is_worst=pl.Series(is_worst(pnl, groups).ravel()),
        reason=pl.Series(reasons, dtype=pl.String),
    )
