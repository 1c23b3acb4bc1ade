"""Which live sources are named as missing, and how."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl

from tests.transforms.book.sound_night import SESSION, SOUND, failed
from transforms.book.data_checks import data_checks
from transforms.book.live_checks import live_warnings
from transforms.book.night_facts import LIMITS
from warehouse.tables.meta import META_LIVE_ANSWERS

TUESDAY, FRIDAY = dt.date(2023, 2, 14), dt.date(2023, 2, 10)  # SESSION is the Wednesday between


def answer(source: str, kind: str, latest: dt.date | None, **given: str) -> dict[str, Any]:
    return {
        "session_date": SESSION,
        "source": source,
        "kind": kind,
        "address": f"https://vendor.example/{kind}",
        "outcome": "none" if "reason" in given else "new",
        "latest_date": latest,
    } | given


def said(*answers: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    rows = pl.DataFrame(answers, schema=META_LIVE_ANSWERS.polars_schema)
    return {check.subject: (check.is_passed, check.message) for check in live_warnings(rows, LIMITS)}


def test_a_night_without_live_sources_has_no_such_check() -> None:
    assert list(live_warnings(META_LIVE_ANSWERS.empty(), LIMITS)) == []
    assert "live_source" not in set(data_checks(SOUND)["check_id"])


def test_nothing_missing_is_one_sentence_that_names_who_failed_all_the_same() -> None:
    both = said(answer("SPX chain", "option_chain", SESSION), answer("VIX chain", "option_chain", SESSION, reason="x"))
    assert both == {"": (True, "What 2 live sources supply is here; failed, but here from another file: VIX chain.")}


def test_a_source_that_failed_says_where_what_happened_and_what_to_do() -> None:
    failing = answer("SPX chain", "option_chain", None, reason="it answered 503", hint="ask again")
    verdicts = said(failing, answer("VIX chain", "option_chain", SESSION))
    assert verdicts == {"SPX chain": (False, verdicts["SPX chain"][1])}
    assert verdicts["SPX chain"][1] == (
        "SPX chain is missing for 2023-02-15: asked https://vendor.example/option_chain, it answered 503; "
        "none is here. Hint: ask again."
    )


def test_a_source_that_answers_with_yesterdays_data_is_late() -> None:
    ((is_passed, message),) = said(answer("VIX history", "index_levels", TUESDAY)).values()
    assert not is_passed
    assert message == (
        "VIX history is missing for 2023-02-15: https://vendor.example/index_levels has none yet; "
        "the latest here is of 2023-02-14. Hint: run the night again later, or put the file into the landing folder."
    )


def test_breadth_may_be_of_yesterday_and_rates_of_three_sessions_ago() -> None:
    """As the gates stale_breadth and stale_rates allow."""
    assert said(answer("breadth advances", "breadth", TUESDAY), answer("Treasury rates 2023", "rates", FRIDAY))[""][0]
    late = said(
        answer("breadth advances", "breadth", FRIDAY), answer("Treasury rates 2023", "rates", dt.date(2023, 2, 9))
    )
    assert set(late) == {"breadth advances", "Treasury rates 2023"}


def test_a_missing_source_warns_and_does_not_hold_the_night_by_itself() -> None:
    failing = answer("SKEW history", "index_levels", None, reason="it answered 404", hint="look")
    facts = replace(SOUND, live_answers=pl.DataFrame([failing], schema=META_LIVE_ANSWERS.polars_schema))
    assert failed(facts) - failed(SOUND) == {"live_source"}
    assert set(data_checks(facts).filter(check_id="live_source")["severity"]) == {"warning"}
