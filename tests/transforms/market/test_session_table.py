"""The frozen calendar is what exchange_calendars and Cboe's rules say today."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("table", ["session_table", "expiration_table"])
def test_the_frozen_table_is_the_generated_one(table: str) -> None:
    freeze = runpy.run_path(str(ROOT / "scripts" / "freeze_sessions.py"), run_name="freeze")

    assert freeze[table.upper()].read_text(encoding="utf-8") == freeze[table](freeze["read_calendar"]()), (
        "exchange_calendars has other sessions now. Run: python scripts/freeze_sessions.py, and look at the difference."
    )
