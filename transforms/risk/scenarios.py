"""What the book loses and the hedge earns when SPX jumps: every leg repriced, the smile and VIX moving with it.

METHODOLOGY 4.18: SPX vols travel with moneyness and shift with VIX; each VIX future runs down its own power path; a VIX
option keeps its own vol. P&L is against the model price now, so that a stale quote is not a scenario's gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import polars as pl

from transforms.book.legs import IS_SPX_OPTION, named_reasons, sum_or_null
from transforms.book.positions import LAYERS, PARTS, in_scopes
from transforms.market.elasticity import (
    PRIOR,
    ElasticityPrior,
    iv_shift_vol,
    shocked_level_pts,
    spot_elasticity,
)
from transforms.pricing.black76 import price
from warehouse.tables.mart import MART_SCENARIOS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

SPOT_SHOCKS_FRAC: Final = (
    *(-0.20, -0.15, -0.10, -0.07, -0.05, -0.03, -0.02, -0.01),
    *(0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.10),
)
NO_SHOCK: Final = np.zeros(1)
VOL_FLOOR: Final = 0.05
NOT_REPRICED: Final = "no forward or no smile for its expiry"
HEDGE: Final = "hedge"
TOTAL: Final = "total"
SCENARIO_PARTS: Final = (*PARTS[:4], HEDGE, *PARTS[4:], TOTAL)


class SmileVols(Protocol):
    """The quoted SPX smiles: `transforms.market.surface.Smiles`, or anything else that can be asked the same."""

    def index_of(self, contracts: pl.DataFrame) -> Positions:
        """Say which smile each row (`root, expiry_date, settlement`) is read on; -1 where there is none."""

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
        """Read the vol at k = ln(K/F), broadcast; NaN where there is no smile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How volatility answers the move of SPX: multiples of the path exponent and of a VIX option's own vol."""

    name: str
    path_multiple: float = 1.0
    vix_option_vol_multiple: float = 1.0


BASE: Final = Response(name="base")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioMarket:
    """The market a scenario starts from. Without VIX the shift of the SPX smile is unknown, and SPX legs are null."""

    session_date: dt.date
    spot_pts: float | None
    vix_pts: float | None
    smiles: SmileVols
    prior: ElasticityPrior = PRIOR


@dataclass(frozen=True, slots=True, eq=False)
class LegValues:
    """Model values in points per contract, legs down and shocks across; NaN where a leg cannot be repriced."""

    carried: Floats
    sticky_strike: Floats


def scenarios(
    legs: pl.DataFrame, market: ScenarioMarket, scopes: Sequence[str], *, responses: Sequence[Response] = (BASE,)
) -> pl.DataFrame:
    """Reprice the book for every move of SPX, now.

    `legs` of `price_legs`. One row per scope (`account_scopes`), part, shock and response, as mart.scenarios_daily
    declares; a part without legs gains nothing. A leg that cannot be repriced makes its part, hedge and total null, and
    the reason names it.
    """
    shocks = np.array(SPOT_SHOCKS_FRAC)
    rows = [_of_response(legs, market, scopes, response, shocks) for response in responses]
    return MART_SCENARIOS_DAILY.conform(pl.concat(rows)).sort("account", "part", "vol_response", "spot_shock_frac")


def leg_values(legs: pl.DataFrame, market: ScenarioMarket, response: Response, shocks: Floats) -> LegValues:
    """Give the model value of each leg after each shock, in points per contract; today's at shock 0."""
    is_spx = legs.select(IS_SPX_OPTION).to_series().to_numpy()
    is_future = legs["strike_pts"].is_null().to_numpy()
    spx, vix, futures = np.flatnonzero(is_spx), np.flatnonzero(~is_spx & ~is_future), np.flatnonzero(is_future)
    carried, sticky = (np.full((legs.height, shocks.size), np.nan) for _ in range(2))
    carried[spx], sticky[spx] = _spx_values(legs[spx], market, response, shocks)
    carried[vix] = sticky[vix] = _vix_values(legs[vix], market, response, shocks)
    carried[futures] = sticky[futures] = _future_paths(legs[futures], market, response, shocks)
    is_unpriced = ~legs["is_priced"].to_numpy()
    carried[is_unpriced] = sticky[is_unpriced] = np.nan
    return LegValues(carried=carried, sticky_strike=sticky)


def shocked_vix_pts(market: ScenarioMarket, response: Response, shocks: Floats) -> Floats:
    """Give spot VIX after each shock; NaN without a VIX to start from."""
    vix = np.nan if market.vix_pts is None else market.vix_pts
    return shocked_level_pts(
        vix,
        spot_elasticity(vix, market.prior),
        spot_shock_frac=shocks,
        response=response.path_multiple,
        prior=market.prior,
    )


def _spx_values(
    legs: pl.DataFrame, market: ScenarioMarket, response: Response, shocks: Floats
) -> tuple[Floats, Floats]:
    """SPX options: the smile carried with moneyness, beside it each strike's own vol held; both shift with VIX."""
    forward, strike = _column(legs, "forward_pts"), _column(legs, "strike_pts")
    after = forward * (1.0 + shocks)
    shift = iv_shift_vol(
        _column(legs, "dte_days"),
        vix_before_pts=np.nan if market.vix_pts is None else market.vix_pts,
        vix_after_pts=shocked_vix_pts(market, response, shocks),
        prior=market.prior,
    )
    smile = market.smiles.index_of(legs)[:, np.newaxis]
    vols = [
        np.maximum(market.smiles.vol_at(smile, np.log(strike / level)) + shift, VOL_FLOOR) for level in (after, forward)
    ]
    carried, sticky = (_priced(legs, after, vol) for vol in vols)
    return carried, sticky


