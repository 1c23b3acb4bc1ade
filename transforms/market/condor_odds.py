"""How likely a condor ends well, and what it is expected to pay at settlement. METHODOLOGY 4.15.

Risk-neutral figures price, they do not forecast: at entry credit + EV_Q is about minus costs. EV_P scales every vol by
realised over implied: a model assumption, no more. Payoffs are those of the legs at settlement, at most 0, undiscounted
and without credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.smile_odds import SmileOdds
from transforms.thresholds import STANDARD, threshold

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.market.smile_odds import SmileNight

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

SPX_MULTIPLIER_USD: Final = 100.0
STRIKES: Final = ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
RIGHTS: Final = (-1.0, -1.0, 1.0, 1.0)
# The strikes odds are taken at, lowest first as a rule.
POINTS: Final = ("break_even_put_pts", "short_put_pts", "short_call_pts", "break_even_call_pts")
ROUNDING_PTS: Final = 1e-6

SETTLED: Final = "settled before the quotes"
NO_SMILE: Final = "its expiry has no smile tonight"
NOT_FITTED: Final = "its expiry is not fitted: read on the quoted smile"
FLAT: Final = "the quoted smile allows no odds here: N(d2) without its slope"
EXTRAPOLATED: Final = "a short strike or break-even lies beyond the quoted strikes: extrapolated"
NO_HV20: Final = "ev_p: no realised vol"
SCALED_ARBITRAGE: Final = "ev_p: the scaled smile prices a side outside its width"


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRules:
    """What odds and expectations are taken to be."""

    NAME: ClassVar[str] = "condor_odds"

    touch_multiple: float = threshold(
        2.0,
        unit="multiple",
        says="chance to touch a strike over the chance to end beyond it, at most 1",
        source=STANDARD,
        ref="METHODOLOGY 4.15",
    )
    lowest_vol_ratio: float = threshold(
        0.6, unit="multiple", says="realised over implied vol in EV_P is at least", ref="METHODOLOGY 4.15"
    )
    highest_vol_ratio: float = threshold(
        1.2, unit="multiple", says="realised over implied vol in EV_P is at most", ref="METHODOLOGY 4.15"
    )
    mass_tolerance_frac: float = threshold(
        0.01, unit="probability", says="a fitted density may miss mass 1 by", ref="METHODOLOGY 4.15"
    )


RULES: Final = OddsRules()


def condor_probabilities(
    condors: pl.DataFrame, night: SmileNight, *, hv20_vol: float | None, rules: OddsRules = RULES
) -> pl.DataFrame:
    """Add to each condor its odds and expected payoffs at settlement.

    `condors` carry `root, expiry_date, settlement, quantity_qty`, the strikes `long_put_pts, short_put_pts,
    short_call_pts, long_call_pts` and `break_even_put_pts, break_even_call_pts` of the whole campaign. Rows and their
    order stay. Adds, null where the expiry has no smile: `pop_frac` and `pop_flat_frac` (between the break-evens, with
    and without the smile's slope), of the short strikes `put_itm_frac, call_itm_frac, put_touch_frac, call_touch_frac`,
    `ev_q_payoff_usd`, `ev_p_payoff_usd` (of the position, <= 0), `ev_p_vol_ratio` (realised over implied, clipped),
    `prob_method` (fitted, quoted or flat) and `prob_reason`: why a figure is null or not of the first kind.
    """
    odds = SmileOdds.of_rows(condors, night, mass_tolerance_frac=rules.mass_tolerance_frac)
    strikes, points = _columns(condors, STRIKES), _columns(condors, POINTS)
    above, is_flat = odds.above(points)
    realised = np.nan if hv20_vol is None else hv20_vol
    ratio = np.clip(realised / odds.atm_vol, rules.lowest_vol_ratio, rules.highest_vol_ratio)
    size_usd = SPX_MULTIPLIER_USD * _columns(condors, ("quantity_qty",))[:, 0]
    ev_q = _condor_payoff(odds.expected_payoffs(strikes, RIGHTS))
    ev_p, is_scalable = _within_widths(odds.scaled_payoffs(strikes, RIGHTS, vol_ratio=ratio), strikes)
    outcomes = {
        "pop_frac": _profit_chance(above, strikes, points),
        "pop_flat_frac": _profit_chance(odds.flat_above(points), strikes, points),
        "put_itm_frac": 1.0 - above[:, 1],
        "call_itm_frac": above[:, 2],
        "put_touch_frac": np.minimum(1.0, rules.touch_multiple * (1.0 - above[:, 1])),
        "call_touch_frac": np.minimum(1.0, rules.touch_multiple * above[:, 2]),
        "ev_q_payoff_usd": size_usd * ev_q,
        "ev_p_payoff_usd": size_usd * ev_p,
        "ev_p_vol_ratio": ratio,
    }
    labels = _labels(odds, points, is_flat=is_flat, is_scalable=is_scalable | np.isnan(ratio), hv20_vol=hv20_vol)
    return condors.with_columns(
        **{
            name: pl.Series(np.where(odds.is_alive, values, np.nan), nan_to_null=True)
            for name, values in outcomes.items()
        },
        **labels,
    )


def _labels(
    odds: SmileOdds, points: Floats, *, is_flat: Flags, is_scalable: Flags, hv20_vol: float | None
) -> dict[str, pl.Series]:
    """Name how each row was read, and what is missing or of the second kind."""
    alive, is_settled = odds.is_alive, odds.years <= 0.0
    kinds = [~alive, odds.is_fitted, is_flat]
    reasons = (
        (is_flat, FLAT),
        (~is_flat & ~odds.is_fitted, NOT_FITTED),
        (~odds.is_quoted_around(points), EXTRAPOLATED),
        (np.full(alive.shape, hv20_vol is None), NO_HV20),
        (~is_scalable, SCALED_ARBITRAGE),
    )
    said = [
        "; ".join(text for applies, text in reasons if applies[row])
        if alive[row]
        else (SETTLED if is_settled[row] else NO_SMILE)
        for row in range(alive.size)
    ]
    return {
        "prob_method": pl.Series(np.select(kinds, ["", "fitted", "flat"], "quoted").tolist(), dtype=pl.String).replace(
            "", None
        ),
        "prob_reason": pl.Series(said, dtype=pl.String).replace("", None),
    }


def _profit_chance(above: Floats, strikes: Floats, points: Floats) -> Floats:
    """Chance to end between the break-evens, as the payoff really has them.

    A credit wider than a wing has no break-even on that side: it never loses there. Without a credit nothing is ever
    earned: the break-evens lie inside the short strikes.
    """
    has_put_loss = points[:, 0] > strikes[:, 0]
    has_call_loss = points[:, 3] < strikes[:, 3]
    above_put = np.where(has_put_loss, above[:, 0], np.where(np.isnan(above[:, 0]), np.nan, 1.0))
    above_call = np.where(has_call_loss, above[:, 3], np.where(np.isnan(above[:, 3]), np.nan, 0.0))
    earns_nothing = points[:, 0] >= strikes[:, 1]
    chance = np.maximum(above_put - above_call, 0.0)
    return np.where(earns_nothing & ~np.isnan(chance), 0.0, chance)


def _condor_payoff(payoffs: Floats) -> Floats:
    """Long the outer strikes, short the inner ones; each row summed alike, however many there are."""
    return np.asarray((payoffs[:, 0] - payoffs[:, 1]) + (payoffs[:, 3] - payoffs[:, 2]))


def _within_widths(payoffs: Floats, strikes: Floats) -> tuple[Floats, Flags]:
    """Sum a condor's payoffs where each side is worth something between nothing and its width."""
    put, call = payoffs[:, 1] - payoffs[:, 0], payoffs[:, 2] - payoffs[:, 3]
    width_put, width_call = strikes[:, 1] - strikes[:, 0], strikes[:, 3] - strikes[:, 2]
    is_sound = (
        (put >= -ROUNDING_PTS)
        & (put <= width_put + ROUNDING_PTS)
        & (call >= -ROUNDING_PTS)
        & (call <= width_call + ROUNDING_PTS)
    )
    return np.where(is_sound, _condor_payoff(payoffs), np.nan), is_sound


def _columns(frame: pl.DataFrame, names: tuple[str, ...]) -> Floats:
    return np.asarray(frame.select(pl.col(names).cast(pl.Float64)).to_numpy(), dtype=np.float64)
