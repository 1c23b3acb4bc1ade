"""A delimited text file as lines and fields, each row with the line it stands on."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from flows.sources.errors import ContentRefused, Finding, FormatUnknown

SIMULATED_MARK = "# SIMULATED"
_BLANK = ' ,"\t\r;'
# What no text that is read holds, and what makes one line of two: a carriage return that ends no line.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_BYTES = bytes(code for code in range(0x80) if _CONTROL.match(chr(code)))
_LONE_RETURN = re.compile(r"\r(?![\r\n]|\Z)")


@dataclass(frozen=True)
class SourceFile:
    """A file as received, with the name it came under.

    `series_hint` is what the configuration says the file holds. `row_word` is what `source_line` counts: the lines of a
    text, the contracts of a JSON list, the rows of a table; the program's sentences use it.
    """

    name: str
    content: bytes
    is_simulated: bool = False
    series_hint: str | None = None
    row_word: str = "line"

    @property
    def file_name(self) -> str:
        """The name without folders or archive members before it."""
        return self.name.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class TextFile(SourceFile):
    """A text file as received: its lines without line ends (line 1 is `lines[0]`).

    A first line `# SIMULATED ...` marks what the simulated market made; it is blanked, and lines keep their numbers.
    """

    lines: tuple[str, ...]
    ends_with_newline: bool = True

    @cached_property
    def head(self) -> tuple[tuple[int, str], ...]:
        """The first dozen lines that are not blank, each with its index into `lines`."""
        filled = ((index, line) for index, line in enumerate(self.lines) if line.strip(_BLANK))
        return tuple(pair for pair, _ in zip(filled, range(12), strict=False))


def read_text(name: str, content: bytes, *, series_hint: str | None = None) -> TextFile:
    """Decode a file's bytes into lines.

    Raises:
        FormatUnknown: the bytes are not UTF-8 text (`unknown_format`), hold what is no text (`control_character`),
            have the line ends of another system (`line_ends`), or there is no text at all.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"The file is not UTF-8 text: byte 0x{content[error.start]:02x} on line {line}."
        raise FormatUnknown(
            name, Finding("unknown_format", reason, "save it again as UTF-8 text", source_line=line)
        ) from error
    if not text.strip(_BLANK + "\n"):
        raise FormatUnknown(name, Finding("unknown_format", "The file holds no text.", "was the download complete?"))
    _refuse_what_is_no_text(name, text, content)
    lines = text.split("\n")
    if "\r" in text:
        lines = [line.removesuffix("\r") for line in lines]
    is_simulated = lines[0].startswith(SIMULATED_MARK)
    if is_simulated:
        lines[0] = ""
    return TextFile(
        name,
        content,
        is_simulated=is_simulated,
        series_hint=series_hint,
        lines=tuple(lines),
        ends_with_newline=text.endswith("\n"),
    )


def _refuse_what_is_no_text(name: str, text: str, content: bytes) -> None:
    """Refuse a text with control characters, or with a carriage return within a line.

    Raises:
        FormatUnknown: `control_character`, `line_ends`.
    """
    # In UTF-8 a byte under 0x80 is its character: taking such bytes out tells ten times as fast whether there are any.
    has_control = len(content.translate(None, _CONTROL_BYTES)) < len(content)
    control = _CONTROL.search(text) if has_control else None
    lone = _LONE_RETURN.search(text) if "\r" in text else None
    if control is not None:
        reason = f"The text holds the control character 0x{ord(control.group()):02x}."
        finding = Finding("control_character", reason, "was the file damaged on its way? Fetch it again")
    elif lone is not None:
        reason = "A carriage return stands within a line: two lines have become one."
        finding = Finding("line_ends", reason, "save the file with the line ends of Windows or Unix")
    else:
        return
    at = (control or lone).start()  # type: ignore[union-attr]  # one of them was found
    raise FormatUnknown(name, replace(finding, source_line=text.count("\n", 0, at) + 1))


