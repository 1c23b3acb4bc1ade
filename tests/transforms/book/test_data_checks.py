"""Each critical gate of METHODOLOGY 9.6 passes on a sound night, fails on a hand-made fault and holds the night."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tests.transforms.book.sound_night import (
    MARK_AT,
    SOUND,
    chain,
    check,
    failed,
    leg,
    legs,
    signals,
    vix_check,
    vx_curve,
)
from transforms.book.data_checks import data_checks, failed_critical
from transforms.book.night_facts import RecentSeries
from warehouse.tables.meta import META_CHECKS

CRITICAL = {
    "spx_chain",
    "spx_end_of_day",
    "chain_changed",
    "expiries_changed",
    "roots_of_yesterday",
    "expiries_of_yesterday",
    "contracts_of_yesterday",
    "expired_series",
    "first_expiry",
    "forwards_in_line",
    "strikes_break_off",
    "chain_of_this_session",
    "vx_curve_changed",
    "index_levels_changed",
    "spx_level",
    "vx_settlements",
    "vix_close",
    "held_spx_legs_priced",
}
WARNINGS = {
    "session_inferred",
    "held_vix_legs_priced",
    "vix_recompute",
    "vix_parity",
    "one_sided_quotes",
    "static_bounds",
    "discount_factor_in_range",
    "calendar_arbitrage",
    "parity_arbitrage",
    "butterfly_arbitrage",
    "calendar_quotes",
    "later_expiries_of_yesterday",
    "near_strikes_only",
    "spot_near_close",
    "vix_end_of_day",
    "breadth_changed",
    "other_levels_changed",
    "iv_audit",
    "stale_breadth",
    "stale_rates",
    "spx_close",
    "condor_value_in_bounds",
    "positions_against_trades",
    "fills_understood",
    "closes_have_opens",
}


def test_a_sound_night_passes_every_gate() -> None:
    found = data_checks(SOUND)
    assert found["is_passed"].all()
    assert found["is_applicable"].all()
    severities = dict(found.select("check_id", "severity").rows())
    assert {check_id for check_id, severity in severities.items() if severity == "critical"} == CRITICAL
    assert {check_id for check_id, severity in severities.items() if severity == "warning"} >= WARNINGS
    assert found.select(META_CHECKS.grain).is_unique().all()
    assert found["severity"].to_list() == sorted(severities[check_id] for check_id in found["check_id"])
    assert failed_critical(found).is_empty()


def test_a_night_without_anything_is_held_and_says_why() -> None:
    facts = {
        name: getattr(SOUND, name).clear() for name in SOUND.__slots__ if isinstance(getattr(SOUND, name), pl.DataFrame)
    }
    nothing = RecentSeries(
        index_levels=SOUND.recent.index_levels.clear(),
        vx_settlements=SOUND.recent.vx_settlements.clear(),
        breadth=SOUND.recent.breadth.clear(),
    )
    empty = replace(SOUND, **facts, recent=nothing, spx_load_id=None, breadth_date=None, rates_date=None, iv_audit=None)
    found = data_checks(empty)
    assert set(failed_critical(found)["check_id"]) == {"spx_chain", "spx_level", "vx_settlements", "vix_close"}
    assert set(found.filter(~pl.col("is_passed"), severity="warning")["check_id"]) == {
        "vix_recompute",
        "stale_breadth",
        "stale_rates",
        "spx_close",
    }
    assert set(found.filter(~pl.col("is_applicable"))["check_id"]) >= (CRITICAL | WARNINGS) - failed(empty)
    assert found["message"].str.ends_with(".").all()
    assert not found["message"].str.contains("None:|None\\.").any()


@pytest.mark.parametrize(
    ("fault", "check_id"),
    [
        ({"spx_load_id": None}, "spx_chain"),
        ({"chains": chain(is_end_of_day=False, end_of_day_reason="quote_clock")}, "spx_end_of_day"),
        ({"signals": signals(spot_pts=None)}, "spx_level"),
        ({"vx_curve": vx_curve()}, "vx_settlements"),
        ({"signals": signals(vix_pts=None)}, "vix_close"),
        ({"legs": legs(leg("SPX 2023-03-17 AM P 3900", is_priced=False))}, "held_spx_legs_priced"),
    ],
)
def test_each_critical_gate_alone_holds_the_night(fault: dict[str, Any], check_id: str) -> None:
    found = data_checks(replace(SOUND, **fault))
    assert failed_critical(found)["check_id"].to_list() == [check_id]


def test_warnings_hold_no_night() -> None:
    late = dt.date(2023, 1, 3)
    facts = replace(SOUND, vix_check=vix_check(reason="no pair"), breadth_date=late, rates_date=late)
    assert failed(facts) == {"vix_recompute", "stale_breadth", "stale_rates"}
    assert failed_critical(data_checks(facts)).is_empty()


def test_without_a_chain_nothing_more_is_asked_of_it() -> None:
    facts = replace(SOUND, spx_load_id=None)
    assert check(facts, "spx_chain")["message"] == "No SPX chain belongs to the session."
    for check_id, subject in (("spx_end_of_day", ""), ("session_inferred", "SPX")):
        found = check(facts, check_id, subject)
        assert (found["is_applicable"], found["is_passed"]) == (False, True)


def test_intraday_quotes_are_named_with_their_hour_in_new_york() -> None:
    noon = dt.datetime(2023, 2, 15, 17, 4, tzinfo=dt.UTC)
    intraday = chain(is_end_of_day=False, end_of_day_reason="quote_clock", quote_at=noon, clock_at=noon)
    found = check(replace(SOUND, chains=intraday), "spx_end_of_day")
    assert found["message"] == (
        "The SPX chain is not an end of day (by its own implied vols): quotes of 2023-02-15 12:04 New York."
    )
    assert (found["value"], found["unit"]) == (3.5, "minutes between the quote clock's readings")


@pytest.mark.parametrize(
    ("session_from", "clock_at", "is_passed"),
    [("first_expiry", None, False), ("first_expiry", MARK_AT, True), ("date_line", None, True)],
)
def test_a_session_told_by_the_listing_alone_is_a_warning(
    session_from: str, clock_at: dt.datetime | None, is_passed: bool
) -> None:
    facts = replace(SOUND, chains=chain(session_from=session_from, clock_at=clock_at))
    found = check(facts, "session_inferred", "SPX")
    assert (found["severity"], found["is_passed"]) == ("warning", is_passed)


def test_a_missing_spx_level_gives_the_reason() -> None:
    facts = replace(SOUND, signals=signals(spot_pts=None, spot_reason="no SPXW expiry has a forward"))
    assert check(facts, "spx_level")["message"] == "SPX level missing: no SPXW expiry has a forward."


@pytest.mark.parametrize(
    ("settlements", "is_passed"),
    [
        ([(1, 20.1), (2, 20.9)], True),
        ([(1, 20.1)], False),
        ([(0, 19.0), (1, 20.1)], False),  # the contract that settles today is off the curve
        ([(1, 20.1), (2, None)], False),
    ],
)
def test_two_live_monthly_vx_settlements_are_needed(
    settlements: list[tuple[int, float | None]], is_passed: bool
) -> None:
    found = check(replace(SOUND, vx_curve=vx_curve(*settlements)), "vx_settlements")
    assert (found["is_passed"], found["limit_value"]) == (is_passed, 2.0)
    assert found["value"] == (2.0 if is_passed else 1.0)


def test_unpriced_legs_are_named_critical_for_spx_and_a_warning_for_vix() -> None:
    unpriced = [
        leg(name, is_priced=False)
        for name in ("SPXW 2023-03-17 PM P 3900", "VIX 2023-03-22 AM C 21", "VIXW 2023-03-01 AM C 25", "VX 2023-03-22")
    ]
    facts = replace(SOUND, legs=legs(*unpriced, leg("SPX 2023-03-17 AM C 4400")))
    spx, vix = check(facts, "held_spx_legs_priced"), check(facts, "held_vix_legs_priced")
    assert (spx["severity"], spx["value"], spx["limit_value"]) == ("critical", 1.0, 0.0)
    assert spx["message"] == "Held SPX legs without a mark: SPXW 2023-03-17 PM P 3900."
    assert (vix["severity"], vix["value"], vix["rows_qty"]) == ("warning", 3.0, 3)
    assert vix["message"] == (
        "Held VIX legs without a mark: VIX 2023-03-22 AM C 21, VIXW 2023-03-01 AM C 25, VX 2023-03-22."
    )
