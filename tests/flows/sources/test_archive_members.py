"""Archives a vendor would send, and those nobody should open."""

import gzip
import hashlib
import io
import stat
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest

from flows.sources.archive_members import MAX_DEPTH, MAX_ENTRIES, Member, data_members
from flows.sources.errors import ArchiveUnsafe, FileRefused
from flows.sources.recognise import parse

MEGABYTE = 2**20
NOISE = hashlib.shake_128(b"noise").digest(MEGABYTE)
SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
CHAIN = (
    f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}\n"
    "Fri Mar 15 2024,SPX240315C05000000,60.5,1.5,60.1,60.9,12,0.1301,0.5102,0.0021,340,5000.00,"
    "SPX240315P05000000,55,-2,54.6,55.4,7,0.1295,-0.4898,0.0021,410\n"
).encode()


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for entry, content in members:
            archive.writestr(entry, content)
    return buffer.getvalue()


def refusal(content: bytes, name: str = "download.zip") -> ArchiveUnsafe:
    with pytest.raises(ArchiveUnsafe) as caught:
        list(data_members(name, content))
    assert caught.value.source_file.startswith(name)
    assert caught.value.hint
    return caught.value


def rule_of(content: bytes, name: str = "download.zip") -> str:
    return refusal(content, name).rule_id


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


def test_a_method_whose_unpacker_could_take_any_memory_is_refused() -> None:
    assert rule_of(zipped(("chain.csv", CHAIN), method=zipfile.ZIP_LZMA)) == "zip_method"


def test_an_entry_that_unpacks_to_thousands_of_times_its_size_is_refused() -> None:
    assert rule_of(zipped(("zeros.csv", bytes(5_000_000)))) == "zip_ratio"


def test_a_stream_that_unpacks_to_thousands_of_times_its_size_is_refused() -> None:
    assert rule_of(gzip.compress(bytes(5_000_000)), "zeros.csv.gz") == "gzip_ratio"


@pytest.mark.parametrize("pack", [lambda content: zipped(("inner.zip", content)), gzip.compress], ids=["zip", "gzip"])
def test_archives_nested_without_end_are_refused(pack: Callable[[bytes], bytes]) -> None:
    content = zipped(("chain.csv", b"x"))
    for _ in range(MAX_DEPTH):
        content = pack(content)

    assert rule_of(content) == "zip_too_deep"
    assert rule_of(pack(content)) in {"zip_too_deep", "gzip_too_deep"}


def test_too_many_entries_are_refused() -> None:
    many = [(f"{number}.csv", b"x") for number in range(MAX_ENTRIES + 1)]

    assert rule_of(zipped(*many)) == "zip_too_many"


def test_a_directory_of_a_million_folders_is_refused_before_it_is_read() -> None:
    record = b"PK\x01\x02" + bytes(42)

    assert rule_of(b"PK\x03\x04" + record * 1_000_000) == "zip_too_many"


def test_the_size_limit_counts_all_members_together() -> None:
    noise = bytes(range(256)) * 2
    both = zipped(("a.csv", noise), ("b.csv.gz", gzip.compress(noise)))
    limit = 512 + len(gzip.compress(noise)) + 512

    assert len(list(data_members("download.zip", both, max_total_bytes=limit))) == 2
    with pytest.raises(ArchiveUnsafe) as caught:
        data_members("download.zip", both, max_total_bytes=limit - 1)
    assert caught.value.rule_id == "gzip_too_large"


