"""Read the one data frame of an R data file (RDX3, gzip): enough of R's serialisation for numbers and names."""

from __future__ import annotations

import datetime as dt
import gzip
import struct
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"RDX3\nX\n"
PAIR_LIST, SYMBOL, CHARS, INTEGERS, DOUBLES, STRINGS, LIST, NOTHING, REFERENCE = 2, 1, 9, 13, 14, 16, 19, 254, 255
HAS_ATTRIBUTES, HAS_TAG = 0x200, 0x400
EPOCH = dt.date(1970, 1, 1)


def data_frame(path: Path) -> pl.DataFrame:
    """The frame's numeric columns by name; `Date` counts days since 1970."""
    content = gzip.decompress(path.read_bytes())
    assert content.startswith(HEADER)
    reader = _Reader(content, len(HEADER) + 12)
    reader.skip(reader.integer())  # the encoding's name
    ((_, (columns, attributes)),) = reader.item()
    plain = [column[0] if isinstance(column, tuple) else column for column in columns]
    frame = pl.DataFrame(dict(zip(attributes["names"], plain, strict=True)))
    days = [EPOCH + dt.timedelta(days=int(day)) for day in frame["Date"]]
    return frame.with_columns(date=pl.Series(days))


class _Reader:
    def __init__(self, content: bytes, position: int) -> None:
        self.content, self.position = content, position
        self.symbols: list[Any] = []

    def skip(self, size: int) -> bytes:
        self.position += size
        return self.content[self.position - size : self.position]

    def integer(self) -> int:
        (number,) = struct.unpack(">i", self.skip(4))
        return int(number)

    def item(self) -> Any:  # noqa: ANN401 - whatever R wrote
        flags = self.integer()
        kind = flags & 255
        if kind == NOTHING:
            return None
        if kind == REFERENCE:
            return self.symbols[(flags >> 8) - 1]
        if kind == SYMBOL:
            self.symbols.append(self.item())
            return self.symbols[-1]
        if kind == CHARS:
            size = self.integer()
            return self.skip(size).decode() if size >= 0 else None
        if kind == PAIR_LIST:
            return self._pairs(flags)
        values = self._values(kind)
        return (values, dict(self.item())) if flags & HAS_ATTRIBUTES else values

    def _pairs(self, flags: int) -> list[tuple[Any, Any]]:
        found = []
        while flags & 255 == PAIR_LIST:
            if flags & HAS_ATTRIBUTES:
                self.item()
            tag = self.item() if flags & HAS_TAG else None
            found.append((tag, self.item()))
            flags = self.integer()
        return found

    def _values(self, kind: int) -> list[Any]:
        size = self.integer()
        if kind in {STRINGS, LIST}:
            return [self.item() for _ in range(size)]
        width, letter = {INTEGERS: (4, "i"), DOUBLES: (8, "d")}[kind]
        return list(struct.unpack(f">{size}{letter}", self.skip(width * size)))
