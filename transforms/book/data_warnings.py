"""The gates that warn: vendor quotes that look odd, series that are old, a VIX that does not come out."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.arbitrage_checks import arbitrage_warnings
from transforms.book.night_facts import Check, CheckLimits, NightFacts, Wording, only_number, only_text
from transforms.market.calendar import sessions_between

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPIRIES_NAMED: Final = 8


def chain_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about quotes that cannot carry their figures: odd shares, odd forwards, a VIX that does not come out."""
    yield _vix_recompute(facts)
    yield from _vix_parity(facts, limits)
    for underlying in ("SPX", "VIX"):
        marks = facts.marks.filter(pl.col("underlying") == underlying)
        yield _one_sided(underlying, marks, limits)
        yield _static_bounds(underlying, marks, limits)
    yield from _discount_factors(facts)
    yield from _calendar_arbitrage(facts, limits)
    yield from arbitrage_warnings(facts, limits)
    yield _iv_audit(facts, limits)


def series_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about series that are old or missing: breadth, rates, the official close."""
    yield _stale("stale_breadth", facts.breadth_date, facts.session_date, limit=limits.breadth_sessions)
    yield _stale("stale_rates", facts.rates_date, facts.session_date, limit=limits.rates_sessions)
    yield Check.of_level(
        "spx_close",
        "Official SPX close",
        only_number(facts.signals, "index_close_pts"),
        missing="PM series cannot settle",
        severity="warning",
    )


def unexplained_warnings(facts: NightFacts) -> Iterator[Check]:
    """Warn where the day's P&L is not accounted for by its causes: METHODOLOGY 4.19."""
    days = facts.attribution_periods.filter(pl.col("period") == "day", pl.col("part") == "total").sort("account")
    for row in days.iter_rows(named=True):
        if row["actual_usd"] is None:
            yield Check.not_applicable("unexplained_pnl", f"{row['reason']}.", subject=row["account"])
            continue
        unexplained, limit = row["unexplained_usd"], row["unexplained_limit_usd"]
        yield Check(
            check_id="unexplained_pnl",
            subject=row["account"],
            is_passed=abs(unexplained) <= limit,
            value=abs(unexplained),
            limit_value=limit,
            unit="USD",
            message=f"{unexplained:+,.2f} of the day's P&L of {row['actual_usd']:+,.2f} USD are unexplained.",
        )


def _vix_recompute(facts: NightFacts) -> Check:
    difference, limit = only_number(facts.vix_check, "difference_pts"), only_number(facts.vix_check, "limit_pts")
    recomputed = only_number(facts.vix_check, "vix_recomputed_pts")
    if difference is not None and limit is not None:
        is_passed = abs(difference) <= limit
        message = f"VIX recomputed from the chain differs from the published close by {difference:+.3f}."
    elif recomputed is not None:
        is_passed = False
        message = f"The VIX recomputed from the chain, {recomputed:.2f}, has no published close beside it."
    else:
        is_passed = False
        message = f"The VIX cannot be recomputed: {only_text(facts.vix_check, 'reason') or 'no chain'}."
    return Check(
        check_id="vix_recompute",
        is_passed=is_passed,
        value=difference,
        limit_value=limit,
        unit="index points",
        message=message,
    )


