"""The gates that warn: vendor quotes that look odd, series that are old, a VIX that does not come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms.book.night_facts import Check, CheckLimits, NightFacts, only_value
from transforms.market.calendar import sessions_between

if TYPE_CHECKING:
    from collections.abc import Iterator


def chain_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about quotes that cannot carry their figures: unpriced legs, odd shares, a VIX that does not come out."""
    unpriced = facts.legs.filter(pl.col("root").is_in(["VIX", "VIXW", "VX", "VXM"]) & ~pl.col("is_priced"))
    named = ", ".join(unpriced["instrument_id"].unique().sort().to_list())
    held = facts.legs.filter(pl.col("root").is_in(["VIX", "VIXW", "VX", "VXM"])).height
    yield Check(
        check_id="held_vix_legs_priced",
        is_passed=unpriced.is_empty(),
        is_applicable=held > 0,
        value=unpriced.height,
        limit_value=0,
        unit="legs",
        rows_qty=unpriced.height,
        message=f"Held VIX legs without a mark: {named}." if named else "No held VIX leg lacks a mark.",
    )
    yield _vix_recompute(facts)
    yield from _vix_parity(facts, limits)
    for underlying in ("SPX", "VIX"):
        marks = facts.marks.filter(pl.col("underlying") == underlying)
        if marks.height:
            yield _one_sided(underlying, marks, limits)
            yield _static_bounds(underlying, marks, limits)
    yield _calendar_arbitrage(facts, limits)
    yield _condor_values(facts, limits)
    fallback = facts.forwards.filter((pl.col("underlying") == "SPX") & (pl.col("method") == "treasury"))
    yield Check(
        check_id="discount_factor_in_range",
        is_passed=fallback.is_empty(),
        is_applicable=not facts.forwards.is_empty(),
        value=fallback.height,
        limit_value=0,
        unit="expiries",
        rows_qty=fallback.height,
        message=f"{fallback.height} SPX expiries discount by the Treasury curve: parity fit out of range.",
    )
    difference = facts.iv_audit_difference_vol
    yield Check(
        check_id="iv_audit",
        is_passed=difference is None or difference <= limits.iv_audit_vol,
        is_applicable=difference is not None,
        value=difference,
        limit_value=limits.iv_audit_vol,
        unit="annualised volatility",
        message=(
            "Nothing to audit: no implied vol tonight."
            if difference is None
            else f"200 implied vols repriced by the reference solver differ by at most {difference:.1e}."
        ),
    )


def _vix_recompute(facts: NightFacts) -> Check:
    difference, reason = only_value(facts.vix_check, "difference_pts"), only_value(facts.vix_check, "reason")
    limit = only_value(facts.vix_check, "limit_pts")
    computed = isinstance(difference, float) and isinstance(limit, float)
    return Check(
        check_id="vix_recompute",
        is_passed=computed and abs(difference) <= limit,
        value=difference if computed else None,
        limit_value=limit if computed else None,
        unit="index points",
        message=(
            f"VIX recomputed from the chain differs from the published close by {difference:+.3f}."
            if computed
            else f"The VIX cannot be recomputed: {reason or 'no chain'}."
        ),
    )


def _vix_parity(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    both = facts.forwards.filter(pl.col("parity_difference_pts").is_not_null())
    rows = both.select("expiry_date", "parity_difference_pts", "parity_half_spread_pts").sort("expiry_date").iter_rows()
    for expiry, difference, half_spread in rows:
        limit = max(limits.vix_parity_pts, limits.vix_parity_half_spreads * (half_spread or 0.0))
        yield Check(
            check_id="vix_parity",
            subject=f"VIX {expiry}",
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

    def check(self, check_id: str, subject: str, limit_frac: float, what: str) -> Check:
        """The verdict: what the quotes at fault do, as the end of a sentence."""
        bad, total = self.quotes.filter(self.at_fault).height, self.quotes.height
        return Check(
            check_id=check_id,
            subject=subject,
            is_passed=bad / total <= limit_frac,
            value=bad / total,
            limit_value=limit_frac,
            unit="fraction",
            rows_qty=bad,
            message=f"{bad:,} of {total:,} {subject} quotes {what}.",
        )


def _condor_values(facts: NightFacts, limits: CheckLimits) -> Check:
    """A condor is worth between minus its wider side and zero; marks outside that are noise of wide quotes."""
    widest = pl.max_horizontal("width_put_pts", "width_call_pts")
    per_condor = pl.col("value_usd") / (100.0 * pl.col("quantity_qty"))
    is_outside = (per_condor > limits.condor_tick_pts) | (per_condor < -widest - limits.condor_tick_pts)
    outside = facts.condors.filter(is_outside.fill_null(value=False) & (pl.col("state") != "SETTLED"))
    named = ", ".join(outside["condor_id"].unique().sort().to_list())
    return Check(
        check_id="condor_value_in_bounds",
        is_passed=outside.is_empty(),
        is_applicable=not facts.condors.is_empty(),
        value=outside.height,
        limit_value=0,
        unit="condors",
        rows_qty=outside.height,
        message=(
            f"Marks put these condors outside what they can be worth: {named}."
            if named
            else "Every condor is marked between minus its wider side and zero."
        ),
    )


def _calendar_arbitrage(facts: NightFacts, limits: CheckLimits) -> Check:
    """Total ATM variance falls with expiry within a root by more than the tolerance.

    SPX only: each VIX expiry has its own future, so total variance need not rise across VIX expiries.
    """
    falls = (
        facts.forwards.filter((pl.col("underlying") == "SPX") & pl.col("atm_iv_vol").is_not_null())
        .sort("root", "settlement", "expiry_date")
        .with_columns(total_variance=pl.col("atm_iv_vol").pow(2) * pl.col("t_years"))
        .with_columns(before=pl.col("total_variance").shift(1).over("root", "settlement"))
        .filter(pl.col("total_variance") < pl.col("before") * (1 - limits.calendar_tolerance_frac))
    )
    return Check(
        check_id="calendar_arbitrage",
        subject="SPX",
        is_passed=falls.is_empty(),
        value=falls.height,
        limit_value=0,
        unit="expiries",
        rows_qty=falls.height,
        message=f"{falls.height} SPX expiries hold less total variance than the one before in their root.",
    )


def series_warnings(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    """Warn about series that are old or missing: breadth, rates, the official close."""
    for check_id, latest, limit in (
        ("stale_breadth", facts.breadth_date, limits.breadth_sessions),
        ("stale_rates", facts.rates_date, limits.rates_sessions),
    ):
        age = None if latest is None else max(len(sessions_between(latest, facts.session_date)) - 1, 0)
        yield Check(
            check_id=check_id,
            is_passed=age is not None and age <= limit,
            value=age,
            limit_value=limit,
            unit="sessions",
            message=f"Latest is of {latest}, {age} sessions old." if latest else "None on or before the session.",
        )
    close = only_value(facts.signals, "index_close_pts")
    yield Check(
        check_id="spx_close",
        is_passed=close is not None,
        value=close,
        unit="index points",
        message="Official SPX close known."
        if close is not None
        else "Official SPX close missing: PM series cannot settle.",
    )
