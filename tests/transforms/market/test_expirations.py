"""On which days series expire: Cboe's own lists. Dates stand in its settlement pages and expiration calendars."""

import datetime as dt

import pytest

from transforms.market import expirations
from transforms.market.calendar import is_session

D = dt.date


# Cboe SPX specifications: the third Friday; the Thursday before where it is Good Friday (2022) or Juneteenth (2026).
@pytest.mark.parametrize(
    ("year", "month", "expected"),
    [(2022, 4, D(2022, 4, 14)), (2023, 2, D(2023, 2, 17)), (2026, 6, D(2026, 6, 18)), (2024, 3, D(2024, 3, 15))],
)
def test_monthly_spx_expirations(year: int, month: int, expected: dt.date) -> None:
    assert expirations.spx_monthly_expiration(year, month) == expected


# Cboe and CFE expiration calendars: Tuesdays forced by Good Friday or Juneteenth (kept or observed); three Wednesdays.
@pytest.mark.parametrize(
    "expected",
    [
        D(2014, 3, 18),
        D(2019, 3, 19),
        D(2022, 3, 15),
        D(2024, 6, 18),
        D(2025, 3, 18),
        D(2026, 5, 19),
        D(2027, 5, 18),
        D(2023, 2, 15),
        D(2023, 3, 22),
        D(2023, 12, 20),
    ],
)
def test_monthly_vix_expirations(expected: dt.date) -> None:
    assert expirations.vix_expiration(expected.year, expected.month) == expected


# Symbols and expiration dates as Cboe's settlement pages of 2019-10-09, 2020-01-21, 2024-10-07, 2025-09 and 2026-03-05
# print them. In 2020 and 2025 the first Wednesday is New Year's Day and is not counted.
LISTED = {
    "VX04/F9": D(2019, 1, 23),
    "VX05/F9": D(2019, 1, 30),
    "VX/G9": D(2019, 2, 13),
    "VX08/G9": D(2019, 2, 20),
    "VX/H9": D(2019, 3, 19),
    "VX13/H9": D(2019, 3, 27),
    "VX15/J9": D(2019, 4, 10),
    "VX22/K9": D(2019, 5, 29),
    "VX27/N9": D(2019, 7, 3),
    "VX36/U9": D(2019, 9, 4),
    "VX41/V9": D(2019, 10, 9),
    "VX/F0": D(2020, 1, 22),
    "VX04/F0": D(2020, 1, 29),
    "VX09/H0": D(2020, 3, 4),
    "VX/H0": D(2020, 3, 18),
    "VX41/V4": D(2024, 10, 9),
    "VX/V4": D(2024, 10, 16),
    "VX46/X4": D(2024, 11, 13),
    "VX/H5": D(2025, 3, 18),
    "VX39/V5": D(2025, 10, 1),
    "VX10/H6": D(2026, 3, 11),
    "VX13/J6": D(2026, 4, 1),
    "VX16/J6": D(2026, 4, 22),
    "VX/K6": D(2026, 5, 19),
}


@pytest.mark.parametrize(("symbol", "day"), LISTED.items(), ids=LISTED.keys())
def test_vx_symbols_are_those_cboe_prints(symbol: str, day: dt.date) -> None:
    assert expirations.vx_symbol(day) == symbol
    assert expirations.is_vix_monthly(day) == symbol.startswith("VX/")
    assert expirations.vix_expirations(day, day) == [day]


# Weekly expiries on a Tuesday: Christmas Day 2015 and Good Friday 2023 thirty days on, Christmas 2024 and New Year 2025
# on the Wednesday itself, Independence Day 2026 (kept on Friday 3 July) and Christmas Day 2026 thirty days on.
@pytest.mark.parametrize(
    "tuesday",
    [D(2015, 11, 24), D(2023, 3, 7), D(2024, 12, 24), D(2024, 12, 31), D(2026, 6, 2), D(2026, 11, 24)],
)
def test_a_holiday_on_the_wednesday_or_thirty_days_on_moves_a_weekly_to_tuesday(tuesday: dt.date) -> None:
    assert tuesday.weekday() == 1
    assert expirations.vix_expirations(tuesday, tuesday + dt.timedelta(days=6)) == [tuesday]
    assert not expirations.is_vix_monthly(tuesday)


def test_a_day_of_mourning_that_nobody_foresaw_moves_no_expiration() -> None:
    assert expirations.vix_expirations(D(2018, 12, 4), D(2018, 12, 6)) == [D(2018, 12, 5)]
    assert expirations.settled_later() == {D(2018, 12, 5): D(2018, 12, 6)}


# CFE's list of historical contracts has so many weekly ones by year of expiry; the first is of 2015-08-05.
@pytest.mark.parametrize(
    ("year", "count"),
    {
        2014: 0,
        2015: 17,
        2016: 40,
        2017: 40,
        2018: 40,
        2019: 41,
        2020: 40,
        2021: 40,
        2022: 40,
        2023: 40,
        2024: 41,
        2025: 40,
    }.items(),
)
def test_a_year_has_as_many_weekly_expirations_as_cfe_listed(year: int, count: int) -> None:
    of_year = expirations.vix_expirations(D(year, 1, 1), D(year, 12, 31))
    assert sum(not expirations.is_vix_monthly(day) for day in of_year) == count
    assert sum(map(expirations.is_vix_monthly, of_year)) == 12


def test_no_expiration_falls_on_a_closed_day_but_that_of_the_day_of_mourning() -> None:
    days = expirations.vix_expirations(D(2004, 1, 1), D(2030, 12, 31))
    days += [expirations.spx_monthly_expiration(year, month) for year in range(2004, 2031) for month in range(1, 13)]
    assert [day for day in days if not is_session(day)] == [D(2018, 12, 5)]


def test_a_month_outside_the_table_is_refused_with_its_span() -> None:
    with pytest.raises(expirations.OutsideExpirationsError, match=r"1999-12.*2000-01-19 to 2040-11-21"):
        expirations.vix_expiration(1999, 12)
    assert expirations.vx_symbol(D(2023, 2, 16)) is None
