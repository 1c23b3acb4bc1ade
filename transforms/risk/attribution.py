"""Why the book made or lost money since the last close: each leg's P&L by delta, gamma, vega, theta, curve, rest.

METHODOLOGY 4.19. Every factor is computed on its own, from last night's state and tonight's; what they leave is
`unexplained`, never hidden in one of them. Small moves are a Taylor expansion about last night; near expiry and on big
moves the leg is revalued step by step, time first, then spot, vol, and the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_FUTURE, IS_SPX_OPTION
from transforms.pricing.black76 import price
from transforms.pricing.greeks import greeks, second_order_vol_greeks
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_ATTRIBUTION_DAILY

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.book.carry import VxLine
    from transforms.pricing.greeks import Greeks, SecondOrderVolGreeks

    Floats = npt.NDArray[np.float64]

KEY: Final = ("account", "label", "instrument_id")
TAYLOR: Final = "taylor"
STEP: Final = "step"
TRADE: Final = "trade"
FACTORS: Final = (
    *("delta_usd", "gamma_usd", "vega_usd", "volvol_usd", "vanna_volga_usd", "theta_usd"),
    *("rolldown_usd", "curve_shift_usd", "rates_usd", "trades_usd", "fees_usd"),
)
VOLPTS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionRules:
    """When a leg is revalued step by step instead of expanded, and how much may stay unexplained."""

    NAME: ClassVar[str] = "attribution"

    step_days: int = threshold(
        2, unit="calendar days", says="P&L attribution: revalued step by step from days to expiry", ref="4.19"
    )
    step_spot_frac: float = threshold(
        0.02, unit="fraction", says="P&L attribution: revalued step by step on a move of SPX above", ref="4.19"
    )
    step_width_frac: float = threshold(
        0.20,
        unit="standard deviations to settlement",
        says="P&L attribution: revalued step by step on a move of the leg's forward above",
    )
    step_time_frac: float = threshold(
        0.10, unit="fraction", says="P&L attribution: revalued step by step once the night took of the time left"
    )
    step_vol_frac: float = threshold(
        0.10, unit="fraction", says="P&L attribution: revalued step by step on a relative move of the leg's vol above"
    )
    unexplained_usd: float = threshold(
        50.0, unit="USD", says="P&L attribution: unexplained at most, or the share below", ref="4.19"
    )
    unexplained_frac: float = threshold(
        0.10, unit="fraction", says="P&L attribution: unexplained at most, of the day's P&L", ref="4.19"
    )


RULES: Final = AttributionRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightMove:
    """SPX of last night and tonight at their marks, and last night's VIX curve, along which futures roll down."""

    spot_before_pts: float
    spot_pts: float
    curve_before: VxLine


