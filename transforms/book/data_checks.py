"""Can tonight's data be trusted? The gates of METHODOLOGY 9.6, each with value, limit and a sentence.

A failed critical check holds the night: figures are issued, marked, without rolls or decisions. A failed warning is
named in the report. A check the night cannot have (no yesterday on the first night) is not applicable, never failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.book.data_warnings import chain_warnings, series_warnings
from transforms.book.night_facts import LIMITS, Check, CheckLimits, NightFacts, only_value
from warehouse.tables.meta import META_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator


def data_checks(facts: NightFacts, limits: CheckLimits = LIMITS) -> pl.DataFrame:
    """Hold tonight's data against every gate.

    One row per `session_date, check_id, subject`, as meta.checks holds it, critical ones first.
    """
    found = [*_critical(facts, limits), *chain_warnings(facts, limits), *series_warnings(facts, limits)]
    rows = [
        {name: getattr(check, name) for name in Check.__slots__} | {"session_date": facts.session_date}
        for check in found
    ]
    return META_CHECKS.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("severity", "check_id", "subject")


def is_data_hold(checks: pl.DataFrame) -> bool:
    """True when a critical check failed: the night is issued under a red banner."""
    return not checks.filter((pl.col("severity") == "critical") & ~pl.col("is_passed")).is_empty()


def _critical(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    yield from _spx_chain(facts)
    yield _previous_expiries(facts, limits)
    spot, vix = only_value(facts.signals, "spot_pts"), only_value(facts.signals, "vix_pts")
    yield Check(
        check_id="spx_level",
        severity="critical",
        is_passed=spot is not None,
        value=spot,
        unit="index points",
        message="SPX level known."
        if spot is not None
        else f"SPX level missing: {only_value(facts.signals, 'spot_reason')}.",
    )
    monthlies = facts.vx_curve.filter((pl.col("rank") >= 1) & pl.col("settle_pts").is_not_null()).height
    yield Check(
        check_id="vx_settlements",
        severity="critical",
        is_passed=monthlies >= limits.vx_monthlies_qty,
        value=monthlies,
        limit_value=limits.vx_monthlies_qty,
        unit="monthly VX settlements",
        message=f"{monthlies} monthly VX settlements for the session; at least {limits.vx_monthlies_qty} are needed.",
    )
    yield Check(
        check_id="vix_close",
        severity="critical",
        is_passed=vix is not None,
        value=vix,
        unit="index points",
        message="VIX close known." if vix is not None else "VIX close missing for the session.",
    )
    unpriced = facts.legs.filter(pl.col("root").is_in(["SPX", "SPXW"]) & ~pl.col("is_priced"))
    named = ", ".join(unpriced["instrument_id"].unique().sort().to_list())
    yield Check(
        check_id="held_spx_legs_priced",
        severity="critical",
        is_passed=unpriced.is_empty(),
        value=unpriced.height,
        limit_value=0,
        unit="legs",
        rows_qty=unpriced.height,
        message=f"Held SPX legs without a mark: {named}." if named else "Every held SPX leg has a mark.",
    )


def _spx_chain(facts: NightFacts) -> Iterator[Check]:
    chosen = facts.chains.filter(pl.col("load_id") == (facts.spx_load_id or ""))
    yield Check(
        check_id="spx_chain",
        severity="critical",
        is_passed=not chosen.is_empty(),
        value=only_value(chosen, "contracts_qty"),
        unit="contracts",
        message="An SPX chain belongs to the session." if chosen.height else "No SPX chain belongs to the session.",
    )
    if chosen.is_empty():
        return
    reason, session_from = only_value(chosen, "end_of_day_reason"), only_value(chosen, "session_from")
    is_end = bool(only_value(chosen, "is_end_of_day"))
    clock_at = only_value(chosen, "clock_at")
    quote_at = clock_at or only_value(chosen, "quote_at")
    yield Check(
        check_id="spx_end_of_day",
        severity="critical",
        is_passed=is_end,
        value=only_value(chosen, "clock_spread_minutes"),
        unit="minutes between the quote clock's readings",
        message=(
            f"The SPX chain is an end of day ({reason})."
            if is_end
            else f"The SPX chain is not an end of day: {reason}, quotes of {quote_at}."
        ),
    )
    inferred = session_from == "first_expiry" and clock_at is None
    yield Check(
        check_id="session_inferred",
        is_passed=not inferred,
        message=(
            "Nothing but the first listed expiry tells the session of the SPX chain."
            if inferred
            else f"The session of the SPX chain is told by its content ({session_from})."
        ),
    )


def _previous_expiries(facts: NightFacts, limits: CheckLimits) -> Check:
    live = (
        facts.previous_marks.filter(
            (pl.col("underlying") == "SPX")
            & (pl.col("expiry_date") > facts.session_date)
            & (pl.col("dte_days") <= limits.previous_expiries_days)
        )
        .select("root", "expiry_date")
        .unique()
    )
    if live.is_empty() or facts.spx_load_id is None:
        return Check(
            check_id="expiries_of_yesterday",
            severity="critical",
            is_passed=True,
            is_applicable=False,
            message="The previous session is not loaded, so its expiries cannot be looked for.",
        )
    kept = live.join(facts.marks.select("root", "expiry_date").unique(), on=["root", "expiry_date"], how="semi").height
    share = kept / live.height
    return Check(
        check_id="expiries_of_yesterday",
        severity="critical",
        is_passed=share >= limits.previous_expiries_frac,
        value=share,
        limit_value=limits.previous_expiries_frac,
        unit="fraction",
        rows_qty=live.height - kept,
        message=f"{kept} of yesterday's {live.height} within {limits.previous_expiries_days} days are here.",
    )
