"""The frozen session table is what exchange_calendars says today."""

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_frozen_table_is_the_generated_one() -> None:
    freeze = runpy.run_path(str(ROOT / "scripts" / "freeze_sessions.py"), run_name="freeze")

    assert freeze["TABLE"].read_text(encoding="utf-8") == freeze["table_text"](), (
        "exchange_calendars has other sessions now. Run: python scripts/freeze_sessions.py, and look at the difference."
    )
