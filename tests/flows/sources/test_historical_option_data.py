"""Invented rows in HistoricalOptionData.com's layout, and the ways its files have been saved again."""

import datetime as dt

import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse

# A blank before `exchange`, as the vendor has it.
HEADER = (
    "underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,last,bid,ask,volume,"
    "openinterest,impliedvol,delta,gamma,theta,vega,optionalias"
)
LATER_HEADER = (
    "UnderlyingSymbol,UnderlyingPrice,Exchange,OptionSymbol,Blank,Type,Expiration, DataDate,Strike,Last,Bid,Ask,Volume,"
    "OpenInterest,IV,Delta,Gamma,Theta,Vega,Alias"
)
CALL = (
    "SPX,2000.5,*,SPX150320C02000000,,call,{expiry},{day},2000,41.5,{bid},{ask},12,3400,0.1432,0.512,0.0021,-180.2,310.4,"
    "SPX150320C02000000"
)
PUT = (
    "SPX,2000.5,*,SPX150320P02000000,,put,{expiry},{day},2000,39,{bid},{ask},7,410,0.1501,-0.488,0.0021,-170.1,310.4,"
    "SPX150320P02000000"
)


def rows(*days: str, bid: str = "40.1", ask: str = "41.9", expiry: str = "2015-03-20") -> list[str]:
    return [row.format(day=day, bid=bid, ask=ask, expiry=expiry) for day in days for row in (CALL, PUT)]


