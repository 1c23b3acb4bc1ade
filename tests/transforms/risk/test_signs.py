"""Signs of any book: a short put is long SPX, a long VIX call is short SPX, and a hedge takes from a threatened put."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, fill, fills_of, priced_legs
from transforms.market.calendar import is_session

WEEKDAYS = [day for day in (FRIDAY + dt.timedelta(days=days) for days in range(5, 60)) if is_session(day)]
# Monthly VIX expiries of each layer, and what one hedge unit holds of it (METHODOLOGY 2.2, 2.3).
UNIT = (("2026-06-17", 4), ("2026-08-19", 4), ("2026-12-16", 2))


@dataclass(frozen=True)
class RandomBook:
    """Ten condors a hedge unit at least, each 40 points wide at least, the calls far above the puts: T7 and more."""

    expiry: dt.date
    strikes: tuple[int, int, int, int]
    tens: int
    calls: tuple[tuple[str, int, int], ...]
    spot_pts: float

    def legs(self) -> pl.DataFrame:
        long_put, short_put, short_call, long_call = self.strikes
        size = 10 * self.tens
        condor = (("P", long_put, size), ("P", short_put, -size), ("C", short_call, -size), ("C", long_call, size))
        fills = [fill(f"SPXW {self.expiry} {right} {strike}", quantity, 5.0) for right, strike, quantity in condor]
        fills += [fill(f"VIX {day} C {strike}", held, 2.0, structure=None) for day, strike, held in self.calls]
        return priced_legs(fills_of(*fills), ToyMarket(spot_pts=self.spot_pts))


@st.composite
def books(draw: st.DrawFn, *, is_threatened: bool) -> RandomBook:
    """Part of a hedge unit to a whole one for every ten condors; SPX between the put strikes when they are threatened.

    Where a narrow condor's calls are near as well, or its wing is ten points away, its delta may be nothing or short,
    and no hedge takes from it: the claim is not about these.
    """
    short_put, width = 5 * draw(st.integers(1000, 1160)), 5 * draw(st.integers(8, 20))
    short_call = short_put + 5 * draw(st.integers(60, 160))
    tens = draw(st.integers(1, 5))
    calls = tuple(
        (day, draw(st.integers(14, 40)), draw(st.integers(1, tens * most)))
        for day, most in UNIT
        if draw(st.booleans()) or day == UNIT[0][0]
    )
    share = draw(st.floats(0.0, 1.0))
    lowest, highest = (short_put - width, short_put) if is_threatened else (0.7 * short_put, 1.2 * short_call)
    return RandomBook(
        expiry=draw(st.sampled_from(WEEKDAYS)),
        strikes=(short_put - width, short_put, short_call, short_call + 5 * draw(st.integers(2, width // 5))),
        tens=tens,
        calls=calls,
        spot_pts=lowest + share * (highest - lowest),
    )


@settings(max_examples=25)
@given(book=books(is_threatened=False))
def test_every_leg_has_the_sign_of_its_trade(book: RandomBook) -> None:
    """A put falls as SPX rises, a call rises with it; a call on VIX falls, as VIX does. Being short turns all of it."""
    for leg in book.legs().to_dicts():
        is_up = leg["right"] == "C" and leg["root"] == "SPXW"
        expected = leg["quantity_qty"] if is_up else -leg["quantity_qty"]
        # Far out of the money a delta may be too small for any digit; it never has the other sign.
        assert expected * leg["delta_usd_per_pt"] >= 0, leg["instrument_id"]
        if abs(leg["delta"]) > 1e-9:
            assert expected * leg["delta_usd_per_pt"] > 0, leg["instrument_id"]


@settings(max_examples=25)
@given(book=books(is_threatened=True))
def test_a_hedge_takes_from_the_delta_of_a_threatened_put(book: RandomBook) -> None:
    """SPX between the put strikes, a unit at most for ten condors: they are long SPX, the hedge is short of less."""
    legs = book.legs()
    short_put = legs.filter(pl.col("right") == "P", pl.col("quantity_qty") < 0)["delta_usd_per_pt"].item()
    condor = legs.filter(part="condor")["delta_usd_per_pt"].sum()
    hedge = legs.filter(pl.col("part").is_in(["L1", "L2", "L3"]))["delta_usd_per_pt"].sum()
    assert short_put > 0 > hedge
    assert condor > 0
    assert abs(condor + hedge) < abs(condor)
