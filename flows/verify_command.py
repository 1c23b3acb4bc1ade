"""`condorwatch verify`: is this the report the night wrote, of which session, from which data?"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from flows.errors import ReportRefused, UsageError
from flows.manifest import data_hash, read_manifest
from flows.publish import report_inputs
from transforms.book.positions import ALL_ACCOUNTS
from warehouse.errors import WarehouseError
from warehouse.store import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flows.manifest import IssuedReport
    from flows.settings import Settings


def verify_file(file: Path, settings: Settings, *, echo: Callable[[str], object]) -> None:
    """Say what a report file is.

    Raises:
        UsageError: there is no such file.
        ReportRefused: no night of this home wrote this content.
    """
    try:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror}.", hint="Name a report file.") from problem
    known = tuple(one for folder in _folders(file, settings) for one in read_manifest(folder))
    issued = next((one for one in known if one.sha256 == sha256), None)
    if issued is None:
        raise _refused(file, sha256, known)
    for line in _told(issued, settings):
        echo(line)


def _folders(file: Path, settings: Settings) -> Iterator[Path]:
    """Where a manifest may know the file: beside it, or in any night's folder of this home."""
    yield file.absolute().parent
    yield from sorted((settings.home / "reports").glob("**/"))  # reports as known then lie a folder deeper


def _refused(file: Path, sha256: str, known: tuple[IssuedReport, ...]) -> ReportRefused:
    beside = {one.file: one for one in read_manifest(file.absolute().parent) if one.is_current}
    if written := beside.get(file.name):
        return ReportRefused(
            f"{file} is not what was written for session {written.session_date}: its content has changed "
            f"(SHA-256 {sha256[:16]}…, written was {written.sha256[:16]}…).",
            hint=f"Do not use it; condorwatch report --session {written.session_date} makes it again.",
        )
    return ReportRefused(
        f"{file} is none of the {len(known)} report files this home has written (SHA-256 {sha256[:16]}…): "
        "it was changed, or comes from another home.",
        hint="Do not use it, or name the home it was made in with --home.",
    )


def _told(issued: IssuedReport, settings: Settings) -> Iterator[str]:
    account = "all accounts" if issued.account == ALL_ACCOUNTS else f"account {issued.account}"
    yield f"Genuine: {issued.file}, the hedge status of session {issued.session_date}, {account}: {issued.status}."
    yield f"Data {issued.data_hash}, configuration {issued.config_hash}, condorwatch {issued.code_version}."
    if not issued.is_current:
        yield "Superseded: a newer issue has been written under this name since."
    yield _warehouse_says(issued, settings)


def _warehouse_says(issued: IssuedReport, settings: Settings) -> str:
    """Whether the published warehouse still holds the rows the report was made from."""
    session_date = dt.date.fromisoformat(issued.session_date)
    try:
        with open_reader(settings.home) as reader:
            is_same = data_hash(report_inputs(reader, settings, session_date)) == issued.data_hash
    except (UsageError, WarehouseError):
        return "Data not compared: the session is not in the published warehouse of this home."
    if is_same:
        return "The published warehouse holds the same data."
    return "The published warehouse holds other data for this session now: it was restated since."
