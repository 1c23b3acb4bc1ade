"""A sound night for the gates: hand-made facts that pass every one of them, and builders to put a fault into it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from transforms.book.data_checks import data_checks
from transforms.book.night_facts import NightFacts, RecentSeries
from transforms.pricing.audit import IvAudit
from warehouse.tables import core, mart

if TYPE_CHECKING:
    from warehouse.tables.types import Table

SESSION = dt.date(2023, 2, 15)
YESTERDAY = dt.date(2023, 2, 14)
MARK_AT = dt.datetime(2023, 2, 15, 21, 15, tzinfo=dt.UTC)  # 16:15 in New York
MARCH, APRIL, MAY, JUNE = (dt.date(2023, *day) for day in ((3, 22), (4, 19), (5, 10), (6, 16)))


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
        "t_years": max((expiry - seen).days, 0) / 365,
        "delta": 0.01,
        "mark_pts": 10.0,
        "ask_pts": 10.1,
        "extrinsic_pts": 10.0,
    }
    return sound | changes


def listed(expiry: dt.date, root: str = "SPXW", **changes: object) -> dict[str, Any]:
    """A row of mart.quote_quality_daily: a hundred contracts tonight and the session before, none at fault."""
    kinds = ("crossed", "locked", "no_quote", "zero_bid", "one_sided", "wide", "unpaired")
    bounds = ("parity", "vertical", "butterfly", "calendar")
    sound = {
        "session_date": SESSION,
        "root": root,
        "expiry_date": expiry,
        "settlement": "PM" if root == "SPXW" else "AM",
        "underlying": root[:3],
        "dte_days": (expiry - SESSION).days,
        "contracts_qty": 100,
        **dict.fromkeys([f"{kind}_qty" for kind in (*kinds, *bounds, "stale", "missing")], 0),
        "before_date": YESTERDAY,
        "before_qty": 100,
        "compared_qty": 80,
        "unchanged_qty": 2,
    }
    return sound | changes


def quality(*given: dict[str, Any]) -> pl.DataFrame:
    return rows(mart.MART_QUOTE_QUALITY_DAILY, *given)


def flags(*given: tuple[str, dt.date, str, float, str, float]) -> pl.DataFrame:
    """Rows of mart.quote_flags_daily: root, expiry, right, strike, flag and size."""
    columns = ("root", "expiry_date", "right", "strike_pts", "flag", "size_pts")
    known = {"session_date": SESSION, "settlement": "PM", "underlying": "SPX"}
    return rows(mart.MART_QUOTE_FLAGS_DAILY, *(known | dict(zip(columns, row, strict=True)) for row in given))


def levels(**closes: tuple[float, float]) -> pl.DataFrame:
    """Index bars of the session before and of tonight, a point high and low of their closes."""
    return rows(
        core.CORE_INDEX_LEVELS_DAILY,
        *(
            {
                "session_date": day,
                "symbol": symbol,
                "open_pts": close,
                "high_pts": close + 1.0,
                "low_pts": close - 1.0,
                "close_pts": close,
            }
            for symbol, pair in closes.items()
            for day, close in zip((YESTERDAY, SESSION), pair, strict=True)
        ),
    )


def settlements(**pairs: tuple[float, float]) -> pl.DataFrame:
    """VX settlements of the session before and of tonight by expiry, written as `e2023_03_22`."""
    return rows(
        core.CORE_VX_SETTLEMENTS_DAILY,
        *(
            {
                "session_date": day,
                "expiry_date": dt.date.fromisoformat(name[1:].replace("_", "-")),
                "settle_pts": settle,
            }
            for name, pair in pairs.items()
            for day, settle in zip((YESTERDAY, SESSION), pair, strict=True)
        ),
    )


def breadth(before: tuple[int, int], tonight: tuple[int, int]) -> pl.DataFrame:
    return rows(
        core.CORE_BREADTH_DAILY,
        *(
            {"session_date": day, "universe": "NYSE", "advances_qty": advances, "declines_qty": declines}
            for day, (advances, declines) in ((YESTERDAY, before), (SESSION, tonight))
        ),
    )


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
    chains=pl.concat([chain(), chain(load_id="vix", underlying="VIX")]),
    spx_load_id="spx",
    marks=marks(*(side for day in (*in_days(2, 30), MARCH) for side in both_rights(day)), quote(MARCH, "VIX")),
    quote_quality=quality(
        *(listed(expiry) for expiry in (*in_days(2, 30), MARCH, JUNE)), listed(MARCH, "VIX"), listed(APRIL, "VIX")
    ),
    quote_flags=flags(),
    recent=RecentSeries(
        index_levels=levels(SPX=(4136.13, 4147.6), VIX=(18.91, 18.23), VVIX=(86.4, 84.2)),
        vx_settlements=settlements(e2023_03_22=(20.9, 20.1), e2023_04_19=(21.5, 20.9), e2023_05_17=(21.9, 21.4)),
        breadth=breadth((1410, 1563), (1746, 1211)),
    ),
    forwards=forwards(
        forward("SPXW", MARCH, atm_iv_vol=0.18, forward_pts=4165.0),
        forward("SPXW", APRIL, atm_iv_vol=0.18, forward_pts=4180.0),
        forward("SPXW", MAY, atm_iv_vol=0.18, forward_pts=4195.0),
        forward("VIX", MARCH, parity_difference_pts=0.07, parity_half_spread_pts=0.05, parity_forward_pts=20.17),
        forward("VIX", APRIL, parity_forward_pts=20.95),
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