def test_a_damaged_archive_is_refused() -> None:
    content = zipped(("chain.csv", b"some text" * 50))

    assert rule_of(content[: len(content) // 2]) == "zip_unreadable"
    assert rule_of(content.replace(b"some", b"s0me")[:30] + bytes(20) + content[50:]) == "zip_unreadable"


def test_a_damaged_stream_is_refused() -> None:
    content = gzip.compress(CHAIN)

    assert rule_of(content[:-12], "chain.csv.gz") == "gzip_unreadable"
    assert rule_of(content[:20] + bytes(8) + content[28:], "chain.csv.gz") == "gzip_unreadable"
    assert rule_of(content + b"more", "chain.csv.gz") == "gzip_unreadable"


def test_a_stream_of_a_tar_is_named_as_such() -> None:
    tar = bytes(257) + b"ustar" + bytes(250)

    assert rule_of(gzip.compress(tar), "chains.tar.gz") == "gzip_tar"


def test_an_archive_of_documents_only_holds_no_data() -> None:
    assert rule_of(zipped(("readme.pdf", b"hello"))) == "zip_empty"


PACKED = {
    "gzip": (gzip.compress(CHAIN), "chain.csv"),
    "two streams one behind the other": (gzip.compress(CHAIN[:100]) + gzip.compress(CHAIN[100:]), "chain.csv"),
    "filled up with zeros": (gzip.compress(CHAIN) + bytes(1000), "chain.csv"),
    "zip": (zipped(("a/chain.csv", CHAIN)), "a/chain.csv"),
    "stored": (zipped(("chain.csv", CHAIN), method=zipfile.ZIP_STORED), "chain.csv"),
    "gzip in zip": (zipped(("a/chain.csv.gz", gzip.compress(CHAIN))), "a/chain.csv.gz/chain.csv"),
    "zip in gzip": (gzip.compress(zipped(("a/chain.csv", CHAIN))), "chain.csv/a/chain.csv"),
    "zip in zip": (zipped(("x.zip", zipped(("chain.csv", CHAIN)))), "x.zip/chain.csv"),
    "gzip in gzip": (gzip.compress(gzip.compress(CHAIN)), "chain.csv/chain.csv"),
}


@pytest.mark.parametrize(("content", "path"), PACKED.values(), ids=PACKED.keys())
def test_what_is_packed_comes_out_under_its_path(content: bytes, path: str) -> None:
    assert list(data_members("chain.csv.gz", content)) == [Member(path, CHAIN)]


def test_a_stream_of_many_steps_comes_out_whole() -> None:
    text = b"".join(f"{number * 7919 % 104_729},{number}\n".encode() for number in range(100_000))

    assert list(data_members("n.csv.gz", gzip.compress(text))) == [Member("n.csv", text)]


def test_notes_beside_the_data_are_passed_over_and_texts_that_are_data_are_read() -> None:
    loads = parse("order.zip", zipped(("readme.txt", b"Thank you."), ("terms.pdf", b"%PDF"), ("chain.txt", CHAIN)))

    assert [load.member_name for load in loads] == ["chain.txt"]
    with pytest.raises(FileRefused) as caught:
        parse("order.zip", zipped(("readme.txt", b"Thank you.")))
    assert (caught.value.source_file, caught.value.rule_id) == ("order.zip", "unknown_format")


def test_a_stranger_among_the_members_refuses_the_archive() -> None:
    with pytest.raises(FileRefused) as caught:
        parse("order.zip", zipped(("chain.csv", CHAIN), ("report.csv", b"a,b\n1,2\n")))

    assert (caught.value.source_file, caught.value.rule_id) == ("order.zip/report.csv", "unknown_format")


def squeezed(size_bytes: int) -> bytes:
    """A gzip stream that stays just below the allowed ratio: blocks of some noise and many zeros."""
    block = (NOISE[: MEGABYTE // 150] + bytes(MEGABYTE))[:MEGABYTE]
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(block) for _ in range(size_bytes // MEGABYTE)), packer.flush()])


def lying(content: bytes) -> bytes:
    """The zip's one entry declared to be of one byte: in the record before the data and in the directory."""
    for magic, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(magic)
        content = content[: start + at] + b"\x01\x00\x00\x00" + content[start + at + 4 :]
    return content


def often(name: str, content: bytes, count: int) -> bytes:
    """An archive that holds one archive many times."""
    return zipped(*((f"{number}-{name}", content) for number in range(count)), method=zipfile.ZIP_STORED)


ZEROS = bytes(40 * MEGABYTE)
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "zeros by gzip": (lambda: gzip.compress(ZEROS, 1), "gzip_ratio"),
    "zeros by zip": (lambda: zipped(("zeros.csv", ZEROS)), "zip_ratio"),
    "zeros that declare one byte": (lambda: lying(zipped(("zeros.csv", ZEROS))), "zip_unreadable"),
    "a zip of zips of zeros": (lambda: often("zeros.zip", zipped(("zeros.csv", ZEROS)), 100), "zip_ratio"),
    "a zip of streams of zeros": (lambda: often("zeros.gz", gzip.compress(ZEROS, 1), 20), "gzip_ratio"),
    "a zip of streams below the ratio": (lambda: often("some.gz", squeezed(len(ZEROS)), 14), "gzip_too_large"),
    "a zip of zips of streams below the ratio": (
        lambda: often("some.zip", often("some.gz", squeezed(len(ZEROS)), 2), 7),
        "gzip_too_large",
    ),
    "an archive too big to be held in an archive": (
        lambda: zipped(("inner.zip", zipped(("noise.csv", b"0123456789abcdef" * (MEGABYTE * 33 // 16)), method=0))),
        "zip_ratio",
    ),
}


@pytest.mark.parametrize(("make", "rule"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_below_a_hundred_megabytes_and_two_seconds(make: Callable[[], bytes], rule: str) -> None:
    content = make()
    assert len(content) < 8 * MEGABYTE
    tracemalloc.start()
    started = time.perf_counter()
    try:
        assert rule_of(content) == rule
        seconds, (_, peak_bytes) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert seconds < 2
    assert peak_bytes < 100 * MEGABYTE


def test_a_stream_is_surveyed_in_the_memory_of_one_step() -> None:
    content = squeezed(60 * MEGABYTE)
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveUnsafe):
            data_members("chain.csv.gz", content, max_total_bytes=59 * MEGABYTE)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 8 * MEGABYTE


def test_an_archive_in_an_archive_is_held_only_up_to_a_size() -> None:
    inner = zipped(*((f"{number}.csv", NOISE) for number in range(33)), method=zipfile.ZIP_STORED)

    assert rule_of(zipped(("inner.zip", inner), method=zipfile.ZIP_STORED)) == "zip_too_large"
