"""The calendar: New York times, misdated releases. Dates are of the BLS and Fed schedules."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from transforms.signals.events import type_events
from warehouse.tables.raw import RAW_EVENTS

Loaded = Callable[..., pl.DataFrame]


def event(date: str, kind: str, time_et: str = "", **rest: str) -> dict[str, str]:
    return {"date": date, "kind": kind, "time_et": time_et} | rest


def test_new_york_times_become_instants_in_winter_and_summer(loaded: Loaded) -> None:
    rows = [event("2023-02-14", "cpi", "08:30"), event("2023-06-13", "CPI", "8:30"), event("2022-11-08", "election")]
    typed = type_events(loaded(RAW_EVENTS, rows)).rows.sort("event_date")
    assert typed["event_at"].to_list() == [
        None,
        dt.datetime(2023, 2, 14, 13, 30, tzinfo=dt.UTC),
        dt.datetime(2023, 6, 13, 12, 30, tzinfo=dt.UTC),
    ]
    assert typed["event_id"].to_list() == ["election 2022-11-08", "cpi 2023-02-14", "cpi 2023-06-13"]
    assert typed["status"].to_list() == ["scheduled"] * 3


@pytest.mark.parametrize(
    ("written", "kind", "period", "released"),
    [
        # Releases of December, from the BLS archive of news releases.
        ("2000-01-05", "nfp", "December 2000", dt.date(2001, 1, 5)),
        ("2001-01-16", "cpi", "December 2001", dt.date(2002, 1, 16)),
        ("2006-01-17", "ppi", "December 2006", dt.date(2007, 1, 17)),
    ],
)
def test_a_release_before_its_period_is_a_year_early(
    loaded: Loaded, written: str, kind: str, period: str, released: dt.date
) -> None:
    typed = type_events(loaded(RAW_EVENTS, [event(written, kind, "08:30", ref_period=period)]))
    assert typed.rows.select("event_id", "event_date").row(0) == (f"{kind} {released}", released)
    assert typed.rejected.select("rule_id", "column_name").row(0) == ("release_before_period", "date")


def test_a_january_release_of_the_december_before_is_left_alone(loaded: Loaded) -> None:
    typed = type_events(loaded(RAW_EVENTS, [event("2000-01-07", "nfp", "08:30", ref_period="December 1999")]))
    assert typed.rows["event_date"].to_list() == [dt.date(2000, 1, 7)]
    assert typed.rejected.is_empty()


def test_a_postponed_release_replaces_the_scheduled_one(loaded: Loaded) -> None:
    first = loaded(RAW_EVENTS, [event("2013-10-04", "nfp", "08:30")])
    later = loaded(RAW_EVENTS, [event("2013-10-04", "nfp", "08:30", status="Postponed")], load_id="b", day=2)
    typed = type_events(pl.concat([later, first])).rows
    assert typed.select("status", "load_id").rows() == [("postponed", "b")]


def test_two_of_a_kind_on_one_day_are_told_apart_by_their_times(loaded: Loaded) -> None:
    rows = [event("2023-06-14", "speech", "09:00"), event("2023-06-14", "speech", "13:00")]
    typed = type_events(loaded(RAW_EVENTS, rows)).rows
    assert typed["event_id"].to_list() == ["speech 2023-06-14 09:00", "speech 2023-06-14 13:00"]


@pytest.mark.parametrize(
    ("row", "rule_id"),
    [
        (event("2023-06-14", ""), "missing"),
        (event("soon", "cpi"), "bad_date"),
        (event("2023-06-14", "cpi", "25:00"), "bad_time"),
        (event("2023-06-14", "cpi", status="perhaps"), "unknown_status"),
    ],
)
def test_what_is_no_event_is_named(loaded: Loaded, row: dict[str, str], rule_id: str) -> None:
    typed = type_events(loaded(RAW_EVENTS, [row]))
    assert (typed.rows.height, typed.rejected["rule_id"].to_list()) == (0, [rule_id])
