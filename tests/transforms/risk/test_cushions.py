"""What the hedge has repaid, by hand: the stretch of the breach, its P&L, the losing days, the slope."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from transforms.market.calendar import sessions_between
from transforms.risk.cushions import CushionInputs, CushionRules, cushions
from warehouse.tables.mart import MART_ATTRIBUTION_PERIODS_DAILY

# Seven sessions: Monday 2026-05-04 to Tuesday 2026-05-12.
SESSIONS = sessions_between(dt.date(2026, 5, 4), dt.date(2026, 5, 12))
CONDOR = [100.0, -400.0, -600.0, -1000.0, 250.0, -50.0, 80.0]
HEDGE = [-20.0, 120.0, 150.0, 260.0, -90.0, 10.0, -15.0]
FIVE = CushionRules(window_sessions=5)


def days(condor: list[float | None], hedge: list[float | None], account: str = "A") -> pl.DataFrame:
    rows = [
        {
            "session_date": session,
            "account": account,
            "part": part,
            "period": "day",
            "from_date": session,
            "sessions_qty": 1,
            "actual_usd": usd,
            "reason": None if usd is not None else "unknown",
        }
        for part, values in (("condor", condor), ("hedge", hedge))
        for session, usd in zip(SESSIONS, values, strict=True)
    ]
    return MART_ATTRIBUTION_PERIODS_DAILY.conform(pl.DataFrame(rows))


def states(by_session: dict[int, str], account: str = "A") -> pl.DataFrame:
    rows = [(SESSIONS[at], account, "open", state) for at, state in by_session.items()]
    schema = {"session_date": pl.Date, "account": pl.String, "state": pl.String, "put_state": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def cushion(condors: pl.DataFrame, rows: pl.DataFrame | None = None, rules: CushionRules = FIVE) -> dict[str, Any]:
    inputs = CushionInputs(
        sessions=SESSIONS, scopes=["A"], days=days(CONDOR, HEDGE) if rows is None else rows, condors=condors
    )
    (found,) = cushions(inputs, rules).to_dicts()
    return found


def test_the_cushion_counts_from_the_close_of_the_breach() -> None:
    """Breached on the third session and ever since: -1000 + 250 - 50 + 80 of the condors, 260 - 90 + 10 - 15 back."""
    found = cushion(states({2: "BREACHED", 3: "WING", 4: "BREACHED", 5: "BREACHED", 6: "WING"}))
    assert (found["breach_date"], found["since_breach_sessions"]) == (SESSIONS[2], 4)
    assert (found["since_breach_condor_pnl_usd"], found["since_breach_hedge_pnl_usd"]) == (-720.0, 165.0)
    assert found["mtm_cushion_frac"] == pytest.approx(165 / 720)


def test_a_breach_that_healed_begins_anew() -> None:
    found = cushion(states({2: "BREACHED", 3: "ITM", 4: "TESTED", 5: "BREACHED", 6: "BREACHED"}))
    assert (found["breach_date"], found["since_breach_sessions"]) == (SESSIONS[5], 1)
    assert (found["mtm_cushion_frac"], found["cushion_reason"]) == (None, "the condors have not lost since the breach")


@pytest.mark.parametrize(
    ("by_session", "reason"),
    [
        ({5: "BREACHED"}, "no put side is BREACHED or at its WING"),
        ({6: "ITM"}, "no put side is BREACHED or at its WING"),
        ({6: "WING"}, "breached tonight: nothing has happened since"),
        (dict.fromkeys(range(7), "WING"), "breached on every session that is looked at"),
    ],
)
def test_without_a_stretch_there_is_no_cushion(by_session: dict[int, str], reason: str) -> None:
    found = cushion(states(by_session))
    assert found["mtm_cushion_frac"] is None
    assert str(found["cushion_reason"]).startswith(reason)


def test_effectiveness_counts_the_losing_days_and_beta_all() -> None:
    """Of the last five sessions the condors lost on three: -600, -1000, -50 against 150, 260, 10."""
    found = cushion(states({}))
    assert (found["window_sessions"], found["losing_sessions"]) == (5, 3)
    assert found["effectiveness_frac"] == pytest.approx(420 / 1650)
    assert found["hedge_beta"] == pytest.approx(np.polyfit(CONDOR[2:], HEDGE[2:], 1)[0])
    assert found["hedge_beta"] < 0


def test_a_book_without_hedge_repaid_nothing() -> None:
    found = cushion(states({5: "BREACHED", 6: "BREACHED"}), days([-1.0] * 6 + [-2.0], [0.0] * 7))
    assert (found["mtm_cushion_frac"], found["effectiveness_frac"], found["hedge_beta"]) == (0.0, 0.0, 0.0)


def test_what_is_not_known_is_named() -> None:
    gap = days([*CONDOR[:3], None, *CONDOR[4:]], list(HEDGE))
    found = cushion(states({2: "BREACHED", 3: "BREACHED", 4: "BREACHED", 5: "BREACHED", 6: "BREACHED"}), gap)
    assert (found["mtm_cushion_frac"], found["cushion_reason"]) == (None, f"no P&L of {SESSIONS[3]}")
    assert (found["effectiveness_frac"], found["effectiveness_reason"]) == (None, f"no P&L of {SESSIONS[3]}")
    short = cushion(states({}), rules=CushionRules(window_sessions=8))
    assert short["effectiveness_reason"] == "7 of 8 sessions"
    gained = cushion(states({}), days([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [0.0] * 7))
    assert gained["effectiveness_reason"] == "the condors lost on none of the sessions"
    assert gained["hedge_beta"] == 0.0


def test_a_settled_condor_is_no_breach_and_all_has_any_accounts() -> None:
    condors = pl.concat(
        [
            states({5: "BREACHED", 6: "BREACHED"}, "B"),
            states({5: "WING", 6: "WING"}).with_columns(state=pl.lit("SETTLED")),
        ]
    )
    rows = pl.concat([days(CONDOR, HEDGE, account) for account in ("A", "B", "ALL")])
    inputs = CushionInputs(sessions=SESSIONS, scopes=["A", "B", "ALL"], days=rows, condors=condors)
    found = dict(cushions(inputs, FIVE).select("account", "breach_date").iter_rows())
    assert found == {"A": None, "B": SESSIONS[5], "ALL": SESSIONS[5]}
