"""The gates that ask whether a chain is tonight's, and whole: by what it lists, beside the chain before.

A file can bear tonight's date over yesterday's quotes, join two downloads, or end halfway. What it holds tells: quotes
that have not moved, contracts that are gone or should be (METHODOLOGY 9.6). What is wrong with an SPX chain holds the
night; with a VIX chain it does where VIX options are held, for their hedge would be priced on it. What real chains and
the simulated market show by these measures stands in transforms/market/chain_history.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.book.legs import IS_VIX_OPTION
from transforms.book.night_facts import Check, Wording
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transforms.book.night_facts import CheckLimits, NightFacts, Severity

NAMED: Final = 8
_HERE: Final = "docs/metrics.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheckRules:
    """When a chain is not tonight's, or not whole."""

    NAME: ClassVar[str] = "chain_checks"

    unchanged_frac: float = threshold(
        0.50, unit="fraction", says="Data: quotes that repeat the chain before, at most", ref=_HERE
    )
    expiry_unchanged_frac: float = threshold(
        0.90, unit="fraction", says="Data: of one expiry’s quotes repeat it, at most", ref=_HERE
    )
    expiry_quotes_qty: int = threshold(10, unit="contracts", says="Data: an expiry is judged by at least", ref=_HERE)
    contracts_frac: float = threshold(
        0.90, unit="fraction", says="Data: contracts of those expiries still listed, at least", ref=_HERE
    )
    expiry_contracts_frac: float = threshold(
        0.80, unit="fraction", says="Data: contracts of each of them still listed, at least", ref=_HERE
    )
    first_expiry_days: int = threshold(
        10, unit="calendar days", says="Data: first SPXW expiry after the session within", ref=_HERE
    )


RULES: Final = ChainCheckRules()


def chain_checks(facts: NightFacts, limits: CheckLimits, rules: ChainCheckRules = RULES) -> Iterator[Check]:
    """Judge what tonight's chains list, SPX first."""
    is_vix_held = not facts.legs.filter(IS_VIX_OPTION).is_empty()
    severities: dict[str, Severity] = {"SPX": "critical", "VIX": "critical" if is_vix_held else "warning"}
    for underlying, severity in severities.items():
        chain = _Chain(underlying, severity, facts.quote_quality.filter(underlying=underlying), limits, rules)
        yield chain.has_changed()
        yield chain.has_every_expiry_changed()
        yield chain.has_its_roots()
        yield chain.has_its_expiries()
        yield chain.has_its_contracts()
        yield chain.has_nothing_expired(facts)
        if underlying == "VIX":
            yield _vix_end_of_day(facts)
        if underlying == "SPX":
            yield chain.has_its_later_expiries()
            yield chain.begins_soon(facts)


def _vix_end_of_day(facts: NightFacts) -> Check:
    """A VIX chain of another hour than the condors is left aside; its legs are then unpriced."""
    chains = facts.chains.filter(underlying="VIX")
    if chains.is_empty():
        return Check.not_applicable("vix_end_of_day", "No VIX chain belongs to the session.", subject="VIX")
    is_there = bool(chains["is_end_of_day"].any())
    return Check(
        check_id="vix_end_of_day",
        subject="VIX",
        is_passed=is_there,
        value=chains.filter("is_end_of_day").height,
        unit="chains",
        rows_qty=chains.height,
        message="A VIX chain of the session is an end of day."
        if is_there
        else "No VIX chain of the session is an end of day: it is left aside, and VIX options have no price.",
    )


