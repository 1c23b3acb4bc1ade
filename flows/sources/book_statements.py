"""The files a book is made of: our own fills and three brokers' statements, and what to say when a file is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flows.sources import fills_csv, ibkr_flex, schwab_csv, tastytrade_csv
from flows.sources.errors import Finding, FormatUnknown
from flows.sources.header_signatures import differences, nearest
from flows.sources.text_file import read_text, split_fields

if TYPE_CHECKING:
    from types import ModuleType

    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

AUTO: Final = "auto"
STATEMENTS: Final[dict[str, ModuleType]] = {
    "own": fills_csv,
    "tastytrade": tastytrade_csv,
    "schwab": schwab_csv,
    "ibkr": ibkr_flex,
}
SIGNATURES: Final = (*fills_csv.SIGNATURES, *tastytrade_csv.SIGNATURES, *schwab_csv.SIGNATURES)


def parse_statement(
    name: str, content: bytes, *, broker: str = AUTO, series_hint: str | None = None
) -> list[ParsedFile]:
    """Read a file of fills; `broker` is one of STATEMENTS or auto.

    Raises:
        FileRefused: it is no such file (`header_unknown`, `other_broker`), or it is not wholly understood.
    """
    file = read_text(name, content, series_hint=series_hint)
    found = next((which for which, module in STATEMENTS.items() if module.recognises(file)), None)
    if found is None:
        raise _unknown(file)
    if broker not in {AUTO, found}:
        reason = f"The file is a statement of {found}, not of {broker}."
        raise FormatUnknown(name, Finding("other_broker", reason, "leave --broker out: the content says whose it is"))
    loads: list[ParsedFile] = STATEMENTS[found].parse(file)
    return loads


def _unknown(file: TextFile) -> FormatUnknown:
    """Name the statement whose columns come nearest to a line of the file."""
    headers = [(index, tuple(name.lower() for name in split_fields(line))) for index, line in file.head]
    index, columns = max(headers, key=lambda header: nearest(header[1], SIGNATURES)[1])
    near, shared_frac = nearest(columns, SIGNATURES)
    known = f"read are {', '.join(dict.fromkeys(version.statement for version in SIGNATURES))} and IBKR Flex XML"
    if not shared_frac:
        return FormatUnknown(file.name, Finding("header_unknown", "No line has the columns of a statement.", known))
    reason = f"The header is no statement we know; the nearest is {near.label}, but this one is "
    return FormatUnknown(
        file.name, Finding("header_unknown", f"{reason}{differences(columns, near)}.", known, source_line=index + 1)
    )
