"""The lines above a quote table's header: the index name with its level, and the date line."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.sources.date_line import NotUnderstood, read_date_line
from flows.sources.errors import Finding, HeaderNotUnderstood
from flows.sources.parsed import Statement

if TYPE_CHECKING:
    from datetime import datetime

    from flows.sources.text_file import TextFile

TABLE_FORMAT = "cboe_quote_table"
DAT_FORMAT = "cboe_quote_table_dat"

_NAME_LINE = re.compile(
    r'^"?(?P<name>[^,]*?)"?,\s*"?Last:\s*(?P<level>[^,"]*(?:,[0-9]{3}[^,"]*)*)"?\s*,', re.IGNORECASE
)
_DAT_NAME_LINE = re.compile(r'^"?(?P<name>\^[^,]*?)"?,\s*"?(?P<level>[0-9.]+)"?\s*,')
_DATE_PART = re.compile(r'^"?(?P<when>.*?)"?\s*,\s*"?Bid\b', re.IGNORECASE)
_LEVEL = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Preamble:
    """What stands above the table."""

    format: str
    stated: Statement
    is_simulated: bool


def read_preamble(file: TextFile, end_index: int) -> Preamble:
    """Read the lines before `end_index`: at most a name line and a date line; blank lines do not matter.

    Raises:
        HeaderNotUnderstood: `name_line_unknown`, `date_line_unknown`.
    """
    preamble = Preamble(TABLE_FORMAT, Statement(), is_simulated=False)
    lines = [(index, line) for index, line in file.head if index < end_index]
    for position, (index, line) in enumerate(lines):
        name = _NAME_LINE.match(line) or _DAT_NAME_LINE.match(line)
        if name is not None and position == 0:
            preamble = _with_name(preamble, name)
        elif position == len(lines) - 1:
            stated_at = _read_date(file, index, line)
            preamble = replace(preamble, stated=replace(preamble.stated, stated_at=stated_at))
        else:
            raise HeaderNotUnderstood(file.name, _name_line_unknown(index, line))
    return preamble


def _with_name(preamble: Preamble, name: re.Match[str]) -> Preamble:
    level = name["level"].strip()
    return replace(
        preamble,
        format=DAT_FORMAT if name["name"].startswith("^") else TABLE_FORMAT,
        stated=Statement(header_level_pts=float(level.replace(",", "")) if _LEVEL.fullmatch(level) else None),
        is_simulated=name["name"].upper().startswith("SIMULATED"),
    )


def _read_date(file: TextFile, index: int, line: str) -> datetime:
    part = _DATE_PART.match(line)
    text = part["when"] if part is not None else line.strip(' ,"')
    try:
        return read_date_line(text)
    except NotUnderstood as error:
        raise HeaderNotUnderstood(
            file.name,
            Finding(
                "date_line_unknown",
                f"The date line '{text}' is not understood: {error}.",
                "download the table with the site in English, or correct that line",
                index + 1,
                "Date",
            ),
        ) from error


def _name_line_unknown(index: int, line: str) -> Finding:
    return Finding(
        "name_line_unknown",
        f"The line '{line.strip(' ,')[:120]}' above the table is neither an index name with its level nor a date.",
        "take out what does not belong to the download",
        index + 1,
    )
