"""A file as its table and what stands around it, whatever it is written in: what mutators work on.

The readers and writers here share no code with flows.sources.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines above a table, its header (empty where there is none), its rows of text, and lines below."""

    header: Row
    rows: tuple[Row, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def at(self, column: str | int) -> int:
        """Where a column stands."""
        return column if isinstance(column, int) else self.header.index(column)

    def with_cell(self, row: int, column: str | int, value: str) -> Sheet:
        """One cell replaced."""
        return self.with_rows([*self.rows[:row], _put(self.rows[row], self.at(column), value), *self.rows[row + 1 :]])

    def with_column(self, column: str | int, values: Sequence[str]) -> Sheet:
        """One column replaced."""
        at = self.at(column)
        return self.with_rows([_put(row, at, value) for row, value in zip(self.rows, values, strict=True)])

    def with_rows(self, rows: Sequence[Row]) -> Sheet:
        """Other rows under the same header."""
        return replace(self, rows=tuple(rows))

    def picked(self, places: Sequence[int]) -> Sheet:
        """These columns, in this order."""
        return replace(
            self,
            header=tuple(self.header[place] for place in places) if self.header else (),
            rows=tuple(tuple(row[place] for place in places) for row in self.rows),
        )


def _put(row: Row, place: int, value: str) -> Row:
    return (*row[:place], value, *row[place + 1 :])


@dataclass(frozen=True, slots=True)
class Codec:
    """How a kind of file is taken apart and put together again; `is_lines` for text of delimited lines."""

    read: Callable[[bytes], Sheet]
    write: Callable[[Sheet], bytes]
    is_lines: bool = False


def delimited(*, above: int = 0, has_header: bool = True, below: int = 0, delimiter: str = ",", **style: int) -> Codec:
    """Comma-separated text with so many lines above its header and below its rows."""

    def read(content: bytes) -> Sheet:
        lines = content.decode().splitlines()
        end = len(lines) - below
        table = [tuple(fields) for fields in csv.reader(lines[above:end], skipinitialspace=True)]
        header, rows = (table[0], table[1:]) if has_header else ((), table)
        return Sheet(header, tuple(rows), tuple(lines[:above]), tuple(lines[end:]))

    def write(sheet: Sheet) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", **style)  # type: ignore[arg-type]
        writer.writerows([sheet.header] if sheet.header else [])
        writer.writerows(sheet.rows)
        parts = [*(f"{line}\n" for line in sheet.above), text.getvalue(), *(f"{line}\n" for line in sheet.below)]
        return "".join(parts).encode()

    return Codec(read, write, is_lines=True)


def _read_page(content: bytes) -> Sheet:
    page = json.loads(content)
    options = page["data"].pop("options")
    header = tuple(options[0])
    return Sheet(
        header, tuple(tuple(json.dumps(option[key]) for key in header) for option in options), (json.dumps(page),)
    )


def _as_json(value: str) -> str:
    """A cell as JSON: what is none becomes a text."""
    try:
        json.loads(value)
    except ValueError:
        return json.dumps(value)
    return value


def _write_page(sheet: Sheet) -> bytes:
    options = (
        "{"
        + ", ".join(f"{json.dumps(key)}: {_as_json(value)}" for key, value in zip(sheet.header, row, strict=False))
        + "}"
        for row in sheet.rows
    )
    page = sheet.above[0]
    return page.replace('"data": {', '"data": {"options": [\n' + ",\n".join(options) + "\n], ", 1).encode()


_ATTRIBUTE: Final = re.compile(r'([A-Za-z]+)="([^"]*)"')


def _read_flex(content: bytes) -> Sheet:
    lines = content.decode().splitlines()
    own = [number for number, line in enumerate(lines) if line.startswith(("<Trade ", "<OpenPosition "))]
    header = tuple(name for name, _ in _ATTRIBUTE.findall(lines[own[0]]))
    rows = tuple(tuple(value for _, value in _ATTRIBUTE.findall(lines[number])) for number in own)
    return Sheet(header, rows, tuple(lines[: own[0]]), tuple(lines[own[-1] + 1 :]))


def _write_flex(sheet: Sheet) -> bytes:
    element = "OpenPosition" if any("OpenPositions" in line for line in sheet.above) else "Trade"
    rows = (
        f"<{element} " + " ".join(f'{name}="{value}"' for name, value in zip(sheet.header, row, strict=False)) + " />"
        for row in sheet.rows
    )
    return ("\n".join([*sheet.above, *rows, *sheet.below]) + "\n").encode()


def _read_parquet(content: bytes) -> Sheet:
    table = pl.read_parquet(io.BytesIO(content))
    return Sheet(tuple(table.columns), tuple(table.cast(pl.String).rows()))


def _write_parquet(sheet: Sheet) -> bytes:
    """All text: a reader may not depend on the types a program happened to give the columns."""
    names = [name if sheet.header.index(name) == at else f"{name}_{at}" for at, name in enumerate(sheet.header)]
    table = pl.DataFrame(sheet.rows, schema=dict.fromkeys(names, pl.String), orient="row")
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


PAGE: Final = Codec(_read_page, _write_page)
FLEX: Final = Codec(_read_flex, _write_flex)
PARQUET: Final = Codec(_read_parquet, _write_parquet)
