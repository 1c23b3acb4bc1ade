"""Invented rows in OptionsDX's layout: blanks behind the commas, a call and a put a line, no root."""

import datetime as dt

import pytest

from flows.sources.chain_rules import ChainRules
from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse
from tests.flows.chain_writers import OPTIONSDX

HEADER = ", ".join(f"[{name}]" for name in OPTIONSDX)
ROW = (
    "1704315600, {time}, {day}, 16.000000, {level}, {expiry}, 1708117200, 44.000000, "
    "0.512000, 0.002100, 4.910000, -0.421000, 2.110000, 0.143200, 120.000000, 41.500000, 12 x 30, 40.100000, "
    "41.900000, "
    "{strike}, 38.200000, 39.600000, 0 x 8, 39.000000, -0.488000, 0.002200, 4.910000, -0.390000, -1.980000, 0.150100, "
    "{put_volume}, 8.100000, 0.002100"
)
FRIDAY = "2024-02-23"  # no third Friday
NAME = "spx_eod_202401.txt"
AM = ChainRules(optionsdx_monthly_root="SPX")


def row(day: str = "2024-01-03", *, time: str | None = None, expiry: str = FRIDAY, **said: str) -> str:
    fields = {"level": "4704.810000", "strike": "4700.000000", "put_volume": "98.000000"} | said
    return ROW.format(day=day, time=time or f"{day} 16:00", expiry=expiry, **fields)


def file(*rows: str, header: str = HEADER) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


def loads(content: bytes, name: str = NAME, rules: ChainRules = AM) -> list[ParsedFile]:
    return parse(name, content, chain_rules=rules)


def refusal(content: bytes, name: str = NAME, rules: ChainRules = AM) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        loads(content, name, rules)
    return caught.value


def test_a_line_becomes_a_call_and_a_put_without_open_interest() -> None:
    (load,) = loads(file(row()))

    assert (load.kind, load.format) == ("option_chain", "optionsdx")
    assert (load.series.name, load.series.known_from) == ("SPX", "file_name")
    assert {name: value for name, value in load.rows.row(1, named=True).items() if value is not None} == {
        "source_line": 2,
        "root": "SPXW",
        "expiry": "2024-02-23",
        "option_right": "P",
        "strike": "4700.000000",
        "bid": "38.200000",
        "ask": "39.600000",
        "last": "39.000000",
        "volume": "98.000000",
        "vendor_iv": "0.150100",
        "vendor_delta": "-0.488000",
        "vendor_gamma": "0.002200",
    }


def test_the_quote_time_is_new_yorks_and_the_date_the_session() -> None:
    winter, summer = loads(file(row(), row("2024-07-03", time="2024-07-03 13:00", expiry="2024-07-26")))

    assert winter.stated.stated_at == dt.datetime(2024, 1, 3, 21, tzinfo=dt.UTC)
    assert summer.stated.stated_at == dt.datetime(2024, 7, 3, 17, tzinfo=dt.UTC)  # 13:00 EDT of a half day
    assert (winter.stated.stated_date, summer.stated.stated_date) == (dt.date(2024, 1, 3), dt.date(2024, 7, 3))
    assert (winter.part, summer.part) == ("2024-01-03", "2024-07-03")


def test_several_times_of_a_day_are_so_many_chains() -> None:
    early, late = loads(file(row(time="2024-01-03 15:30"), row()))

    assert (early.part, late.part) == ("2024-01-03 20:30Z", "2024-01-03 21:00Z")


def test_names_without_brackets_and_blanks_are_the_same() -> None:
    (plain,) = loads(file(row().replace(", ", ","), header=HEADER.replace(", ", ",").replace("[", "").replace("]", "")))
    (vendors,) = loads(file(row()))

    assert plain.rows.equals(vendors.rows)


def test_blank_vols_and_volumes_are_none() -> None:
    blank = row(put_volume=" ").replace("0.150100", "").replace("0.143200", " ")
    (load,) = loads(file(blank))

    assert load.rows["vendor_iv"].null_count() == 2
    assert load.rows["volume"].to_list() == ["120.000000", None]


def test_third_fridays_are_refused_until_the_configuration_says_what_they_are() -> None:
    refused = refusal(file(row(), row(expiry="2024-02-16")), rules=ChainRules())

    assert (refused.rule_id, refused.source_line, refused.column_name) == ("root_not_told", 3, "[EXPIRE_DATE]")
    assert 'optionsdx_monthly_root = "SPX"' in refused.hint


