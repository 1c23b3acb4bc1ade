"""What comes into the raw archive stays, whole and unchanged."""

import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.archive import Archive
from warehouse.errors import ArchiveDamaged, ArchiveUnwritable, NotArchived, SourceVanished

# FIPS 180-2, appendix B.1: SHA-256 of "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_lies_under_the_hash_of_its_content(tmp_path: Path) -> None:
    kept = Archive(tmp_path).put(b"abc", "quotes.csv")
    assert (kept.sha256, kept.size_bytes) == (ABC, 3)
    assert kept.path == tmp_path / "raw" / "ba" / ABC
    assert Archive(tmp_path).open(ABC) == b"abc"


def test_a_path_is_archived_like_its_bytes(tmp_path: Path) -> None:
    source = tmp_path / "quotes.csv"
    source.write_bytes(b"abc")
    assert Archive(tmp_path).put(source, "quotes.csv") == Archive(tmp_path).put(b"abc", "other name.csv")


def test_the_same_content_again_changes_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    before = archive.put(b"abc", "a").path.stat()
    after = archive.put(b"abc", "b").path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [path.name for path in (tmp_path / "raw").rglob("*") if path.is_file()] == [ABC]


def test_an_archived_file_cannot_be_written_by_mistake(tmp_path: Path) -> None:
    assert Archive(tmp_path).put(b"abc", "a").path.stat().st_mode & 0o222 == 0


def test_a_damaged_file_is_noticed_and_healed_by_the_original(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    path = archive.put(b"abc", "a").path
    path.chmod(0o644)
    path.write_bytes(b"abd")
    with pytest.raises(ArchiveDamaged, match="ingest the original file again"):
        archive.open(ABC)
    archive.put(b"abc", "a")
    assert archive.open(ABC) == b"abc"


def test_an_unknown_hash_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotArchived, match=ABC):
        Archive(tmp_path).open(ABC)


def test_a_vanished_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceVanished, match=r"gone\.csv cannot be read: No such file or directory"):
        Archive(tmp_path).put(tmp_path / "gone.csv", "gone.csv")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where the archive should be")
    with pytest.raises(ArchiveUnwritable, match=r"quotes\.csv could not be archived under .*raw"):
        Archive(tmp_path).put(b"abc", "quotes.csv")


def test_a_write_that_runs_out_of_room_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on file size stops the write half way, as a full disk does: setrlimit(2)."""
    script = (
        "import resource, sys; from pathlib import Path; from warehouse.archive import Archive\n"
        "from warehouse.errors import ArchiveUnwritable\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: Archive(Path(sys.argv[1])).put(b'x' * 100_000, 'quotes.csv')\n"
        "except ArchiveUnwritable as error: print(error)"
    )
    command = [sys.executable, "-B", "-c", script, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "quotes.csv could not be archived" in told.stdout
    assert "Hint: free some room" in told.stdout
    assert [path for path in (tmp_path / "raw").rglob("*") if path.is_file()] == []
