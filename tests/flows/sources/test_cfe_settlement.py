"""Invented prices in the layout of Cboe's futures settlement file; expiries and symbols as its page prints them."""

from datetime import date

import pytest

from flows.sources.errors import FileRefused
from flows.sources.parsed import ParsedFile
from flows.sources.recognise import parse

HEADER = "Product,Symbol,Expiration Date,Price\n"
# What was listed on Monday 2024-10-07.
VX = """\
VX,VX41/V4,2024-10-09,21.4000
VX,VX/V4,2024-10-16,21.5656
VX,VX43/V4,2024-10-23,21.4250
VX,VX/X4,2024-11-20,19.6485
VX,VX/Z4,2024-12-18,18.9411
"""
OTHERS = """\
VXM,VXM/V4,2024-10-16,21.5656
VA,VA/V4,2024-10-18,188.0000
XBTF,XBTF/H6,2026-03-31,"7,147.2500"
"""
MONDAY = "VX 2024-10-07"


def only(content: str, hint: str | None = None) -> ParsedFile:
    (load,) = parse("settlement.csv", content.encode(), series_hint=hint)
    return load


def refusal(content: str, hint: str | None = None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        parse("settlement.csv", content.encode(), series_hint=hint)
    return caught.value


def test_every_vx_contract_of_a_session_named_by_the_configuration_is_read() -> None:
    load = only(HEADER + VX, MONDAY)

    assert (load.kind, load.format, load.rejected.height) == ("vx_futures", "cfe_daily_settlement", 0)
    assert (load.series.name, load.series.known_from) == (MONDAY, "configuration")
    assert (load.stated.first_date, load.stated.last_date) == (date(2024, 10, 7), date(2024, 10, 7))
    assert load.rows.select("source_line", "trade_date", "contract", "symbol", "settle").rows()[:2] == [
        (2, "2024-10-07", "2024-10-09", "VX41/V4", "21.4000"),
        (3, "2024-10-07", "2024-10-16", "VX/V4", "21.5656"),
    ]
    assert load.rows["volume"].null_count() == load.rows.height == 5


def test_other_products_are_set_aside_by_name() -> None:
    load = only(HEADER + VX + OTHERS, MONDAY)

    assert load.rows.height == 5
    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [
        (line, "other_product", "Product") for line in (7, 8, 9)
    ]
    assert load.rejected["reason"][0] == "VXM is another product: of these futures only VX is read."


@pytest.mark.parametrize(
    "line",
    [
        "Futures Prices for October 7, 2024\n\n",
        "Prices for October 7, 2024\n",
        '"Futures Prices for October 7, 2024",,,\n',
    ],
)
def test_the_line_of_cboes_page_states_the_session_and_beats_the_configuration(line: str) -> None:
    load = only(line + HEADER + VX, "VX 2024-10-08")

    assert (load.series.name, load.series.known_from) == ("VX", "content")
    assert load.rows["trade_date"].unique().to_list() == ["2024-10-07"]


def test_a_trade_date_column_may_hold_several_sessions() -> None:
    dated = "".join(f"{day},{row}\n" for day in ("2024-10-07", "10/08/2024") for row in VX.splitlines())
    load = only("Trade Date," + HEADER + dated)

    assert load.series.known_from == "content"
    assert (load.stated.first_date, load.stated.last_date) == (date(2024, 10, 7), date(2024, 10, 8))
    assert load.rows["trade_date"].value_counts().sort("trade_date").rows() == [("10/08/2024", 5), ("2024-10-07", 5)]


def test_without_a_day_the_file_is_refused_with_the_setting_to_make() -> None:
    for hint in (None, "VX", "VX 7 October"):
        refused = refusal(HEADER + VX, hint)
        assert (refused.rule_id, refused.source_line) == ("session_unknown", 1)
        assert '[sources] "settlement.csv" = "VX 2024-10-07"' in refused.hint


@pytest.mark.parametrize("old_day", ["2024-09-30", "2024-10-01", "2024-03-05", "2024-10-10", "2025-10-07"])
def test_todays_curve_under_another_days_date_is_refused(old_day: str) -> None:
    refused = refusal(HEADER + VX, f"VX {old_day}")

    assert (refused.rule_id, refused.source_line, refused.column_name) == ("another_session", 2, "Expiration Date")
    assert f"The first expiry listed is 2024-10-09, where on {old_day} it was" in refused.reason


@pytest.mark.parametrize("day", ["2024-10-02", "2024-10-03", "2024-10-08", "2024-10-09"])
def test_every_day_on_which_the_first_expiry_was_next_is_believed(day: str) -> None:
    """From the expiry before, whose contract is gone by the evening, to its own day, when it may still be listed."""
    assert only(HEADER + VX, f"VX {day}").rows["trade_date"].unique().to_list() == [day]


def test_a_file_of_monthlies_alone_is_held_against_the_monthlies() -> None:
    monthlies = "".join(f"{row}\n" for row in VX.splitlines() if "VX/" in row)
    assert only(HEADER + monthlies, "VX 2024-09-30").rows.height == 3
    assert refusal(HEADER + monthlies, "VX 2024-09-17").rule_id == "another_session"


def test_a_day_without_a_session_is_refused_with_its_neighbours() -> None:
    refused = refusal(HEADER + VX, "VX 2024-10-05")

    assert refused.rule_id == "not_a_session"
    assert "2024-10-04 and 2024-10-07" in refused.hint


@pytest.mark.parametrize(
    ("row", "rule_id", "column"),
    [
        ("VX,VX+V4,2024-10-16,21.5", "symbol_unknown", "Symbol"),
        ("VX,VX/V4,16 Oct,21.5", "contract_not_a_date", "Expiration Date"),
        ("VX,VX/X4,2024-10-16,21.5", "symbol_contradicts_expiry", "Symbol"),
        ("VX,VX/V5,2024-10-16,21.5", "symbol_contradicts_expiry", "Symbol"),
        ("VX,VX/V4,2024-10-16,21.5*", "settle_not_a_number", "Price"),
        ("VX,VX/V4,2024-10-16", "field_count", None),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_line_and_rule(row: str, rule_id: str, column: str | None) -> None:
    load = only(HEADER + row + "\n" + VX, MONDAY)

    assert load.rejected.select("source_line", "rule_id", "column_name").rows() == [(2, rule_id, column)]
    assert load.rows.height == 5


def test_a_file_without_a_vx_contract_and_one_cut_short_are_refused() -> None:
    assert refusal(HEADER + OTHERS, MONDAY).rule_id == "no_usable_row"
    assert refusal(HEADER, MONDAY).rule_id == "truncated"
    assert refusal(HEADER + VX[:-20], MONDAY).rule_id == "truncated"


def test_a_line_that_names_no_day_is_refused() -> None:
    refused = refusal("Futures Prices for Octember 7, 2024\n" + HEADER + VX)
    assert (refused.rule_id, refused.source_line) == ("date_line_unknown", 1)
