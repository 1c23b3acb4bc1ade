"""Breadth: one vendor a pair, and prints that cannot be."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.signals.breadth import type_breadth
from warehouse.tables.raw import RAW_BREADTH

Loaded = Callable[..., pl.DataFrame]
TRADINGVIEW, UNICORN = "tradingview_export", "unicorn_breadth"


@pytest.fixture
def prints(loaded: Loaded) -> Loaded:
    """Prints of one vendor: `prints(UNICORN, ("advances", "20230207", "1855"), ...)`."""

    def of_vendor(vendor: str, *rows: tuple[str, str, str]) -> pl.DataFrame:
        as_dicts = [dict(zip(("series", "date", "value"), row, strict=True)) for row in rows]
        return loaded(RAW_BREADTH, as_dicts, load_id=vendor, vendor=vendor)

    return of_vendor


def test_tradingview_is_believed_where_it_has_both(prints: Loaded) -> None:
    tradingview = prints(TRADINGVIEW, ("advances", "2014-10-14", "1885"), ("declines", "2014-10-14", "1209"))
    unicorn = prints(
        UNICORN, ("advances", "20141014", " 1250"), ("declines", "20141014", " 1192"), ("unchanged", "20141014", " 158")
    )
    row = type_breadth(pl.concat([unicorn, tradingview])).rows.row(0, named=True)
    assert (row["advances_qty"], row["declines_qty"], row["vendor"]) == (1885, 1209, TRADINGVIEW)
    assert row["unchanged_qty"] is None, "unchanged issues of another vendor would be a mixture"


def test_half_a_pair_leaves_the_whole_pair_to_the_other_vendor(prints: Loaded) -> None:
    # 1993-08-03: TradingView has no declines.
    tradingview = prints(TRADINGVIEW, ("advances", "1993-08-03", "1036"), ("unchanged", "1993-08-03", "638"))
    unicorn = prints(
        UNICORN, ("advances", "19930803", "1051"), ("declines", "19930803", "920"), ("unchanged", "19930803", "626")
    )
    row = type_breadth(pl.concat([tradingview, unicorn])).rows.row(0, named=True)
    assert (row["advances_qty"], row["declines_qty"], row["unchanged_qty"]) == (1051, 920, 626)
    assert (row["vendor"], row["load_id"]) == (UNICORN, UNICORN)


def test_each_pair_chooses_for_itself(prints: Loaded) -> None:
    tradingview = prints(TRADINGVIEW, ("advances", "2010-02-03", "1"), ("declines", "2010-02-03", "2"))
    unicorn = prints(
        UNICORN,
        ("new_highs", "20100203", "40"),
        ("new_lows", "20100203", "0"),
        ("up_volume", "20100203", "4000000000"),
        ("down_volume", "20100203", "13605000"),
    )
    row = type_breadth(pl.concat([tradingview, unicorn])).rows.row(0, named=True)
    assert (row["new_highs_qty"], row["new_lows_qty"]) == (40, 0)
    assert (row["up_volume_qty"], row["down_volume_qty"]) == (4e9, 13_605_000.0)
    assert row["vendor"] == TRADINGVIEW


def test_a_hundredth_is_how_tradingview_writes_nought(prints: Loaded) -> None:
    typed = type_breadth(prints(TRADINGVIEW, ("new_highs", "2008-10-10", "0.01"), ("new_lows", "2008-10-10", "1366")))
    assert typed.rows.select("new_highs_qty", "new_lows_qty").row(0) == (0, 1366)


def test_a_total_with_digits_cut_off_is_rejected_and_the_other_vendor_steps_in(prints: Loaded) -> None:
    tradingview = prints(TRADINGVIEW, ("advances", "1999-05-25", "108"), ("declines", "1999-05-25", "19"))
    unicorn = prints(UNICORN, ("advances", "19990525", "1096"), ("declines", "19990525", "1937"))
    typed = type_breadth(pl.concat([tradingview, unicorn]))
    assert typed.rows.select("advances_qty", "declines_qty", "vendor").row(0) == (1096, 1937, UNICORN)
    assert typed.rejected["rule_id"].to_list() == ["bad_total", "bad_total"]
    assert typed.rejected["reason"][0] == "digits cut off: the other vendor has 1,096."


def test_volumes_in_thousands_become_shares(prints: Loaded) -> None:
    typed = type_breadth(
        prints(
            UNICORN,
            ("up_volume", "20020619", "313298"),
            ("down_volume", "20020619", "935215"),
            ("up_volume", "20020621", "552697470"),
            ("down_volume", "20020621", "1460500000"),
        )
    ).rows
    assert typed["up_volume_qty"].to_list() == [313_298_000.0, 552_697_470.0]
    assert typed["down_volume_qty"].to_list() == [935_215_000.0, 1_460_500_000.0]


def test_a_print_of_a_closed_day_is_rejected(prints: Loaded) -> None:
    typed = type_breadth(prints(UNICORN, ("advances", "20091024", "936"), ("declines", "20091024", "2200")))
    assert typed.rows.is_empty()
    assert typed.rejected["rule_id"].to_list() == ["not_a_session"] * 2


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (("tick", "2010-02-03", "5"), "unknown_series"),
        (("advances", "2010-02-31", "5"), "bad_date"),
        (("advances", "2010-02-03", ""), "missing"),
        (("advances", "2010-02-03", "five"), "not_a_number"),
        (("advances", "2010-02-03", "5.5"), "not_a_count"),
        (("up_volume", "2010-02-03", "-5"), "not_a_count"),
    ],
)
def test_what_is_no_count_is_named(prints: Loaded, row: tuple[str, str, str], rule_id: str) -> None:
    assert type_breadth(prints(TRADINGVIEW, row)).rejected["rule_id"].to_list() == [rule_id]


def test_order_of_rows_does_not_matter(prints: Loaded) -> None:
    raw = pl.concat(
        [
            prints("own_csv", ("advances", "2010-02-03", "3"), ("declines", "2010-02-03", "4")),
            prints(UNICORN, ("advances", "20100203", "1"), ("declines", "20100203", "2")),
        ]
    )
    assert type_breadth(raw).rows.equals(type_breadth(raw.reverse()).rows)
    assert type_breadth(raw).rows["session_date"].to_list() == [dt.date(2010, 2, 3)]
    assert type_breadth(raw).rows["vendor"].to_list() == ["own_csv"], "an own file beats the archive"