def file(*lines: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode()


def loads(content: bytes) -> list[ParsedFile]:
    return parse("history.csv", content)


def test_a_line_becomes_a_row_and_the_symbol_tells_the_root() -> None:
    (load,) = loads(file(*rows("2014-12-15")))

    assert (load.kind, load.format) == ("option_chain", "historical_option_data")
    assert (load.series.name, load.series.known_from) == ("SPX", "content")
    assert (load.stated.stated_date, load.stated.stated_at) == (dt.date(2014, 12, 15), None)
    assert {name: value for name, value in load.rows.row(0, named=True).items() if value is not None} == {
        "source_line": 2,
        "option_symbol": "SPX150320C02000000",
        "root": "SPX",
        "expiry": "2015-03-20",
        "option_right": "C",
        "strike": "2000",
        "bid": "40.1",
        "ask": "41.9",
        "last": "41.5",
        "volume": "12",
        "open_interest": "3400",
        "vendor_iv": "0.1432",
        "vendor_delta": "0.512",
        "vendor_gamma": "0.0021",
    }


def with_counter(lines: list[str]) -> bytes:
    return file(*(f"{number},{line}" for number, line in enumerate(lines)), header=f",{HEADER}")


def with_dte(lines: list[str]) -> bytes:
    return file(*(f"{line},95" for line in lines), header=f"{HEADER},dte")


LAYOUTS = {
    "a counter in front": with_counter(rows("2014-12-15")),
    "dte behind": with_dte(rows("2014-12-15")),
    "US dates": file(*rows("12/15/2014", expiry="03/20/2015")),
    "the later header": file(*rows("12/15/2014", expiry="03/20/2015"), header=LATER_HEADER),
    "without optionext and exchange": file(
        *(line.replace(",*,", ",").replace(",,", ",", 1) for line in rows("2014-12-15")),
        header=HEADER.replace(" exchange,", "").replace("optionext,", ""),
    ),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_way_it_was_saved_gives_the_same_rows(content: bytes) -> None:
    (expected,) = loads(file(*rows("2014-12-15")))
    (load,) = loads(content)

    assert load.rows.equals(expected.rows)
    assert load.stated == expected.stated


def test_a_file_of_many_sessions_is_one_load_a_session() -> None:
    first, second = loads(file(*rows("2014-12-15", "2014-12-16")))

    assert (first.stated.stated_date, second.stated.stated_date) == (dt.date(2014, 12, 15), dt.date(2014, 12, 16))
    assert (first.part, second.part) == ("2014-12-15", "2014-12-16")
    assert (first.rows["source_line"].to_list(), second.rows["source_line"].to_list()) == ([2, 3], [4, 5])


def test_a_time_behind_the_quote_date_is_new_york_time() -> None:
    (load,) = loads(file(*rows("12/15/2014 16:00", expiry="03/20/2015")))

    assert load.stated.stated_at == dt.datetime(2014, 12, 15, 21, tzinfo=dt.UTC)
    assert load.stated.stated_date == dt.date(2014, 12, 15)


def test_a_half_day_whose_bids_are_all_zero_is_kept() -> None:
    half_day, _ = loads(file(*rows("2014-12-24", bid="0.0"), *rows("2014-12-26")))

    assert half_day.rows.select("bid", "ask").rows() == [("0.0", "41.9")] * 2
    assert half_day.rejected.is_empty()


def test_a_session_without_one_quote_is_rejected_row_by_row_and_the_others_load() -> None:
    (load,) = loads(file(*rows("2014-12-24", bid="0", ask="0.0"), *rows("2014-12-26")))

    assert load.stated.stated_date == dt.date(2014, 12, 26)
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [
        (2, "all_quotes_zero", "bid"),
        (3, "all_quotes_zero", "bid"),
    ]


def test_a_rejected_row_goes_with_its_own_session() -> None:
    bad = rows("2014-12-16", bid="oops")[0]
    first, second = loads(file(*rows("2014-12-15"), bad, rows("2014-12-16")[1]))

    assert first.rejected.is_empty()
    assert second.rejected.select("source_line", "rule_id").rows() == [(4, "bid_not_a_number")]


BAD_CELLS = {
    "type": (",call,", ",straddle,", "right_unknown", "type"),
    "type of the other side": (",call,", ",put,", "right_disagrees", "type"),
    "expiration of another date": (",2015-03-20,", ",2015-03-27,", "expiry_disagrees", "expiration"),
    "expiration": (",2015-03-20,", ",20.03.2015,", "expiry_not_a_date", "expiration"),
    "strike of another contract": (",2000,41.5", ",2005,41.5", "strike_disagrees", "strike"),
    "symbol": (",SPX150320C02000000,,", ",SPX 2000 call,,", "symbol_malformed", "optionroot"),
    "underlying": ("SPX,2000.5", "VIX,2000.5", "root_disagrees", "underlying"),
    "quote date": ("2014-12-15", "yesterday", "quote_date_not_a_date", "quotedate"),
    "quote time": ("2014-12-15", "2014-12-15 noon", "quote_date_not_a_date", "quotedate"),
    "bid": (",40.1,", ",none,", "bid_not_a_number", "bid"),
    "ask": (",41.9,", ",-41.9,", "ask_negative", "ask"),
    "implied vol": ("0.1432", "14%", "vendor_iv_not_a_number", "impliedvol"),
}


@pytest.mark.parametrize(("old", "new", "rule", "column"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_a_bad_cell_rejects_its_row(old: str, new: str, rule: str, column: str) -> None:
    call, put = rows("2014-12-15")
    (load,) = loads(file(call.replace(old, new, 1), put))

    assert load.rows["option_right"].to_list() == ["P"]
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [(2, rule, column)]


REFUSED = {
    "another underlying": (file(*(row.replace("SPX", "NDX") for row in rows("2014-12-15"))), ("unknown_root", 2)),
    "a contract twice in one session": (
        file(*rows("2014-12-15"), rows("2014-12-15", ask="42")[0]),
        ("duplicate_key", 4),
    ),
    "no session has a quote": (file(*rows("2014-12-15", "2014-12-16", bid="0", ask="0")), ("all_quotes_zero", 2)),
    "the last line cut": (file(*rows("2014-12-15"))[:-60], ("truncated", 3)),
    "not one usable row": (file(*rows("2014-12-15", bid="x")), ("no_usable_row", 2)),
}


@pytest.mark.parametrize(("content", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_contradicts_itself_is_refused(content: bytes, expected: tuple[str, int]) -> None:
    with pytest.raises(FileRefused) as caught:
        loads(content)

    assert (caught.value.rule_id, caught.value.source_line) == expected
    assert caught.value.hint
