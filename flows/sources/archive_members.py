"""The files inside a zip, archives in archives too, opened with limits, so that no download fills the disk."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from flows.sources.errors import ArchiveUnsafe, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
MAX_ENTRIES = 500
MAX_TOTAL_BYTES = 512 * 2**20
MAX_RATIO = 200  # a real chain compresses 5 to 30 times
MAX_DEPTH = 3
# What vendors put beside their data; never read.
DOCUMENT_SUFFIXES = frozenset({".txt", ".pdf", ".md", ".html", ".htm", ".docx"})
_ENCRYPTED = 0x1
_UNIX_MODE_SHIFT = 16
_ASK_AGAIN = "fetch the archive again, or unpack it by hand and look"


@dataclass(slots=True)
class _Budget:
    """How much may still be unpacked."""

    size_bytes: int
    entries: int = MAX_ENTRIES


@dataclass(frozen=True, slots=True)
class Member:
    """One data file inside an archive: its path there, nested archives as folders."""

    path: str
    content: bytes


def data_members(name: str, content: bytes, *, max_total_bytes: int = MAX_TOTAL_BYTES) -> list[Member]:
    """The data files of a zip, in the archive's order; documents and folders are left out.

    Raises:
        ArchiveUnsafe: `zip_unreadable`, `zip_encrypted`, `zip_path`, `zip_symlink`, `zip_too_large`, `zip_ratio`,
            `zip_too_many`, `zip_too_deep`, `zip_empty`.
    """
    members = list(_members(name, content, _Budget(max_total_bytes), depth=1))
    if not members:
        raise ArchiveUnsafe(name, Finding("zip_empty", "The archive holds no data file.", _ASK_AGAIN))
    return members


def _members(name: str, content: bytes, budget: _Budget, *, depth: int) -> Iterator[Member]:
    if depth > MAX_DEPTH:
        raise ArchiveUnsafe(name, Finding("zip_too_deep", f"Archives lie {depth} deep in each other.", _ASK_AGAIN))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.is_dir() or PurePosixPath(entry.filename).suffix.lower() in DOCUMENT_SUFFIXES:
                    continue
                inner = _read_entry(name, archive, entry, budget)
                if not inner.startswith(ZIP_MAGIC):
                    yield Member(entry.filename, inner)
                    continue
                for member in _members(f"{name}/{entry.filename}", inner, budget, depth=depth + 1):
                    yield Member(f"{entry.filename}/{member.path}", member.content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        finding = Finding("zip_unreadable", f"The archive cannot be unpacked: {error}.", _ASK_AGAIN)
        raise ArchiveUnsafe(name, finding) from error


def _read_entry(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """One entry's bytes, if it is safe; what it declares about its size is not believed."""
    budget.entries -= 1
    finding = _unsafe(entry, budget)
    if finding is not None:
        raise ArchiveUnsafe(name, finding)
    with archive.open(entry) as stream:
        content = stream.read(budget.size_bytes + 1)
    budget.size_bytes -= len(content)
    if budget.size_bytes < 0:
        raise ArchiveUnsafe(name, _too_large())
    return content


def _unsafe(entry: zipfile.ZipInfo, budget: _Budget) -> Finding | None:
    """What is unsafe about an entry, by its directory record; None when nothing is."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    ratio = entry.file_size // max(entry.compress_size, 1)
    named = f"The entry '{entry.filename}'"
    findings = (
        (
            path.is_absolute() or ".." in path.parts or ":" in path.parts[0],
            Finding("zip_path", f"{named} names a path outside the archive.", _ASK_AGAIN),
        ),
        (
            stat.S_ISLNK(entry.external_attr >> _UNIX_MODE_SHIFT),
            Finding("zip_symlink", f"{named} is a link.", _ASK_AGAIN),
        ),
        (
            bool(entry.flag_bits & _ENCRYPTED),
            Finding("zip_encrypted", f"{named} is encrypted.", "unpack it with its password"),
        ),
        (
            budget.entries < 0,
            Finding("zip_too_many", f"The archive holds more than {MAX_ENTRIES} files.", _ASK_AGAIN),
        ),
        (entry.file_size > budget.size_bytes, _too_large()),
        (ratio > MAX_RATIO, Finding("zip_ratio", f"{named} unpacks to {ratio} times its size.", _ASK_AGAIN)),
    )
    return next((finding for is_found, finding in findings if is_found), None)


def _too_large() -> Finding:
    return Finding("zip_too_large", "The archive unpacks to more than is allowed.", "split it into smaller ones")
