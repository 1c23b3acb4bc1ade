"""What the money tied up in margin and hedges has to earn: the hurdle of METHODOLOGY 4.12, with its inputs beside it.

An analogue of a company's WACC for one account, not the market's. The roll yield of VIX futures is no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from transforms.market.rates import rate_at
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from transforms.book.accounts import AccountFigures
    from transforms.market.rates import ParCurve

DAYS_PER_YEAR: Final = 365.0
NO_ACCOUNT: Final = "no row of the accounts file up to the session"
NO_CURVE: Final = "no Treasury curve on or before the session"
REF: Final = "METHODOLOGY 4.12"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalRules:
    """What equity asks beyond the risk-free rate, what the broker asks, and what is set off."""

    NAME: ClassVar[str] = "capital"

    risk_free_days: int = threshold(91, unit="calendar days", says="Risk-free rate: Treasury tenor", ref=REF)
    equity_premium_frac: float = threshold(
        0.05, unit="fraction", says="Cost of equity: over the risk-free rate", ref=REF
    )
    broker_spread_frac: float = threshold(
        0.015, unit="fraction", says="Margin debit costs: over the risk-free rate", ref=REF
    )
    tax_frac: float = threshold(0.0, unit="fraction", says="Tax rate interest is set off at", ref=REF)
    bills_frac: float = threshold(
        0.0, unit="fraction", says="Margin held in Treasury bills: of the margin used", ref=REF
    )


RULES: Final = CapitalRules()


def risk_free_frac(curve: ParCurve | None, rules: CapitalRules = RULES) -> float | None:
    """Give the effective annual rate of the Treasury curve at the tenor of the rules; none without a curve."""
    return None if curve is None else float(np.expm1(rate_at(curve, rules.risk_free_days)))


def cost_of_capital(
    account: AccountFigures,
    *,
    risk_free: float | None,
    hedge_value_usd: float | None,
    rules: CapitalRules = RULES,
) -> dict[str, Any]:
    """Give the WACC columns of mart.capital_daily: E/(E+D) Re + D/(E+D) Rd (1-t), and what a day of it costs in USD.

    E is the net liquidation value, D the margin debit actually borrowed: without one WACC is the cost of equity.
    """
    equity_rate = None if risk_free is None else risk_free + rules.equity_premium_frac
    broker_rate = None if risk_free is None else risk_free + rules.broker_spread_frac
    share, why = _equity_share(account)
    wacc = None
    if share is not None and equity_rate is not None and broker_rate is not None:
        wacc = share * equity_rate + (1.0 - share) * broker_rate * (1.0 - rules.tax_frac)
    return {
        **{name: getattr(account, name) for name in ("accounts_date", "net_liq_usd", "margin_used_usd")},
        **{name: getattr(account, name) for name in ("margin_debit_usd", "broker_margin_usd")},
        "risk_free_frac": risk_free,
        "cost_of_equity_frac": equity_rate,
        "broker_rate_frac": broker_rate,
        "tax_frac": rules.tax_frac,
        "equity_share_frac": share,
        "wacc_frac": wacc,
        "wacc_reason": None if wacc is not None else why or NO_CURVE,
        **_charge(account, wacc, risk_free, hedge_value_usd, rules),
    }


def _equity_share(account: AccountFigures) -> tuple[float | None, str | None]:
    equity, debit = account.net_liq_usd, account.margin_debit_usd
    if account.accounts_date is None:
        return None, NO_ACCOUNT
    if equity is None or debit is None:
        return None, f"the accounts file has no {'net_liq_usd' if equity is None else 'margin_debit_usd'}"
    if equity <= 0.0:
        return None, f"net liquidation value {equity:,.0f} USD: no equity to weigh"
    return equity / (equity + debit), None


def _charge(
    account: AccountFigures,
    wacc: float | None,
    risk_free: float | None,
    hedge_value_usd: float | None,
    rules: CapitalRules,
) -> dict[str, Any]:
    """What a day of the money tied up costs, less what the bills among the margin earn."""
    used = account.margin_used_usd
    missing = (
        "WACC is not known" if wacc is None else
        "the accounts file has no margin_used_usd" if used is None else
        "a hedge leg has no mark" if hedge_value_usd is None else None
    )  # fmt: skip
    if wacc is None or risk_free is None or used is None or hedge_value_usd is None:
        return {"capital_charge_usd_per_day": None, "capital_charge_reason": missing}
    bills = rules.bills_frac * used
    charge = wacc / DAYS_PER_YEAR * (used + hedge_value_usd) - risk_free / DAYS_PER_YEAR * bills
    return {"capital_charge_usd_per_day": charge, "capital_charge_reason": None}
