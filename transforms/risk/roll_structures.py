"""What a condor is and may become: one or two spreads, and the listed strikes they can be built from."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SERIES: Final = ("root", "expiry_date", "settlement")
# Quotes one can trade on. Bid above ask, no ask, and a spread wider than its mid are no market.
TRADABLE: Final = ("OK", "LOCKED", "ZERO_BID", "ONE_SIDED")
# A quote without a bid sells at nothing and buys at the ask, whatever a model says of its mid.
WITHOUT_BID: Final = ("ZERO_BID", "ONE_SIDED")

Right = Literal["P", "C"]
OTHER_RIGHT: Final[dict[Right, Right]] = {"P": "C", "C": "P"}
SIDE_NAMES: Final[dict[Right, str]] = {"P": "put", "C": "call"}
OF_SPREAD: Final = (*SERIES, "short_pts", "long_pts")
COLUMNS_OF_SIDE: Final[dict[Right, tuple[str, ...]]] = {
    right: tuple(f"{side}_{name}" for name in OF_SPREAD) for right, side in SIDE_NAMES.items()
}
NO_SPREAD: Final = (None,) * len(OF_SPREAD)
# Away from the money.
OUTWARD: Final[dict[Right, int]] = {"P": -1, "C": 1}


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One expiry of one root."""

    root: str
    expiry_date: dt.date
    settlement: str


@dataclass(frozen=True, slots=True)
class Spread:
    """One side of a condor: the short strike and its wing."""

    series: Series
    short_pts: float
    long_pts: float

    @property
    def width_pts(self) -> float:
        """Points between the two."""
        return abs(self.short_pts - self.long_pts)

    def moved_to(self, series: Series) -> Spread:
        """The same strikes in another expiry."""
        return replace(self, series=series)


def condor_spreads(row: Mapping[str, Any]) -> dict[Right, Spread]:
    """Read both sides of a row of mart.condors_daily."""
    series = Series(row["root"], row["expiry_date"], row["settlement"])
    return {
        "P": Spread(series, row["short_put_pts"], row["long_put_pts"]),
        "C": Spread(series, row["short_call_pts"], row["long_call_pts"]),
    }


@dataclass(frozen=True, slots=True)
class Structure:
    """Up to one spread a right: a condor, what a roll makes of it, or nothing."""

    spreads: Mapping[Right, Spread | None]

    @classmethod
    def of(cls, right: Right, spread: Spread | None, other: Spread | None) -> Structure:
        """Put the spread of one right beside that of the other."""
        return cls({right: spread, OTHER_RIGHT[right]: other})

    @property
    def name(self) -> str:
        """The structure as a trader reads it, strikes from low to high; empty when nothing is left."""
        put, call = self.spreads["P"], self.spreads["C"]
        if put and call and put.series == call.series:
            strikes = (put.long_pts, put.short_pts, call.short_pts, call.long_pts)
            return f"{put.series.root} {put.series.expiry_date} {'/'.join(f'{strike:g}' for strike in strikes)}"
        named = []
        for right, spread in (("P", put), ("C", call)):
            if spread:
                low, high = sorted((spread.short_pts, spread.long_pts))
                named.append(f"{spread.series.root} {spread.series.expiry_date} {right} {low:g}/{high:g}")
        return ", ".join(named)

    def columns(self) -> dict[str, Any]:
        """Spell the structure as columns: series, short and long strike of each right, null where there is none."""
        return {
            name: value
            for right, names in COLUMNS_OF_SIDE.items()
            for name, value in zip(names, _values(self.spreads[right]), strict=True)
        }


def _values(spread: Spread | None) -> tuple[Any, ...]:
    """What `COLUMNS_OF_SIDE` names of one side."""
    if spread is None:
        return NO_SPREAD
    return (*(getattr(spread.series, name) for name in SERIES), spread.short_pts, spread.long_pts)


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The strikes of one right in one expiry that can be traded tonight, ascending, with their forward deltas.

    `delta` is absolute, NaN where there is no smile. A tie is decided for the lower strike (METHODOLOGY 3.8).
    """

    right: Right
    strikes: Floats
    delta: Floats

    @classmethod
    def of_quotes(cls, right: Right, quotes: pl.DataFrame | None) -> Ladder:
        """Read the tradable quotes of one right and expiry, ascending; none where there are none."""
        if quotes is None:
            return cls(right, np.empty(0), np.empty(0))
        strikes, delta = (np.asarray(quotes[name].to_numpy(), dtype=np.float64) for name in ("strike_pts", "delta"))
        return cls(right, strikes, np.abs(delta))

    def nearest(self, level_pts: float) -> float | None:
        """The strike nearest to a level."""
        if not self.strikes.size:
            return None
        return float(self.strikes[np.argmin(np.abs(self.strikes - level_pts))])

    def at_delta(self, delta: float, *, low: float, high: float) -> float | None:
        """The strike whose delta is nearest, of those whose delta lies within two bounds."""
        (within,) = np.nonzero((self.delta >= low) & (self.delta <= high))
        if not within.size:
            return None
        return float(self.strikes[within[np.argmin(np.abs(self.delta[within] - delta))]])

    def wing(self, short_pts: float, width_pts: float) -> float | None:
        """The strike farthest beyond a short one, up to a width."""
        is_put = self.right == "P"
        farthest = short_pts + OUTWARD[self.right] * width_pts
        place = np.searchsorted(self.strikes, farthest, side="left" if is_put else "right") - (not is_put)
        if not 0 <= place < self.strikes.size:
            return None
        strike = float(self.strikes[place])
        return strike if OUTWARD[self.right] * (strike - short_pts) > 0.0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What is listed tonight: every SPX series, and its ladders and expected move."""

    ladders: Mapping[Series, Mapping[Right, Ladder]]
    forward_pts: Mapping[Series, float]
    expected_move_pts: Mapping[Series, float]

    @classmethod
    def of_night(cls, marks: pl.DataFrame, forwards: pl.DataFrame) -> Listing:
        """Read the session's SPX rows of core.option_marks_daily and core.forwards_daily; no forward, not listed."""
        known = forwards.filter(
            pl.col("underlying") == "SPX", pl.col("forward_pts").is_not_null(), pl.col("t_years") > 0
        )
        moves = known.with_columns(move=pl.col("forward_pts") * pl.col("atm_iv_vol") * pl.col("t_years").sqrt())
        of_series = {
            Series(*key): (forward, move)
            for *key, forward, move in moves.select(*SERIES, "forward_pts", "move").iter_rows()
        }
        tradable = marks.filter(pl.col("underlying") == "SPX", pl.col("mark_quality").is_in(TRADABLE))
        quotes = tradable.sort("strike_pts").partition_by(*SERIES, "right", as_dict=True, maintain_order=True)
        ladders = {
            series: {right: Ladder.of_quotes(right, quotes.get((*astuple(series), right))) for right in OUTWARD}
            for series in of_series
        }
        return cls(
            ladders,
            {series: forward for series, (forward, _) in of_series.items()},
            {series: move for series, (_, move) in of_series.items() if move is not None},
        )
