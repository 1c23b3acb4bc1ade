"""Recognise a vendor file by its content, never by its name, and parse it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.sources import (
    accounts_csv,
    breadth_files,
    cboe_quote_table,
    cfe_futures,
    cfe_settlement,
    datashop,
    events_csv,
    fills_csv,
    fred,
    index_history,
    rootless_chain,
    settlement_csv,
    treasury,
    valuation,
)
from flows.sources.archive_members import ZIP_MAGIC, data_members
from flows.sources.errors import Finding, FormatUnknown
from flows.sources.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class VendorFormat:
    """One format: how it is recognised, and how it is read."""

    recognises: Callable[[TextFile], bool]
    parse: Callable[[TextFile], list[ParsedFile]]


# No two recognise the same file, so their order does not matter.
FORMATS = tuple(
    VendorFormat(module.recognises, module.parse)
    for module in (
        cboe_quote_table,
        datashop,
        rootless_chain,
        cfe_futures,
        cfe_settlement,
        index_history,
        breadth_files,
        treasury,
        fred,
        events_csv,
        fills_csv,
        accounts_csv,
        settlement_csv,
        valuation,
    )
)


def parse(name: str, content: bytes, *, series_hint: str | None = None) -> list[ParsedFile]:
    """Parse one file, or every data file of a zip, into loads.

    `series_hint` is the series the configuration names for this file; it counts only where the content cannot tell.

    Raises:
        FileRefused: it is not wholly understood; nothing of it may be loaded.
    """
    if not content.startswith(ZIP_MAGIC):
        return _parse_single(name, content, series_hint)
    return [
        replace(load, member_name=member.path)
        for member in data_members(name, content)
        for load in _parse_single(f"{name}/{member.path}", member.content, series_hint)
    ]


def _parse_single(name: str, content: bytes, series_hint: str | None) -> list[ParsedFile]:
    if content.startswith(GZIP_MAGIC):
        raise FormatUnknown(name, Finding("unknown_format", "The file is compressed with gzip.", "unpack it first"))
    file = read_text(name, content, series_hint=series_hint)
    for vendor_format in FORMATS:
        if vendor_format.recognises(file):
            return vendor_format.parse(file)
    raise FormatUnknown(
        name,
        Finding(
            "unknown_format",
            f"The content is in no format that is read; it begins '{_beginning(file)}'.",
            "the formats read are listed in the documentation under inputs",
        ),
    )


def _beginning(file: TextFile) -> str:
    return file.head[0][1][:60] if file.head else ""
