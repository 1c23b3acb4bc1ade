"""A file whose rows say which session they are of: one load for each underlying, session and quote time in it.

A month, or ten years, in one file are so many loads of the same bytes, told apart by `part`: each is placed, judged and
chosen by itself, as if it had come alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sources.option_rows import UNDERLYING_OF_ROOT, sift_chains
from flows.sources.parsed import REJECTED_SCHEMA, ParsedFile, Series, Statement, raw_rows
from flows.sources.rules import Sifted, in_line_order, refuse_without_rows
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.sources.text_file import SourceFile

SESSION = ("underlying", "quoted_on", "quoted_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFormat:
    """The format of a file of sessions: its name, what the vendor calls the quote columns, how the series is known.

    `read_by` names what of the configuration the reading depended on; empty where the content alone decides.
    """

    name: str
    labels: Mapping[str, str]
    series_from: str = "content"
    read_by: str = ""


def session_loads(file: SourceFile, sifted: Sifted, history: HistoryFormat, *, read: pl.DataFrame) -> list[ParsedFile]:
    """Part the contracts of a file by session.

    `sifted.rows`: the columns of raw.option_quotes as text, `root` known, with `quoted_on` (date) and `quoted_at` (UTC
    instant, null where the file states no time); `read` are the rows before sifting. A rejected row goes with the
    session of its line; one that tells none stays with the first.

    Raises:
        ContentRefused: `all_quotes_zero`, `duplicate_key`, `no_usable_row`.
    """
    refuse_without_rows(file, sifted.rows, sifted.rejected)
    chains = sift_chains(file, _with_underlying(sifted.rows), history.labels, session=SESSION)
    rejected = _by_session(_with_underlying(read), in_line_order([sifted.rejected, chains.rejected]))
    parts = chains.rows.partition_by(SESSION, as_dict=True)
    is_single, has_times = _are_alike(list(parts))
    keys = sorted(parts, key=lambda key: (key[1], str(key[2]), key[0]))
    rejected_of = {key: [rejected.pop(key)] if key in rejected else [] for key in keys}
    rejected_of[keys[0]] += rejected.values()
    return [
        _load(
            file,
            history,
            key,
            Sifted(parts[key], in_line_order([REJECTED_SCHEMA.to_frame(), *rejected_of[key]])),
            part="" if is_single else _part(key, has_times=has_times),
        )
        for key in keys
    ]


def _with_underlying(rows: pl.DataFrame) -> pl.DataFrame:
    underlying = pl.col("root").replace_strict(UNDERLYING_OF_ROOT, default=None, return_dtype=pl.String)
    return rows.with_columns(underlying=underlying)


def _by_session(read: pl.DataFrame, rejected: pl.DataFrame) -> dict[tuple[Any, ...], pl.DataFrame]:
    """The rejected rows of each session that has any."""
    if rejected.is_empty():
        return {}
    lines = read.select("source_line", *SESSION).unique("source_line", keep="first", maintain_order=True)
    if lines["underlying"].drop_nulls().n_unique() == 1:  # what names no root is of it too
        lines = lines.with_columns(pl.col("underlying").fill_null(strategy="max"))
    placed = rejected.join(lines, on="source_line", how="left", maintain_order="left")
    return {
        key: part.select(REJECTED_SCHEMA.names()) for key, part in placed.partition_by(SESSION, as_dict=True).items()
    }


def _are_alike(keys: list[tuple[Any, ...]]) -> tuple[bool, bool]:
    """Whether all loads are of one session and time, and whether one session has several times."""
    sessions = {(day, at) for _, day, at in keys}
    return len(sessions) == 1, len(sessions) > len({day for day, _ in sessions})


def _part(key: tuple[Any, ...], *, has_times: bool) -> str:
    return f"{key[1]} {key[2]:%H:%M}Z" if has_times and key[2] is not None else str(key[1])


def _load(
    file: SourceFile,
    history: HistoryFormat,
    key: tuple[Any, ...],
    chain: Sifted,
    *,
    part: str,
) -> ParsedFile:
    underlying, quoted_on, quoted_at = key
    return ParsedFile(
        kind="option_chain",
        format=history.name,
        series=Series(underlying, history.series_from),
        table=RAW_OPTION_QUOTES,
        rows=raw_rows(RAW_OPTION_QUOTES, chain.rows.sort("source_line", "option_right", maintain_order=True)),
        rejected=chain.rejected,
        content=file.content,
        stated=Statement(stated_at=quoted_at, stated_date=quoted_on),
        is_simulated=file.is_simulated,
        part=part,
        read_by=history.read_by,
    )