def _vix_values(legs: pl.DataFrame, market: ScenarioMarket, response: Response, shocks: Floats) -> Floats:
    """VIX options on their own future's path, each at its own vol."""
    vol = _column(legs, "iv_vol") * response.vix_option_vol_multiple
    return _priced(legs, _future_paths(legs, market, response, shocks), vol)


def _future_paths(legs: pl.DataFrame, market: ScenarioMarket, response: Response, shocks: Floats) -> Floats:
    future = _column(legs, "forward_pts")
    return shocked_level_pts(
        future,
        _column(legs, "eps"),
        spot_shock_frac=shocks,
        response=response.path_multiple,
        prior=market.prior,
    )


def _priced(legs: pl.DataFrame, forward: Floats, vol: Floats) -> Floats:
    return price(
        forward,
        _column(legs, "strike_pts"),
        vol=vol,
        years=_column(legs, "t_years"),
        cp=np.where(legs["right"].to_numpy() == "C", 1.0, -1.0)[:, np.newaxis],
        discount_factor=_column(legs, "discount_factor_frac"),
    )


def _column(legs: pl.DataFrame, name: str) -> Floats:
    return np.asarray(legs[name].cast(pl.Float64).to_numpy(), dtype=np.float64)[:, np.newaxis]


def _of_response(
    legs: pl.DataFrame, market: ScenarioMarket, scopes: Sequence[str], response: Response, shocks: Floats
) -> pl.DataFrame:
    cells = pl.DataFrame(
        {
            "spot_shock_frac": shocks,
            "vix_pts": pl.Series(shocked_vix_pts(market, response, shocks)).fill_nan(None),
        }
    ).with_columns(spx_pts=pl.lit(market.spot_pts, dtype=pl.Float64) * (1.0 + pl.col("spot_shock_frac")))
    every_part = pl.DataFrame({"account": scopes}, schema={"account": pl.String}).join(
        pl.DataFrame({"part": SCENARIO_PARTS}), how="cross"
    )
    by_part = _by_part(_leg_pnl(legs, market, response, shocks), scopes)
    is_empty = pl.col("legs_qty").is_null()
    return (
        every_part.join(cells, how="cross")
        .join(by_part, on=["account", "part", "spot_shock_frac"], how="left", maintain_order="left")
        .with_columns(
            session_date=pl.lit(market.session_date),
            vol_response=pl.lit(response.name),
            horizon=pl.lit("now"),
            pnl_usd=pl.when(is_empty).then(0.0).otherwise("pnl_usd"),
            sticky_strike_pnl_usd=pl.when(is_empty).then(0.0).otherwise("sticky_strike_pnl_usd"),
        )
        .select(MART_SCENARIOS_DAILY.column_names)
    )


def _leg_pnl(legs: pl.DataFrame, market: ScenarioMarket, response: Response, shocks: Floats) -> pl.DataFrame:
    """One row per leg and shock: P&L in USD, and why it has none."""
    now = leg_values(legs, market, BASE, NO_SHOCK)
    after = leg_values(legs, market, response, shocks)
    size_usd = (legs["quantity_qty"] * legs["multiplier_usd"]).to_numpy()[:, np.newaxis]
    needs_vix = IS_SPX_OPTION & pl.lit(market.vix_pts is None)
    cause = pl.when(needs_vix).then(pl.lit("no VIX close tonight")).otherwise(pl.lit(NOT_REPRICED))
    named = legs.select(
        "account", "part", "structure_id", "instrument_id", reason=pl.coalesce("unpriced_reason", cause)
    )
    return (
        named.join(pl.DataFrame({"spot_shock_frac": shocks}), how="cross", maintain_order="left_right")
        .with_columns(
            pnl_usd=_usd(size_usd * (after.carried - now.carried)),
            sticky_strike_pnl_usd=_usd(size_usd * (after.sticky_strike - now.sticky_strike)),
        )
        .with_columns(reason=pl.when(pl.col("pnl_usd").is_null()).then("reason"))
    )


def _usd(values: Floats) -> pl.Series:
    return pl.Series(values.ravel(), dtype=pl.Float64).fill_nan(None)


def _by_part(leg_pnl: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    """Add legs up to parts; the layers also to the hedge, and everything to the total."""
    hedge = leg_pnl.filter(pl.col("part").is_in(LAYERS)).with_columns(part=pl.lit(HEDGE))
    total = leg_pnl.with_columns(part=pl.lit(TOTAL))
    return (
        in_scopes(pl.concat([leg_pnl, hedge, total]), scopes)
        .sort(
            "account", "part", "spot_shock_frac", "structure_id", "instrument_id"
        )  # equal sums whatever the order of the legs
        .group_by("account", "part", "spot_shock_frac", maintain_order=True)
        .agg(
            legs_qty=pl.len(),
            pnl_usd=sum_or_null("pnl_usd"),
            sticky_strike_pnl_usd=sum_or_null("sticky_strike_pnl_usd"),
            reason=named_reasons(reason="reason"),
        )
    )
