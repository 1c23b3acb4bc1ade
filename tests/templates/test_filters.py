"""Every figure is printed with its unit, a true minus sign, and a reason where there is none."""

import datetime as dt

import pytest

from templates.filters import bare, bare_signed, clipped, eastern, print_value, shown, signed
from transforms.report.models import Measure
from warehouse.tables.types import SUFFIX_UNITS


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (-21478.0, "USD", "−$21,478"),
        (2.5, "USD", "$2.50"),
        (0.0, "USD", "$0"),
        (-0.2, "USD", "−$0.20"),
        (713.44, "USD per SPX point", "$713.4 per SPX point"),
        (43662.0, "USD per 1% of SPX", "$43,662 per 1%"),
        (0.123, "fraction (0.01 = 1%)", "12.3%"),
        (-0.0213, "fraction (0.01 = 1%)", "−2.13%"),
        (0.0094, "fraction", "0.94%"),
        (-0.05, "fraction", "−5.0%"),
        (6120.4, "index points", "6,120.40 pts"),
        (0.214, "annualised volatility, decimal", "21.4%"),
        (1, "calendar days", "1 day"),
        (9, "calendar days", "9 days"),
        (1.5, "hedge units", "1.50 units"),
        (-3, "monthly VX settlements", "−3 monthly VX settlements"),
        (0.0850685, "of net liquidation value", "8.51% of net liquidation value"),
        (0.0632909, "fraction of net liquidation value a year", "6.33% of net liquidation value a year"),
    ],
)
def test_a_figure_is_printed_with_its_unit(value: float, unit: str, expected: str) -> None:
    assert print_value(Measure(value, unit)) == expected


def test_a_gain_has_a_plus_and_zero_has_no_sign() -> None:
    assert str(signed(Measure(412.0, "USD per calendar day"))) == "+$412 per day"
    assert str(signed(Measure(0.0, "USD"))) == "$0"
    assert str(bare_signed(Measure(0.001, "index points"))) == "0.00"
    assert str(bare_signed(Measure(-0.001, "index points"))) == "0.00"


def test_what_is_not_known_is_a_dash_with_its_reason_never_zero() -> None:
    unknown = Measure(None, "USD", "no VIX chain <b>tonight</b>")
    assert str(shown(unknown)) == '<span class="none">— <small>no VIX chain &lt;b&gt;tonight&lt;/b&gt;</small></span>'
    assert "—" in bare(unknown)
    assert "no VIX chain &lt;b&gt;" in bare(unknown)


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert clipped("no mark", 7) == "no mark"
    assert clipped("no marks", 7) == "no mar…"


def test_instants_are_shown_in_new_york_time_through_daylight_saving() -> None:
    assert eastern(dt.datetime(2031, 1, 15, 21, 15, tzinfo=dt.UTC)) == "2031-01-15 16:15 ET"
    assert eastern(dt.datetime(2031, 7, 15, 20, 15, tzinfo=dt.UTC)) == "2031-07-15 16:15 ET"
    assert eastern(None) == "—"


@pytest.mark.parametrize("unit", [unit for suffix, unit in SUFFIX_UNITS if suffix.startswith("_usd")])
def test_every_dollar_unit_of_the_tables_is_printed_with_a_dollar_sign(unit: str) -> None:
    assert "$" in print_value(Measure(12.0, unit))
