"""Every leg at another SPX, another volatility, another day: the engine under the grid, the stress sets and the drill.

METHODOLOGY 4.18. Time passes first, then SPX jumps: a VIX future rolls down tonight's curve and takes the elasticity of
the days it then has. An SPX forward keeps its own carry for the days left, its smile travels with moneyness. An option
that settles on the way does so at the scenario's own level: SPX, or its own VIX future. The discount factor rolls at
its own rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import polars as pl
from scipy.special import ndtr

from transforms.book.carry import LEAST_CONTRACTS, VxLine
from transforms.book.legs import IS_SPX_OPTION
from transforms.book.shapes import SPX_ROOTS
from transforms.market.elasticity import PRIOR, ElasticityPrior
from transforms.pricing.black76 import d1_d2, undiscounted_price
from transforms.risk.scenario_rules import RULES, ScenarioRules
from transforms.risk.vol_moves import FactorMove, Futures, LawMove, PriorElasticity, TenorElasticity, VolMove

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

DAYS_PER_YEAR: Final = 365.0
NO_SHOCK: Final = np.zeros(1)
NO_LINE: Final = VxLine(np.empty(0), np.empty(0))


class SmileVols(Protocol):
    """SPX smiles: the quoted `transforms.market.surface.Smiles`, the fitted `FittedSmiles`, or whatever answers so."""

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


def responses(rules: ScenarioRules = RULES) -> tuple[Response, ...]:
    """List the four responses of the grid."""
    return (
        Response(name="muted", path_multiple=rules.muted_path, vix_option_vol_multiple=rules.muted_vix_option_vol),
        BASE,
        Response(name="severe", path_multiple=rules.severe_path, vix_option_vol_multiple=rules.severe_vix_option_vol),
        Response(name="inverse", path_multiple=rules.inverse_path),
    )


@dataclass(frozen=True, slots=True)
class Passed:
    """Time that has passed: years of the pricing clock, and calendar days."""

    years: float = 0.0
    days: int = 0

    @classmethod
    def of_days(cls, days: int) -> Passed:
        """Whole calendar days."""
        return cls(days / DAYS_PER_YEAR, days)


NOW: Final = Passed()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioMarket:
    """The market a scenario starts from.

    Without VIX the shift of the SPX smile is unknown, and SPX legs are null; without a VX curve no future rolls down.
    Without an estimate of the night the elasticities are the prior's. `fitted_smiles` are those of the fitted surface,
    for the variant that stands beside the quoted one; without them it is unknown.
    """

    session_date: dt.date
    spot_pts: float | None
    vix_pts: float | None
    smiles: SmileVols
    fitted_smiles: SmileVols | None = None
    prior: ElasticityPrior = PRIOR
    estimate: TenorElasticity | None = None
    vx_line: VxLine = NO_LINE
    rules: ScenarioRules = RULES

    @property
    def elasticity(self) -> TenorElasticity:
        """What VIX futures answer SPX by."""
        return self.estimate or PriorElasticity(self.prior)

    @property
    def has_curve(self) -> bool:
        """Whether there is a curve of VIX futures to roll down."""
        return self.vx_line.days.size >= LEAST_CONTRACTS

    @property
    def vix(self) -> float:
        """Spot VIX; NaN without one."""
        return np.nan if self.vix_pts is None else self.vix_pts

    @property
    def spot(self) -> float:
        """SPX; NaN without one."""
        return np.nan if self.spot_pts is None else self.spot_pts


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Scenarios side by side, one entry each: how far SPX jumps, how much time has passed, VIX-option vols by what."""

    spot_shock_frac: Floats
    passed_years: Floats
    passed_days: Floats
    vix_option_vol_multiple: Floats

    @classmethod
    def of(cls, shocks: npt.ArrayLike, passed: Passed = NOW, *, vix_option_vol_multiple: float = 1.0) -> Cells:
        """Lay several jumps side by side, all after the same time."""
        jumps = np.atleast_1d(np.asarray(shocks, dtype=np.float64))
        return cls(
            jumps,
            np.full(jumps.size, passed.years),
            np.full(jumps.size, float(passed.days)),
            np.full(jumps.size, vix_option_vol_multiple),
        )


@dataclass(frozen=True, slots=True, eq=False)
class LegValues:
    """Model values in points per contract, legs down and cells across; NaN where a leg cannot be repriced.

    `delta_pts_per_1pct` is what one contract gains when SPX rises 1% more, a VIX leg by the elasticity of its future
    where it then is; 0 once it has settled.
    """

    carried: Floats
    delta_pts_per_1pct: Floats