@dataclass(frozen=True)
class _Chain:
    """The chain of one underlying by expiry: rows of mart.quote_quality_daily."""

    underlying: str
    severity: Severity
    counts: pl.DataFrame
    limits: CheckLimits
    rules: ChainCheckRules

    @cached_property
    def listed(self) -> pl.DataFrame:
        """The expiries of tonight's chain."""
        return self.counts.filter(pl.col("contracts_qty") > 0)

    @cached_property
    def before(self) -> pl.DataFrame:
        """The expiries of the chain before that are alive after tonight, with how old they were then."""
        days_then = (pl.col("expiry_date") - pl.col("before_date")).dt.total_days()
        return self.counts.filter(pl.col("before_qty") > 0).with_columns(days_then=days_then)

    @property
    def must_be_whole(self) -> pl.DataFrame:
        """Of these, what carries the book: of SPX the near ones, of VIX all, for the hedge reaches out for a year."""
        is_needed = pl.lit(self.underlying == "VIX") | (pl.col("days_then") <= self.limits.previous_expiries_days)
        return self.before.filter(is_needed)

    def has_changed(self) -> Check:
        """Most quotes repeat those of the chain before: it is that chain under another date."""
        compared, unchanged = (int(self.before[f"{name}_qty"].sum()) for name in ("compared", "unchanged"))
        if not self._is_comparable() or compared < self.rules.expiry_quotes_qty:
            return self._not_comparable("chain_changed")
        share = unchanged / compared
        return Check(
            check_id="chain_changed",
            subject=self.underlying,
            severity=self.severity,
            is_passed=share <= self.rules.unchanged_frac,
            value=share,
            limit_value=self.rules.unchanged_frac,
            unit="fraction",
            rows_qty=unchanged,
            message=f"{unchanged:,} of {compared:,} {self.underlying} quotes repeat those of {self._day_before()}.",
        )

    def has_every_expiry_changed(self) -> Check:
        """One expiry repeats the chain before while others have moved: two downloads in one file."""
        if not self._is_comparable():
            return self._not_comparable("expiries_changed")
        share = pl.col("unchanged_qty") / pl.col("compared_qty")
        still = self.before.filter(
            pl.col("compared_qty") >= self.rules.expiry_quotes_qty, share > self.rules.expiry_unchanged_frac
        )
        wording = Wording(
            unit="expiries",
            at_fault=f"Quotes of {self._day_before()}, unchanged, in",
            all_well=f"No {self.underlying} expiry repeats the quotes of {self._day_before()}.",
            names_qty=NAMED,
        )
        return self._of_faults("expiries_changed", still, wording)

    def has_its_roots(self) -> Check:
        """A root that was listed, with expiries still to come, has none at all tonight."""
        if not self._is_comparable():
            return self._not_comparable("roots_of_yesterday")
        gone = self.before.select("root").unique().join(self.listed, on="root", how="anti")["root"].sort().to_list()
        wording = Wording(
            unit="roots",
            at_fault=f"Listed on {self._day_before()} and wholly absent tonight",
            all_well=f"Every {self.underlying} root of {self._day_before()} is here.",
        )
        return Check.of_faults("roots_of_yesterday", gone, wording, severity=self.severity, subject=self.underlying)

    def has_its_expiries(self) -> Check:
        """Too many of the expiries that carry the book are gone."""
        return self._expiries_kept("expiries_of_yesterday", self.must_be_whole, self.severity)

    def has_its_later_expiries(self) -> Check:
        """The chain ends early: figures beyond its end are missing, the book's are not."""
        later = self.before.filter(pl.col("days_then") > self.limits.previous_expiries_days)
        return self._expiries_kept("later_expiries_of_yesterday", later, "warning")

    def has_its_contracts(self) -> Check:
        """Strikes are missing within the expiries that carry the book."""
        kept = self.must_be_whole.filter(pl.col("contracts_qty") > 0)
        if not self._is_comparable() or kept.is_empty():
            return self._not_comparable("contracts_of_yesterday")
        then, missing = (int(kept[f"{name}_qty"].sum()) for name in ("before", "missing"))
        share_kept = 1.0 - pl.col("missing_qty") / pl.col("before_qty")
        torn = kept.filter(
            pl.col("before_qty") >= self.rules.expiry_quotes_qty, share_kept < self.rules.expiry_contracts_frac
        ).sort("root", "expiry_date")
        names = [f"{root} {expiry}" for root, expiry in torn.select("root", "expiry_date").head(NAMED).iter_rows()]
        return Check(
            check_id="contracts_of_yesterday",
            subject=self.underlying,
            severity=self.severity,
            is_passed=torn.is_empty() and 1.0 - missing / then >= self.rules.contracts_frac,
            value=1.0 - missing / then,
            limit_value=self.rules.contracts_frac,
            unit="fraction",
            rows_qty=missing,
            message=f"{then - missing:,} of {then:,} {self.underlying} contracts of {self._day_before()} are here"
            + (f"; broken off: {', '.join(names)}." if names else "."),
        )

    def has_nothing_expired(self, facts: NightFacts) -> Check:
        """A series that expired before the session is listed: the chain is older than its date."""
        if self.listed.is_empty():
            return self._not_comparable("expired_series")
        expired = self.listed.filter(pl.col("expiry_date") < facts.session_date)
        wording = Wording(
            unit="expiries",
            at_fault=f"Expired before {facts.session_date}, so the {self.underlying} chain is older than that",
            all_well=f"Nothing in the {self.underlying} chain had expired before the session.",
            names_qty=NAMED,
        )
        return self._of_faults("expired_series", expired, wording)

    def begins_soon(self, facts: NightFacts) -> Check:
        """The first weekly is far off: the chain is of a later day, or its beginning is lost."""
        weeklies = self.listed.filter(pl.col("root") == "SPXW", pl.col("dte_days") > 0)
        if weeklies.is_empty():
            return Check.not_applicable("first_expiry", "No SPXW expiry is alive.", severity="critical", subject="SPX")
        days, first = weeklies.select(pl.col("dte_days").min(), pl.col("expiry_date").min()).row(0)
        return Check(
            check_id="first_expiry",
            subject="SPX",
            severity=self.severity,
            is_passed=days <= self.rules.first_expiry_days,
            value=days,
            limit_value=self.rules.first_expiry_days,
            unit="calendar days",
            message=f"The first SPXW expiry after {facts.session_date} is of {first}.",
        )

    def _expiries_kept(self, check_id: str, before: pl.DataFrame, severity: Severity) -> Check:
        if not self._is_comparable() or before.is_empty():
            return replace(self._not_comparable(check_id), severity=severity)
        gone = before.filter(pl.col("contracts_qty") == 0).sort("root", "expiry_date")
        kept_qty, limit = before.height - gone.height, self.limits.previous_expiries_frac
        names = [f"{root} {expiry}" for root, expiry in gone.select("root", "expiry_date").head(NAMED).iter_rows()]
        more = f" and {gone.height - NAMED} more" if gone.height > NAMED else ""
        missing = f"; missing: {', '.join(names)}{more}" if names else ""
        return Check(
            check_id=check_id,
            subject=self.underlying,
            severity=severity,
            is_passed=kept_qty / before.height >= limit,
            value=kept_qty / before.height,
            limit_value=limit,
            unit="fraction",
            rows_qty=gone.height,
            message=f"{kept_qty} of {before.height} {self.underlying} expiries that were live on {self._day_before()} "
            f"are here{missing}.",
        )

    def _is_comparable(self) -> bool:
        return not self.listed.is_empty() and not self.before.is_empty()

    def _not_comparable(self, check_id: str) -> Check:
        why = (
            f"No {self.underlying} chain is priced tonight."
            if self.listed.is_empty()
            else f"No {self.underlying} chain of the sessions before has such contracts to compare with."
        )
        return Check.not_applicable(check_id, why, severity=self.severity, subject=self.underlying)

    def _of_faults(self, check_id: str, faults: pl.DataFrame, wording: Wording) -> Check:
        names = [f"{root} {expiry}" for root, expiry in faults.select("root", "expiry_date").iter_rows()]
        return Check.of_faults(check_id, names, wording, severity=self.severity, subject=self.underlying)

    def _day_before(self) -> str:
        return str(self.before["before_date"][0])
