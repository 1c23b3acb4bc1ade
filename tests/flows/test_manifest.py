"""The list of issued reports: what was written stays known, and a replaced issue is still told apart from a forgery."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from flows.errors import ReportRefused, UsageError
from flows.manifest import IssuedReport, data_hash, read_manifest, write_manifest
from flows.settings import Settings
from flows.verify_command import verify_file
from transforms.report.inputs import ReportInputs, Stamp
from warehouse.tables.mart import MART_BOOK_DAILY

# SHA-256 of the three letters "abc": FIPS 180-4, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
ISSUED = IssuedReport("hedge-status.pdf", ABC, "2031-03-12", "ALL", "WATCH", "d" * 16, "c" * 16, "0.1.0")


def _said(file: Path, home: Path) -> list[str]:
    said: list[str] = []
    verify_file(file, Settings(home=home), echo=said.append)
    return said


def test_the_file_that_was_written_is_genuine_wherever_it_lies(tmp_path: Path) -> None:
    write_manifest(tmp_path / "home" / "reports" / "2031-03-12", [ISSUED])
    saved = tmp_path / "from the mail.pdf"
    saved.write_bytes(b"abc")
    said = _said(saved, tmp_path / "home")
    assert said[0] == "Genuine: hedge-status.pdf, the hedge status of session 2031-03-12, all accounts: WATCH."
    assert said[1] == f"Data {'d' * 16}, configuration {'c' * 16}, condorwatch 0.1.0."
    assert said[2].startswith("Data not compared: the session is not in the published warehouse")


def test_one_changed_byte_is_refused_with_the_session_to_make_again(tmp_path: Path) -> None:
    write_manifest(tmp_path, [ISSUED])
    (tmp_path / "hedge-status.pdf").write_bytes(b"abd")
    with pytest.raises(
        ReportRefused, match=r"is not what was written for session 2031-03-12.*ba7816bf8f01cfea"
    ) as told:
        _said(tmp_path / "hedge-status.pdf", tmp_path)
    assert told.value.exit_code == 3
    assert "condorwatch report --session 2031-03-12" in told.value.hint


def test_a_file_nobody_wrote_is_refused_and_a_missing_one_is_a_usage_error(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pdf"
    stranger.write_bytes(b"abc")
    with pytest.raises(ReportRefused, match="none of the 0 report files this home has written"):
        _said(stranger, tmp_path)
    with pytest.raises(UsageError, match="cannot be read"):
        _said(tmp_path / "nothing.pdf", tmp_path)


def test_a_replaced_issue_is_genuine_and_said_to_be_superseded(tmp_path: Path) -> None:
    write_manifest(tmp_path, [ISSUED])
    write_manifest(tmp_path, [replace(ISSUED, sha256="0" * 64)])
    (tmp_path / "old.pdf").write_bytes(b"abc")
    assert any(line.startswith("Superseded: a newer issue") for line in _said(tmp_path / "old.pdf", tmp_path))
    assert [one.is_current for one in read_manifest(tmp_path)] == [True, False]


def test_the_same_issue_again_is_listed_once(tmp_path: Path) -> None:
    for _ in range(2):
        write_manifest(tmp_path, [ISSUED])
    assert read_manifest(tmp_path) == (ISSUED,)


def test_the_data_hash_is_of_the_rows_and_not_of_their_order(stamp: Stamp) -> None:
    books = MART_BOOK_DAILY.conform(
        pl.DataFrame(
            {"session_date": [stamp.session_date] * 2, "account": ["A", "B"], "net_delta_usd_per_pt": [1.5, -2.0]}
        )
    )
    first = data_hash(ReportInputs(stamp=stamp, book=books))
    assert first == data_hash(ReportInputs(stamp=replace(stamp, account="B"), book=books.reverse()))
    assert first != data_hash(ReportInputs(stamp=stamp, book=books.with_columns(net_delta_usd_per_pt=pl.lit(1.5))))
    assert first != data_hash(ReportInputs(stamp=stamp, previous_book=books))


def test_minus_zero_is_zero_to_the_data_hash(stamp: Stamp) -> None:
    zero, minus_zero = (pl.DataFrame({"account": ["A"], "net_delta_usd_per_pt": [value]}) for value in (0.0, -0.0))
    hashes = {data_hash(ReportInputs(stamp=stamp, book=book)) for book in (zero, minus_zero)}
    assert len(hashes) == 1


@pytest.fixture
def stamp() -> Stamp:
    at = dt.datetime(2031, 3, 12, 20, 15, tzinfo=dt.UTC)
    return Stamp(dt.date(2031, 3, 12), "A", stamped_at=at, quote_at=at, config_hash="", code_version="")
