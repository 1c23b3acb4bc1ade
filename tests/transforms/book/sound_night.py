"""A sound night for the gates: hand-made facts that pass every one of them, and builders to put a fault into it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.data_checks import data_checks
from transforms.book.night_facts import NightFacts
from transforms.pricing.audit import IvAudit
from warehouse.tables import core, mart

if TYPE_CHECKING:
    from warehouse.tables.types import Table

SESSION = dt.date(2023, 2, 15)
YESTERDAY = dt.date(2023, 2, 14)
MARK_AT = dt.datetime(2023, 2, 15, 21, 15, tzinfo=dt.UTC)  # 16:15 in New York
MARCH, APRIL = dt.date(2023, 3, 22), dt.date(2023, 4, 19)


def rows(table: Table, *given: dict[str, Any]) -> pl.DataFrame:
    return table.conform(pl.DataFrame(list(given), infer_schema_length=None)) if given else table.empty()


def chain(**changes: object) -> pl.DataFrame:
    sound = {
        "load_id": "spx",
        "underlying": "SPX",
        "session_date": SESSION,
        "session_from": "date_line",
        "quote_at": MARK_AT,
        "is_end_of_day": True,
        "end_of_day_reason": "date_line",
        "clock_at": MARK_AT,
        "clock_spread_minutes": 3.5,
        "contracts_qty": 18_962,
    }
    return rows(core.CORE_OPTION_CHAINS, sound | changes)


def quote(expiry: dt.date, underlying: str = "SPX", *, seen: dt.date = SESSION, **changes: object) -> dict[str, Any]:
    sound = {
        "session_date": seen,
        "root": "SPXW" if underlying == "SPX" else "VIX",
        "underlying": underlying,
        "expiry_date": expiry,
        "dte_days": (expiry - seen).days,
        "mark_quality": "OK",
        "iv_status": "ok",
        "mark_pts": 10.0,
        "ask_pts": 10.1,
        "extrinsic_pts": 10.0,
    }
    return sound | changes


def both_rights(expiry: dt.date) -> list[dict[str, Any]]:
    """Calls and puts at two strikes, on C - P = 0.99 (4147 - K): 46.53 and -2.97 points."""
    terms = {"settlement": "PM", "t_years": 0.1, "discount_factor_frac": 0.99}
    mids = (("C", 4100.0, 146.53), ("P", 4100.0, 100.0), ("C", 4150.0, 117.03), ("P", 4150.0, 120.0))
    return [
        quote(expiry, right=right, strike_pts=strike, bid_pts=mid - 0.2, ask_pts=mid + 0.2, **terms)
        for right, strike, mid in mids
    ]


def in_days(*days: int) -> list[dt.date]:
    return [SESSION + dt.timedelta(days=number) for number in days]


def marks(*quotes: dict[str, Any]) -> pl.DataFrame:
    return rows(core.CORE_OPTION_MARKS_DAILY, *quotes)


def forward(root: str, expiry: dt.date, **changes: object) -> dict[str, Any]:
    sound = {
        "root": root,
        "expiry_date": expiry,
        "settlement": "PM" if root == "SPXW" else "AM",
        "underlying": "VIX" if root.startswith("VIX") else "SPX",
        "t_years": (expiry - SESSION).days / 365,
        "method": "future" if root.startswith("VIX") else "fit",
    }
    return sound | changes


def forwards(*given: dict[str, Any]) -> pl.DataFrame:
    return rows(core.CORE_FORWARDS_DAILY, *given)


def leg(name: str, *, is_priced: bool = True) -> dict[str, Any]:
    root, expiry = name.split()[:2]
    return {"instrument_id": name, "root": root, "expiry_date": dt.date.fromisoformat(expiry), "is_priced": is_priced}


def legs(*given: dict[str, Any]) -> pl.DataFrame:
    return rows(mart.MART_LEGS_DAILY, *given)


def signals(**levels: object) -> pl.DataFrame:
    sound = {"session_date": SESSION, "spot_pts": 4146.74, "index_close_pts": 4147.6, "vix_pts": 18.23}
    return rows(mart.MART_SIGNALS_DAILY, sound | levels)


def vx_curve(*settlements: tuple[int, float | None]) -> pl.DataFrame:
    return rows(mart.MART_VX_CURVE_DAILY, *({"rank": rank, "settle_pts": settle} for rank, settle in settlements))


def vix_check(**figures: object) -> pl.DataFrame:
    return rows(mart.MART_VIX_CHECKS_DAILY, {"session_date": SESSION} | figures)


def condor(value_usd: float | None, state: str = "OK") -> pl.DataFrame:
    geometry = {"condor_id": "condor-a", "quantity_qty": 10, "width_put_pts": 50.0, "width_call_pts": 25.0}
    return rows(mart.MART_CONDORS_DAILY, geometry | {"value_usd": value_usd, "state": state})


def fill(quantity: int, *, expiry: dt.date = MARCH, hour: int = 21) -> dict[str, Any]:
    return {
        "fill_id": f"F{quantity}-{expiry}-{hour}",
        "account": "DESK",
        "filled_at": dt.datetime(2023, 2, 15, hour, 15, tzinfo=dt.UTC),
        "root": "VIX",
        "expiry_date": expiry,
        "settlement": "AM",
        "right": "C",
        "strike_pts": 21.0,
        "quantity_qty": quantity,
    }


def fills(*given: dict[str, Any]) -> pl.DataFrame:
    return rows(core.CORE_FILLS, *given)


def position(quantity: int) -> pl.DataFrame:
    kept = {name: value for name, value in fill(quantity).items() if name in mart.MART_POSITIONS_DAILY.column_names}
    return rows(mart.MART_POSITIONS_DAILY, kept)


SOUND = NightFacts(
    session_date=SESSION,
    mark_at=MARK_AT,
    chains=chain(),
    spx_load_id="spx",
    marks=marks(*(quote(expiry) for expiry in in_days(2, 30)), *both_rights(MARCH), quote(MARCH, "VIX")),
    previous_marks=marks(*(quote(expiry, seen=YESTERDAY) for expiry in in_days(2, 30))),
    forwards=forwards(
        forward("SPXW", MARCH, atm_iv_vol=0.18),
        forward("SPXW", APRIL, atm_iv_vol=0.18),
        forward("VIX", MARCH, parity_difference_pts=0.07, parity_half_spread_pts=0.05),
    ),
    vx_curve=vx_curve((1, 20.1), (2, 20.9)),
    signals=signals(),
    vix_check=vix_check(vix_recomputed_pts=18.24, difference_pts=0.01, limit_pts=0.25),
    fills=fills(fill(4)),
    positions=position(4),
    legs=legs(leg("SPXW 2023-03-22 PM P 3900"), leg("VIX 2023-03-22 AM C 21")),
    condors=condor(-5_000.0),
    breadth_date=SESSION,
    rates_date=SESSION,
    iv_audit=IvAudit(max_difference_vol=6e-15, worst_index=3, checked_qty=191),
)


def check(facts: NightFacts, check_id: str, subject: str = "") -> dict[str, Any]:
    (found,) = data_checks(facts).filter(check_id=check_id, subject=subject).to_dicts()
    return found


def failed(facts: NightFacts) -> set[str]:
    return set(data_checks(facts).filter(~pl.col("is_passed"))["check_id"])