def leg_values(
    legs: pl.DataFrame,
    market: ScenarioMarket,
    response: Response,
    shocks: npt.ArrayLike,
    passed: Passed = NOW,
) -> LegValues:
    """Reprice legs for jumps of SPX after some time, volatility answering by the law; today's value at shock 0, now.

    `legs`: columns of mart.legs_daily that `reprice` names, held or not. One column per shock.
    """
    cells = Cells.of(shocks, passed, vix_option_vol_multiple=response.vix_option_vol_multiple)
    return reprice(legs, market, cells, law_move(market, cells, response.path_multiple))


def values_now(legs: pl.DataFrame, market: ScenarioMarket) -> Floats:
    """Give each leg's model value tonight, in points per contract, one column: what scenarios are held against."""
    still = FactorMove(vix_pts=market.vix, future_multiple=np.ones(1), spx_vol_multiple=np.ones(1))
    return reprice(legs, market, Cells.of(NO_SHOCK), still).carried


def law_move(market: ScenarioMarket, cells: Cells, path_multiple: npt.ArrayLike) -> LawMove:
    """Let VIX and its futures run down their power paths, each at the elasticity tonight's figures use."""
    multiples = np.broadcast_to(np.asarray(path_multiple, dtype=np.float64), cells.spot_shock_frac.shape)
    return LawMove(
        vix_pts=market.vix,
        spot_shock_frac=cells.spot_shock_frac,
        path_multiple=multiples,
        elasticity=market.elasticity,
        prior=market.prior,
    )


def reprice(legs: pl.DataFrame, market: ScenarioMarket, cells: Cells, move: VolMove) -> LegValues:
    """Value each leg in each cell, in points per contract.

    `legs` need root, expiry_date, settlement, right, strike_pts, forward_pts, discount_factor_frac, t_years, dte_days,
    iv_vol and is_priced, as mart.legs_daily has them. An unpriced leg is NaN.
    """
    return LegTerms.of(legs, market).reprice(cells, move)


def with_strike_vols_held(
    carried: Floats, legs: pl.DataFrame, market: ScenarioMarket, cells: Cells, move: VolMove
) -> Floats:
    """Give what `reprice` has `carried`, but SPX options each at its strike's own vol of tonight before the shift."""
    spx = np.flatnonzero(legs.select(IS_SPX_OPTION & pl.col("is_priced")).to_series().to_numpy())
    found = carried.copy()
    if spx.size:
        found[spx], _ = _spx_options(_Terms.of(legs[spx], market), market, cells, move, is_strike_vol_held=True)
    return found


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LegTerms:
    """Legs laid out to be repriced again and again: the rows and terms of SPX options, VIX options and VIX futures."""

    market: ScenarioMarket
    legs_qty: int
    spx: tuple[Positions, _Terms]
    vix: tuple[Positions, _Terms]
    futures: tuple[Positions, _Terms]
    is_unpriced: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, legs: pl.DataFrame, market: ScenarioMarket) -> LegTerms:
        """Lay legs out: columns as `reprice` names them."""
        is_spx = legs.select(IS_SPX_OPTION).to_series().to_numpy()
        is_future = legs["strike_pts"].is_null().to_numpy()
        rows = (np.flatnonzero(which) for which in (is_spx, ~is_spx & ~is_future, is_future))
        spx, vix, futures = ((of_kind, _Terms.of(legs[of_kind], market)) for of_kind in rows)
        return cls(
            market=market,
            legs_qty=legs.height,
            spx=spx,
            vix=vix,
            futures=futures,
            is_unpriced=~legs["is_priced"].to_numpy(),
        )

    def reprice(self, cells: Cells, move: VolMove) -> LegValues:
        """Value each leg in each cell, in points per contract. An unpriced leg is NaN."""
        shape = (self.legs_qty, cells.spot_shock_frac.size)
        carried, delta = (np.full(shape, np.nan) for _ in range(2))
        (spx, of_spx), (vix, of_vix), (futures, of_futures) = self.spx, self.vix, self.futures
        if spx.size:
            carried[spx], delta[spx] = _spx_options(of_spx, self.market, cells, move)
        if vix.size:
            carried[vix], delta[vix] = _vix_options(of_vix, self.market, cells, move)
        if futures.size:
            carried[futures], delta[futures] = _vix_futures(of_futures, self.market, cells, move)
        for values in (carried, delta):
            values[self.is_unpriced] = np.nan
        return LegValues(carried=carried, delta_pts_per_1pct=delta)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Terms:
    """What legs of one kind are repriced from, one column each; `smile` only of SPX options, elsewhere -1."""

    forward: Floats
    strike: Floats
    dte: Floats
    years: Floats
    discount: Floats
    vol: Floats
    cp: Floats
    smile: Positions

    @classmethod
    def of(cls, legs: pl.DataFrame, market: ScenarioMarket) -> _Terms:
        is_spx = legs.height > 0 and legs["root"][0] in SPX_ROOTS
        return cls(
            forward=_column(legs, "forward_pts"),
            strike=_column(legs, "strike_pts"),
            dte=_column(legs, "dte_days"),
            years=_column(legs, "t_years"),
            discount=_column(legs, "discount_factor_frac"),
            vol=_column(legs, "iv_vol"),
            cp=np.where(legs["right"].to_numpy() == "C", 1.0, -1.0)[:, np.newaxis],
            smile=(market.smiles.index_of(legs) if is_spx else np.full(legs.height, -1))[:, np.newaxis],
        )

    def time_left(self, cells: Cells) -> tuple[Floats, Floats]:
        """Years left in each cell, and the share of today's years that is."""
        left = np.maximum(self.years - cells.passed_years, 0.0)
        share = np.divide(left, self.years, out=np.ones(left.shape), where=self.years > 0.0)
        return left, np.where(np.isnan(self.years), np.nan, share)


