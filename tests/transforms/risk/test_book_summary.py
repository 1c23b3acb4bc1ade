"""The verdict of the night, P&L of the session, and figures that do not depend on the order of any row."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    UNIT_LEGS,
    ToyMarket,
    condor_fills,
    fill,
    fills_of,
    night,
    unit_fills,
)
from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import quote_table_instant
from transforms.risk.book_status import StatusFacts, Verdict, verdict, with_history
from warehouse.tables import mart
from warehouse.tables.core import CORE_ACCOUNTS_DAILY, CORE_INDEX_LEVELS_DAILY
from warehouse.tables.meta import META_CHECKS

WHOLE_BOOK = (
    *condor_fills(),
    *unit_fills(),
    fill("VIX 2026-08-19 C 21", 2, 2.5, structure="d"),
    fill("VIX 2026-06-17 C 25", -2, 0.5, structure="d"),
    fill("SPXW 2026-06-08 P 5500", -1, 9.0, structure=None),
)

FAILED = META_CHECKS.conform(
    pl.DataFrame(
        {
            "check_id": ["spx_chain"],
            "subject": [""],
            "severity": ["critical"],
            "is_passed": [False],
            "message": ["no SPX chain"],
            "is_applicable": [True],
        }
    )
)


def book_row(*fills: dict[str, object], market: ToyMarket | None = None, account: str = "A") -> dict[str, object]:
    (row,) = night(fills_of(*fills), market).book.filter(account=account).to_dicts()
    return row


def accounts_of(**net_liq_and_margin: tuple[float, float]) -> pl.DataFrame:
    rows = [
        {"session_date": FRIDAY, "account": name, "net_liq_usd": net_liq, "margin_used_usd": margin}
        for name, (net_liq, margin) in net_liq_and_margin.items()
    ]
    return CORE_ACCOUNTS_DAILY.conform(pl.DataFrame(rows))


@pytest.mark.parametrize(
    ("spot_pts", "status"),
    [(6000.0, "OK"), (5810.0, "WATCH"), (5750.0, "WATCH"), (5695.0, "ALERT"), (5640.0, "CRITICAL"), (6310.0, "ALERT")],
)
def test_the_status_follows_the_worst_condor(spot_pts: float, status: str) -> None:
    row = book_row(*condor_fills(), market=ToyMarket(spot_pts=spot_pts))
    assert row["status"] == status
    assert row["status_reason"]


def facts(**changes: object) -> StatusFacts:
    calm: dict[str, object] = {
        "put_states": {"c": "OK"},
        "condor_states": {"c": "OK"},
        "state_reasons": {"c": "put side: why"},
        "offset_m5_frac": 0.3,
        "offset_m5_reason": None,
        "red": (),
        "amber": (),
        "net_liq_usd": 100_000.0,
        "margin_used_usd": 10_000.0,
    }
    return StatusFacts(**(calm | changes))  # type: ignore[arg-type]


BREACHED = {"put_states": {"c": "BREACHED"}, "condor_states": {"c": "BREACHED"}}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "OK"),
        ({"amber": ("a leg has no mark",)}, "WATCH"),
        ({"condor_states": {"c": "WATCH"}}, "WATCH"),
        ({"red": ("coverage gap",)}, "ALERT"),
        ({"condor_states": {"c": "ITM"}, "put_states": {"c": "ITM"}}, "ALERT"),
        (BREACHED, "ALERT"),
        (BREACHED | {"offset_m5_frac": 0.20}, "ALERT"),
        (BREACHED | {"offset_m5_frac": 0.1999}, "CRITICAL"),
        (BREACHED | {"offset_m5_frac": None, "offset_m5_reason": "unpriced"}, "CRITICAL"),
        ({"put_states": {"c": "WING"}, "condor_states": {"c": "WING"}}, "CRITICAL"),
        ({"put_states": {"c": "OK"}, "condor_states": {"c": "WING"}}, "ALERT"),  # the call side
        ({"stressed": ("the second engine is STRESSED",)}, "CRITICAL"),
        ({"margin_used_usd": 80_000.0}, "OK"),
        ({"margin_used_usd": 80_001.0}, "CRITICAL"),
        ({"net_liq_usd": -1.0}, "CRITICAL"),
        ({"net_liq_usd": None}, "OK"),
    ],
)
def test_the_rules_of_the_status(changes: dict[str, object], status: str) -> None:
    """METHODOLOGY 6.6."""
    assert verdict(facts(**changes)).status == status


@pytest.mark.parametrize(
    ("tonight", "previous", "shown"),
    [
        ("OK", None, "OK"),
        ("OK", "WATCH", "OK"),
        ("OK", "ALERT", "WATCH"),
        ("OK", "CRITICAL", "ALERT"),
        ("WATCH", "CRITICAL", "ALERT"),
        ("CRITICAL", "OK", "CRITICAL"),
        ("OK", "DATA_HOLD", "OK"),
    ],
)
def test_the_status_worsens_freely_and_improves_one_step_a_close(
    tonight: str, previous: str | None, shown: str
) -> None:
    assert with_history(Verdict(tonight, "why"), previous).status == shown


def test_the_improvement_is_held_through_the_nights() -> None:
    hedge = [fill(instrument, 40, price, structure=None) for instrument, _, price in UNIT_LEGS]  # no gap, so no alert
    fills = fills_of(*condor_fills(), *hedge)
    wing = night(fills, ToyMarket(spot_pts=5640.0))
    calm = night(fills, ToyMarket(session_date=MONDAY), before=wing)
    assert calm.book["status"].to_list() == ["ALERT"]
    assert "improves one step a close" in calm.book["status_reason"][0]


def test_a_hold_in_between_is_no_step() -> None:
    """METHODOLOGY 6.6: states are carried through a hold, so CRITICAL does not become OK by way of one."""
    fills = fills_of(*condor_fills())
    wing = night(fills, ToyMarket(spot_pts=5640.0))
    held = night(fills, ToyMarket(session_date=MONDAY, checks=FAILED), before=wing)
    assert held.book["status"].item() == "DATA_HOLD"
    judged = replace(held, book=wing.book)
    after = night(fills, ToyMarket(session_date=dt.date(2026, 5, 12)), before=judged).book.row(0, named=True)
    assert after["status"] == "ALERT"
    told = (after["status_rule_id"], after["status_value"], after["status_threshold"], after["status_source_tier"])
    assert told == ("status_one_step_a_close", 1.0, 2.0, "house default")  # WATCH tonight, shown as ALERT


@pytest.mark.parametrize(
    ("spot_pts", "rule_id", "threshold"),
    [
        (6000.0, None, None),
        (5695.0, "condor_itm", 5700.0),
        (5640.0, "condor_wing", 5650.0),
        (5670.0, "book_status.smallest_offset_frac", 0.20),  # breached, and nothing held against it
    ],
)
def test_the_status_names_its_rule_and_threshold(spot_pts: float, rule_id: str | None, threshold: float | None) -> None:
    row = book_row(*condor_fills(), market=ToyMarket(spot_pts=spot_pts))
    assert (row["status_rule_id"], row["status_threshold"]) == (rule_id, threshold)


def test_an_alert_is_new_once() -> None:
    fills = fills_of(*condor_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0))
    second = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5690.0), before=first)
    of_itm = [tonight.alerts.filter(rule_id="condor_itm").row(0, named=True) for tonight in (first, second)]
    assert [(row["is_new"], row["first_seen_date"]) for row in of_itm] == [(True, FRIDAY), (False, FRIDAY)]


def test_a_failed_critical_check_holds_the_night() -> None:
    row = book_row(*condor_fills(), market=ToyMarket(checks=FAILED))
    assert (row["status"], row["is_data_hold"], row["status_reason"]) == ("DATA_HOLD", True, "spx_chain: no SPX chain")


def test_margin_is_judged_when_the_accounts_file_says_it() -> None:
    tight = ToyMarket(accounts=accounts_of(A=(50_000, 45_000)))
    row = book_row(*condor_fills(), market=tight)
    assert (row["status"], row["net_liq_usd"]) == ("CRITICAL", 50_000.0)
    assert "margin rule not evaluated" in str(book_row(*condor_fills())["status_reason"])


def test_all_is_as_bad_as_its_worst_account_and_adds_up() -> None:
    far = [
        fill(f"SPXW 2026-06-08 {right} {strike}", size, 1.0, account="B")
        for right, strike, size in (("P", 5000, 1), ("P", 5100, -1), ("C", 6700, -1), ("C", 6800, 1))
    ]
    fills = fills_of(*condor_fills(), *far)
    tonight = night(fills, ToyMarket(spot_pts=5640.0, accounts=accounts_of(A=(100_000, 1_000))))
    rows = {row["account"]: row for row in tonight.book.to_dicts()}
    assert (rows["A"]["status"], rows["B"]["status"], rows["ALL"]["status"]) == ("CRITICAL", "OK", "CRITICAL")
    assert rows["ALL"]["status_reason"].startswith("A: ")
    for column in ("condor_delta_usd_per_pt", "max_loss_usd", "pnl_usd", "condors_qty"):
        assert rows["ALL"][column] == pytest.approx(rows["A"][column] + rows["B"][column]), column
    assert rows["ALL"]["net_liq_usd"] is None  # B's is not supplied


def test_the_net_delta_is_the_sum_of_its_parts() -> None:
    row = book_row(*WHOLE_BOOK)
    parts = [row[f"{part}_delta_usd_per_pt"] for part in ("condor", "hedge", "second_engine", "other")]
    assert row["net_delta_usd_per_pt"] == pytest.approx(sum(float(str(part)) for part in parts), abs=1e-9)
    assert all(parts)


def test_an_unpriced_leg_leaves_the_net_delta_null_by_name() -> None:
    row = book_row(*WHOLE_BOOK, market=ToyMarket(crossed=("VIX 2026-12-16 C 22",)))
    assert (row["net_delta_usd_per_pt"], row["pnl_usd"], row["unpriced_legs_qty"]) == (None, None, 1)
    assert row["net_delta_reason"] == "VIX 2026-12-16 AM C 22 (no mark: CROSSED quote)"
    assert row["condor_delta_usd_per_pt"] is not None
    assert row["status"] == "WATCH"


def test_an_empty_book_is_a_row_of_zeros() -> None:
    row = book_row(account="ALL")
    assert (row["status"], row["condors_qty"], row["net_delta_usd_per_pt"], row["pnl_usd"]) == ("OK", 0, 0.0, 0.0)
    assert row["offset_m5_frac"] is None
    assert row["offset_m5_reason"] == "no condor is held"


def test_the_day_is_the_change_of_value_plus_what_was_closed() -> None:
    call = "VIX 2026-06-17 C 20"
    fills = fills_of(
        *unit_fills(),
        fill("SPXW 2026-06-08 P 5500", -1, 9.0, structure="short"),
        fill("SPXW 2026-06-08 P 5500", 1, 4.0, on=MONDAY, structure="short", fees=2.0),
        fill(call, -4, 3.5, on=MONDAY, structure=None),
    )
    friday = night(fills)
    monday = night(fills, ToyMarket(session_date=MONDAY), before=friday)
    marks = {
        one: dict(frame.legs.select("instrument_id", "mark_pts").iter_rows())
        for one, frame in (("fri", friday), ("mon", monday))
    }
    kept = sum(
        size * 100 * (marks["mon"][name] - marks["fri"][name])
        for name, size in (("VIX 2026-08-19 AM C 21", 4), ("VIX 2026-12-16 AM C 22", 2))
    )
    sold = 4 * 100 * (3.5 - marks["fri"]["VIX 2026-06-17 AM C 20"])
    bought_back = -100 * (4.0 - marks["fri"]["SPXW 2026-06-08 PM P 5500"]) - 2.0
    assert monday.book["day_pnl_usd"].item() == pytest.approx(kept + sold + bought_back)


def test_the_day_of_settlement_counts_the_payoff() -> None:
    expiry, eve = dt.date(2026, 6, 8), dt.date(2026, 6, 5)
    close = pl.DataFrame({"session_date": [expiry], "symbol": ["SPX"], "close_pts": [5690.0]})
    levels = settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(close))
    fills = fills_of(*condor_fills())
    before = night(fills, ToyMarket(session_date=eve))
    settled = night(fills, ToyMarket(session_date=expiry, settlements=levels), before=before)
    value_before = before.legs["value_usd"].sum()
    assert settled.book["day_pnl_usd"].item() == pytest.approx(-10_000 - value_before)
    unknown = night(fills, ToyMarket(session_date=expiry), before=before)
    assert unknown.book["day_pnl_usd"].item() is None
    assert "no settlement value" in unknown.book["day_pnl_reason"].item()


def test_without_the_night_before_there_is_no_day() -> None:
    fills = fills_of(*condor_fills())
    assert night(fills).book["day_pnl_reason"].item() == "no earlier session to compare with"
    late = night(fills, ToyMarket(session_date=dt.date(2026, 5, 12)), before=night(fills))
    assert "2026-05-11, has not been computed" in late.book["day_pnl_reason"].item()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    fills = fills_of(
        *WHOLE_BOOK, *condor_fills(account="B", structure=None), fill("VIX 2026-06-17 C 20", -1, 9.0, on=MONDAY)
    )
    market = ToyMarket(session_date=MONDAY, spot_pts=5695.0, accounts=accounts_of(A=(9e5, 1e5), B=(1e5, 1e4)))
    plain = night(fills, market, before=night(fills)).frames()
    mixed = night(fills, market, before=night(fills), shuffle=seed).frames()
    for name, frame in plain.items():
        assert frame.equals(mixed[name], null_equal=True), name


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("positions", mart.MART_POSITIONS_DAILY),
        ("legs", mart.MART_LEGS_DAILY),
        ("condors", mart.MART_CONDORS_DAILY),
        ("layers", mart.MART_HEDGE_LAYERS_DAILY),
        ("engine", mart.MART_SECOND_ENGINE_DAILY),
        ("alerts", mart.MART_ALERTS_DAILY),
        ("scenarios", mart.MART_SCENARIOS_DAILY),
        ("book", mart.MART_BOOK_DAILY),
    ],
)
@pytest.mark.parametrize("fills", [WHOLE_BOOK, ()], ids=["whole", "empty"])
def test_every_frame_fits_its_table(name: str, table: object, fills: tuple[dict[str, object], ...]) -> None:
    assert isinstance(table, type(mart.MART_BOOK_DAILY))
    frame = night(fills_of(*fills), ToyMarket(unquoted=("VIX",))).frames()[name]
    assert frame.schema == table.polars_schema
    required = [column.name for column in table.columns if column.is_required] + list(table.grain)
    assert frame.select(pl.col(required).null_count()).sum_horizontal().sum() == 0
    assert frame.select(table.grain).is_unique().all()
    assert not any(frame.select(pl.col(pl.Float64).is_nan().any()).row(0)) if frame.height else True


def test_the_mark_of_the_toy_night_is_the_quote_table() -> None:
    assert ToyMarket().mark_at == quote_table_instant(FRIDAY)
