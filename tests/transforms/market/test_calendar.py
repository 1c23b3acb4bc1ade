import datetime as dt

import polars as pl
import pytest

from transforms.market import calendar

UTC = dt.UTC
D = dt.date


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=UTC)


# NYSE: Hurricane Sandy, the Bush and Carter days of mourning, Good Friday, Juneteenth.
CLOSED = [D(2012, 10, 29), D(2018, 12, 5), D(2025, 1, 9), D(2023, 4, 7), D(2024, 6, 19), D(2023, 4, 8)]


@pytest.mark.parametrize("day", CLOSED)
def test_the_exchange_is_closed(day: dt.date) -> None:
    assert not calendar.is_session(day)


@pytest.mark.parametrize(("year", "count"), [(2022, 251), (2023, 250), (2024, 252), (2025, 250)])
def test_a_year_has_as_many_sessions_as_the_nyse_says(year: int, count: int) -> None:
    assert len(calendar.sessions_between(D(year, 1, 1), D(year, 12, 31))) == count


def test_sessions_between_include_both_ends() -> None:
    assert calendar.sessions_between(D(2023, 4, 6), D(2023, 4, 10)) == [D(2023, 4, 6), D(2023, 4, 10)]


def test_neighbouring_sessions_skip_a_long_weekend_and_the_day_itself() -> None:
    assert calendar.previous_session(D(2023, 4, 10)) == D(2023, 4, 6)
    assert calendar.next_session(D(2023, 4, 6)) == D(2023, 4, 10)
    assert calendar.previous_session(D(2023, 4, 8)) == D(2023, 4, 6)
    assert calendar.next_session(D(2023, 4, 7)) == D(2023, 4, 10)


# NYSE hours and calendars: 13:00 ET after Thanksgiving, before 4 July, on Christmas Eve.
@pytest.mark.parametrize("day", [D(2014, 12, 24), D(2023, 7, 3), D(2023, 11, 24), D(2026, 12, 24), D(2030, 12, 24)])
def test_half_days_close_at_one(day: dt.date) -> None:
    assert calendar.is_early_close(day)
    assert calendar.session_close_at(day).astimezone(calendar.NEW_YORK).time() == dt.time(13)


# NYSE: 13:00 on the Friday after Thanksgiving, on 24 December and on 3 July where these are Monday to Thursday.
@pytest.mark.parametrize("year", range(2004, 2031))
def test_the_half_days_of_every_year_are_those_of_the_exchanges_rule(year: int) -> None:
    thanksgiving = next(day for day in (D(year, 11, number) for number in range(22, 29)) if day.weekday() == 3)
    eves = [day for day in (D(year, 7, 3), D(year, 12, 24)) if day.weekday() <= 3]
    half_days = [
        day for day in calendar.sessions_between(D(year, 1, 1), D(year, 12, 31)) if calendar.is_early_close(day)
    ]
    assert half_days == sorted([*eves, thanksgiving + dt.timedelta(days=1)])


def test_a_quote_table_is_taken_fifteen_minutes_after_the_close_in_winter_summer_and_on_a_half_day() -> None:
    assert calendar.quote_table_instant(D(2023, 2, 7)) == at(2023, 2, 7, 21, 15)
    assert calendar.quote_table_instant(D(2023, 6, 9)) == at(2023, 6, 9, 20, 15)
    assert calendar.quote_table_instant(D(2026, 12, 24)) == at(2026, 12, 24, 18, 15)
    assert not calendar.is_early_close(D(2023, 2, 7))


def test_a_closed_day_has_no_close_and_the_error_names_the_sessions_around_it() -> None:
    with pytest.raises(calendar.NotASessionError, match=r"2023-04-07 \(Friday\).*2023-04-06 and 2023-04-10"):
        calendar.session_close_at(D(2023, 4, 7))


@pytest.mark.parametrize("day", [D(1959, 12, 31), D(2041, 1, 1)])
def test_a_date_outside_the_calendar_is_refused(day: dt.date) -> None:
    for ask in (calendar.is_session, calendar.previous_session, calendar.next_session):
        with pytest.raises(calendar.OutsideCalendarError, match=str(day)):
            ask(day)


def test_the_first_and_last_days_have_no_session_beyond_them() -> None:
    with pytest.raises(calendar.OutsideCalendarError):
        calendar.previous_session(calendar.FIRST_DAY)
    with pytest.raises(calendar.OutsideCalendarError):
        calendar.next_session(calendar.LAST_DAY)


