"""The quoted smile of every expiry, and every contract of the chain priced on it.

A smile is what the market quotes, not a model: implied vols of out-of-the-money mids (put below the forward, call at or
above it), bid above 0, linear in k = ln(K/F), flat outside. METHODOLOGY 3.6 and 3.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.market.forwards import RULES, ForwardRules, forwards
from transforms.pricing.black76 import price
from transforms.pricing.greeks import greeks
from transforms.pricing.implied_vol import implied_vol
from warehouse.tables.core import CORE_FORWARDS_DAILY, CORE_OPTION_MARKS_DAILY

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.market.forwards import Mark

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

EXPIRY: Final = ("root", "expiry_date", "settlement")
# Expiries lie side by side on one axis of moneyness, this far apart; |ln(K/F)| of listed strikes stays under 10.
LANE_WIDTH: Final = 64.0


@dataclass(frozen=True, slots=True, eq=False)
class Smiles:
    """The quoted smiles of a chain, read at any moneyness of any expiry at once.

    Attributes:
        expiries: one row per expiry with a smile: `root, expiry_date, settlement, expiry_index, smile_quotes_qty`.
        starts: where each smile begins in `k` and `vol`; one more entry than expiries, the last is their length.
        k: ln(K/F) of the smile's quotes, ascending within an expiry.
        vol: their implied vols.
    """

    expiries: pl.DataFrame
    starts: Positions
    k: Floats
    vol: Floats

    @staticmethod
    def of_marks(marks: pl.DataFrame) -> Smiles:
        """Read the smiles off a chain: rows with core.option_marks_daily's key, quote, forward and `iv_vol`."""
        is_put_side = pl.col("strike_pts") < pl.col("forward_pts")
        otm = (
            marks.lazy()
            .filter(pl.col("bid_pts") > 0.0, pl.col("iv_vol").is_not_null())
            .filter(is_put_side == (pl.col("right") == "P"))
            .select(*EXPIRY, "iv_vol", k=(pl.col("strike_pts") / pl.col("forward_pts")).log())
            .sort(*EXPIRY, "k")
            .collect()
        )
        expiries = (
            otm.group_by(EXPIRY, maintain_order=True)
            .agg(smile_quotes_qty=pl.len().cast(pl.Int64))
            .with_row_index("expiry_index")
        )
        starts = np.concatenate([[0], np.cumsum(expiries["smile_quotes_qty"].to_numpy())]).astype(np.intp)
        return Smiles(expiries=expiries, starts=starts, k=otm["k"].to_numpy(), vol=otm["iv_vol"].to_numpy())

    def index_of(self, contracts: pl.DataFrame) -> Positions:
        """Say which smile each contract is read on, in the order of the rows; -1 where its expiry has none."""
        found = contracts.select(EXPIRY).join(
            self.expiries.select(*EXPIRY, pl.col("expiry_index").cast(pl.Int64)),
            on=EXPIRY,
            how="left",
            maintain_order="left",
        )
        return np.asarray(found["expiry_index"].fill_null(-1).to_numpy(), dtype=np.intp)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
        """Read the quoted vol at moneyness k = ln(K/F); arguments are broadcast. NaN where the expiry has no smile."""
        expiry, moneyness = np.broadcast_arrays(np.asarray(expiry_index, np.intp), np.asarray(k, np.float64))
        has_smile = (expiry >= 0) & ~np.isnan(moneyness)
        if self.k.size == 0:
            return np.full(expiry.shape, np.nan)
        lane = np.where(has_smile, expiry, 0)
        first, last = self.starts[lane], self.starts[lane + 1] - 1
        inside = np.clip(np.where(has_smile, moneyness, 0.0), self.k[first], self.k[last])
        right = np.clip(self._positions_after(lane, inside), first + 1, np.maximum(last, first))
        left = np.maximum(right - 1, first)
        gap = self.k[right] - self.k[left]
        share = np.divide(inside - self.k[left], gap, out=np.zeros(expiry.shape), where=gap > 0.0)
        vol = self.vol[left] + share * (self.vol[right] - self.vol[left])
        return np.where(has_smile, vol, np.nan)

    def _positions_after(self, lane: Positions, k: Floats) -> Positions:
        lanes = np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))
        return np.searchsorted(lanes * LANE_WIDTH + self.k, lane * LANE_WIDTH + k, side="left")

    def atm(self) -> pl.DataFrame:
        """Give each expiry's vol at the forward itself and the count of quotes behind it."""
        at_the_forward = self.vol_at(self.expiries["expiry_index"].to_numpy(), 0.0)
        return self.expiries.select(*EXPIRY, "smile_quotes_qty", atm_iv_vol=pl.Series(at_the_forward))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricedChain:
    """A chain from quotes to marks: core.option_marks_daily, core.forwards_daily, and the smiles both were read on."""

    marks: pl.DataFrame
    forwards: pl.DataFrame
    smiles: Smiles