@pytest.mark.parametrize("root", ["SPX", "SPXW"])
def test_third_fridays_are_what_the_configuration_says_and_the_load_says_so(root: str) -> None:
    rules = ChainRules(optionsdx_monthly_root=root)  # type: ignore[arg-type]
    (load,) = loads(file(row(), row(expiry="2024-02-16")), rules=rules)

    assert load.rows.select("expiry", "root").unique(maintain_order=True).rows() == [
        ("2024-02-23", "SPXW"),
        ("2024-02-16", root),
    ]
    assert load.read_by == f"optionsdx_monthly_root = {root}"


def test_a_file_without_a_third_friday_needs_no_setting() -> None:
    (load,) = loads(file(row()), rules=ChainRules())

    assert load.read_by == ""


def test_a_monthly_under_its_last_trading_day_is_the_series_of_the_morning_after() -> None:
    (load,) = loads(file(row("2013-01-03", expiry="2013-03-14", level="1459.37")), rules=ChainRules())

    assert load.rows.select("root", "expiry").row(0) == ("SPX", "2013-03-15")


def test_vix_needs_no_setting() -> None:
    vix = [row(expiry=expiry, level="14.04", strike="15") for expiry in ("2024-02-14", "2024-02-21")]
    (load,) = loads(file(*vix), name="vix_eod_202401.txt", rules=ChainRules())

    assert load.series.name == "VIX"
    assert load.rows["root"].unique(maintain_order=True).to_list() == ["VIX", "VIXW"]  # 30 days before 2024-03-15


def test_the_configuration_tells_the_underlying_where_the_name_does_not() -> None:
    (load,) = parse("january.txt", file(row()), series_hint="SPX")

    assert (load.series.name, load.series.known_from) == ("SPX", "configuration")


BAD_CELLS = {
    "quote date": ("2024-01-03, 16", "3 Jan, 16", "quote_date_not_a_date", "[QUOTE_DATE]"),
    "quote time of another day": ("2024-01-03 16:00", "2024-01-02 16:00", "quote_time_unreadable", "[QUOTE_READTIME]"),
    "quote time": ("2024-01-03 16:00", "2024-01-03", "quote_time_unreadable", "[QUOTE_READTIME]"),
    "expiry": (FRIDAY, "soon", "expiry_not_a_date", "[EXPIRE_DATE]"),
    "expiry on a Saturday": (FRIDAY, "2024-02-24", "series_unknown", "[EXPIRE_DATE]"),
    "strike": ("4700.000000", "", "strike_not_a_number", "[STRIKE]"),
}


@pytest.mark.parametrize(("old", "new", "rule", "column"), BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_a_bad_cell_of_both_sides_rejects_both_contracts(old: str, new: str, rule: str, column: str) -> None:
    (load,) = loads(file(row().replace(old, new, 1), row(strike="4705")))

    assert load.rows["source_line"].to_list() == [3, 3]
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [(2, rule, column)] * 2


def test_a_blank_ask_rejects_its_own_side_only() -> None:
    (load,) = loads(file(row().replace("39.600000", " ")))

    assert load.rows["option_right"].to_list() == ["C"]
    assert load.rejected.select("source_line", "rule_id", "column_name", "row_key").rows() == [
        (2, "ask_not_a_number", "[P_ASK]", f"{FRIDAY} put 4700.000000")
    ]


REFUSED = {
    "another ticker": (file(row()), "spy_eod_202401.txt", ("unknown_series", None, None)),
    "a name that tells nothing": (file(row()), "january.txt", ("unknown_series", None, None)),
    "a VIX file under an SPX name": (
        file(row(level="14.04")),
        NAME,
        ("series_disagrees", 2, "[UNDERLYING_LAST]"),
    ),
    "a column left out": (
        file(row(), header=HEADER.replace("[P_ASK]", "[P_OFFER]")),
        NAME,
        ("column_missing", 1, "[P_ASK]"),
    ),
    "a contract twice with different values": (
        file(row(), row().replace("41.900000", "42.000000")),
        NAME,
        ("duplicate_key", 3, "[STRIKE]"),
    ),
    "cut short": (file(row(), row(strike="4705"))[:-150], NAME, ("truncated", 3, None)),
}


@pytest.mark.parametrize(("content", "name", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_not_wholly_understood_is_refused(
    content: bytes, name: str, expected: tuple[str, int | None, str | None]
) -> None:
    refused = refusal(content, name)

    assert (refused.rule_id, refused.source_line, refused.column_name) == expected
    assert refused.hint