def test_the_two_roots_of_one_third_friday_settle_at_different_instants() -> None:
    assert calendar.settlement_of("SPX") == calendar.settlement_of("VIX") == calendar.settlement_of("VXM") == "AM"
    assert calendar.settlement_of("SPXW") == "PM"
    assert calendar.settlement_instant("SPX", D(2023, 2, 17)) == at(2023, 2, 17, 14, 30)
    assert calendar.settlement_instant("SPXW", D(2023, 2, 17)) == at(2023, 2, 17, 21)


def test_a_pm_series_of_a_half_day_settles_at_one() -> None:
    assert calendar.settlement_instant("SPXW", D(2023, 11, 24)) == at(2023, 11, 24, 18)


def test_a_saturday_expiry_of_the_old_listing_settles_on_friday() -> None:
    assert calendar.settlement_instant("SPX", D(2014, 12, 20)) == at(2014, 12, 19, 14, 30)
    assert calendar.last_trade_date("SPX", D(2014, 12, 20)) == D(2014, 12, 18)


# SPX monthlies on a Thursday (Good Friday 2014 and 2022, Juneteenth 2026): SET of that morning; Hurricane Sandy; Bush:
# Wednesday's PM series settled on Tuesday's close, the VIX weekly on Thursday morning (Cboe C2018120300); Carter.
@pytest.mark.parametrize(
    ("root", "expiry_date", "settle_at"),
    [
        ("SPX", D(2014, 4, 19), at(2014, 4, 17, 13, 30)),  # listed on the Saturday then
        ("SPX", D(2022, 4, 14), at(2022, 4, 14, 13, 30)),
        ("SPXW", D(2022, 4, 14), at(2022, 4, 14, 20)),
        ("SPX", D(2026, 6, 18), at(2026, 6, 18, 13, 30)),
        ("SPXW", D(2012, 10, 30), at(2012, 10, 26, 20)),
        ("SPXW", D(2018, 12, 5), at(2018, 12, 4, 21)),
        ("VIXW", D(2018, 12, 5), at(2018, 12, 6, 14, 30)),
        ("VX", D(2018, 12, 5), at(2018, 12, 6, 14, 30)),
        ("SPXW", D(2025, 1, 9), at(2025, 1, 8, 21)),
        ("SPXW", D(2026, 12, 24), at(2026, 12, 24, 18)),
        ("VIX", D(2024, 6, 18), at(2024, 6, 18, 13, 30)),
    ],
)
def test_series_settle_around_closed_days(root: str, expiry_date: dt.date, settle_at: dt.datetime) -> None:
    assert calendar.settlement_instant(root, expiry_date) == settle_at
    mark_at = at(2004, 1, 2, 21)
    frame = pl.LazyFrame({"root": [root], "expiry_date": [expiry_date]})
    assert calendar.add_settlement_clock(frame, mark_at=mark_at).collect()["settle_at"].to_list() == [settle_at]


# Cboe specifications: AM options to 16:15 ET (13:15 on a half day) of the business day before; SPXW to its close;
# VX to 09:00 ET of its morning since late 2014, else to the close before.
@pytest.mark.parametrize(
    ("root", "expiry_date", "last_trade_at"),
    [
        ("SPX", D(2023, 2, 17), at(2023, 2, 16, 21, 15)),
        ("SPX", D(2022, 4, 14), at(2022, 4, 13, 20, 15)),
        ("SPXW", D(2023, 2, 17), at(2023, 2, 17, 21)),
        ("SPXW", D(2026, 12, 24), at(2026, 12, 24, 18)),
        ("VIX", D(2024, 6, 18), at(2024, 6, 17, 20, 15)),
        ("VIXW", D(2018, 12, 5), at(2018, 12, 4, 21, 15)),
        ("VIXW", D(2018, 12, 26), at(2018, 12, 24, 18, 15)),
        ("VX", D(2018, 12, 5), at(2018, 12, 5, 14)),
        ("VX", D(2023, 2, 15), at(2023, 2, 15, 14)),
        ("VXM", D(2026, 5, 19), at(2026, 5, 19, 13)),
        ("VX", D(2014, 10, 22), at(2014, 10, 21, 20, 15)),
    ],
)
def test_series_trade_for_the_last_time(root: str, expiry_date: dt.date, last_trade_at: dt.datetime) -> None:
    assert calendar.last_trade_instant(root, expiry_date) == last_trade_at


