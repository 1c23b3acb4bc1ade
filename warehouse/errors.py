# ruff: noqa: N818  an error is named by what happened: DuplicateGrain, not DuplicateGrainError
"""What can go wrong in the warehouse. Every error says what, where and what to do.

WarehouseError
|-- WriterBusy            another process holds the writer's lock
|-- CannotOpen            a database file cannot be opened: in use, damaged, or no leave
|   `-- Damaged           its bytes are not what DuckDB wrote
|-- NotPublished          no published snapshot to read
|-- ReadOnlyQuery         a reader was asked to do more than read
|-- LimitReached          a query took more time, rows or memory than one may
|-- QueryFailed           DuckDB refused a query
|-- WriteFailed           DuckDB could not store something
|   `-- WriteConflict     another writer of a lake changed the same table meanwhile
|-- LakeUnavailable       the warehouse is a lake, and what reads lakes is not installed
|-- UnknownQuery          no shipped query of that name
|-- StageOpen             a stage was begun inside a stage
|-- WrongPartition        a frame holds rows of another partition than the one it replaces
|-- BadRows               rows break the declaration of their table
|   |-- DuplicateGrain    two rows with one key
|   `-- AuditFailed       a missing required value, a NaN, or a declared audit
|-- ArchiveError
|   |-- ArchiveUnwritable no room for the file, or no leave to write it
|   |-- SourceVanished    the file to archive cannot be read
|   |-- NotArchived       no archived file under that hash
|   `-- ArchiveDamaged    the archived bytes are not what was put there
|-- FileRefused           a file of an export is damaged, foreign or of another schema
|-- HomeNotEmpty          an import would mix with rows that are there already
|-- MigrationError        the database and the shipped migrations disagree
`-- RunAlive              another run of the same session is still at work
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    import polars as pl

    from warehouse.tables.types import Table

SAMPLE_ROWS = 5
DAMAGE_HINT = (
    "`condorwatch rebuild --replace` moves it to home/quarantine and makes it again from the snapshot and home/raw."
)
# What DuckDB says of bytes that it has not written, and of such as are missing.
_DAMAGE = ("not a valid DuckDB database", "Corrupt", "checksum", "not read enough bytes", "replaying WAL", "Serializ")
_OUT_OF_REACH = ("No space left", "Permission denied", "Too many open files", "Input/output error", "Read-only file")


def is_damage(reason: str) -> bool:
    """Whether what DuckDB says means that a file is damaged, not that it is in use or out of reach."""
    return any(words in reason for words in _DAMAGE) and not any(words in reason for words in _OUT_OF_REACH)


class WarehouseError(Exception):
    """Something the warehouse refuses, as one sentence, with a hint what to do."""

    hint: str = ""

    @property
    def finding(self) -> str:
        """What was found, and where."""
        return str(self.args[0]) if self.args else type(self).__name__

    def __str__(self) -> str:
        """The finding, then the hint."""
        return f"{self.finding} Hint: {self.hint}" if self.hint else self.finding


@dataclass(eq=False)
class WriterBusy(WarehouseError):
    """Another process is writing to this warehouse."""

    lock_path: Path
    holder: str

    hint = "wait until it has finished, or stop that process; its lock goes with it."

    @property
    def finding(self) -> str:
        """Who holds the lock."""
        return f"The warehouse is being written by {self.holder} ({self.lock_path})."


@dataclass(eq=False)
class CannotOpen(WarehouseError):
    """A database file cannot be opened."""

    path: Path
    reason: str

    hint = "close any program that has it open; see that the disk has room, answers, and gives leave; then run again."

    @property
    def finding(self) -> str:
        """Which file, and what DuckDB said."""
        return f"{self.path} cannot be opened: {self.reason}"


@dataclass(eq=False)
class Damaged(CannotOpen):
    """A database file is there, and is none."""

    hint = DAMAGE_HINT


@dataclass(eq=False)
class NotPublished(WarehouseError):
    """There is no published snapshot yet."""

    path: Path

    hint = "run `condorwatch nightly` first; it publishes the warehouse."

    @property
    def finding(self) -> str:
        """Which file is missing."""
        return f"There is no published warehouse at {self.path}."


@dataclass(eq=False)
class ReadOnlyQuery(WarehouseError):
    """A reader may only read."""

    statement: str

    hint = "ask with one SELECT; files, settings, extensions and other databases are out of reach on purpose."

    @property
    def finding(self) -> str:
        """What was asked for."""
        return f"Only reading is possible here, but the query is {self.statement}."


@dataclass(eq=False)
class LimitReached(WarehouseError):
    """A query took more than one query may."""

    limit: str
    setting: str

    @classmethod
    def of_time(cls, seconds: float) -> LimitReached:
        """It ran too long."""
        return cls(f"more than the {seconds:g} seconds a query may run", "time_limit_seconds")

    @classmethod
    def of_rows(cls, rows_qty: int) -> LimitReached:
        """Its answer is too long."""
        return cls(f"more than the {rows_qty:,} rows an answer may have", "rows_limit_qty")

    @classmethod
    def of_memory(cls, memory_mb: int) -> LimitReached:
        """It, or its answer, is too big."""
        return cls(f"more than the {memory_mb:,} MB of memory a query may use", "memory_limit_mb")

    @property
    def finding(self) -> str:
        """Which limit."""
        return f"The query needs {self.limit}; nothing of its answer is given."

    @property
    def hint(self) -> str:  # type: ignore[override]  # it names the setting
        """How to ask for less, or allow more."""
        return f"ask for one session, fewer columns or a sum; or raise {self.setting} under [sql] in the configuration."


@dataclass(eq=False)
class QueryFailed(WarehouseError):
    """DuckDB could not run a query."""

    reason: str

    @property
    def hint(self) -> str:  # type: ignore[override]  # a damaged file is no fault of the query
        """How to ask, or how to mend the file."""
        tables = "`select schema_name, table_name, comment from duckdb_tables()` lists the tables."
        return DAMAGE_HINT if is_damage(self.reason) else tables

    @property
    def finding(self) -> str:
        """What DuckDB said."""
        return f"The query failed: {self.reason}"


@dataclass(eq=False)
class WriteFailed(WarehouseError):
    """DuckDB could not store something."""

    reason: str

    @property
    def hint(self) -> str:  # type: ignore[override]  # as above
        """What to mend."""
        room = "nothing of this stage is stored; mend the cause (a full disk, most often) and run again."
        return DAMAGE_HINT if is_damage(self.reason) else room

    @property
    def finding(self) -> str:
        """What DuckDB said."""
        return f"The warehouse could not be written: {self.reason}"


@dataclass(eq=False)
class WriteConflict(WriteFailed):
    """Two writers of a lake changed the same table at once, and the other one was faster."""

    hint = "nothing of this stage is stored; run again."

    @property
    def finding(self) -> str:
        """Which stage was undone; `reason` is its name."""
        return f"Another writer changed the lake while {self.reason or 'this'} was written."


@dataclass(eq=False)
class LakeUnavailable(WarehouseError):
    """A lake cannot be opened by this installation."""

    package: str

    hint = "install condorwatch with its extra `lake`, which brings DuckDB 1.5.5: docs/scale.md."

    @property
    def finding(self) -> str:
        """What is missing."""
        return f"The warehouse of this home is a lake, and {self.package} is not installed."


@dataclass(eq=False)
class UnknownQuery(WarehouseError):
    """There is no shipped query of that name."""

    name: str
    known: tuple[str, ...]

    hint = "`condorwatch sql --list` lists them."

    @property
    def finding(self) -> str:
        """Which name, and which there are."""
        return f"There is no query named {self.name}; there are {', '.join(self.known)}."


@dataclass(eq=False)
class StageOpen(WarehouseError):
    """A stage is one transaction; it cannot hold another."""

    name: str
    open_name: str

    hint = "end the open stage before beginning the next; one stage is one transaction."

    @property
    def finding(self) -> str:
        """Which stage was begun inside which."""
        return f"Stage {self.name} was begun inside stage {self.open_name}."


@dataclass(eq=False)
class WrongPartition(WarehouseError):
    """A frame holds rows that do not belong to the partition it replaces."""

    table: Table
    partition: str
    found: tuple[str, ...]

    hint = "a stage writes the rows of its own session only; filter the frame, or replace the whole range."

    @property
    def finding(self) -> str:
        """Which partition was named and which rows came."""
        return (
            f"{self.table.full_name}: rows for {self.table.partition} {self.partition} were announced, "
            f"but the frame also holds {', '.join(self.found)}."
        )


@dataclass(eq=False)
class BadRows(WarehouseError):
    """Rows that break the declaration of their table; nothing was written."""

    table: Table
    count: int
    sample: pl.DataFrame

    @property
    def sample_text(self) -> str:
        """The first bad row by its key, for the message."""
        if self.sample.is_empty():
            return ""
        row = self.sample.row(0, named=True)
        return ", e.g. " + ", ".join(f"{name} {value}" for name, value in row.items())


@dataclass(eq=False)
class DuplicateGrain(BadRows):
    """Several rows claim to be the same one."""

    hint = "was the same file imported under two names, or a join widened? The sample shows the keys."

    @property
    def finding(self) -> str:
        """How many keys repeat, and one of them."""
        keys = ", ".join(self.table.grain)
        return f"{self.table.full_name}: {self.count} keys repeat ({keys}){self.sample_text}."


@dataclass(eq=False)
class AuditFailed(BadRows):
    """Rows break a rule that every row of the table obeys."""

    audit_id: str
    rule: str

    hint = "the rule stands with the table's declaration in warehouse/tables; the sample holds the bad rows."

    @property
    def finding(self) -> str:
        """Which rule, how many rows, and one of them."""
        return f"{self.table.full_name}: {self.count} rows break {self.audit_id} ({self.rule}){self.sample_text}."


class ArchiveError(WarehouseError):
    """The raw archive cannot keep or give a file."""


@dataclass(eq=False)
class ArchiveUnwritable(ArchiveError):
    """A file could not be written to the archive."""

    path: Path
    name: str
    reason: str

    hint = "free some room or give the home folder's owner write access; nothing was loaded, so just run again."

    @property
    def finding(self) -> str:
        """Which file, where, and what the system said."""
        return f"{self.name} could not be archived under {self.path}: {self.reason}."


@dataclass(eq=False)
class SourceVanished(ArchiveError):
    """A file that was to be archived cannot be read."""

    path: Path
    reason: str

    hint = "was it moved or still being written? Put it back and run again."

    @property
    def finding(self) -> str:
        """Which file, and what the system said."""
        return f"{self.path} cannot be read: {self.reason}."


@dataclass(eq=False)
class NotArchived(ArchiveError):
    """The archive holds no file under a hash."""

    sha256: str
    path: Path

    hint = "restore home/raw from its backup; the file's name stands in meta.loads under content_sha256."

    @property
    def finding(self) -> str:
        """Which hash, and where it would lie."""
        return f"The raw archive has no file {self.sha256} ({self.path})."


@dataclass(eq=False)
class ArchiveDamaged(ArchiveError):
    """The archived bytes are not what was put there."""

    sha256: str
    path: Path

    hint = "ingest the original file again (it heals the archive), or restore home/raw from its backup."

    @property
    def finding(self) -> str:
        """Which file."""
        return f"{self.path} no longer has the content {self.sha256}."


@dataclass(eq=False)
class FileRefused(WarehouseError):
    """A file of an export is not what the export wrote."""

    path: Path
    reason: str

    hint = "nothing was taken in. Copy the file again, or export again into an empty folder."

    @property
    def finding(self) -> str:
        """Which file, and what is wrong with it."""
        return f"{self.path} is refused: {self.reason}."


@dataclass(eq=False)
class HomeNotEmpty(WarehouseError):
    """An import goes into an empty warehouse: two histories are never mixed."""

    home: Path
    table: Table
    rows_qty: int

    hint = "nothing was taken in. Name another --home."

    @property
    def finding(self) -> str:
        """Which home, and what it holds."""
        return f"{self.home} is not empty: {self.table.full_name} has {self.rows_qty:,} rows."


@dataclass(eq=False)
class MigrationError(WarehouseError):
    """The database and the migrations of this program disagree."""

    found: str
    hint: str

    @property
    def finding(self) -> str:
        """What disagrees."""
        return self.found


@dataclass(eq=False)
class RunAlive(WarehouseError):
    """A run of the same session is still at work."""

    session_date: date
    holder: str
    lease_until_at: datetime

    hint = "wait for it, or stop that process: a run whose process is gone, or whose lease has passed, is replaced."

    @property
    def finding(self) -> str:
        """Which session, by whom, until when."""
        return (
            f"A run for {self.session_date} is alive: {self.holder}, lease until "
            f"{self.lease_until_at:%Y-%m-%d %H:%M:%S} UTC."
        )
