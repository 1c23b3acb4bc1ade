"""VX settlements: labels, scale, vendors' holes. Prices are of the CFE files named beside them, or made up."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.market.constant_maturities import constant_maturities
from transforms.market.term_structure import vx_curve
from transforms.market.vx_settlements import type_vx_settlements
from warehouse.tables.raw import RAW_VX_SETTLEMENTS

Loaded = Callable[..., pl.DataFrame]


def row(date: str, contract: str, settle: str, close: str = "0", volume: str = "0") -> dict[str, str]:
    return {"trade_date": date, "contract": contract, "settle": settle, "close": close, "volume": volume}


def settles(frame: pl.DataFrame) -> list[tuple[dt.date, dt.date, float, str]]:
    return frame.select("session_date", "expiry_date", "settle_pts", "settle_method").rows()


@pytest.mark.parametrize(
    ("label", "expiry"),
    [
        # Settlement dates of the CFE's product calendar; February 2008 and March 2014 are Tuesdays.
        ("K (May 07)", dt.date(2007, 5, 16)),
        ("G (Feb 08)", dt.date(2008, 2, 19)),
        ("K (May 2008)", dt.date(2008, 5, 21)),
        ("2014-03-18", dt.date(2014, 3, 18)),
        ("3/18/2014", dt.date(2014, 3, 18)),
    ],
)
def test_labels_name_the_expiry(loaded: Loaded, label: str, expiry: dt.date) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2007-04-02", label, "15")]))
    assert typed.rows.select("expiry_date", "is_monthly").row(0) == (expiry, True)


@pytest.mark.parametrize("label", ["K (Jun 08)", "VX/K8", "202-03-18", ""])
def test_a_label_that_names_no_contract_is_rejected(loaded: Loaded, label: str) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2008-04-02", label, "15")]))
    assert typed.rejected["rule_id"].to_list() == ["unknown_contract"]


def test_a_weekly_is_kept_and_is_no_monthly(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2023-02-15", "2023-03-15", "20.1")]))
    assert typed.rows["is_monthly"].to_list() == [False]


def test_prices_before_the_rescale_are_divided_by_ten(loaded: Loaded) -> None:
    # K (May 07) in CFE's file: 138.70 on the Friday, 13.79 on the Monday of the rescale.
    rows = [row("03/23/2007", "K (May 07)", "138.70", "138.00"), row("03/26/2007", "K (May 07)", "13.79", "13.80")]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows)).rows
    assert typed["settle_pts"].to_list() == pytest.approx([13.87, 13.79])
    assert typed["close_pts"].to_list() == pytest.approx([13.80, 13.80])


def test_a_price_already_in_todays_scale_is_left_alone(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2007-03-23", "2007-05-16", "13.87")]))
    assert typed.rows["settle_pts"].to_list() == [13.87]


def test_the_placeholder_of_one_is_rejected(loaded: Loaded) -> None:
    rows = [row("04/21/2008", "G (Feb 09)", "1.00", "22.67"), row("04/22/2008", "G (Feb 09)", "22.60")]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    assert typed.rejected["rule_id"].to_list() == ["placeholder_settle"]
    assert typed.rows["session_date"].to_list() == [dt.date(2008, 4, 22)]


def test_no_settlement_before_trading_is_rejected(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("04/11/2012", "F (Jan 13)", "0.00", "0.00")]))
    assert typed.rejected["rule_id"].to_list() == ["no_settlement"]


def test_the_last_trade_stands_in_before_the_table_has_settlements_and_not_after(loaded: Loaded) -> None:
    rows = [row("2013-05-17", "2014-01-22", "0.0", "18.05"), row("2013-08-16", "2014-01-22", "0.0", "17.2")]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    assert settles(typed.rows) == [(dt.date(2013, 5, 17), dt.date(2014, 1, 22), 18.05, "last_trade")]
    assert typed.rejected["rule_id"].to_list() == ["no_settlement"]


@pytest.mark.parametrize(("archive_day", "table_day"), [(1, 2), (2, 1)])
def test_the_archive_settlement_beats_the_last_trade_of_the_table(
    loaded: Loaded, archive_day: int, table_day: int
) -> None:
    # 2013-01-14, January: settlement 14.10 in the archive, last trade 14.09.
    archive = loaded(RAW_VX_SETTLEMENTS, [row("01/14/2013", "F (Jan 13)", "14.10", "14.09")], day=archive_day)
    table = loaded(RAW_VX_SETTLEMENTS, [row("2013-01-14", "2013-01-16", "0.0", "14.09")], load_id="b", day=table_day)
    typed = type_vx_settlements(pl.concat([table, archive])).rows
    assert settles(typed) == [(dt.date(2013, 1, 14), dt.date(2013, 1, 16), 14.10, "settle")]
    assert typed["load_id"].to_list() == ["a"]


def test_the_row_of_the_expiry_day_is_the_final_settlement(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2023-02-15", "2023-02-15", "18.69")]))
    assert settles(typed.rows) == [(dt.date(2023, 2, 15), dt.date(2023, 2, 15), 18.69, "final")]


def test_a_day_on_which_only_the_cfe_traded_is_rejected(loaded: Loaded) -> None:
    # 2018-12-05: day of mourning for George H. W. Bush.
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2018-12-05", "2018-12-19", "20.2")]))
    assert typed.rejected["rule_id"].to_list() == ["not_a_session"]


def misdated(first_label: str) -> list[dict[str, str]]:
    """Three contracts a month early, the first of them trading after its label; one of February is right."""
    return [
        row("2026-02-17", "2026-02-18", "20.05", volume="9"),
        row("2026-04-15", first_label, "17.38", volume="2462"),
        row("2026-04-16", "2026-04-15", "20.50", volume="87742"),
        row("2026-04-17", "2026-04-15", "20.29", volume="98907"),
        row("2026-04-17", "2026-05-19", "20.94", volume="55521"),
        row("2026-04-17", "2026-07-22", "21.85", volume="10"),
    ]


def test_contracts_labelled_a_month_early_are_moved_up_to_the_first_gap(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, misdated("2026-04-15")))
    assert typed.rows["expiry_date"].unique().sort().to_list() == [
        dt.date(2026, 2, 18),
        dt.date(2026, 5, 19),
        dt.date(2026, 6, 17),
        dt.date(2026, 7, 22),
    ]
    assert typed.rejected.select("rule_id", "row_key").rows() == [
        ("labelled_a_month_early", "2026-04-15"),
        ("labelled_a_month_early", "2026-05-19"),
    ]


def test_labels_of_another_file_are_not_moved_along(loaded: Loaded) -> None:
    """The file before ends with a contract moved to June; the next begins with June itself."""
    early = loaded(RAW_VX_SETTLEMENTS, misdated("2026-04-15")[:-1], load_id="a")
    right = loaded(RAW_VX_SETTLEMENTS, [row("2026-04-16", "2026-06-17", "21.02", volume="5")], load_id="b")
    typed = type_vx_settlements(pl.concat([early, right]))
    assert typed.rejected.select("load_id", "row_key").rows() == [("a", "2026-04-15"), ("a", "2026-05-19")]
    assert typed.rows.filter(pl.col("load_id") == "b")["expiry_date"].to_list() == [dt.date(2026, 6, 17)]


def test_the_mistyped_label_is_the_april_contract(loaded: Loaded) -> None:
    rows = [
        row("2026-04-14", "20268-03-18", "18.5981", volume="56124"),
        *misdated("20268-03-18"),
    ]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    april = typed.rows.filter(pl.col("expiry_date") == dt.date(2026, 4, 15))
    assert april.select("session_date", "settle_pts", "settle_method").rows() == [
        (dt.date(2026, 4, 14), 18.5981, "settle"),
        (dt.date(2026, 4, 15), 17.38, "final"),
    ]
    assert typed.rejected["row_key"].to_list() == ["20268-03-18", "2026-04-15", "2026-05-19"]


def test_one_late_row_after_the_expiry_moves_nothing(loaded: Loaded) -> None:
    rows = [
        row("2023-02-14", "2023-02-15", "19.0", volume="100"),
        row("2023-02-16", "2023-02-15", "18.69", volume="1"),
        row("2023-02-16", "2023-03-22", "20.0", volume="100"),
    ]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    assert typed.rejected["rule_id"].to_list() == ["after_expiry"]
    assert typed.rows["expiry_date"].to_list() == [dt.date(2023, 2, 15), dt.date(2023, 3, 22)]


def test_no_rows_give_no_rows(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, [row("2023-02-14", "2023-02-15", "19")]).clear())
    assert (typed.rows.height, typed.rejected.height) == (0, 0)


def listed(symbol: str, expiry: str, settle: str, day: str = "2026-03-05") -> dict[str, str]:
    return {"trade_date": day, "contract": expiry, "symbol": symbol, "settle": settle}


# Invented prices in the layout and with the expiries of Cboe's page of 2026-03-05.
ONE_SESSION = [
    listed("VX10/H6", "2026-03-11", "21.5250"),
    listed("VX/H6", "2026-03-18", "22.1037"),
    listed("VX12/H6", "2026-03-25", "22.1037"),
    listed("VX/J6", "2026-04-15", "21.9869"),
    listed("VX16/J6", "2026-04-22", "21.9869"),
    listed("VX/K6", "2026-05-19", "21.4523"),
]


def test_weeklies_and_monthlies_of_one_session_are_told_by_their_symbol(loaded: Loaded) -> None:
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, ONE_SESSION))
    assert typed.rejected.is_empty()
    assert typed.rows.select("expiry_date", "settle_pts", "settle_method", "is_monthly").rows() == [
        (dt.date(2026, 3, 11), 21.525, "settle", False),
        (dt.date(2026, 3, 18), 22.1037, "settle", True),
        (dt.date(2026, 3, 25), 22.1037, "fill", False),
        (dt.date(2026, 4, 15), 21.9869, "settle", True),
        (dt.date(2026, 4, 22), 21.9869, "fill", False),
        (dt.date(2026, 5, 19), 21.4523, "settle", True),
    ]


def test_a_weekly_before_every_monthly_is_filled_with_the_first(loaded: Loaded) -> None:
    rows = [listed("VX10/H6", "2026-03-11", "22.1037"), *ONE_SESSION[1:]]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    assert typed.rows["settle_method"].to_list()[:2] == ["fill", "settle"]


def test_a_weekly_that_traded_beats_a_fill_and_tells_more(loaded: Loaded) -> None:
    traded = row("2026-03-05", "2026-03-25", "22.40", "22.35", "12")
    files = [loaded(RAW_VX_SETTLEMENTS, [traded]), loaded(RAW_VX_SETTLEMENTS, ONE_SESSION, load_id="b", day=2)]
    typed = type_vx_settlements(pl.concat(files)).rows.filter(expiry_date=dt.date(2026, 3, 25))
    assert typed.select("settle_pts", "settle_method", "is_monthly", "load_id").rows() == [(22.4, "settle", False, "a")]


def test_of_two_files_with_one_settlement_the_row_with_volume_is_kept(loaded: Loaded) -> None:
    with_volume = loaded(RAW_VX_SETTLEMENTS, [row("2026-03-05", "2026-03-18", "22.1037", "22.1", "90")], load_id="z")
    typed = type_vx_settlements(pl.concat([loaded(RAW_VX_SETTLEMENTS, ONE_SESSION), with_volume])).rows
    assert typed.filter(expiry_date=dt.date(2026, 3, 18)).select("load_id", "volume_qty").row(0) == ("z", 90)


def test_what_settles_on_the_morning_of_the_session_is_no_final_settlement(loaded: Loaded) -> None:
    rows = [
        listed("VX10/H6", "2026-03-11", "21.5", day="2026-03-11"),
        listed("VX/H6", "2026-03-18", "22.1", day="2026-03-11"),
    ]
    typed = type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows))
    assert typed.rejected["rule_id"].to_list() == ["settles_on_the_day"]
    assert typed.rows["expiry_date"].to_list() == [dt.date(2026, 3, 18)]


def test_ranks_and_constant_maturity_pass_over_weeklies(loaded: Loaded) -> None:
    day = dt.date(2026, 3, 5)
    all_contracts, monthlies = (
        vx_curve(type_vx_settlements(loaded(RAW_VX_SETTLEMENTS, rows)).rows, day)
        for rows in (ONE_SESSION, [contract for contract in ONE_SESSION if contract["symbol"].startswith("VX/")])
    )
    assert all_contracts["expiry_date"].to_list() == [dt.date(2026, 3, 18), dt.date(2026, 4, 15), dt.date(2026, 5, 19)]
    assert all_contracts.drop("load_id", strict=False).equals(monthlies.drop("load_id", strict=False))
    # 30 days on is 2026-04-04, 17 of the 28 days from March's expiry to April's
    of_thirty_days = constant_maturities(all_contracts).filter(pl.col("tenor_days") == 30)
    assert of_thirty_days["price_pts"].to_list() == pytest.approx([22.1037 + 17 / 28 * (21.9869 - 22.1037)])
