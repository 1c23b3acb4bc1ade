"""Which series OptionsDX's expiry labels stand for, by what Cboe listed at the time."""

import datetime as dt

import pytest

from flows.sources.optionsdx_roots import Contract, contract_of


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# Label, quote date, other labels of that session; the series. Dates of Cboe's listings: Wednesdays 2016-02-23, Mondays
# 2016-08-15, Tuesdays 2022-04-18, Thursdays 2022-05-11 (Cboe notices); weeklies settled at the close since 2010-12-02.
SPX = {
    "a third Friday may be either": ("2023-03-17", "2023-01-04", [], None, "2023-03-17"),
    "its eve, before Thursdays were listed, is the monthly": ("2013-03-14", "2013-01-04", [], "SPX", "2013-03-15"),
    "then the Friday beside it can only settle at the close": (
        "2013-03-15",
        "2013-01-04",
        ["2013-03-14"],
        "SPXW",
        "2013-03-15",
    ),
    "its eve, since Thursdays are listed, is a weekly": ("2023-03-16", "2023-01-04", [], "SPXW", "2023-03-16"),
    "a third Friday beside a weekly Thursday may be either": (
        "2023-03-17",
        "2023-01-04",
        ["2023-03-16"],
        None,
        "2023-03-17",
    ),
    "Good Friday 2019: the monthly settles on the Thursday": ("2019-04-18", "2019-03-01", [], None, "2019-04-18"),
    "and the Wednesday before it is a weekly": ("2019-04-17", "2019-03-01", [], "SPXW", "2019-04-17"),
    "Good Friday 2014: no Wednesdays yet, so it is the monthly": ("2014-04-16", "2014-03-03", [], "SPX", "2014-04-17"),
    "another Friday": ("2015-03-27", "2015-03-02", [], "SPXW", "2015-03-27"),
    "a Wednesday": ("2017-03-22", "2017-03-02", [], "SPXW", "2017-03-22"),
    "a Monday": ("2017-03-20", "2017-03-02", [], "SPXW", "2017-03-20"),
    "a Tuesday in place of a closed Monday": ("2017-05-30", "2017-05-02", [], "SPXW", "2017-05-30"),
    "a Thursday in place of a closed Friday": ("2015-07-02", "2015-06-15", [], "SPXW", "2015-07-02"),
    "the end of a month": ("2015-06-30", "2015-06-15", [], "SPXW", "2015-06-30"),
    "any day since May 2022": ("2022-06-09", "2022-06-01", [], "SPXW", "2022-06-09"),
}


@pytest.mark.parametrize(("label", "quoted", "others", "root", "expiry"), SPX.values(), ids=SPX.keys())
def test_an_spx_label(label: str, quoted: str, others: list[str], root: str | None, expiry: str) -> None:
    listed = {day(label), *map(day, others)}

    assert contract_of("SPX", day(label), day(quoted), listed) == Contract(root, day(expiry))


@pytest.mark.parametrize(
    ("label", "quoted"),
    [
        ("2015-06-16", "2015-06-02"),  # a Tuesday, years before they were listed
        ("2010-06-11", "2010-06-02"),  # a weekly that settled in the morning
        ("2015-03-21", "2015-03-02"),  # a Saturday
        ("2060-01-16", "2026-03-02"),  # beyond the calendar
    ],
)
def test_a_label_no_series_can_have_is_told_why(label: str, quoted: str) -> None:
    contract = contract_of("SPX", day(label), day(quoted), {day(label)})

    assert contract.root is None
    assert contract.reason


VIX = {
    "the monthly": ("2023-03-22", "2023-01-04", [], "VIX"),
    "the monthly under its last trading day": ("2013-04-16", "2013-01-04", [], "VIX"),
    "a weekly Wednesday": ("2023-03-29", "2023-03-01", [], "VIXW"),
    "a monthly that settles on a Tuesday": ("2024-06-18", "2024-05-01", [], "VIX"),
}
VIX_EXPIRY = {"2013-04-16": "2013-04-17"}


@pytest.mark.parametrize(("label", "quoted", "others", "root"), VIX.values(), ids=VIX.keys())
def test_a_vix_label(label: str, quoted: str, others: list[str], root: str) -> None:
    listed = {day(label), *map(day, others)}

    assert contract_of("VIX", day(label), day(quoted), listed) == Contract(root, day(VIX_EXPIRY.get(label, label)))


@pytest.mark.parametrize(
    ("label", "quoted", "others"),
    [
        ("2023-03-21", "2023-03-01", ["2023-03-22"]),  # the eve of a monthly that is listed itself
        ("2014-03-26", "2014-03-03", []),  # a Wednesday, before weeklies were listed
        ("2023-03-24", "2023-03-01", []),  # a Friday
    ],
)
def test_a_day_on_which_vix_never_settles_is_told(label: str, quoted: str, others: list[str]) -> None:
    assert contract_of("VIX", day(label), day(quoted), {day(label), *map(day, others)}).reason
