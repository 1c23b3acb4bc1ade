"""The sample book's night with the short put in the money, and the one before it: built once for all that read them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flows.backfill import BackfillRequest, run_backfill
from flows.settings import load_settings
from tests.built_once import built_once

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def two_nights(factory: pytest.TempPathFactory) -> Path:
    """The home of 2026-04-28 and 2026-04-29, run on the next day; copy it before writing to it."""

    def build(folder: Path) -> None:
        run_backfill(
            BackfillRequest(
                first=None, last=None, count=2, source="simulated", seed=7, reports="none", is_forced=False
            ),
            load_settings(None, home=folder / "home", simulated_size="small"),
            clock=lambda: dt.datetime(2026, 4, 30, tzinfo=dt.UTC),
        )

    return built_once(factory, "two-sample-nights", build) / "home"
