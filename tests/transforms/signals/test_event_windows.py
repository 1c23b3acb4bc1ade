"""Before, on and after an event; what the calendar lists from tonight on."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.signals.event_windows import CALENDAR_ENDS, EventRules, event_windows, upcoming_events
from warehouse.tables.core import CORE_EVENTS
from warehouse.tables.mart import MART_UPCOMING_EVENTS_DAILY

FRIDAY = dt.date(2023, 6, 9)
MARK = dt.datetime(2023, 6, 9, 20, 15, tzinfo=dt.UTC)  # 16:15 in New York


def calendar(*events: tuple[str, str, str | None], status: str = "scheduled") -> pl.DataFrame:
    """Events as (kind, date, New York time); June, so New York is four hours behind."""
    rows = [
        {
            "event_id": f"{kind} {day}",
            "kind": kind,
            "event_date": dt.date.fromisoformat(day),
            "event_at": time and dt.datetime.fromisoformat(f"{day}T{time}:00-04:00"),
            "status": status,
            "load_id": "a",
        }
        for kind, day, time in events
    ]
    return CORE_EVENTS.conform(pl.DataFrame(rows, schema_overrides={"event_at": pl.Datetime("us", "UTC")}))


JUNE = calendar(
    ("cpi", "2023-06-13", "08:30"),
    ("ppi", "2023-06-14", "08:30"),
    ("fomc_decision", "2023-06-14", "14:00"),
    ("nfp", "2023-07-07", "08:30"),
    ("cpi", "2023-07-12", "08:30"),
)


def states(events: pl.DataFrame, first: str, last: str, rules: EventRules | None = None) -> dict[str, str | None]:
    days = sessions_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    windows = event_windows(pl.DataFrame({"session_date": days}), events, rules or EventRules())
    return {f"{day:%m-%d}": state for day, state in windows.select("session_date", "event_state").iter_rows()}


def test_before_beats_on_the_day_beats_after() -> None:
    assert states(JUNE, "2023-06-08", "2023-06-16") == {
        "06-08": "CLEAR",
        "06-09": "CLEAR",
        "06-12": "PRE",
        "06-13": "PRE",  # CPI was this morning, PPI and the Fed are tomorrow
        "06-14": "EVENT_DAY",
        "06-15": "POST",
        "06-16": "CLEAR",
    }


def test_the_window_opens_over_a_weekend_and_a_holiday() -> None:
    # Memorial Day: the next session after Friday 2023-05-26 is Tuesday 05-30.
    events = calendar(("cpi", "2023-05-30", "08:30"), ("cpi", "2023-06-13", "08:30"))
    assert states(events, "2023-05-25", "2023-05-31") == {
        "05-25": "CLEAR",
        "05-26": "PRE",
        "05-30": "EVENT_DAY",
        "05-31": "POST",
    }


def test_a_release_on_a_closed_day_is_the_next_sessions_event() -> None:
    # Juneteenth, Monday 2023-06-19, is no session: what is released then is traded on the 20th.
    events = calendar(("ppi", "2023-06-19", "08:30"), ("cpi", "2023-07-12", "08:30"))
    assert states(events, "2023-06-15", "2023-06-21") == {
        "06-15": "CLEAR",
        "06-16": "PRE",
        "06-20": "EVENT_DAY",
        "06-21": "POST",
    }


@pytest.mark.parametrize(("time", "state"), [("16:15", "EVENT_DAY"), ("16:16", "PRE")])
def test_at_the_mark_it_is_tonights_and_after_it_still_ahead(time: str, state: str) -> None:
    events = calendar(("fomc_decision", "2023-06-09", time), ("cpi", "2023-07-12", "08:30"))
    assert states(events, "2023-06-09", "2023-06-09") == {"06-09": state}


@pytest.mark.parametrize(("time", "state"), [("16:00", "PRE"), ("16:01", "CLEAR")])
def test_and_not_later_than_the_next_close(time: str, state: str) -> None:
    assert states(calendar(("fomc_decision", "2023-06-12", time)), "2023-06-09", "2023-06-09") == {"06-09": state}


def test_tonights_own_mark_counts() -> None:
    events = calendar(("fomc_decision", "2023-06-09", "14:00"), ("cpi", "2023-07-12", "08:30"))
    night = pl.DataFrame({"session_date": [FRIDAY]})
    at_noon = dt.datetime(2023, 6, 9, 16, tzinfo=dt.UTC)
    windows = event_windows(night, events, last_mark_at=at_noon)
    assert windows.row(0, named=True)["event_state"] == "PRE"
    assert windows.row(0, named=True)["next_event_kind"] == "fomc_decision"


def test_jobs_are_named_next_and_open_a_window_only_where_asked() -> None:
    days = {"07-05": "CLEAR", "07-06": "CLEAR", "07-07": "CLEAR", "07-10": "CLEAR"}
    assert states(JUNE, "2023-07-05", "2023-07-10") == days
    asked = EventRules(nfp_opens_window=True)
    assert states(JUNE, "2023-07-05", "2023-07-10", asked) == days | {
        "07-06": "PRE",
        "07-07": "EVENT_DAY",
        "07-10": "POST",
    }
    windows = event_windows(pl.DataFrame({"session_date": [dt.date(2023, 6, 30)]}), JUNE)
    assert windows["next_event_kind"].to_list() == ["nfp"]


def test_of_two_at_one_instant_the_weightier_is_named() -> None:
    events = calendar(("ppi", "2023-06-14", "08:30"), ("cpi", "2023-06-14", "08:30"))
    assert event_windows(pl.DataFrame({"session_date": [FRIDAY]}), events)["next_event_kind"].to_list() == ["cpi"]


def test_a_postponed_release_opens_nothing() -> None:
    events = pl.concat([calendar(("cpi", "2023-06-12", "08:30"), status="postponed"), JUNE])
    assert states(events, "2023-06-09", "2023-06-09") == {"06-09": "CLEAR"}


def test_past_its_end_the_calendar_says_nothing_but_the_day_itself() -> None:
    events = calendar(("cpi", "2023-06-13", "08:30"))
    assert states(events, "2023-06-12", "2023-06-14") == {"06-12": "PRE", "06-13": "EVENT_DAY", "06-14": None}
    windows = event_windows(pl.DataFrame({"session_date": [dt.date(2023, 6, 14)]}), events)
    assert windows.row(0, named=True)["event_reason"] == CALENDAR_ENDS
    assert windows.row(0, named=True)["is_event_pre"] is None


def test_the_list_of_what_is_due() -> None:
    events = pl.concat(
        [
            calendar(
                ("cpi", "2023-06-09", "16:15"),
                ("opex", "2023-06-09", "16:16"),
                ("election", "2023-06-09", None),
                ("election", "2023-06-12", None),
                ("cpi", "2023-07-12", "08:30"),
                ("ppi", "2023-06-14", "08:30"),
                ("ppi", "2023-07-24", "08:30"),
                ("ppi", "2023-07-25", "08:30"),
                ("jackson_hole", "2023-08-25", "10:00"),
                ("jackson_hole", "2024-08-23", "10:00"),
                ("nfp", "2023-06-02", "08:30"),
            ),
            calendar(("cpi", "2023-06-13", "08:30"), status="cancelled"),
        ]
    )
    listed = upcoming_events(events, FRIDAY, mark_at=MARK)
    assert listed.schema == MART_UPCOMING_EVENTS_DAILY.polars_schema
    assert listed.select("event_id", "days_to_days", "is_past", "is_next_of_kind", "is_high_impact").rows() == [
        ("cpi 2023-06-09", 0, True, False, True),
        ("opex 2023-06-09", 0, False, True, False),
        ("election 2023-06-09", 0, True, False, False),
        ("election 2023-06-12", 3, False, True, False),
        ("ppi 2023-06-14", 5, False, True, True),
        ("cpi 2023-07-12", 33, False, True, True),
        ("ppi 2023-07-24", 45, False, False, True),
        ("jackson_hole 2023-08-25", 77, False, True, False),
    ]