def attribute_legs(days: pl.DataFrame, move: NightMove, rules: AttributionRules = RULES) -> pl.DataFrame:
    """Split the P&L of the session, leg by leg.

    `days` are rows of `leg_days.leg_days`. One row per account, structure and instrument, as mart.attribution_daily
    declares, in USD, gain +: `actual_usd` is the sum of the factors and `unexplained_usd`. A leg whose states are not
    both known is null with its reason.
    """
    quantity, multiplier = _numbers(days, "quantity_before_qty"), _numbers(days, "multiplier_usd")
    step = _is_step(days, move, rules)
    size = quantity * multiplier
    factors = {
        name: size * np.where(step, stepped, expanded)
        for (name, expanded), stepped in zip(_expanded(days, move).items(), _stepped(days, move).values(), strict=True)
    }
    is_carried = days["is_carried"].to_numpy()
    columns = {name: pl.Series(np.where(is_carried, values, 0.0), nan_to_null=True) for name, values in factors.items()}
    method = pl.when(~pl.col("is_carried")).then(pl.lit(TRADE)).when("is_step").then(pl.lit(STEP))
    split = days.with_columns(**columns, is_step=pl.Series(step)).with_columns(
        method=method.otherwise(pl.lit(TAYLOR)),
        reason=pl.when(pl.col("reason").is_null() & pl.any_horizontal(pl.col(FACTORS).is_null()))
        .then(pl.lit("no model value last night or tonight"))
        .otherwise("reason"),
    )
    explained = reduce(add, map(pl.col, FACTORS))  # in this order always: sum_horizontal adds in any
    known = pl.col("reason").is_null()
    return MART_ATTRIBUTION_DAILY.conform(
        split.with_columns(unexplained_usd=pl.col("actual_usd") - explained)
        .with_columns(
            **{
                name: pl.when(known).then(name)
                for name in (*FACTORS, "curve_shift_spx_usd", "unexplained_usd", "actual_usd", "method")
            }
        )
        .select(MART_ATTRIBUTION_DAILY.column_names)
    ).sort("account", "structure_id", "instrument_id")


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """One contract's way through the night, one lane a leg: its forward in stages, and the pricer at each of them.

    `spot` is the forward SPX alone would have made of an SPX option's, all of tonight's for VIX; `rolled` is where a
    VIX future would stand on last night's curve with tonight's tenor.
    """

    days: pl.DataFrame
    before: Floats
    spot: Floats
    tonight: Floats
    rolled: Floats
    cp: Floats
    is_future: npt.NDArray[np.bool_]

    def value(self, forward: Floats, *, vol: str, is_later: bool, discount: Floats) -> Floats:
        years = _numbers(self.days, "t_years" if is_later else "t_years_before")
        vols = np.where(self.is_future, 0.0, _numbers(self.days, vol))
        option = price(
            np.where(self.is_future, 1.0, forward),
            np.where(self.is_future, 1.0, _numbers(self.days, "strike_pts")),
            vol=vols,
            years=np.where(self.is_future, 0.0, years),
            cp=self.cp,
            discount_factor=np.where(self.is_future, 1.0, discount),
        )
        return np.where(self.is_future, forward, option)

    @property
    def discount_before(self) -> Floats:
        return np.where(self.is_future, 1.0, _numbers(self.days, "discount_factor_before_frac"))

    @property
    def discount_rolled(self) -> Floats:
        """Last night's discount factor with tonight's time, at its own rate."""
        before, later = _numbers(self.days, "t_years_before"), _numbers(self.days, "t_years")
        share = np.divide(later, before, out=np.zeros(before.shape), where=before > 0.0)
        return np.asarray(self.discount_before ** np.where(self.is_future, 0.0, share))

    @property
    def discount_tonight(self) -> Floats:
        return np.where(self.is_future, 1.0, _numbers(self.days, "discount_factor_frac"))


def _path(days: pl.DataFrame, move: NightMove) -> _Path:
    is_spx = days.select(IS_SPX_OPTION).to_series().to_numpy()
    before, tonight = _numbers(days, "forward_before_pts"), _numbers(days, "forward_pts")
    settled = _numbers(days, "settlement_pts")
    # What has settled ended at its settlement level: the whole way there is a move of its underlying.
    level = np.where(np.isnan(settled), move.spot_pts, settled)
    tonight = np.where(np.isnan(settled), tonight, settled)
    tenor = _numbers(days, "dte_before_days")
    roll = move.curve_before.at(np.maximum(tenor - _numbers(days, "passed_days"), 0.0)) - move.curve_before.at(tenor)
    return _Path(
        days=days,
        before=before,
        spot=np.where(is_spx, before * level / move.spot_before_pts, tonight),
        tonight=tonight,
        rolled=before + np.where(is_spx, 0.0, roll),
        cp=np.where((days["right"] == "P").fill_null(value=False).to_numpy(), -1.0, 1.0),
        is_future=days.select(IS_FUTURE).to_series().to_numpy(),
    )


def _expanded(days: pl.DataFrame, move: NightMove) -> dict[str, Floats]:
    """Points per contract by Taylor about last night; theta by repricing over the days that passed."""
    path, is_spx = _path(days, move), days.select(IS_SPX_OPTION).to_series().to_numpy()
    first, second = _greeks_before(path)
    d_forward, d_vol = path.spot - path.before, _vol_move(days, path)
    now = path.value(path.before, vol="iv_before_vol", is_later=False, discount=path.discount_before)
    later = path.value(path.before, vol="iv_before_vol", is_later=True, discount=path.discount_rolled)
    vega = VOLPTS * first.vega_per_volpt * d_vol
    cross = (second.vanna * d_forward + 0.5 * second.volga * d_vol) * d_vol
    discount_move = np.where(path.is_future, 0.0, np.log(path.discount_tonight / path.discount_rolled))
    return {
        **_by_direction(first.delta_b76, path, move, is_spx),
        "gamma_usd": 0.5 * first.gamma_b76 * d_forward**2,
        "vega_usd": np.where(is_spx, vega, 0.0),
        "volvol_usd": np.where(is_spx, 0.0, vega),
        "vanna_volga_usd": cross,
        "theta_usd": later - now,
        "rates_usd": first.delta_b76 * (path.tonight - path.spot) + now * discount_move,
    }


