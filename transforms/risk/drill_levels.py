"""Where SPX has to go for a condor to be WATCH, TESTED, ITM, BREACHED, at its WING (METHODOLOGY 6.1).

The warnings have a rule of distance and one of delta: the level is where the first of them is met on the way. The
chance of a touch, the third rule of WATCH, is not followed along the path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.states import RULES, StateRules
from transforms.risk.repricing import BASE, leg_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from transforms.risk.repricing import ScenarioMarket

    Floats = npt.NDArray[np.float64]

SIDES: Final = ("PUT", "CALL")
LEVELS: Final = ("NOW", "WATCH", "TESTED", "ITM", "BREACHED", "WING")
# Every tenth of a per cent away from spot; between two, delta is taken as straight.
SEARCHED_FRAC: Final = np.linspace(0.0, 0.30, 301)
LEVEL_SCHEMA: Final = pl.Schema(
    {
        "condor_account": pl.String(),
        "condor_id": pl.String(),
        "side": pl.String(),
        "level": pl.String(),
        "spot_shock_frac": pl.Float64(),
        "level_rule": pl.String(),
        "level_reason": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Level:
    """How far out of tonight's spot a level lies, as a fraction of it, and the rule that puts it there."""

    away_frac: float | None
    rule: str | None = None
    reason: str | None = None


def drill_levels(
    condors: pl.DataFrame,
    legs: pl.DataFrame,
    market: ScenarioMarket,
    *,
    edr_pts: float | None,
    rules: StateRules = RULES,
) -> pl.DataFrame:
    """Find the levels of every condor held: one row per condor, side and level, `LEVEL_SCHEMA`.

    `condors` as mart.condors_daily, `legs` as mart.legs_daily. `spot_shock_frac` is the way from tonight's spot, null
    with a reason where SPX is already past the level or the level does not exist. What is left of a condor has the
    levels of its one side.
    """
    deltas = _short_deltas(legs, market)
    rows = [
        {"condor_account": condor["account"], "condor_id": condor["condor_id"], "side": side, "level": name}
        | _spelled(level, -1.0 if side == "PUT" else 1.0)
        for condor in condors.sort("account", "condor_id").to_dicts()
        for side in SIDES
        if condor[f"short_{side.lower()}_pts"] is not None
        for name, level in _of_side(condor, side, deltas, market, edr_pts=edr_pts, rules=rules)
    ]
    return pl.DataFrame(rows, schema=LEVEL_SCHEMA)


def _spelled(level: Level, sign: float) -> dict[str, Any]:
    shock = None if level.away_frac is None else sign * level.away_frac
    return {"spot_shock_frac": shock, "level_rule": level.rule, "level_reason": level.reason}


def _short_deltas(legs: pl.DataFrame, market: ScenarioMarket) -> dict[tuple[str, str, str], Floats]:
    """The size of each short option's forward delta on the way out, by account, condor and side."""
    short = legs.filter(pl.col("part") == "condor", pl.col("quantity_qty") < 0).sort("account", "structure_id")
    found: dict[tuple[str, str, str], Floats] = {}
    for side, right, sign in (("PUT", "P", -1.0), ("CALL", "C", 1.0)):
        of_side = short.filter(pl.col("right") == right)
        contracts = of_side.unique("instrument_id", keep="first", maintain_order=True)
        shocks = sign * SEARCHED_FRAC
        per_1pct = leg_values(contracts, market, BASE, shocks).delta_pts_per_1pct
        terms = contracts.select(pl.col("forward_pts", "discount_factor_frac").cast(pl.Float64)).to_numpy()
        sizes = np.abs(per_1pct) / (0.01 * terms.prod(axis=1)[:, np.newaxis] * (1.0 + shocks))
        row_of = {name: row for row, name in enumerate(contracts["instrument_id"])}
        for account, condor, name in of_side.select("account", "structure_id", "instrument_id").iter_rows():
            found[account, condor, side] = sizes[row_of[name]]
    return found


