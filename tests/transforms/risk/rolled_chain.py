"""A chain of several expiries with a known smile, priced by QuantLib, and books of threatened condors on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from tests.transforms.book.toy_book import fill, fills_of
from tests.transforms.market.known_smiles import FORWARD, NIGHT, QUOTED_AT, quoted
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.legs import price_legs
from transforms.book.payoffs import settlement_levels
from transforms.book.positions import holdings, positions
from transforms.market.smile_odds import SmileNight
from transforms.market.surface import PricedChain
from transforms.market.surface_fit import fit_surface
from transforms.risk.roll_eligibility import RangeNight
from transforms.risk.rolls import RollInputs
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

HALF = 0.2  # half the spread of every quote
MARCH = dt.date(2023, 3, 17)
MARCH_24, MARCH_31, APRIL = dt.date(2023, 3, 24), dt.date(2023, 3, 31), dt.date(2023, 4, 21)
TOMORROW, THURSDAY, FRIDAY, TUESDAY = (dt.date(2023, 2, day) for day in (8, 9, 10, 14))
MONTHLY = (("SPXW", MARCH), ("SPX", MARCH), ("SPXW", MARCH_24), ("SPXW", MARCH_31), ("SPXW", APRIL), ("SPX", APRIL))
SHORT_DATED = (("SPXW", TOMORROW), ("SPXW", THURSDAY), ("SPXW", FRIDAY), ("SPXW", TUESDAY), ("SPXW", MARCH))
LAST_WEEK = dt.date(2023, 1, 31)


def smile(k: float) -> float:
    return max(0.10, 0.18 - 0.35 * k + 0.4 * k * k)


@cache
def chain(series: tuple[tuple[str, dt.date], ...] = MONTHLY) -> PricedChain:
    return quoted(dict.fromkeys(series, smile), half=HALF, sds=5.0)


@cache
def smiles(series: tuple[tuple[str, dt.date], ...] = MONTHLY) -> SmileNight:
    priced = chain(series)
    return SmileNight(forwards=priced.forwards, smiles=priced.smiles, surface=fit_surface(priced).surface)


def condor(
    strikes: tuple[float, float, float, float],
    prices: tuple[float, float, float, float],
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


# Spot 4166.9 lies between the put strikes; credit 20.
THREATENED_PUT = ((4125.0, 4175.0, 4350.0, 4400.0), (40.0, 55.0, 12.0, 7.0))
# The mirror: between the call strikes.
THREATENED_CALL = ((3900.0, 3950.0, 4150.0, 4200.0), (12.0, 17.0, 60.0, 45.0))


def inputs_of(
    *fills: dict[str, object],
    series: tuple[tuple[str, dt.date], ...] = MONTHLY,
    edr_frac: float | None = 0.012,
    vix_pts: float | None = 18.0,
    changed_marks: Mapping[tuple[str, dt.date, str, float], Mapping[str, object]] | None = None,
) -> RollInputs:
    """Run the book of a night on the chain, and ask for its rolls; `changed_marks` puts other quotes into it."""
    book, night = fills_of(*fills), smiles(series)
    marks = _changed(chain(series).marks, changed_marks or {})
    held, open_legs = holdings(book, NIGHT, QUOTED_AT), positions(book, NIGHT, QUOTED_AT)
    legs = price_legs(open_legs, marks, night.forwards, vx=CORE_VX_SETTLEMENTS_DAILY.empty(), spot_pts=FORWARD)
    spx = SpxNight(session_date=NIGHT, mark_at=QUOTED_AT, spot_pts=FORWARD, edr_pts=50.0)
    return RollInputs(
        session_date=NIGHT,
        mark_at=QUOTED_AT,
        spot_pts=FORWARD,
        range_night=RangeNight(edr_frac=edr_frac, vix_pts=vix_pts),
        hv20_vol=0.16,
        condors=condors(CondorInputs(night=spx, holdings=held, legs=legs, settlements=settlement_levels())),
        holdings=held,
        fills=book,
        marks=marks,
        smiles=night,
        hedge_gains=pl.DataFrame({"account": ["A"], "hedge_gain_usd": [1_500.0]}),
    )


def without_event(inputs: RollInputs) -> RollInputs:
    return replace(inputs, event=type(inputs.event)())


def _changed(
    marks: pl.DataFrame, changed: Mapping[tuple[str, dt.date, str, float], Mapping[str, object]]
) -> pl.DataFrame:
    rows = marks.to_dicts()
    for row in rows:
        key = (row["root"], row["expiry_date"], row["right"], row["strike_pts"])
        row |= changed.get(key, {})
    assert changed.keys() <= {(row["root"], row["expiry_date"], row["right"], row["strike_pts"]) for row in rows}
    return pl.DataFrame(rows, schema=marks.schema)