def _stepped(days: pl.DataFrame, move: NightMove) -> dict[str, Floats]:
    """Points per contract by revaluation: time, then spot, then vol, then carry and rates.

    The step of the underlying is last night's delta, and in gamma all the rest of that step.
    """
    path, is_spx = _path(days, move), days.select(IS_SPX_OPTION).to_series().to_numpy()
    rolled = path.discount_rolled
    now = path.value(path.before, vol="iv_before_vol", is_later=False, discount=path.discount_before)
    aged = path.value(path.before, vol="iv_before_vol", is_later=True, discount=rolled)
    moved = path.value(path.spot, vol="iv_before_vol", is_later=True, discount=rolled)
    revolved = path.value(path.spot, vol="iv_tonight_vol", is_later=True, discount=rolled)
    delta = _greeks_before(path)[0].delta_b76
    arrived = path.value(path.tonight, vol="iv_tonight_vol", is_later=True, discount=path.discount_tonight)
    return {
        **_by_direction(delta, path, move, is_spx),
        "gamma_usd": moved - aged - delta * (path.spot - path.before),
        "vega_usd": np.where(is_spx, revolved - moved, 0.0),
        "volvol_usd": np.where(is_spx, 0.0, revolved - moved),
        "vanna_volga_usd": np.zeros(now.shape),
        "theta_usd": aged - now,
        "rates_usd": arrived - revolved,
    }


def _greeks_before(path: _Path) -> tuple[Greeks, SecondOrderVolGreeks]:
    """Last night's Greeks; a future is an expired option far in the money: delta 1, and no other."""
    state = {
        "forward": np.where(path.is_future, 1.0, path.before),
        "strike": np.where(path.is_future, np.finfo(np.float64).tiny, _numbers(path.days, "strike_pts")),
        "vol": np.where(path.is_future, 0.0, _numbers(path.days, "iv_before_vol")),
        "years": np.where(path.is_future, 0.0, _numbers(path.days, "t_years_before")),
        "cp": path.cp,
        "discount_factor": path.discount_before,
    }
    return greeks(**state), second_order_vol_greeks(**state)


def _by_direction(delta: Floats, path: _Path, move: NightMove, is_spx: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """First order: SPX options by SPX, VIX legs by the roll along last night's curve and by the shift of the curve."""
    eps = _numbers(path.days, "eps_before")
    of_spx = eps * np.log(move.spot_pts / move.spot_before_pts) * path.before
    return {
        "delta_usd": np.where(is_spx, delta * (path.spot - path.before), 0.0),
        "rolldown_usd": np.where(is_spx, 0.0, delta * (path.rolled - path.before)),
        "curve_shift_usd": np.where(is_spx, 0.0, delta * (path.tonight - path.rolled)),
        "curve_shift_spx_usd": np.where(is_spx, 0.0, delta * of_spx),
    }


def _is_step(days: pl.DataFrame, move: NightMove, rules: AttributionRules) -> npt.NDArray[np.bool_]:
    """Whether a Taylor expansion would fail: by the methodology's rule, or by the leg's own measure of a large move."""
    path = _path(days, move)
    years, vol = _numbers(days, "t_years_before"), _numbers(days, "iv_before_vol")
    width = vol * np.sqrt(years)
    is_large = (
        (np.abs(np.log(path.spot / path.before)) > rules.step_width_frac * width)
        | (years - _numbers(days, "t_years") > rules.step_time_frac * years)
        | (np.abs(_vol_move(days, path)) > rules.step_vol_frac * vol)
    )
    spot_move = np.abs(move.spot_pts / move.spot_before_pts - 1.0)
    is_near = _numbers(days, "dte_before_days") <= rules.step_days
    return np.asarray(is_near | (spot_move > rules.step_spot_frac) | (is_large & ~path.is_future))


def _vol_move(days: pl.DataFrame, path: _Path) -> Floats:
    move = _numbers(days, "iv_tonight_vol") - _numbers(days, "iv_before_vol")
    return np.where(path.is_future, 0.0, move)


def _numbers(frame: pl.DataFrame, column: str) -> Floats:
    return np.asarray(frame[column].cast(pl.Float64).to_numpy(), dtype=np.float64)
