"""Quotes that sell time for less than nothing: a later option under an earlier one of the same moneyness.

At one moneyness k = ln(K/F) total variance does not fall with expiry, or the earlier option is sold and the later one
bought for a certain gain (Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", 2014, lemma 2.1). A quote is
at fault where even its ask is worth less variance than the earlier expiry of its root is bid for, or its bid more than
the later expiry asks. SPX only: each VIX expiry is written on a future of its own. Out-of-the-money quotes with a bid
carry the test; a quote in the money is tied to them by parity.

No quote of the closes of 2022-02-04, 2023-02-07, 2023-02-15 and 2023-06-09 is at fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.market.arbitrage import CONTRACT, DECIMALS
from transforms.pricing.black76 import price
from transforms.pricing.implied_vol import implied_vol
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

_NUMBERS: Final = ("strike_pts", "forward_pts", "t_years", "discount_factor_frac", "bid_pts", "ask_pts")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRules:
    """How far total variance may fall with expiry."""

    NAME: ClassVar[str] = "calendar_bounds"

    tolerance_frac: float = threshold(
        0.005, unit="fraction", says="Quote: total variance may fall with expiry by", ref="METHODOLOGY 3.8"
    )


RULES: Final = CalendarRules()


@dataclass(frozen=True, slots=True, eq=False)
class _Expiry:
    """Out-of-the-money quotes of one expiry by moneyness; `total_*` are total variances, NaN where there is none."""

    years: float
    first_row: int
    k: Floats
    total_bid: Floats
    total_ask: Floats
    is_sound: Flags

    def bid_at(self, k: Floats) -> Floats:
        """What variance the expiry bids for; a single quote that stands out above its neighbours has no say."""
        return self._read(k, np.minimum, self.total_bid)

    def ask_at(self, k: Floats) -> Floats:
        """What variance the expiry asks for; a single quote that stands out below its neighbours has no say."""
        return self._read(k, np.maximum, self.total_ask)

    def _read(self, k: Floats, cautious: np.ufunc, total: Floats) -> Floats:
        """Linear in k between sound quotes, NaN outside of them."""
        is_read = self.is_sound & ~np.isnan(total)
        if is_read.sum() < 2:  # noqa: PLR2004 - two points make a line
            return np.full(k.shape, np.nan)
        value = total[is_read]
        middle = np.median([value[:-2], value[1:-1], value[2:]], axis=0)
        calm = np.concatenate([value[:1], cautious(value[1:-1], middle), value[-1:]])
        return np.asarray(np.interp(k, self.k[is_read], calm, left=np.nan, right=np.nan))

    @property
    def at_the_money(self) -> float:
        """Total variance at k = 0, between bid and ask; NaN where the quotes do not bracket it."""
        middle = (self.bid_at(np.zeros(1)) + self.ask_at(np.zeros(1))) / 2.0
        return float(middle[0])


def calendar_faults(marks: pl.DataFrame, wrong: pl.DataFrame, rules: CalendarRules = RULES) -> pl.DataFrame:
    """Name the quotes at fault against the expiry before or after theirs.

    `marks` are rows of core.option_marks_daily of one session; `wrong` names contracts (by key) whose quotes set no
    bound for others. One row per contract: its key and `size_pts`, what the better of the two trades earns.
    """
    quotes = _quotes(marks, wrong)
    total = {side: _total_variance(quotes, f"{side}_pts") for side in ("bid", "ask")}
    reference = {"below": np.full(quotes.height, np.nan), "above": np.full(quotes.height, np.nan)}
    for near, far, blamed in _breaches(_expiries(quotes, total), rules):
        if blamed in {"far", "both"}:
            _note(reference["below"], far, near.bid_at(far.k), is_wrong=_is_cheap(near, far, rules))
        if blamed in {"near", "both"}:
            _note(reference["above"], near, far.ask_at(near.k), is_wrong=_is_dear(near, far, rules))
    too_cheap = _price_at(quotes, reference["below"]) - quotes["ask_pts"].to_numpy()
    too_dear = quotes["bid_pts"].to_numpy() - _price_at(quotes, reference["above"])
    size = np.round(np.fmax(too_cheap, too_dear), DECIMALS)
    return (
        quotes.select(CONTRACT)
        .with_columns(size_pts=pl.Series(size, dtype=pl.Float64, nan_to_null=True))
        .drop_nulls("size_pts")
        .sort(CONTRACT)
    )


def _quotes(marks: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """The quotes that carry the test, by root, expiry and moneyness."""
    is_put_side = pl.col("strike_pts") < pl.col("forward_pts")
    return (
        marks.lazy()
        .filter(pl.col("underlying") == "SPX", pl.col("t_years") > 0.0, pl.col("discount_factor_frac").is_not_null())
        .filter(pl.col("bid_pts") > 0.0, pl.col("ask_pts") >= pl.col("bid_pts"))
        .filter(is_put_side == (pl.col("right") == "P"))
        .select(*CONTRACT, *(name for name in _NUMBERS if name not in CONTRACT))
        .join(wrong.lazy().select(CONTRACT).unique().with_columns(is_wrong=pl.lit(value=True)), on=CONTRACT, how="left")
        .with_columns(pl.col("is_wrong").fill_null(value=False))
        .sort("root", "expiry_date", "strike_pts")
        .collect()
    )


def _total_variance(quotes: pl.DataFrame, side: str) -> Floats:
    strike, forward, years, discount = (quotes[name].to_numpy() for name in _NUMBERS[:4])
    found = implied_vol(
        quotes[side].to_numpy(), forward, strike=strike, years=years, cp=_cp(quotes), discount_factor=discount
    )
    return np.asarray(found.vol**2 * years)


def _cp(quotes: pl.DataFrame) -> Floats:
    return np.where(quotes["right"].to_numpy() == "C", 1.0, -1.0)


def _expiries(quotes: pl.DataFrame, total: dict[str, Floats]) -> Iterator[list[_Expiry]]:
    """The expiries of each root, by date."""
    k = np.log(quotes["strike_pts"].to_numpy() / quotes["forward_pts"].to_numpy())
    is_sound = ~quotes["is_wrong"].to_numpy()
    listed = (
        quotes.with_row_index("row")
        .group_by("root", "expiry_date", maintain_order=True)
        .agg(pl.col("row").first(), pl.len(), pl.col("t_years").first())
    )
    for of_root in listed.partition_by("root", maintain_order=True):
        yield [
            _Expiry(years, first, k[rows], total["bid"][rows], total["ask"][rows], is_sound[rows])
            for first, length, years in of_root.select("row", "len", "t_years").iter_rows()
            for rows in (slice(first, first + length),)
        ]


def _breaches(roots: Iterator[list[_Expiry]], rules: CalendarRules) -> Iterator[tuple[_Expiry, _Expiry, str]]:
    """Pairs of neighbouring expiries with a quote at fault, and which of the two is to blame."""
    for expiries in roots:
        for place, (near, far) in enumerate(pairwise(expiries)):
            is_cheap, is_dear = _is_cheap(near, far, rules).any(), _is_dear(near, far, rules).any()
            if is_cheap and is_dear:
                yield near, far, _to_blame(expiries, place)
            elif is_cheap or is_dear:
                yield near, far, "far" if is_cheap else "near"


def _is_cheap(near: _Expiry, far: _Expiry, rules: CalendarRules) -> Flags:
    """Quotes of the later expiry that ask for less variance than the earlier one is bid for."""
    return np.asarray(far.total_ask < near.bid_at(far.k) * (1.0 - rules.tolerance_frac))


def _is_dear(near: _Expiry, far: _Expiry, rules: CalendarRules) -> Flags:
    """Quotes of the earlier expiry that bid for more variance than the later one asks for."""
    return np.asarray(far.ask_at(near.k) < near.total_bid * (1.0 - rules.tolerance_frac))


def _to_blame(expiries: list[_Expiry], place: int) -> str:
    """Blame the expiry that is further from the line between the expiries around the pair, at the money.

    Before the first expiry lies today, without variance. Where no expiry follows, the later one is to blame.
    """
    near, far = expiries[place], expiries[place + 1]
    if place + 2 == len(expiries):
        return "far"
    after = expiries[place + 2]
    years, total = (expiries[place - 1].years, expiries[place - 1].at_the_money) if place else (0.0, 0.0)
    line = np.interp([near.years, far.years], [years, after.years], [total, after.at_the_money])
    off_near, off_far = np.abs(np.array([near.at_the_money, far.at_the_money]) / line - 1.0)
    if np.isnan(off_near) or np.isnan(off_far):
        return "both"
    return "near" if off_near > off_far else "far"


def _note(reference: Floats, expiry: _Expiry, total: Floats, *, is_wrong: Flags) -> None:
    """Keep the variance that a wrong quote is held against."""
    rows = expiry.first_row + np.flatnonzero(is_wrong)
    reference[rows] = total[is_wrong]


def _price_at(quotes: pl.DataFrame, total: Floats) -> Floats:
    """Price each quote at a total variance; NaN where there is none."""
    strike, forward, years, discount = (quotes[name].to_numpy() for name in _NUMBERS[:4])
    vol = np.sqrt(total / years)
    return price(forward, strike, vol=vol, years=years, cp=_cp(quotes), discount_factor=discount)
