"""Can tonight's data be trusted? The gates of METHODOLOGY 9.6, each with value, limit and a sentence.

A failed critical check holds the night: figures are issued, marked, without rolls or decisions. A failed warning is
named in the report. A check the night cannot have (no yesterday on the first night) is not applicable, never failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.book_warnings import book_warnings
from transforms.book.chain_checks import RULES as CHAIN_RULES
from transforms.book.chain_checks import ChainCheckRules, chain_checks
from transforms.book.data_warnings import chain_warnings, series_warnings, unexplained_warnings
from transforms.book.legs import IS_SPX_OPTION
from transforms.book.level_checks import RULES as LEVEL_RULES
from transforms.book.level_checks import LevelRules, level_checks
from transforms.book.live_checks import live_warnings
from transforms.book.night_facts import LIMITS, Check, CheckLimits, NightFacts, Wording, only_number, only_text
from transforms.book.repeat_checks import RULES as REPEAT_RULES
from transforms.book.repeat_checks import RepeatRules, repeat_checks
from transforms.market.calendar import NEW_YORK
from warehouse.tables.meta import META_CHECKS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

# What core.option_chains gives as reason, as the end of a sentence.
_TOLD_BY: Final = {
    "date_line": "by its date line",
    "last_print": "by its index's last print",
    "quote_clock": "by its own implied vols",
    "quote_time": "by its own quote time",
    "eod_columns": "by its end-of-day columns",
    "no_evidence_against": "nothing speaks against it",
}
_SESSION_FROM: Final = {
    "date_line": "its date line",
    "last_print": "its index's last print",
    "quote_date_column": "its quote-date column",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRules:
    """The rules by which chains and series are judged by what they hold."""

    chain: ChainCheckRules = CHAIN_RULES
    level: LevelRules = LEVEL_RULES
    repeat: RepeatRules = REPEAT_RULES


CONTENT_RULES: Final = ContentRules()


def data_checks(facts: NightFacts, limits: CheckLimits = LIMITS, content: ContentRules = CONTENT_RULES) -> pl.DataFrame:
    """Hold tonight's data against every gate.

    One row per `session_date, check_id, subject`, as meta.checks holds it, critical ones first.
    """
    found = [
        *_critical(facts, limits),
        *chain_checks(facts, limits, content.chain),
        *level_checks(facts, content.level),
        *repeat_checks(facts, content.repeat),
        *chain_warnings(facts, limits),
        *series_warnings(facts, limits),
        *live_warnings(facts.live_answers, limits),
        *unexplained_warnings(facts),
        *book_warnings(facts, limits),
    ]
    rows = [
        {name: getattr(check, name) for name in Check.__slots__} | {"session_date": facts.session_date}
        for check in found
    ]
    return META_CHECKS.conform(pl.DataFrame(rows, infer_schema_length=None)).sort("severity", "check_id", "subject")


def failed_critical(checks: pl.DataFrame) -> pl.DataFrame:
    """The failed critical checks: one is enough to hold the night (DATA_HOLD)."""
    return checks.filter(pl.col("severity") == "critical", ~pl.col("is_passed"))


def _critical(facts: NightFacts, limits: CheckLimits) -> Iterator[Check]:
    yield from _spx_chain(facts)
    spot_reason = only_text(facts.signals, "spot_reason") or "no market of this session was computed"
    yield Check.of_level(
        "spx_level",
        "SPX level",
        only_number(facts.signals, "spot_pts"),
        missing=spot_reason,
        severity="critical",
    )
    yield _vx_settlements(facts, limits)
    yield Check.of_level(
        "vix_close",
        "VIX close",
        only_number(facts.signals, "vix_pts"),
        missing="no VIX print of the session is loaded",
        severity="critical",
    )
    yield _held_spx_legs(facts)


def _spx_chain(facts: NightFacts) -> Iterator[Check]:
    chosen = facts.chains.filter(pl.col("load_id") == (facts.spx_load_id or ""))
    yield Check(
        check_id="spx_chain",
        severity="critical",
        is_passed=not chosen.is_empty(),
        value=only_number(chosen, "contracts_qty"),
        unit="contracts",
        message="An SPX chain belongs to the session." if chosen.height else "No SPX chain belongs to the session.",
    )
    if chosen.is_empty():
        yield Check.not_applicable("spx_end_of_day", "There is no SPX chain to judge.", severity="critical")
        yield Check.not_applicable("session_inferred", "There is no SPX chain to place.", subject="SPX")
        return
    row = chosen.row(0, named=True)
    told_by = _TOLD_BY.get(row["end_of_day_reason"], row["end_of_day_reason"])
    yield Check(
        check_id="spx_end_of_day",
        severity="critical",
        is_passed=row["is_end_of_day"],
        value=row["clock_spread_minutes"],
        unit="minutes between the quote clock's readings",
        message=(
            f"The SPX chain is an end of day ({told_by})."
            if row["is_end_of_day"]
            else f"The SPX chain is not an end of day ({told_by}): quotes of {_eastern(row['quote_at'])}."
        ),
    )
    is_inferred = row["session_from"] == "first_expiry" and row["clock_at"] is None
    told_from = _SESSION_FROM.get(row["session_from"], "its first listed expiry, and its implied vols do not object")
    yield Check(
        check_id="session_inferred",
        subject="SPX",
        is_passed=not is_inferred,
        message=(
            "Nothing but the first listed expiry tells the session of the SPX chain."
            if is_inferred
            else f"The session of the SPX chain is told by {told_from}."
        ),
    )


def _eastern(instant: dt.datetime | None) -> str:
    return "an unknown instant" if instant is None else f"{instant.astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York"


def _vx_settlements(facts: NightFacts, limits: CheckLimits) -> Check:
    monthlies = facts.vx_curve.filter((pl.col("rank") >= 1) & pl.col("settle_pts").is_not_null()).height
    return Check(
        check_id="vx_settlements",
        severity="critical",
        is_passed=monthlies >= limits.vx_monthlies_qty,
        value=monthlies,
        limit_value=limits.vx_monthlies_qty,
        unit="monthly VX settlements",
        message=f"{monthlies} monthly VX settlements for the session; at least {limits.vx_monthlies_qty} are needed.",
    )


def _held_spx_legs(facts: NightFacts) -> Check:
    held = facts.legs.filter(IS_SPX_OPTION)
    if held.is_empty():
        return Check.not_applicable("held_spx_legs_priced", "No SPX leg is held.", severity="critical")
    wording = Wording(unit="legs", at_fault="Held SPX legs without a mark", all_well="Every held SPX leg has a mark.")
    unpriced = held.filter(~pl.col("is_priced"))["instrument_id"].unique().to_list()
    return Check.of_faults("held_spx_legs_priced", unpriced, wording, severity="critical")
