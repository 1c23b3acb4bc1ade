"""Which quote of a broken bound is the wrong one.

A quote that is too low breaks the bounds of its neighbours, and parity breaks for call and put alike; only one of them
is wrong. Verticals and butterflies: the quote whose absence leaves the ladder of strikes around it soundest. Parity:
the right whose own ladder is wrong; where neither is, the right further from the curve through the strikes beside
(calls read as puts by parity), or both where they are about as far.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import polars as pl

from transforms.market.arbitrage import CONTRACT, DECIMALS, EXPIRY, LEG

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

# A quote's bounds reach two strikes to each side, and one more shows whether it leaves a wrong one behind.
REACH: Final = 3
# Of two rights off the curve, one that is less than four fifths as far off as the other is sound.
SOUND_BELOW_FRAC: Final = 0.8

# What can be traded within a ladder, and of how many neighbouring strikes it is made.
TRADES: Final = {"vertical": 2, "butterfly": 3}

_FLAGGED: Final = pl.Schema(
    {
        "root": pl.String(),
        "expiry_date": pl.Date(),
        "settlement": pl.String(),
        "right": pl.String(),
        "strike_pts": pl.Float64(),
        "flag": pl.String(),
        "size_pts": pl.Float64(),
    }
)


def wrong_quotes(gains: pl.DataFrame) -> pl.DataFrame:
    """Name the quotes at fault where a bound is broken.

    `gains` are rows of `executable_gains`. One row per contract and `flag` (`parity`, `vertical`, `butterfly`), by key;
    `size_pts` is the most one unit earns of the bounds the quote is in.
    """
    is_broken = pl.any_horizontal(pl.col("vertical_gain_pts") > 0.0, pl.col("butterfly_gain_pts") > 0.0)
    rotten = gains.filter(is_broken.any().over(LEG)).sort(CONTRACT)
    shapes = _wrong_shapes(rotten) if rotten.height else _FLAGGED.to_frame()
    return pl.concat([shapes, _wrong_parities(gains, shapes)]).sort(*CONTRACT, "flag")


@dataclass(frozen=True, slots=True, eq=False)
class _Ladders:
    """Quotes in ascending strikes, ladder after ladder (an expiry and right); strikes run along the last axis."""

    ladder: Positions
    strike: Floats
    bid: Floats
    ask: Floats
    discount: Floats
    is_call: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, quotes: pl.DataFrame) -> Self:
        """Read the ladders of quotes sorted by their key."""
        numbers = (quotes[name].to_numpy() for name in ("strike_pts", "bid_pts", "ask_pts", "discount_factor_frac"))
        ladder = quotes.select(pl.struct(LEG).rle_id()).to_series().to_numpy().astype(np.intp)
        strike, bid, ask, discount = numbers
        return cls(ladder, strike, bid, ask, discount, quotes["right"].to_numpy() == "C")

    def at(self, positions: Positions) -> Self:
        """The quotes at these positions."""
        return type(self)(*(getattr(self, field.name)[positions] for field in fields(self)))

    def around(self, positions: Positions) -> Self:
        """One row a position: its quote amid those beside it, prices NaN where the ladder ends."""
        beside = positions[:, np.newaxis] + np.arange(-REACH, REACH + 1)
        inside = np.clip(beside, 0, self.ladder.size - 1)
        is_there = (beside == inside) & (self.ladder[inside] == self.ladder[positions, np.newaxis])
        found = self.at(inside)
        strike, bid, ask = (np.where(is_there, prices, np.nan) for prices in (found.strike, found.bid, found.ask))
        return type(self)(np.zeros_like(inside), strike, bid, ask, found.discount, found.is_call)

    def without_middle(self) -> Self:
        """The rows of `around` without the quote itself."""
        others = np.delete(np.arange(2 * REACH + 1), REACH)
        return type(self)(*(getattr(self, field.name)[:, others] for field in fields(self)))

    def gains(self) -> dict[str, Floats]:
        """What trades of neighbouring strikes earn, less than 0 where they cost; NaN where there is no such trade."""
        return {"vertical": self._verticals(), "butterfly": self._butterflies()}

    def _verticals(self) -> Floats:
        low, high = np.s_[..., :-1], np.s_[..., 1:]
        rise, fall = self.bid[high] - self.ask[low], self.bid[low] - self.ask[high]
        width = self.discount[low] * (self.strike[high] - self.strike[low])
        earned = np.where(self.is_call[low], np.fmax(rise, fall - width), np.fmax(fall, rise - width))
        return np.where(self.ladder[low] == self.ladder[high], np.round(earned, DECIMALS), np.nan)

    def _butterflies(self) -> Floats:
        low, middle, high = np.s_[..., :-2], np.s_[..., 1:-1], np.s_[..., 2:]
        width = np.where(self.ladder[low] == self.ladder[high], self.strike[high] - self.strike[low], np.nan)
        share = (self.strike[high] - self.strike[middle]) / width
        earned = self.bid[middle] - share * self.ask[low] - (1.0 - share) * self.ask[high]
        return np.round(earned, DECIMALS)


def _most_touching(gains: Floats, legs: int, count: int) -> Floats:
    """Give each of `count` quotes the largest gain of the trades of `legs` neighbours it is a leg of; 0 for none."""
    padded = np.concatenate([np.zeros(legs - 1), np.fmax(gains, 0.0), np.zeros(legs - 1)])
    return np.asarray(np.max([padded[shift : shift + count] for shift in range(legs)], axis=0))


def _wrong_shapes(quotes: pl.DataFrame) -> pl.DataFrame:
    """Take the wrong quotes out of their ladders, the surest first, until what is left is sound."""
    whole, kept, found = _Ladders.of(quotes), np.arange(quotes.height), [_FLAGGED.to_frame()]
    while True:
        ladders = whole.at(kept)
        gains = ladders.gains()
        sizes = {flag: _most_touching(gains[flag], legs, kept.size) for flag, legs in TRADES.items()}
        suspects = np.flatnonzero(np.max(list(sizes.values()), axis=0))
        if not suspects.size:
            return pl.concat(found)
        relief, soundness = _without(ladders.around(suspects))
        surest = _surest(ladders, suspects, soundness)
        wrong = suspects[surest]
        for flag, size in sizes.items():
            named = wrong[(relief[flag][surest] > 0.0) & (size[wrong] > 0.0)]
            found.append(_flagged(quotes[kept[named]], flag, size[named]))
        kept = np.delete(kept, wrong)


def _without(around: _Ladders) -> tuple[dict[str, Floats], Floats]:
    """Take each suspect out: by how much its neighbourhood earns less, by kind of trade, and how sound that leaves it.

    Soundness is that relief, and the margin that the best trade left is short of earning anything.
    """
    before, after = around.gains(), around.without_middle().gains()
    relief = {flag: np.fmax(before[flag], 0.0).sum(axis=1) - np.fmax(after[flag], 0.0).sum(axis=1) for flag in TRADES}
    margin = [-np.nan_to_num(np.fmax.reduce(after[flag], axis=1)) for flag in TRADES]
    return relief, np.asarray(sum([*relief.values(), *margin]))


def _surest(ladders: _Ladders, suspects: Positions, score: Floats) -> npt.NDArray[np.bool_]:
    """Mark the suspects that none of their ladder within reach outdoes; of equals the lowest strike."""
    outdone = np.zeros(suspects.size, dtype=np.bool_)
    for step in range(1, min(2 * REACH + 1, suspects.size)):
        low, high = np.s_[:-step], np.s_[step:]
        is_near = (suspects[high] - suspects[low] <= 2 * REACH) & (
            ladders.ladder[suspects[high]] == ladders.ladder[suspects[low]]
        )
        outdone[low] |= is_near & (score[high] > score[low])
        outdone[high] |= is_near & (score[low] >= score[high])
    return ~outdone


def _flagged(quotes: pl.DataFrame, flag: str, size: Floats) -> pl.DataFrame:
    return quotes.select(CONTRACT).with_columns(flag=pl.lit(flag), size_pts=pl.Series(size, dtype=pl.Float64))


def _wrong_parities(gains: pl.DataFrame, shapes: pl.DataFrame) -> pl.DataFrame:
    """Say which right of each strike whose parity is broken is off."""
    broken = gains.filter(pl.col("parity_gain_pts") > 0.0)
    if broken.is_empty():
        return _FLAGGED.to_frame()
    strike = [*EXPIRY, "strike_pts"]
    named = shapes.select(CONTRACT).unique().with_columns(is_named=pl.lit(value=True))
    is_named = pl.col("is_named").fill_null(value=False)
    off = (pl.col("put_equivalent_pts") - pl.col("curve_pts")).abs()
    is_off = (off >= SOUND_BELOW_FRAC * off.max().over(strike)).fill_null(value=True)
    return (
        _with_curve(broken, gains.filter(pl.col("parity_gain_pts") <= 0.0))
        .join(named, on=CONTRACT, how="left", maintain_order="left")
        .filter(pl.when(is_named.any().over(strike)).then(is_named).otherwise(is_off))
        .select(*CONTRACT, flag=pl.lit("parity"), size_pts="parity_gain_pts")
    )


def _with_curve(broken: pl.DataFrame, sound: pl.DataFrame) -> pl.DataFrame:
    """Add the put price at each strike by the curve through the two nearest sound strikes on each side."""
    curve = (
        sound.group_by(*EXPIRY, "strike_pts")
        .agg(price_pts=pl.col("put_equivalent_pts").mean())
        .sort(*EXPIRY, "strike_pts")
    )
    found = broken.sort(*EXPIRY, "strike_pts", "right")
    for strategy, near, far, step in (("backward", 1, 0, 1), ("forward", 2, 3, -1)):
        columns = {
            f"{name}_{place}": pl.col(f"{name}_pts").shift(shift).over(EXPIRY)
            for name in ("strike", "price")
            for place, shift in ((near, 0), (far, step))
        }
        found = found.join_asof(
            curve.select(*EXPIRY, "strike_pts", **columns),
            on="strike_pts",
            by=EXPIRY,
            strategy=strategy,  # type: ignore[arg-type]  # one of the two literals above
            check_sortedness=False,  # both are, within each expiry
        )
    strike, price = (found.select(f"{name}_{place}" for place in range(4)).to_numpy() for name in ("strike", "price"))
    curve_pts = _curve_at(found["strike_pts"].to_numpy(), strike, price)
    return found.with_columns(curve_pts=pl.Series(curve_pts, nan_to_null=True))


def _curve_at(at: Floats, strike: Floats, price: Floats) -> Floats:
    """Read the cubic through four strikes (one row a reading; Lagrange) between the second and the third.

    Where an outer one is missing (NaN), the line through the inner two; NaN where one of those is.
    """
    cubic, line = (
        sum(
            price[:, own]
            * np.prod([(at - strike[:, j]) / (strike[:, own] - strike[:, j]) for j in places if j != own], axis=0)
            for own in places
        )
        for places in ((0, 1, 2, 3), (1, 2))
    )
    return np.asarray(np.where(np.isnan(cubic), line, cubic))