def _vix_parity(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    both = facts.forwards.filter(pl.col("parity_difference_pts").is_not_null()).sort("root", "expiry_date")
    if both.is_empty():
        yield Check.not_applicable("vix_parity", "No VIX expiry has both a parity forward and a VX future.")
    columns = ("root", "expiry_date", "parity_difference_pts", "parity_half_spread_pts")
    for root, expiry, difference, half_spread in both.select(columns).iter_rows():
        limit = max(limits.vix_parity_pts, limits.vix_parity_half_spreads * (half_spread or 0.0))
        yield Check(
            check_id="vix_parity",
            subject=f"{root} {expiry}",
            is_passed=abs(difference) <= limit,
            value=difference,
            limit_value=limit,
            unit="index points",
            message=f"Option parity less VX future for {expiry}: {difference:+.3f}.",
        )


def _one_sided(underlying: str, marks: pl.DataFrame, limits: CheckLimits) -> Check:
    share = _Share(marks, pl.col("mark_quality") == "ONE_SIDED")
    return share.check("one_sided_quotes", underlying, limits.one_sided_frac, "have an ask but no bid")


def _static_bounds(underlying: str, marks: pl.DataFrame, limits: CheckLimits) -> Check:
    """Even bought at the ask the option costs less than its discounted intrinsic value, or it costs more than the most.

    A tick of leeway for SPX; for VIX the leeway that parity has against the future, for the two are marked apart.
    """
    leeway_pts = limits.bounds_spx_pts if underlying == "SPX" else limits.vix_parity_pts
    below = pl.col("extrinsic_pts") + pl.col("ask_pts") - pl.col("mark_pts") < -leeway_pts
    share = _Share(marks, (pl.col("iv_status") == "above_maximum") | below.fill_null(value=False))
    return share.check("static_bounds", underlying, limits.bounds_frac, "lie outside what any model allows")


@dataclass(frozen=True, slots=True)
class _Share:
    """How many of the quotes are at fault."""

    quotes: pl.DataFrame
    at_fault: pl.Expr

    def check(self, check_id: str, underlying: str, limit_frac: float, what: str) -> Check:
        """The verdict: what the quotes at fault do, as the end of a sentence."""
        bad, total = self.quotes.filter(self.at_fault).height, self.quotes.height
        if not total:
            return Check.not_applicable(check_id, f"No {underlying} chain is priced tonight.", subject=underlying)
        return Check(
            check_id=check_id,
            subject=underlying,
            is_passed=bad / total <= limit_frac,
            value=bad / total,
            limit_value=limit_frac,
            unit="fraction",
            rows_qty=bad,
            message=f"{bad:,} of {total:,} {underlying} quotes {what}.",
        )


def _discount_factors(facts: NightFacts) -> Iterator[Check]:
    """SPX expiries whose fitted discount factor is further from the Treasury's than METHODOLOGY 3.5 allows.

    They are discounted by the Treasury curve instead, so on these rows `discount_factor_frac` is the Treasury's.
    """
    out_of_range = facts.forwards.filter(
        pl.col("underlying") == "SPX", pl.col("method") == "treasury", pl.col("fit_discount_factor_frac").is_not_null()
    ).select(
        "root",
        "expiry_date",
        value=(pl.col("fit_discount_factor_frac") / pl.col("discount_factor_frac")).log().abs(),
        limit_value=facts.forward_rules.discount_limit(),
    )
    gate = _ExpiryGate(
        check_id="discount_factor_in_range",
        unit="|ln(fitted / Treasury discount factor)|",
        at_fault="Parity gives a discount factor out of range, the Treasury's is used, for",
        all_well="Every discount factor fitted to SPX parity is within range of the Treasury's.",
    )
    yield from gate.checks(out_of_range, facts)


def _calendar_arbitrage(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Total ATM variance falls from one expiry to the next of its root by more than the tolerance.

    SPX only: each VIX expiry has its own future, so total variance need not rise across VIX expiries.
    """
    falls = (
        facts.forwards.filter((pl.col("underlying") == "SPX") & pl.col("atm_iv_vol").is_not_null())
        .sort("root", "expiry_date")
        .with_columns(total_variance=pl.col("atm_iv_vol").pow(2) * pl.col("t_years"))
        .with_columns(before=pl.col("total_variance").shift(1).over("root"))
        .filter(pl.col("total_variance") < pl.col("before") * (1 - limits.calendar_tolerance_frac))
        .select(
            "root",
            "expiry_date",
            value=1 - pl.col("total_variance") / pl.col("before"),
            limit_value=pl.lit(limits.calendar_tolerance_frac),
        )
    )
    gate = _ExpiryGate(
        check_id="calendar_arbitrage",
        unit="fraction of total variance lost",
        at_fault="Total variance falls against the expiry before in",
        all_well="Total variance of SPX rises with expiry in each root.",
    )
    yield from gate.checks(falls, facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ExpiryGate:
    """A gate that looks at every SPX expiry: one verdict on the chain, and one more for each held expiry at fault.

    The second kind has the expiry as its subject, so that its legs are seen to be touched.
    """

    check_id: str
    unit: str
    at_fault: str
    all_well: str

    def checks(self, faults: pl.DataFrame, facts: NightFacts) -> Iterator[Check]:
        """Speak of these expiries: `root, expiry_date, value, limit_value`."""
        if facts.forwards.filter(pl.col("underlying") == "SPX").is_empty():
            yield Check.not_applicable(self.check_id, "No SPX chain is priced tonight.")
            return
        wording = Wording(unit="expiries", at_fault=self.at_fault, all_well=self.all_well, names_qty=EXPIRIES_NAMED)
        names = [f"{root} {expiry}" for root, expiry in faults.select("root", "expiry_date").iter_rows()]
        yield Check.of_faults(self.check_id, names, wording)
        held = faults.join(facts.legs, on=["root", "expiry_date"], how="semi").sort("root", "expiry_date")
        for root, expiry, value, limit in held.iter_rows():
            yield Check(
                check_id=self.check_id,
                subject=f"{root} {expiry}",
                is_passed=False,
                value=value,
                limit_value=limit,
                unit=self.unit,
                message=f"{self.at_fault} {root} {expiry}, which is held.",
            )


def _iv_audit(facts: NightFacts, limits: CheckLimits) -> Check:
    audit = facts.iv_audit
    if audit is None or audit.max_difference_vol is None:
        return Check.not_applicable("iv_audit", "Nothing to audit: no implied vol tonight.")
    is_solved = math.isfinite(audit.max_difference_vol)
    repriced = f"{audit.checked_qty} implied vols repriced by the reference solver"
    return Check(
        check_id="iv_audit",
        is_passed=audit.max_difference_vol <= limits.iv_audit_vol,
        value=audit.max_difference_vol if is_solved else None,
        limit_value=limits.iv_audit_vol,
        unit="annualised volatility",
        rows_qty=audit.checked_qty,
        message=(
            f"{repriced} differ by at most {audit.max_difference_vol:.1e}."
            if is_solved
            else f"Of {repriced}, one has a vol here and none there."
        ),
    )


def _stale(check_id: str, latest: dt.date | None, session_date: dt.date, *, limit: int) -> Check:
    """How many sessions have passed since the latest date of a series, which need not be a session itself."""
    age = None if latest is None else len(sessions_between(latest + dt.timedelta(days=1), session_date))
    return Check(
        check_id=check_id,
        is_passed=age is not None and age <= limit,
        value=age,
        limit_value=limit,
        unit="sessions",
        message="None on or before the session." if latest is None else f"Latest is of {latest}, {age} sessions old.",
    )
