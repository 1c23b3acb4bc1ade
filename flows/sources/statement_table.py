"""A statement that is a table: its header found by its names, its lines split strictly and read by name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.sources.header_signatures import is_near, require_known
from flows.sources.statement import Place
from flows.sources.text_file import split_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.sources.header_signatures import Signature
    from flows.sources.text_file import TextFile


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table, its fields by lower-case column name; a column the version does not have is empty."""

    source_line: int
    text: str
    fields: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The field of a column."""
        return self.fields.get(column, "")


@dataclass(frozen=True, slots=True)
class StatementTable:
    """A table within a file: its version, and the index of its header line among the file's lines."""

    version: Signature
    header_index: int
    columns: tuple[str, ...]


def header_index(file: TextFile, known: Sequence[Signature]) -> int | None:
    """Where the header stands among the first lines: the first line near a known version; none without one."""
    return next((index for index, line in file.head if is_near(_names(line), known)), None)


def read_header(file: TextFile, known: Sequence[Signature]) -> StatementTable:
    """The table of a file that has one.

    Raises:
        HeaderNotUnderstood: `header_unknown`, naming the nearest version and the columns that differ.
    """
    index = header_index(file, known)
    at = file.head[0][0] if index is None else index
    columns = _names(file.lines[at])
    return StatementTable(require_known(file, at, columns, known), at, columns)


def table_lines(file: TextFile, table: StatementTable) -> Iterator[TableLine]:
    """The lines below a header, blank ones passed over.

    Raises:
        ContentRefused: `unreadable` quotation marks, `field_count`, or `truncated`: the last line breaks off.
    """
    width = len(table.columns)
    filled = [
        (number, text)
        for number, text in enumerate(file.lines[table.header_index + 1 :], table.header_index + 2)
        if text.strip(' ,"\t')
    ]
    for number, text in filled:
        fields = strict_fields(Place(file, number), text)
        if (len(fields) != width and any(fields[width:])) or len(fields) < width:
            is_last = number == filled[-1][0] and not file.ends_with_newline
            raise Place(file, number).refusal(
                "truncated" if is_last else "field_count",
                f"The line has {len(fields)} fields where the header has {width}.",
                hint="export the statement again",
            )
        yield TableLine(number, text, dict(zip(table.columns, fields, strict=False)))


def _names(line: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in split_fields(line))


def strict_fields(place: Place, text: str) -> list[str]:
    """The fields of a line, quotes taken off.

    Raises:
        ContentRefused: `unreadable` quotation marks.
    """
    try:
        return [field.strip() for field in next(csv.reader([text], strict=True))]
    except (csv.Error, StopIteration) as error:
        reason = "The line cannot be split into fields."
        raise place.refusal("unreadable", reason, hint="look for a stray quotation mark") from error
