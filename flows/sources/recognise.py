"""Recognise a vendor file by its content, never by its name, and parse it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.sources import cboe_quote_table, cfe_futures, index_history
from flows.sources.errors import Finding, FormatUnknown
from flows.sources.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile


@dataclass(frozen=True, slots=True)
class VendorFormat:
    """One format: how it is recognised, and how it is read."""

    recognises: Callable[[TextFile], bool]
    parse: Callable[[TextFile], list[ParsedFile]]


FORMATS = tuple(
    VendorFormat(module.recognises, module.parse) for module in (cboe_quote_table, cfe_futures, index_history)
)


def parse(name: str, content: bytes, *, series_hint: str | None = None) -> list[ParsedFile]:
    """Parse one file into its loads.

    Raises:
        FileRefused: it is not wholly understood; nothing of it may be loaded.
    """
    file = read_text(name, content, series_hint=series_hint)
    for vendor_format in FORMATS:
        if vendor_format.recognises(file):
            return vendor_format.parse(file)
    raise FormatUnknown(
        name,
        Finding(
            "unknown_format",
            f"The content is in no format that is read; it begins '{file.head[0][1][:60]}'.",
            "the formats read are listed in the documentation under inputs",
        ),
    )
