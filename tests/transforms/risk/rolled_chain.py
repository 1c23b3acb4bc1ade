"""A chain of several expiries with a known smile, priced by QuantLib, and books of threatened condors on it."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from tests.transforms.book.toy_book import fill, fills_of
from tests.transforms.market.known_smiles import FORWARD, NIGHT, QUOTED_AT, RATE, black_pts, quoted, years
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.legs import price_legs
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import holdings, positions
from transforms.market.smile_odds import SmileNight
from transforms.market.surface_fit import fit_surface
from transforms.risk.roll_eligibility import RangeNight
from transforms.risk.roll_ranking import EventWindow
from transforms.risk.rolls import RollInputs
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.market.surface import PricedChain

Contract = tuple[str, dt.date, str, float]

HALF = 0.2  # half the spread of every quote, points
MARCH = dt.date(2023, 3, 17)
MARCH_24, MARCH_31, APRIL = dt.date(2023, 3, 24), dt.date(2023, 3, 31), dt.date(2023, 4, 21)
TOMORROW, THURSDAY, FRIDAY, TUESDAY = (dt.date(2023, 2, day) for day in (8, 9, 10, 14))
MONTHLY = (("SPXW", MARCH), ("SPXW", MARCH_24), ("SPXW", MARCH_31), ("SPXW", APRIL), ("SPX", APRIL))
SHORT_DATED = (("SPXW", TOMORROW), ("SPXW", THURSDAY), ("SPXW", FRIDAY), ("SPXW", TUESDAY), ("SPXW", MARCH))
LAST_EVENING = (("SPX", TOMORROW), ("SPXW", MARCH))
LAST_WEEK = dt.date(2023, 1, 31)
CLEAR = EventWindow("CLEAR")

# Strikes from the long put up, and what was paid or received for each. Spot 4166.9 lies between the put strikes, or
# between the call strikes; credit 20 both times.
THREATENED_PUT = ((4125.0, 4175.0, 4350.0, 4400.0), (40.0, 55.0, 12.0, 7.0))
THREATENED_CALL = ((3900.0, 3950.0, 4150.0, 4200.0), (12.0, 17.0, 60.0, 45.0))
SHORT_DATED_PUT = ((4125.0, 4150.0, 4225.0, 4250.0), (4.0, 8.0, 4.0, 2.0))


def smile(k: float) -> float:
    return max(0.10, 0.18 - 0.35 * k + 0.4 * k * k)


@cache
def chain(series: tuple[tuple[str, dt.date], ...] = MONTHLY) -> PricedChain:
    return quoted(dict.fromkeys(series, smile), half=HALF, sds=5.0)


@cache
def smiles(series: tuple[tuple[str, dt.date], ...] = MONTHLY) -> SmileNight:
    priced = chain(series)
    return SmileNight(forwards=priced.forwards, smiles=priced.smiles, surface=fit_surface(priced).surface)


def value_pts(right: str, strike: float, expiry: dt.date, root: str = "SPXW") -> float:
    """What QuantLib says an option of the chain is worth: the middle of its quote."""
    t_years = years(root, expiry)
    return black_pts(right, strike, smile(math.log(strike / FORWARD)), t_years, math.exp(-RATE * t_years))


def condor_value_pts(strikes: tuple[float, ...], expiry: dt.date, root: str = "SPXW") -> float:
    """What a short condor is worth the other way round: what closing it costs at the mids."""
    long_put, short_put, short_call, long_call = (
        value_pts(right, strike, expiry, root) for right, strike in zip("PPCC", strikes, strict=True)
    )
    return short_put - long_put + short_call - long_call


def condor(
    strikes: tuple[float, ...],
    prices: tuple[float, ...],
    *,
    qty: int = 10,
    root: str = "SPXW",
    expiry: dt.date = MARCH,
    **facts: object,
) -> list[dict[str, object]]:
    """Fills of a short condor, legs from the long put up."""
    legs = zip("PPCC", strikes, (qty, -qty, -qty, qty), prices, strict=True)
    named = {"on": LAST_WEEK, "structure": "condor-1", "campaign": "camp-1", "fees": 5.0} | facts
    return [fill(f"{root} {expiry} {right} {strike:g}", size, price, **named) for right, strike, size, price in legs]  # type: ignore[arg-type]


def inputs_of(
    *fills: dict[str, object],
    series: tuple[tuple[str, dt.date], ...] = MONTHLY,
    edr_frac: float | None = 0.012,
    vix_pts: float | None = 18.0,
    event: EventWindow = CLEAR,
    changed: Mapping[Contract, Mapping[str, object]] | None = None,
) -> RollInputs:
    """Run the book of a night on the chain, and ask for its rolls; `changed` puts other quotes into the chain."""
    book, night = fills_of(*fills), smiles(series)
    marks = _changed(chain(series).marks, changed or {})
    held, open_legs = holdings(book, NIGHT, QUOTED_AT), positions(book, NIGHT, QUOTED_AT)
    legs = price_legs(open_legs, marks, night.forwards, vx=CORE_VX_SETTLEMENTS_DAILY.empty(), spot_pts=FORWARD)
    spx = SpxNight(session_date=NIGHT, mark_at=QUOTED_AT, spot_pts=FORWARD, edr_pts=50.0)
    return RollInputs(
        session_date=NIGHT,
        mark_at=QUOTED_AT,
        spot_pts=FORWARD,
        range_night=RangeNight(edr_frac=edr_frac, vix_pts=vix_pts),
        hv20_vol=0.16,
        condors=condors(
            CondorInputs(
                night=spx, holdings=held, legs=legs, settlements=settlement_levels(), smiles=night, hv20_vol=0.16
            )
        ),
        holdings=held,
        fills=book,
        marks=marks,
        smiles=night,
        hedge_gains=pl.DataFrame({"account": ["A"], "hedge_gain_usd": [1_500.0]}),
        event=event,
    )


def _changed(marks: pl.DataFrame, changed: Mapping[Contract, Mapping[str, object]]) -> pl.DataFrame:
    rows = {(row["root"], row["expiry_date"], row["right"], row["strike_pts"]): row for row in marks.to_dicts()}
    assert changed.keys() <= rows.keys()
    listed = [row | changed.get(contract, {}) for contract, row in rows.items()]
    kept = [row for row in listed if row["mark_quality"] != "DELISTED"]
    return pl.DataFrame(kept, schema=marks.schema)
