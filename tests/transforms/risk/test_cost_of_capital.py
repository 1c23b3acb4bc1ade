"""WACC and its charge by hand sums."""

import datetime as dt
import math

import pytest

from transforms.book.accounts import AccountFigures
from transforms.market.rates import par_curve
from transforms.risk.cost_of_capital import CapitalRules, cost_of_capital, risk_free_frac

NIGHT = dt.date(2026, 5, 8)
FIGURES = AccountFigures(
    accounts_date=NIGHT,
    net_liq_usd=90_000.0,
    margin_used_usd=40_000.0,
    margin_debit_usd=10_000.0,
    broker_margin_usd=41_000.0,
)


def test_wacc_weighs_equity_and_the_debit_borrowed() -> None:
    """0.9 x (4% + 5%) + 0.1 x (4% + 1.5%) = 8.65%; a day of it on 40,000 + 2,000 is $9.953."""
    found = cost_of_capital(FIGURES, risk_free=0.04, hedge_value_usd=2_000.0)
    assert found["wacc_frac"] == pytest.approx(0.0865)
    assert (found["equity_share_frac"], found["cost_of_equity_frac"], found["broker_rate_frac"]) == (0.9, 0.09, 0.055)
    assert found["capital_charge_usd_per_day"] == pytest.approx(0.0865 * 42_000 / 365)
    assert (found["wacc_reason"], found["capital_charge_reason"]) == (None, None)


def test_tax_and_bills_are_set_off() -> None:
    """Rd 5.5% x 0.7; half of the margin in bills at 4%."""
    rules = CapitalRules(tax_frac=0.30, bills_frac=0.5)
    found = cost_of_capital(FIGURES, risk_free=0.04, hedge_value_usd=0.0, rules=rules)
    wacc = 0.9 * 0.09 + 0.1 * 0.055 * 0.7
    assert found["wacc_frac"] == pytest.approx(wacc)
    assert found["capital_charge_usd_per_day"] == pytest.approx((wacc * 40_000 - 0.04 * 20_000) / 365)


def test_without_a_debit_wacc_is_the_cost_of_equity() -> None:
    no_debit = AccountFigures(accounts_date=NIGHT, net_liq_usd=90_000.0, margin_debit_usd=0.0)
    found = cost_of_capital(no_debit, risk_free=0.04, hedge_value_usd=0.0)
    assert found["wacc_frac"] == pytest.approx(0.09)
    assert found["capital_charge_reason"] == "the accounts file has no margin_used_usd"


@pytest.mark.parametrize(
    ("account", "risk_free", "reason"),
    [
        (AccountFigures(), 0.04, "no row of the accounts file up to the session"),
        (AccountFigures(accounts_date=NIGHT, net_liq_usd=1.0), 0.04, "the accounts file has no margin_debit_usd"),
        (AccountFigures(accounts_date=NIGHT, margin_debit_usd=1.0), 0.04, "the accounts file has no net_liq_usd"),
        (
            AccountFigures(accounts_date=NIGHT, net_liq_usd=-5.0, margin_debit_usd=1.0),
            0.04,
            "net liquidation value -5 USD: no equity to weigh",
        ),
        (FIGURES, None, "no Treasury curve on or before the session"),
    ],
)
def test_what_is_missing_is_said(account: AccountFigures, risk_free: float | None, reason: str) -> None:
    found = cost_of_capital(account, risk_free=risk_free, hedge_value_usd=0.0)
    assert (found["wacc_frac"], found["wacc_reason"]) == (None, reason)
    assert found["capital_charge_reason"] == "WACC is not known"


def test_the_risk_free_rate_is_the_three_month_yield_a_year() -> None:
    """A bond-equivalent yield y compounds twice a year: (1 + y/2)^2 - 1."""
    curve = par_curve(NIGHT, {30: 0.05, 91: 0.05, 365: 0.05})
    assert risk_free_frac(curve) == pytest.approx(math.pow(1.025, 2) - 1)
    assert risk_free_frac(None) is None
