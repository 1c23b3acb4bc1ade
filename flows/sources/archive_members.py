"""The files inside a zip or gzip, archives in archives too, opened with limits, so that no download fills the disk.

Nothing is written: members are read in memory, one at a time. First the whole archive is surveyed: sizes declared in
zip directories are added up, gzip streams and archives inside archives are unpacked and forgotten. Only an archive that
passed is read, so a bomb is refused before it has cost anything.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from flows.sources.errors import ArchiveUnsafe, Finding
from flows.sources.gzip_stream import GZIP_MAGIC, GzipStep, read_gzip, survey_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
ARCHIVE_MAGIC = (*ZIP_MAGIC, GZIP_MAGIC)
MAX_ENTRIES = 500
MAX_TOTAL_BYTES = 512 * 2**20
MAX_NESTED_BYTES = 32 * 2**20  # an archive inside an archive has to be held to be looked into
MAX_RATIO = 200  # a real chain compresses 5 to 30 times
MAX_DEPTH = 3
# What vendors put beside their data; never read. Texts are looked into: OptionsDX writes its data as .txt.
DOCUMENT_SUFFIXES = frozenset({".pdf", ".html", ".htm", ".docx"})
_DIRECTORY_RECORD = b"PK\x01\x02"
_MAX_RECORDS = 20 * MAX_ENTRIES  # folders and documents beside the data; the directory is read whole
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_UNIX_MODE_SHIFT = 16
_MAGIC_BYTES = 4
_SMALL_BYTES = 2**20  # a stream that makes less than this may do so out of anything
_TAR_AT, _TAR_MAGIC = 257, b"ustar"
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


def first_bytes(path: Path, size: int) -> bytes:
    """The beginning of a file, or of the first data file in it where it is an archive; empty where it has none.

    Nothing is judged: what is wrong with an archive, `data_members` says.
    """
    with path.open("rb") as file:
        beginning = file.read(size)
    try:
        if beginning.startswith(GZIP_MAGIC):
            return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(beginning, size)
        if beginning.startswith(ZIP_MAGIC):
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist()[:MAX_ENTRIES]:
                    if not entry.is_dir() and PurePosixPath(entry.filename).suffix not in DOCUMENT_SUFFIXES:
                        with archive.open(entry) as member:
                            return member.read(size)
            return b""
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, zipfile.BadZipFile):
        return b""
    return beginning


def data_members(name: str, content: bytes, *, max_total_bytes: int = MAX_TOTAL_BYTES) -> Iterator[Member]:
    """The data files of an archive, in its order, one at a time; documents and folders are left out.

    Raises:
        ArchiveUnsafe: `zip_unreadable`, `zip_encrypted`, `zip_method`, `zip_path`, `zip_symlink`, `zip_too_large`,
            `zip_ratio`, `zip_too_many`, `zip_too_deep`, `zip_empty`, and of gzip `gzip_unreadable`, `gzip_tar`,
            `gzip_too_large`, `gzip_ratio`, `gzip_too_deep`.
    """
    budget = _Budget(max_total_bytes)
    _survey(name, content, budget, depth=1)
    if budget.entries == MAX_ENTRIES:
        raise ArchiveUnsafe(name, Finding("zip_empty", "The archive holds no data file.", _ASK_AGAIN))
    return _members(name, content)


def _survey(name: str, content: bytes, budget: _Budget, *, depth: int) -> None:
    """Walk the whole archive without keeping what it holds.

    Raises:
        ArchiveUnsafe: it breaks one of the limits.
    """
    kind = "gzip" if content.startswith(GZIP_MAGIC) else "zip"
    if depth > MAX_DEPTH:
        raise _unsafe(name, f"{kind}_too_deep", f"Archives lie {depth} deep in each other.")
    if kind == "gzip":
        _survey_gzip(name, content, budget, depth=depth)
    else:
        _survey_zip(name, content, budget, depth=depth)


def _survey_gzip(name: str, content: bytes, budget: _Budget, *, depth: int) -> None:
    step = GzipStep(0, 0, b"")
    with _refusing_damage(name, "gzip"):
        for step in survey_gzip(content):
            if step.made_bytes > _SMALL_BYTES and step.ratio > MAX_RATIO:
                raise _unsafe(name, "gzip_ratio", f"The file unpacks to more than {MAX_RATIO} times its size.")
            if step.made_bytes > budget.size_bytes:
                raise _too_large(name, "gzip")
    if step.head[_TAR_AT:].startswith(_TAR_MAGIC):
        raise _unsafe(
            name, "gzip_tar", "The file holds a tar archive, which is not read.", "unpack it, or zip its files"
        )
    if step.head.startswith(ARCHIVE_MAGIC):
        if step.made_bytes > MAX_NESTED_BYTES:
            raise _too_large(name, "gzip")
        budget.size_bytes -= step.made_bytes
        _survey(_inner_name(name), read_gzip(content), budget, depth=depth + 1)
        return
    budget.size_bytes -= step.made_bytes
    _count_entry(name, "gzip", budget)


def _survey_zip(name: str, content: bytes, budget: _Budget, *, depth: int) -> None:
    if content.count(_DIRECTORY_RECORD) > _MAX_RECORDS:
        raise _too_many(name)
    with _refusing_damage(name, "zip"), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in entries:
            _refuse_unsafe_entry(name, entry)
        data = [entry for entry in entries if not _is_document(entry)]
        # What all entries declare is added up before one is unpacked; none is read beyond what it declares.
        budget.size_bytes -= sum(entry.file_size for entry in data)
        if budget.size_bytes < 0:
            raise _too_large(name, "zip")
        for entry in data:
            _count_entry(name, "zip", budget)
            with archive.open(entry) as stream:
                is_archive = stream.read(_MAGIC_BYTES).startswith(ARCHIVE_MAGIC)
            if is_archive:
                if entry.file_size > MAX_NESTED_BYTES:
                    raise _too_large(f"{name}/{entry.filename}", "zip")
                _survey(f"{name}/{entry.filename}", archive.read(entry), budget, depth=depth + 1)


def _members(name: str, content: bytes) -> Iterator[Member]:
    """Unpack what was surveyed."""
    if content.startswith(GZIP_MAGIC):
        with _refusing_damage(name, "gzip"):
            inner = read_gzip(content)
        yield from _opened(name, _inner_name(name).rsplit("/", 1)[-1], inner)
        return
    with _refusing_damage(name, "zip"), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and not _is_document(entry):
                yield from _opened(f"{name}/{entry.filename}", entry.filename, archive.read(entry))


def _opened(name: str, path: str, content: bytes) -> Iterator[Member]:
    """A member, or what it holds where it is an archive itself."""
    if not content.startswith(ARCHIVE_MAGIC):
        yield Member(path, content)
        return
    for member in _members(name, content):
        yield Member(f"{path}/{member.path}", member.content)


def _inner_name(name: str) -> str:
    """What a gzip's content is called: the name without `.gz`."""
    return f"{name}/{PurePosixPath(name).name.removesuffix('.gz')}"


