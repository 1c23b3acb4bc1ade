"""A gzip stream, unpacked in steps: what a gzip says about its size is not believed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_IN_BYTES, _OUT_BYTES = 2**16, 2**20
_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class GzipStep:
    """How far a stream was unpacked: bytes read, bytes made, and how what was made begins."""

    read_bytes: int
    made_bytes: int
    head: bytes

    @property
    def ratio(self) -> int:
        """How many bytes came of one."""
        return self.made_bytes // max(self.read_bytes, 1)


def survey_gzip(content: bytes) -> Iterator[GzipStep]:
    """Unpack step by step and forget: memory stays at one step, and whoever looks may stop.

    Raises:
        EOFError: the stream is cut short.
        zlib.error: it is damaged.
    """
    made, head = 0, b""
    for read, chunk in _chunks(content):
        made += len(chunk)
        head = head if len(head) >= _HEAD_BYTES else (head + chunk)[:_HEAD_BYTES]
        yield GzipStep(read, made, head)


def read_gzip(content: bytes) -> bytes:
    """Unpack a stream that was surveyed.

    Raises:
        EOFError: the stream is cut short.
        zlib.error: it is damaged.
    """
    return b"".join(chunk for _, chunk in _chunks(content))


def _chunks(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Bytes read so far and the next bytes made, of all streams one behind the other; zeros at the end are filling."""
    view, position = memoryview(content), 0
    while position < len(view) and (position == 0 or any(view[position : position + _IN_BYTES])):
        unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
        pending: bytes | memoryview = b""
        while not unpacker.eof:
            if not pending:
                pending = view[position : position + _IN_BYTES]
                position += len(pending)
            chunk = unpacker.decompress(pending, _OUT_BYTES)
            if not chunk and not pending and not unpacker.eof:
                raise EOFError("the stream is cut short")
            yield position - len(unpacker.unused_data), chunk
            pending = unpacker.unconsumed_tail
        position -= len(unpacker.unused_data)