def _spx_options(
    terms: _Terms, market: ScenarioMarket, cells: Cells, move: VolMove, *, is_strike_vol_held: bool = False
) -> tuple[Floats, Floats]:
    """SPX options: the smile carried with moneyness, or each strike's own vol held."""
    forward, strike = terms.forward, terms.strike
    left, share = terms.time_left(cells)
    # F = S exp(c T) with its own carry c; of T only the share is left. Once it has settled this is the scenario's SPX.
    after = forward * (1.0 + cells.spot_shock_frac) * (market.spot / forward) ** (1.0 - share)
    tenor = np.maximum(terms.dte - cells.passed_days, 0.0)
    smile_vol = market.smiles.vol_at(terms.smile, np.log(strike / (forward if is_strike_vol_held else after)))
    option = _Options(strike=strike, cp=terms.cp, years=left, discount=terms.discount**share)
    value, delta = option.value_and_delta(after, np.maximum(move.spx_vol(smile_vol, tenor), market.rules.vol_floor))
    return value, 0.01 * delta * after


def _vix_options(terms: _Terms, market: ScenarioMarket, cells: Cells, move: VolMove) -> tuple[Floats, Floats]:
    """VIX options on their own future's path, each at its own vol."""
    futures = _futures(terms, market, cells)
    after = move.futures_after_pts(futures)
    left, share = terms.time_left(cells)
    option = _Options(strike=terms.strike, cp=terms.cp, years=left, discount=terms.discount**share)
    value, delta = option.value_and_delta(after, terms.vol * cells.vix_option_vol_multiple)
    return value, 0.01 * delta * market.elasticity.eps(futures.tau_after_days, after) * after


def _vix_futures(terms: _Terms, market: ScenarioMarket, cells: Cells, move: VolMove) -> tuple[Floats, Floats]:
    futures = _futures(terms, market, cells)
    after = move.futures_after_pts(futures)
    delta = 0.01 * market.elasticity.eps(futures.tau_after_days, after) * after
    return after, np.where(futures.tau_after_days > 0.0, delta, 0.0)


def _futures(terms: _Terms, market: ScenarioMarket, cells: Cells) -> Futures:
    """Each leg's own future, now and rolled down tonight's curve by what the curve falls between the two dates."""
    level, tau = terms.forward, terms.dte
    left = np.maximum(tau - cells.passed_days, 0.0)
    rolled = level + market.vx_line.at(left) - market.vx_line.at(tau)
    floored = np.maximum(rolled, np.minimum(market.prior.level_floor_pts, level))
    return Futures(tau, level, left, np.where(cells.passed_days == 0.0, level, floored))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Options:
    """European options on their forward, legs down; `years` and `discount` legs by cells."""

    strike: Floats
    cp: Floats
    years: Floats
    discount: Floats

    def value_and_delta(self, forward: Floats, vol: Floats) -> tuple[Floats, Floats]:
        """Black-76 value, and its change per point of the forward: 0 once the option has settled."""
        d1, d2 = d1_d2(forward, self.strike, vol=vol, years=self.years)
        n_d1 = ndtr(self.cp * d1)
        value = undiscounted_price(forward, self.strike, n_d1=n_d1, n_d2=ndtr(self.cp * d2), cp=self.cp)
        delta = np.where(self.years > 0.0, self.discount * self.cp * n_d1, 0.0)
        return np.asarray(self.discount * value), delta


def _column(legs: pl.DataFrame, name: str) -> Floats:
    return np.asarray(legs[name].cast(pl.Float64).to_numpy(), dtype=np.float64)[:, np.newaxis]