@contextmanager
def _refusing_damage(name: str, kind: str) -> Iterator[None]:
    """Turn what the unpacking libraries raise into a refusal."""
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise _unsafe(name, f"{kind}_unreadable", f"The archive cannot be unpacked: {error}.") from error


def _is_document(entry: zipfile.ZipInfo) -> bool:
    return PurePosixPath(entry.filename).suffix.lower() in DOCUMENT_SUFFIXES


def _refuse_unsafe_entry(name: str, entry: zipfile.ZipInfo) -> None:
    """Refuse by the directory record.

    Raises:
        ArchiveUnsafe: `zip_path`, `zip_symlink`, `zip_encrypted`, `zip_method`, `zip_ratio`.
    """
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    ratio = entry.file_size // max(entry.compress_size, 1)
    named = f"The entry '{entry.filename}'"
    if path.is_absolute() or ".." in path.parts or not path.parts or ":" in path.parts[0]:
        raise _unsafe(name, "zip_path", f"{named} names a path outside the archive.")
    if stat.S_ISLNK(entry.external_attr >> _UNIX_MODE_SHIFT):
        raise _unsafe(name, "zip_symlink", f"{named} is a link.")
    if entry.flag_bits & _ENCRYPTED:
        raise _unsafe(name, "zip_encrypted", f"{named} is encrypted.", "unpack it with its password")
    if entry.compress_type not in _METHODS:
        raise _unsafe(name, "zip_method", f"{named} is packed by a method that is not read.", "zip it again, as usual")
    if ratio > MAX_RATIO:
        raise _unsafe(name, "zip_ratio", f"{named} unpacks to {ratio} times its size.")


def _count_entry(name: str, kind: str, budget: _Budget) -> None:
    budget.entries -= 1
    if budget.entries < 0:
        raise _too_many(name, kind)


def _too_many(name: str, kind: str = "zip") -> ArchiveUnsafe:
    return _unsafe(name, f"{kind}_too_many", f"The archive holds more than {MAX_ENTRIES} files.")


def _too_large(name: str, kind: str) -> ArchiveUnsafe:
    return _unsafe(
        name, f"{kind}_too_large", "The archive unpacks to more than is allowed.", "split it into smaller ones"
    )


def _unsafe(name: str, rule_id: str, reason: str, hint: str = _ASK_AGAIN) -> ArchiveUnsafe:
    return ArchiveUnsafe(name, Finding(rule_id, reason, hint))
