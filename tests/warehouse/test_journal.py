"""The journal beside the archive: whole entries only, in order, and a home without one is new."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flows.recovery import opened_warehouse
from tests.flows.restatements import settings_of
from warehouse.journal import Journal, canonical, rows_of
from warehouse.tables.meta import META_WITHDRAWN_LOADS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_new_home_is_no_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened_warehouse(settings_of(tmp_path)).close()
    assert capsys.readouterr().err == ""
    assert not Journal(tmp_path).path.exists()


def test_a_line_that_a_power_cut_broke_off_costs_only_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append("file", {"name": "a"}, {"name": "b"})
    journal.path.write_bytes(journal.path.read_bytes()[:-5])
    journal.append("file", {"name": "c"})
    assert [entry["name"] for entry in journal.entries()["file"]] == ["a", "c"]


def test_rows_come_back_as_they_were_told(tmp_path: Path) -> None:
    row = {"load_id": "a", "withdrawn_at": dt.datetime(2026, 4, 24, 12, 0, 0, 123_456, tzinfo=dt.UTC)}
    journal = Journal(tmp_path)
    journal.append("withdrawn", row)
    (entry,) = journal.entries()["withdrawn"]
    assert rows_of(META_WITHDRAWN_LOADS, [entry]).to_dicts() == [row]
    assert canonical(entry) == canonical(row)
