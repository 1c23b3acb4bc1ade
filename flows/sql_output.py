"""A frame as an analyst asked to see it: a table on the terminal, CSV that a spreadsheet can trust, JSON, Parquet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

from flows.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# A terminal may break a long line; a figure left out would be worse.
LONGEST_TEXT = 10_000
# What makes a spreadsheet read a cell as a formula (OWASP, "CSV Injection"): = + - @ tab CR LF and their full-width
# twins. A text that is wholly a number ("-5", "+1.5e3") stays as it is.
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
HARMLESS = "'"
# Where a spreadsheet parts cells at another mark than the comma, quotation marks within a line protect nothing: what
# stands behind such a mark is the beginning of a cell too.
BEGINS_A_CELL = r"([;|\t\r\n])([=+\-@＝＋－＠])"


def printed(rows: pl.DataFrame, output: str) -> str:
    """A frame as text.

    Raises:
        UsageError: the format cannot hold a column of the frame, or is no text.
    """
    if output == "table":
        return _table(rows)
    if output == "parquet":
        raise UsageError("Parquet is no text.", hint="Add --out FILE.")
    return encoded(rows, output).decode().rstrip("\n")


def encoded(rows: pl.DataFrame, output: str) -> bytes:
    """A frame as the content of a file.

    Raises:
        UsageError: the format cannot hold a column of the frame.
    """
    if output == "table":
        return f"{_table(rows)}\n".encode()
    target = io.BytesIO()
    try:
        _WRITERS[output](rows, target)
    except (pl.exceptions.PolarsError, TypeError) as problem:
        raise UsageError(
            f"The answer does not fit into {output}: {problem}.".replace("\n", " "),
            hint="Cast lists, structs and blobs to varchar, or take --format parquet --out FILE.",
        ) from problem
    return target.getvalue()


def write_answer(rows: pl.DataFrame, output: str, path: Path) -> None:
    """Write a frame to a file, all of it or nothing.

    Raises:
        UsageError: the file cannot be written, or the format cannot hold a column of the frame.
    """
    content = encoded(rows, output)
    beside = path.with_name(f"{path.name}.writing")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        reason = problem.strerror or type(problem).__name__
        raise UsageError(f"{path} cannot be written: {reason}.", hint="Name a file in a folder of yours.") from problem


def formula_safe(rows: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before every text, and every column name, that a spreadsheet would calculate, and within one.

    Numbers are columns of numbers and never touched, nor is a text that is wholly a number.
    """
    texts = [name for name, dtype in rows.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    safe = rows.with_columns(**{name: _harmless(pl.col(name).cast(pl.String)) for name in texts})
    names = pl.Series(rows.columns, dtype=pl.String).to_frame("name").select(name=_harmless(pl.col("name")))["name"]
    return safe.rename(dict(zip(rows.columns, names, strict=True)))


def _harmless(text: pl.Expr) -> pl.Expr:
    calculates = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    begun = pl.when(calculates).then(pl.concat_str(pl.lit(HARMLESS), text)).otherwise(text)
    return begun.str.replace_all(BEGINS_A_CELL, f"${{1}}{HARMLESS}${{2}}")


def _table(rows: pl.DataFrame) -> str:
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=LONGEST_TEXT,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return str(rows)


_WRITERS: dict[str, Callable[[pl.DataFrame, io.BytesIO], object]] = {
    "csv": lambda rows, target: formula_safe(rows).write_csv(target),
    "json": lambda rows, target: rows.write_json(target),
    "parquet": lambda rows, target: rows.write_parquet(target),
}