def _of_side(  # noqa: PLR0913 - one condor, one side, and what the rules look at
    condor: dict[str, Any],
    side: str,
    deltas: dict[tuple[str, str, str], Floats],
    market: ScenarioMarket,
    *,
    edr_pts: float | None,
    rules: StateRules,
) -> Iterator[tuple[str, Level]]:
    """The six levels of one side, nearest first."""
    if market.spot_pts is None:
        yield from ((name, Level(None, reason="no mark spot tonight")) for name in LEVELS)
        return
    spot, name = market.spot_pts, side.lower()
    sign = -1.0 if side == "PUT" else 1.0
    short, long, even = (float(condor[f"{what}_{name}_pts"]) for what in ("short", "long", "break_even"))
    is_short_dated = condor["dte_days"] <= rules.short_dated_days
    delta = deltas.get((condor["account"], condor["condor_id"], side))

    def at(level_pts: float) -> float:
        return sign * (level_pts / spot - 1.0)

    def met(delta_from: float, multiple: float, share: float | None) -> tuple[float, str] | None:
        ways: list[tuple[float | None, str]] = [(_first_at(delta, delta_from), f"short {name} delta {delta_from:g}")]
        if edr_pts is not None:
            within_pts = multiple * edr_pts
            ways.append(
                (at(short - sign * within_pts), f"short {name} within {multiple:g} EDR ({within_pts:,.1f} pts)")
            )
        if share is not None:
            ways.append((at(short / (1.0 + sign * share)), f"short {name} within {share:.1%} of SPX"))
        return min(((away, rule) for away, rule in ways if away is not None), default=None)

    edr = (rules.watch_edr, rules.tested_edr)
    if is_short_dated:
        edr = (rules.watch_edr_short_dated, rules.tested_edr_short_dated)
    watch = met(rules.watch_delta, edr[0], None)
    tested = met(rules.tested_delta, edr[1], None if is_short_dated else rules.tested_distance_frac)
    if tested is not None and (watch is None or tested[0] < watch[0]):
        watch = (tested[0], f"{tested[1]} (TESTED at once)")
    yield "NOW", Level(0.0, "tonight")
    yield "WATCH", _warned(watch, spot)
    yield "TESTED", _warned(tested, spot)
    yield "ITM", _placed(at(short), f"short {name} {short:,.2f}", spot)
    if at(even) >= at(long):
        yield "BREACHED", Level(None, reason=f"no BREACHED: the break-even {even:,.2f} is not inside the wing")
    else:
        yield "BREACHED", _placed(max(at(even), at(short)), f"break-even {even:,.2f}", spot)
    yield "WING", _placed(at(long), f"long {name} {long:,.2f}", spot)


def _first_at(delta: Floats | None, threshold: float) -> float | None:
    """How far out the delta first reaches a threshold: nothing where it does not, or is not known."""
    if delta is None or np.isnan(delta).any():
        return None
    reached = np.flatnonzero(delta >= threshold)
    if not reached.size:
        return None
    after = int(reached[0])
    if after == 0:
        return -0.0
    share = (threshold - delta[after - 1]) / (delta[after] - delta[after - 1])
    return float(SEARCHED_FRAC[after - 1] + share * (SEARCHED_FRAC[after] - SEARCHED_FRAC[after - 1]))


def _warned(met: tuple[float, str] | None, spot: float) -> Level:
    if met is None:
        return Level(None, reason="neither an expected daily range nor the delta of the short option is known")
    return _placed(*met, spot, is_warning=True)


def _placed(away: float, rule: str, spot: float, *, is_warning: bool = False) -> Level:
    """A level ahead; one that SPX is past tonight is not on the way any more."""
    is_past = away <= 0.0 if is_warning else away < 0.0
    return Level(None, rule, f"SPX {spot:,.2f} is past it tonight: {rule}") if is_past else Level(away, rule)