# Cboe specifications: AM options stop the business day before; SPXW on the day; VX at 09:00 ET on the settlement day.
@pytest.mark.parametrize(
    ("root", "expiry_date", "expected"),
    [
        ("SPX", D(2023, 2, 17), D(2023, 2, 16)),
        ("SPXW", D(2023, 2, 17), D(2023, 2, 17)),
        ("VIX", D(2023, 2, 15), D(2023, 2, 14)),
        ("VIXW", D(2023, 2, 22), D(2023, 2, 21)),
        ("VX", D(2023, 2, 15), D(2023, 2, 15)),
        ("VX", D(2011, 12, 21), D(2011, 12, 21)),
        ("VX", D(2012, 1, 18), D(2012, 1, 17)),
    ],
)
def test_last_trade_dates(root: str, expiry_date: dt.date, expected: dt.date) -> None:
    assert calendar.last_trade_date(root, expiry_date) == expected


def test_an_unknown_root_is_refused_with_the_known_ones() -> None:
    with pytest.raises(calendar.UnknownRootError, match=r"'NDX'.*SPX, SPXW, VIX"):
        calendar.settlement_of("NDX")


def test_years_are_the_minutes_of_the_vix_white_paper() -> None:
    # Cboe VIX white paper: 09:46 Chicago; near term 25 days off at 08:30, next term 32 days off at 15:00.
    mark_at = at(2023, 1, 23, 15, 46)
    near, following = (
        calendar.settlement_instant("SPX", D(2023, 2, 17)),
        calendar.settlement_instant("SPXW", D(2023, 2, 24)),
    )
    assert calendar.years_to(near, mark_at) == 35_924 / 525_600
    assert calendar.years_to(following, mark_at) == 46_394 / 525_600


def test_the_hour_daylight_saving_takes_is_not_seen() -> None:
    # 30 days of 1,440 minutes less the quarter hour from 16:00 to 16:15; the clocks went forward on 2023-03-12.
    settle_at = calendar.settlement_instant("SPXW", D(2023, 3, 17))
    assert calendar.years_to(settle_at, calendar.quote_table_instant(D(2023, 2, 15))) == (30 * 1440 - 15) / 525_600


def test_days_to_expiry_are_calendar_days() -> None:
    assert calendar.dte_days(D(2023, 3, 17), D(2023, 2, 15)) == 30


EXPIRIES = pl.DataFrame(
    {
        "root": ["SPXW", "SPX", "VX", "SPXW", "NDX", "SPXW", "SPX"],
        "expiry_date": [
            D(2023, 3, 17),
            D(2023, 3, 17),
            D(2023, 3, 22),
            D(2023, 11, 24),
            D(2023, 3, 17),
            D(2023, 2, 15),
            D(2014, 12, 20),
        ],
    }
)


def test_the_clock_of_a_frame_agrees_with_the_clock_of_one_expiry_and_keeps_the_order() -> None:
    session_date = D(2023, 2, 15)
    mark_at = calendar.quote_table_instant(session_date)
    clock = calendar.add_settlement_clock(EXPIRIES.lazy(), mark_at=mark_at).collect()
    assert clock.select(EXPIRIES.columns).equals(EXPIRIES)
    assert clock.schema["settle_at"] == pl.Datetime("us", "UTC")
    for row in clock.filter(pl.col("root") != "NDX").iter_rows(named=True):
        settle_at = calendar.settlement_instant(row["root"], row["expiry_date"])
        assert row["settlement"] == calendar.settlement_of(row["root"])
        assert row["settle_at"] == settle_at
        assert row["t_years"] == pytest.approx(calendar.years_to(settle_at, mark_at), abs=1e-15)
        assert row["dte_days"] == calendar.dte_days(row["expiry_date"], session_date)


def test_a_frame_counts_days_from_the_new_york_date_of_the_mark() -> None:
    evening = at(2023, 2, 16, 1, 0)  # 20:00 on the 15th in New York
    clock = calendar.add_settlement_clock(EXPIRIES.head(1).lazy(), mark_at=evening).collect()
    assert clock["dte_days"].to_list() == [30]


def test_an_unknown_root_and_a_settled_expiry_in_a_frame() -> None:
    mark_at = calendar.quote_table_instant(D(2023, 2, 15))
    clock = calendar.add_settlement_clock(EXPIRIES.lazy(), mark_at=mark_at).collect()
    assert clock.filter(root="NDX").select("settlement", "settle_at", "t_years").row(0) == (None, None, None)
    assert clock.filter(root="SPXW", expiry_date=D(2023, 2, 15))["t_years"].to_list() == [-15 / 525_600]