def split_fields(line: str) -> list[str]:
    """The fields of one line, quotes taken off, empty fields at the end left out."""
    try:
        fields = [field.strip() for field in next(csv.reader([line]), [])]
    except csv.Error:
        fields = [field.strip() for field in line.split(",")]
    while fields and not fields[-1]:
        fields.pop()
    return fields


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows below a header: well-formed ones as columns f0, f1, ...; the others only as text.

    `rows` has source_line, row_text, row_key (empty) and the fields, all text and stripped; `misfits` has source_line,
    row_text and field_qty.
    """

    rows: pl.DataFrame
    misfits: pl.DataFrame


def read_grid(file: TextFile, *, first_index: int, width: int, may_be_empty: bool = False) -> Grid:
    """Split the lines from `first_index` on into `width` fields each; blank lines are passed over.

    A line with another number of fields is a misfit, empty fields at its end apart.

    Raises:
        ContentRefused: `truncated`: there is no row (unless that is allowed), or the last one breaks off.
    """
    lines = _counted_lines(file, first_index, width)
    if lines.is_empty() and may_be_empty:
        fields = _split_columns(file, lines, width)
        return Grid(pl.concat([lines.with_columns(row_key=pl.lit("")), fields], how="horizontal"), lines)
    if lines.is_empty():
        raise _truncated(file, first_index, "The file ends with its header: there is not one row.")
    is_well_formed = (pl.col("field_qty") >= width) & (pl.col("filled_qty") <= width)
    judged = lines.select(is_well_formed).to_series()
    well_formed = lines if judged.all() else lines.filter(judged)
    misfits = lines.filter(~judged).select("source_line", "row_text", "field_qty")
    last_line, last_qty = lines.select(pl.col("source_line", "field_qty").last()).row(0)
    if last_qty < width:
        raise _truncated(file, last_line, f"The last line breaks off after {last_qty} of {width} fields.")
    fields = _split_columns(file, well_formed, width)
    rows = pl.concat([well_formed.select("source_line", "row_text", row_key=pl.lit("")), fields], how="horizontal")
    if not file.ends_with_newline and rows.height and _is_cut_in_last_field(rows, last_line, width):
        raise _truncated(file, last_line, "The last line breaks off before its last field.")
    return Grid(rows, misfits)


def _counted_lines(file: TextFile, first_index: int, width: int) -> pl.DataFrame:
    """The filled lines with their number of fields; commas in quotes do not count, a lone quote makes it 0.

    `filled_qty` leaves empty fields at the end out; of a line with no more than `width` fields it is no matter.
    """
    text = pl.col("row_text")
    every = pl.DataFrame(
        {
            "source_line": pl.int_range(first_index + 1, len(file.lines) + 1, eager=True, dtype=pl.Int64),
            "row_text": pl.Series(file.lines[first_index:], dtype=pl.String),
        }
    )
    lines = every.filter(text.str.strip_chars(_BLANK) != "")
    has_quotes = b'"' in file.content
    unquoted = text.str.replace_all(r'"[^"]*"', "q") if has_quotes else text
    counted = lines.with_columns(field_qty=unquoted.str.count_matches(",", literal=True).cast(pl.Int64) + 1)
    if has_quotes:
        is_open = unquoted.str.contains('"', literal=True)
        counted = counted.with_columns(field_qty=pl.when(is_open).then(0).otherwise("field_qty"))
    if counted.select((pl.col("field_qty") <= width).all()).item():
        return counted.with_columns(filled_qty=pl.col("field_qty"))
    filled_qty = unquoted.str.strip_chars_end(", \t").str.count_matches(",", literal=True).cast(pl.Int64) + 1
    return counted.with_columns(filled_qty=filled_qty)


def _split_columns(file: TextFile, lines: pl.DataFrame, width: int) -> pl.DataFrame:
    """Split well-formed lines at their commas into stripped fields."""
    if lines.is_empty():
        return pl.DataFrame(schema={f"f{index}": pl.String for index in range(width)})
    texts = lines["row_text"].to_list()
    widest = int(lines.select(pl.col("field_qty").max()).item())
    texts[0] += "," * (widest - lines.item(0, "field_qty"))  # the reader takes the width from the first line
    body = "\n".join(texts).encode()
    try:
        fields = pl.read_csv(
            io.BytesIO(body),
            has_header=False,
            infer_schema=False,
            schema={f"f{index}": pl.String for index in range(widest)},
            quote_char='"' if b'"' in body else None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError as error:
        raise ContentRefused(file.name, _unreadable(str(error).splitlines()[0])) from error
    if fields.height != lines.height:
        raise ContentRefused(file.name, _unreadable(f"{lines.height} lines gave {fields.height} rows"))
    as_read = pl.nth(range(width)).fill_null("")
    return fields.select(as_read.str.strip_chars() if _has_blank_at_edge(body) else as_read)


def _has_blank_at_edge(body: bytes) -> bool:
    """True when a field may begin or end with a blank; most files have none, and stripping takes as long as reading."""
    if not body.isascii():
        return True
    letters = np.frombuffer(b"\n" + body + b"\n", dtype=np.uint8)
    is_edge = np.isin(np.arange(256), list(b',"\n'))
    blanks = np.flatnonzero((letters <= ord(" ")) & (letters != ord("\n")))
    return bool((is_edge[letters[blanks - 1]] | is_edge[letters[blanks + 1]]).any())


def _is_cut_in_last_field(rows: pl.DataFrame, last_line: int, width: int) -> bool:
    """True when the file stops, without a line end, right before its last field, which all rows above it have."""
    if rows.item(-1, "source_line") != last_line or rows.item(-1, f"f{width - 1}"):
        return False
    above = rows.head(rows.height - 1)[f"f{width - 1}"]
    return bool(len(above)) and bool((above != "").all())


def _truncated(file: TextFile, line: int, reason: str) -> ContentRefused:
    return ContentRefused(
        file.name, Finding("truncated", reason, "the download was cut short: fetch the file again", line or 1)
    )


def _unreadable(detail: str) -> Finding:
    return Finding(
        "unreadable", f"The rows cannot be split into fields: {detail}.", "look for stray quotation marks in the file"
    )