def price_chain(quotes: pl.DataFrame, mark: Mark, rules: ForwardRules = RULES) -> PricedChain:
    """Price a chosen chain: forwards, smiles, then mark, implied vol and Greeks of every contract.

    `quotes` are rows of `type_quotes` of one load, or of several whose quotes share one instant.
    """
    found = forwards(quotes, mark, rules)
    own_vols = _own_vols(quotes, found)
    smiles = Smiles.of_marks(own_vols)
    return PricedChain(marks=mark_options(own_vols, smiles), forwards=_with_smile(found, smiles), smiles=smiles)


def _with_smile(found: pl.DataFrame, smiles: Smiles) -> pl.DataFrame:
    return CORE_FORWARDS_DAILY.conform(
        found.drop("atm_iv_vol", "smile_quotes_qty")
        .join(smiles.atm(), on=EXPIRY, how="left", maintain_order="left")
        .with_columns(pl.col("smile_quotes_qty").fill_null(0))
    )


def _own_vols(quotes: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Add the forward to each quote and the implied vol of its own mid, with a status."""
    priced = quotes.join(
        found.select("session_date", *EXPIRY, "forward_pts", "discount_factor_frac", "t_years", "dte_days"),
        on=EXPIRY,
        how="left",
        maintain_order="left",
        validate="m:1",
    ).with_columns(cp=pl.when(pl.col("right") == "C").then(1.0).otherwise(-1.0))
    own = implied_vol(
        _numbers(priced, "mid_pts"),
        _numbers(priced, "forward_pts"),
        strike=_numbers(priced, "strike_pts"),
        years=_numbers(priced, "t_years"),
        cp=_numbers(priced, "cp"),
        discount_factor=_numbers(priced, "discount_factor_frac"),
    )
    iv_vol, iv_status = own.to_series()
    return (
        priced.with_columns(iv_vol, solver_status=iv_status)
        .with_columns(iv_status=_iv_status())
        .with_columns(iv_vol=pl.when(pl.col("iv_status") == "ok").then("iv_vol"))
        .drop("solver_status")
    )


def _iv_status() -> pl.Expr:
    """Say why a contract has no implied vol: its quote first, then its expiry, then the solver."""
    quality = pl.col("mark_quality")
    return (
        pl.when(quality == "NO_QUOTE")
        .then(pl.lit("no_quote"))
        .when(quality == "CROSSED")
        .then(pl.lit("crossed"))
        .when(pl.col("t_years") <= 0.0)
        .then(pl.lit("expired"))
        .when(pl.col("bid_pts") == 0.0)
        .then(pl.lit("zero_bid"))
        .when(pl.col("forward_pts").is_null())
        .then(pl.lit("no_forward"))
        .otherwise("solver_status")
    )


def _numbers(frame: pl.DataFrame, column: str) -> Floats:
    """Hand a column to the kernels: null becomes NaN."""
    return np.asarray(frame[column].to_numpy(), dtype=np.float64)


def mark_options(own_vols: pl.DataFrame, smiles: Smiles) -> pl.DataFrame:
    """Mark every contract and give it the smile's vol and Greeks.

    `own_vols`: quotes with forward, time and own implied vol. One row a contract, in core.option_marks_daily's columns.
    Greeks of both rights use the smile; the mark is the mid, or for a one-sided quote the smile's price capped by the
    ask. Null where there is neither.
    """
    forward, strike = _numbers(own_vols, "forward_pts"), _numbers(own_vols, "strike_pts")
    years, cp = _numbers(own_vols, "t_years"), _numbers(own_vols, "cp")
    discount = _numbers(own_vols, "discount_factor_frac")
    vol = smiles.vol_at(smiles.index_of(own_vols), np.log(strike / forward))
    model = price(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount)
    sensitivities = greeks(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount)
    columns = {
        "smile_vol": vol,
        "model_pts": model,
        "intrinsic_pts": discount * np.maximum(cp * (forward - strike), 0.0),
        "delta": sensitivities.delta_forward,
        "delta_b76": sensitivities.delta_b76,
        "gamma_b76": sensitivities.gamma_b76,
        "vega_pts_per_volpt": sensitivities.vega_per_volpt,
        "theta_pts_per_day": sensitivities.theta_per_day,
    }
    return (
        own_vols.with_columns(**{name: pl.Series(values, nan_to_null=True) for name, values in columns.items()})
        .pipe(_mark)
        .drop("model_pts", "intrinsic_pts", "cp")
        .pipe(CORE_OPTION_MARKS_DAILY.conform)
    )


def _mark(priced: pl.DataFrame) -> pl.DataFrame:
    one_sided = pl.col("mark_quality") == "ONE_SIDED"
    mark = (
        pl.when(one_sided & pl.col("model_pts").is_not_null())  # min_horizontal would fall back on the ask
        .then(pl.min_horizontal("model_pts", "ask_pts"))
        .when(~one_sided, pl.col("mark_quality") != "WIDE")
        .then("mid_pts")
    )
    method = pl.when(one_sided).then(pl.lit("model")).otherwise(pl.lit("mid"))
    return priced.with_columns(mark_pts=mark).with_columns(
        mark_method=pl.when(pl.col("mark_pts").is_not_null()).then(method),
        extrinsic_pts=pl.col("mark_pts") - pl.col("intrinsic_pts"),
    )
