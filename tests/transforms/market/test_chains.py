"""Which session a chain belongs to, whether it ends the day, and which of several files is believed."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from transforms.market.calendar import quote_table_instant
from transforms.market.chains import ChosenChain, choose_chain, describe_chains
from transforms.market.quotes import type_quotes
from warehouse.tables.core import CORE_OPTION_CHAINS
from warehouse.tables.meta import META_LOADS
from warehouse.tables.raw import RAW_OPTION_QUOTES

TUESDAY, FRIDAY = dt.date(2023, 2, 7), dt.date(2023, 2, 3)
NO_VX = pl.DataFrame(schema={"session_date": pl.Date, "expiry_date": pl.Date, "settle_pts": pl.Float64})


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def loads(**stated: object) -> pl.DataFrame:
    return META_LOADS.conform(
        pl.DataFrame(
            [{"load_id": "a", "stated_at": None, "stated_date": None, "last_print_at": None} | stated],
            infer_schema_length=None,
        )
    )


def quotes(*contracts: tuple[str, str, str, float, float, float]) -> pl.DataFrame:
    raw = pl.DataFrame(
        [("a", r, e, p, str(k), str(bid), str(ask)) for r, e, p, k, bid, ask in contracts],
        schema=["load_id", "root", "expiry", "option_right", "strike", "bid", "ask"],
        orient="row",
    ).with_columns(source_line=pl.int_range(pl.len()))
    return type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv"))).rows


SPX = quotes(
    ("SPXW", "2023-02-07", "C", 4160, 3.9, 4.1),
    ("SPXW", "2023-02-08", "C", 4160, 20.0, 20.4),
    ("SPXW", "2023-02-08", "P", 4160, 0.0, 0.0),
    ("SPX", "2023-02-17", "P", 4160, 50.0, 51.0),
    ("SPXW", "2023-02-17", "P", 4160, 50.5, 51.5),
)


def described(quotes: pl.DataFrame, vx: pl.DataFrame = NO_VX, **stated: object) -> dict[str, Any]:
    frame = describe_chains(loads(**stated), quotes, vx)
    assert frame.schema == CORE_OPTION_CHAINS.polars_schema
    return frame.row(0, named=True)


@pytest.mark.parametrize(
    ("stated_at", "session_date", "is_end_of_day"),
    [
        ("2023-02-07 22:34", TUESDAY, True),  # 17:34 ET
        ("2023-02-07 21:15", TUESDAY, True),  # the table of 16:15
        ("2023-02-07 21:05", TUESDAY, False),  # options trade a quarter of an hour longer than stocks
        ("2023-02-07 14:30", TUESDAY, False),  # 09:30 ET
        ("2023-02-07 14:29", dt.date(2023, 2, 6), True),  # before the open
        ("2023-02-08 04:59", TUESDAY, True),  # 23:59 ET
        ("2023-02-05 01:09", FRIDAY, True),  # Saturday
        ("2023-02-20 18:00", dt.date(2023, 2, 17), True),  # Presidents' Day
        ("2023-11-24 18:20", dt.date(2023, 11, 24), True),  # a half day: table of 13:15
        ("2023-11-24 18:10", dt.date(2023, 11, 24), False),
    ],
)
def test_a_download_belongs_to_the_last_session_that_has_closed(
    stated_at: str, session_date: dt.date, is_end_of_day: bool
) -> None:
    chain = described(SPX, stated_at=utc(stated_at))
    assert (chain["session_date"], chain["session_from"]) == (session_date, "date_line")
    assert (chain["is_end_of_day"], chain["end_of_day_reason"]) == (is_end_of_day, "date_line")
    assert (chain["quote_at"] == utc(stated_at)) is (not is_end_of_day or stated_at == "2023-02-07 21:15")


@pytest.mark.parametrize(
    ("last_print_at", "stated_at", "session_date", "is_end_of_day"),
    [
        ("2023-02-07 21:14:59", "2023-02-07 21:36:41", TUESDAY, True),  # 16:36 ET, the index stopped at 16:14:59
        ("2023-02-07 21:14:59", "2023-02-07 21:30:00", TUESDAY, True),  # a quarter of an hour after the last quotes
        ("2023-02-07 21:09:00", "2023-02-07 21:29:00", TUESDAY, False),  # the page shows quotes of 16:14
        ("2023-02-07 20:58:00", "2023-02-07 21:40:00", TUESDAY, False),  # a print before the close
        ("2023-02-07 14:31:00", "2023-02-07 14:46:00", TUESDAY, False),  # 09:31 ET
        ("2023-02-07 21:14:59", "2023-02-08 01:29:00", TUESDAY, True),  # 20:29 ET, shows 20:14
        (
            "2023-02-07 21:14:59",
            "2023-02-08 01:31:00",
            TUESDAY,
            False,
        ),  # options trade from 20:15; no clock to say better
        ("2023-02-07 21:14:59", "2023-02-08 08:00:00", TUESDAY, False),  # 03:00 ET of the next day
        ("2023-02-03 21:14:59", "2023-02-05 01:09:00", FRIDAY, True),  # Saturday
        ("2023-02-17 21:14:59", "2023-02-20 18:00:00", dt.date(2023, 2, 17), True),  # Presidents' Day
        ("2023-11-24 18:14:59", "2023-11-24 18:31:00", dt.date(2023, 11, 24), True),  # a half day: 13:15, 13:30
        ("2023-11-24 18:14:59", "2023-11-24 18:29:00", dt.date(2023, 11, 24), False),
        # A page that goes on by its own time while the index has stood still: the quotes are the old ones.
        ("2023-02-06 21:14:59", "2023-02-07 22:30:00", dt.date(2023, 2, 6), True),
        # VIX is computed from 03:15 on, and on US holidays: its options are live then.
        ("2023-02-07 12:45:00", "2023-02-07 13:00:00", dt.date(2023, 2, 6), False),
        ("2023-02-20 15:00:00", "2023-02-20 15:15:00", dt.date(2023, 2, 17), False),
    ],
)
def test_a_page_belongs_to_the_session_of_its_indexs_last_print(
    last_print_at: str, stated_at: str, session_date: dt.date, is_end_of_day: bool
) -> None:
    chain = described(SPX, stated_at=utc(stated_at), last_print_at=utc(last_print_at))
    assert (chain["session_date"], chain["session_from"]) == (session_date, "last_print")
    assert (chain["is_end_of_day"], chain["end_of_day_reason"]) == (is_end_of_day, "last_print")
    assert chain["quote_at"] == (quote_table_instant(session_date) if is_end_of_day else utc(stated_at))


def test_an_end_of_day_is_quoted_a_quarter_of_an_hour_after_the_close() -> None:
    assert described(SPX, stated_at=utc("2023-02-08 03:00"))["quote_at"] == utc("2023-02-07 21:15")
    assert described(SPX, stated_at=utc("2023-11-24 22:00"))["quote_at"] == utc("2023-11-24 18:15")


def test_a_quote_date_column_is_end_of_day_by_definition() -> None:
    chain = described(SPX, stated_date=TUESDAY)
    assert (chain["session_date"], chain["session_from"]) == (TUESDAY, "quote_date_column")
    assert (chain["is_end_of_day"], chain["end_of_day_reason"]) == (True, "eod_columns")
    assert chain["quote_at"] == utc("2023-02-07 21:15")


@pytest.mark.parametrize(("stated_at", "is_end_of_day"), [("2023-02-07 21:00", True), ("2023-02-07 20:45", False)])
def test_a_quote_date_column_with_a_time_is_quoted_at_that_time(stated_at: str, is_end_of_day: bool) -> None:
    chain = described(SPX, stated_date=TUESDAY, stated_at=utc(stated_at))
    assert (chain["quote_at"], chain["is_end_of_day"]) == (utc(stated_at), is_end_of_day)


def test_a_time_after_the_quotes_end_counts_as_their_end() -> None:
    """A vendor that writes 16:00 on a half day, whose options stop at 13:15."""
    chain = described(SPX, stated_date=dt.date(2023, 11, 24), stated_at=utc("2023-11-24 21:00"))
    assert (chain["quote_at"], chain["is_end_of_day"]) == (utc("2023-11-24 18:15"), True)


def test_a_quote_date_on_a_closed_day_is_no_session() -> None:
    chain = described(SPX, stated_date=dt.date(2023, 2, 4))
    assert (chain["session_date"], chain["session_from"], chain["quote_at"]) == (None, None, None)
    assert "2023-02-04" in chain["session_reason"]


def test_a_bare_spx_file_belongs_to_its_first_listed_expiry() -> None:
    chain = described(SPX)
    assert (chain["session_date"], chain["session_from"]) == (TUESDAY, "first_expiry")
    assert (chain["is_end_of_day"], chain["end_of_day_reason"]) == (True, "no_evidence_against")


def test_contracts_are_counted_and_only_quoted_ones_that_outlive_the_session_are_live() -> None:
    chain = described(SPX)
    assert (chain["contracts_qty"], chain["live_contracts_qty"], chain["expiries_qty"]) == (5, 3, 4)


# 2023-06-09: the June monthly's parity forward is 15.25, and that day's VX settlement 15.2378 (Cboe; METHODOLOGY 9.6).
JUNE_VX = pl.DataFrame(
    [
        (dt.date(2023, 6, day), dt.date(2023, 6, 21), settle)
        for day, settle in ((6, 15.26), (7, 15.4509), (8, 15.0127), (9, 15.2378), (12, 15.5628), (13, 15.3191))
    ]
    + [(dt.date(2023, 6, 9), dt.date(2023, 7, 19), 15.25)],
    schema=NO_VX.schema,
    orient="row",
)


def vix(call_less_put: float) -> pl.DataFrame:
    return quotes(
        ("VIXW", "2023-06-14", "C", 15, 0.6, 0.7),
        ("VIX", "2023-06-21", "C", 15, 0.93 + call_less_put - 0.25, 0.96 + call_less_put - 0.25),
        ("VIX", "2023-06-21", "P", 15, 0.67, 0.72),
    )


def test_a_bare_vix_file_belongs_to_the_session_whose_future_meets_its_parity() -> None:
    # The 6th matches better still, but lies six sessions before the first expiry.
    chain = described(vix(0.25), JUNE_VX)
    assert (chain["session_date"], chain["session_from"]) == (dt.date(2023, 6, 9), "vx_parity")
    assert chain["quote_at"] == utc("2023-06-09 20:15")


def test_a_vix_file_that_meets_no_settlement_has_no_session() -> None:
    chain = described(vix(2.0), JUNE_VX)
    assert (chain["session_date"], chain["quote_at"], chain["live_contracts_qty"]) == (None, None, None)
    assert "nearest 15.5628 on 2023-06-12" in chain["session_reason"]


def test_a_vix_file_waits_for_the_settlements() -> None:
    assert "are not loaded" in described(vix(0.25))["session_reason"]
    assert "no VIX monthly" in described(vix(0.25).filter(right="C"), JUNE_VX)["session_reason"]


CLOSE = {
    "load_id": "close",
    "underlying": "SPX",
    "session_date": TUESDAY,
    "is_end_of_day": True,
    "live_contracts_qty": 1000,
    "quote_at": utc("2023-02-07 21:15"),
    "loaded_at": utc("2023-02-08 10:00"),
}
INTRADAY = CLOSE | {"load_id": "intraday", "is_end_of_day": False, "quote_at": utc("2023-02-07 18:40")}


def choose(*chains: dict[str, object]) -> ChosenChain:
    return choose_chain(pl.DataFrame(list(chains)), "SPX", TUESDAY)


@pytest.mark.parametrize(
    ("other", "winner"),
    [
        (INTRADAY | {"live_contracts_qty": 20_000, "loaded_at": utc("2023-02-09 10:00")}, "close"),
        (CLOSE | {"load_id": "partial", "live_contracts_qty": 949, "loaded_at": utc("2023-02-09 10:00")}, "close"),
        (CLOSE | {"load_id": "newer", "live_contracts_qty": 950, "loaded_at": utc("2023-02-09 10:00")}, "newer"),
        (CLOSE | {"load_id": "larger", "live_contracts_qty": 1060, "loaded_at": utc("2023-02-01 10:00")}, "larger"),
        (CLOSE | {"load_id": "earlier quotes", "quote_at": utc("2023-02-07 21:00")}, "close"),
        (CLOSE | {"load_id": "dead heat"}, "dead heat"),
        (CLOSE | {"load_id": "vix", "underlying": "VIX", "live_contracts_qty": 9000}, "close"),
        (CLOSE | {"load_id": "monday", "session_date": dt.date(2023, 2, 6), "live_contracts_qty": 9000}, "close"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["load_id"],
)
def test_end_of_day_then_complete_then_later_quotes_then_the_newest_load(other: dict[str, object], winner: str) -> None:
    assert choose(CLOSE, other).load_id == choose(other, CLOSE).load_id == winner


def test_an_intraday_chain_is_chosen_where_there_is_no_other_and_says_so() -> None:
    assert choose(INTRADAY) == ChosenChain(load_id="intraday", quote_at=utc("2023-02-07 18:40"), is_end_of_day=False)


def test_no_chain_is_an_answer_with_a_reason() -> None:
    chosen = choose_chain(pl.DataFrame([CLOSE]), "VIX", TUESDAY)
    assert (chosen.load_id, chosen.reason) == (None, "no VIX chain belongs to 2023-02-07")
