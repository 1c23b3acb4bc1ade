import io
import stat
import zipfile

import pytest

from flows.sources import archive_members
from flows.sources.archive_members import data_members
from flows.sources.errors import ArchiveUnsafe


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in members:
            archive.writestr(entry, content)
    return buffer.getvalue()


def rule_of(content: bytes) -> str:
    with pytest.raises(ArchiveUnsafe) as caught:
        data_members("download.zip", content)
    assert caught.value.source_file.startswith("download.zip")
    return caught.value.rule_id


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link.csv")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "path", ["/etc/chain.csv", "../chain.csv", "a/../../chain.csv", "..\\chain.csv", "C:/chain.csv"]
)
def test_a_path_outside_the_archive_is_refused(path: str) -> None:
    assert rule_of(zipped((path, b"x"))) == "zip_path"


def test_a_link_is_refused() -> None:
    assert rule_of(zipped((link(), b"/etc/passwd"))) == "zip_symlink"


def test_an_entry_that_unpacks_to_thousands_of_times_its_size_is_refused() -> None:
    assert rule_of(zipped(("zeros.csv", bytes(5_000_000)))) == "zip_ratio"


def test_archives_nested_without_end_are_refused() -> None:
    content = zipped(("chain.csv", b"x"))
    for _ in range(archive_members.MAX_DEPTH):
        content = zipped(("inner.zip", content))

    assert rule_of(content) == "zip_too_deep"


def test_too_many_entries_are_refused() -> None:
    many = [(f"{number}.csv", b"x") for number in range(archive_members.MAX_ENTRIES + 1)]

    assert rule_of(zipped(*many)) == "zip_too_many"


def test_the_size_limit_counts_all_members_together() -> None:
    noise = bytes(range(256)) * 2
    both = zipped(("a.csv", noise), ("b.csv", noise))

    assert len(list(data_members("download.zip", both, max_total_bytes=1024))) == 2
    with pytest.raises(ArchiveUnsafe) as caught:
        data_members("download.zip", both, max_total_bytes=1023)
    assert caught.value.rule_id == "zip_too_large"


def test_a_damaged_archive_is_refused() -> None:
    content = zipped(("chain.csv", b"some text" * 50))

    assert rule_of(content[: len(content) // 2]) == "zip_unreadable"
    assert rule_of(content.replace(b"some", b"s0me")[:30] + bytes(20) + content[50:]) == "zip_unreadable"


def test_an_archive_of_documents_only_holds_no_data() -> None:
    assert rule_of(zipped(("readme.pdf", b"hello"))) == "zip_empty"
