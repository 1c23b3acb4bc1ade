"""The raw archive: every file ever taken in, under the hash of its content, never changed.

A file lies at `home/raw/<first two hex digits>/<sha256>`. Its names stand in meta.loads, for one content may come under
several. A file is written beside, synced and renamed, so an archived file is whole or not there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.errors import ArchiveDamaged, ArchiveUnwritable, NotArchived, SourceVanished
from warehouse.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """Where a content lies in the archive."""

    sha256: str
    path: Path
    size_bytes: int


def sha256_of(content: bytes) -> str:
    """SHA-256 of a content, as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


class Archive:
    """The raw archive of one home folder."""

    def __init__(self, home: Path) -> None:
        """Open the archive; its folder is made when the first file comes."""
        self.root = home / "raw"

    def path_of(self, sha256: str) -> Path:
        """Where the content with this hash lies, or would lie."""
        return self.root / sha256[:2] / sha256

    def put(self, source: Path | bytes, name: str) -> ArchivedFile:
        """Keep a file for ever. The same content a second time changes nothing; a damaged copy is healed.

        Raises:
            SourceVanished: the file cannot be read.
            ArchiveUnwritable: the archive cannot be written.
            ArchiveDamaged: what was written does not read back.
        """
        content = source if isinstance(source, bytes) else _read_source(source)
        sha256 = sha256_of(content)
        path = self.path_of(sha256)
        if not _holds(path, sha256):
            try:
                write_whole(path, content, what="archive", mode=READ_ONLY)
            except OSError as error:
                raise ArchiveUnwritable(self.root, name, error.strerror or str(error)) from error
            if not _holds(path, sha256):
                raise ArchiveDamaged(sha256, path)
        return ArchivedFile(sha256, path, len(content))

    def open(self, sha256: str) -> bytes:
        """The content with this hash, verified.

        Raises:
            NotArchived: there is no such file.
            ArchiveDamaged: its bytes have changed.
        """
        path = self.path_of(sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise NotArchived(sha256, path) from error
        except OSError as error:
            raise ArchiveDamaged(sha256, path) from error
        if sha256_of(content) != sha256:
            raise ArchiveDamaged(sha256, path)
        return content


def _read_source(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceVanished(path, error.strerror or str(error)) from error


def _holds(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path.read_bytes()) == sha256
    except OSError:
        return False
