"""Recognise a vendor file by its content, never by its name, and parse it.

First come the formats told by their first bytes, then the mappings the user wrote, then the vendors' tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.sources import (
    accounts_csv,
    breadth_files,
    cboe_json,
    cboe_quote_table,
    cfe_futures,
    cfe_settlement,
    datashop,
    events_csv,
    fills_csv,
    fred,
    historical_option_data,
    ibkr_flex,
    index_history,
    mapped_chain,
    optionsdx,
    rootless_chain,
    schwab_csv,
    settlement_csv,
    tastytrade_csv,
    treasury,
    valuation,
)
from flows.sources.archive_members import ARCHIVE_MAGIC, data_members
from flows.sources.chain_rules import NO_CHAIN_RULES
from flows.sources.errors import FileRefused, Finding, FormatUnknown
from flows.sources.text_file import SourceFile, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.sources.chain_rules import ChainRules
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

SEVEN_ZIP_MAGIC = b"7z\xbc\xaf\x27\x1c"
NOTE_SUFFIXES = (".txt", ".md")  # of files beside the data of an archive, and of OptionsDX's data


@dataclass(frozen=True, slots=True)
class VendorFormat:
    """One format: how it is recognised, and how it is read."""

    recognises: Callable[[TextFile], bool]
    parse: Callable[[TextFile], list[ParsedFile]]


_CHAINS = (cboe_quote_table, datashop, historical_option_data, rootless_chain, optionsdx)
# No two recognise the same file, so their order does not matter.
FORMATS = tuple(
    VendorFormat(module.recognises, module.parse)
    for module in (
        cboe_quote_table,
        datashop,
        historical_option_data,
        rootless_chain,
        cfe_futures,
        cfe_settlement,
        index_history,
        breadth_files,
        treasury,
        fred,
        events_csv,
        fills_csv,
        tastytrade_csv,
        schwab_csv,
        ibkr_flex,
        accounts_csv,
        settlement_csv,
        valuation,
    )
)


def parse(
    name: str, content: bytes, *, series_hint: str | None = None, chain_rules: ChainRules = NO_CHAIN_RULES
) -> list[ParsedFile]:
    """Parse one file, or every data file of a zip or gzip, into loads.

    `series_hint` is the series the configuration names for this file; it counts only where the content cannot tell.
    `chain_rules` is what the configuration says of option chains that do not explain themselves.

    Raises:
        FileRefused: it is not wholly understood; nothing of it may be loaded.
    """
    if not content.startswith(ARCHIVE_MAGIC):
        return _parse_single(name, content, series_hint, chain_rules)
    loads = [
        replace(load, member_name=member.path)
        for member in data_members(name, content)
        for load in _parse_member(f"{name}/{member.path}", member.content, series_hint, chain_rules)
    ]
    if not loads:
        hint = "is this the archive it seems to be?"
        raise FormatUnknown(
            name, Finding("unknown_format", "No text in the archive is in a format that is read.", hint)
        )
    return loads


def _parse_member(name: str, content: bytes, series_hint: str | None, chain_rules: ChainRules) -> list[ParsedFile]:
    """A member's loads; none for a note beside the data, which has no format."""
    try:
        return _parse_single(name, content, series_hint, chain_rules)
    except FormatUnknown:
        if name.lower().endswith(NOTE_SUFFIXES):
            return []
        raise


def _parse_single(name: str, content: bytes, series_hint: str | None, chain_rules: ChainRules) -> list[ParsedFile]:
    if content.startswith(SEVEN_ZIP_MAGIC):
        finding = Finding("unknown_format", "The file is packed by 7-Zip.", "unpack it, or pack it as zip or gzip")
        raise FormatUnknown(name, finding)
    if content.startswith(mapped_chain.PARQUET_MAGIC):
        return mapped_chain.parse_parquet(SourceFile(name, content, row_word="row"), chain_rules)
    file = read_text(name, content, series_hint=series_hint)
    if cboe_json.recognises(file):
        return cboe_json.parse(file)
    mapping = mapped_chain.mapping_of(file, chain_rules)
    if mapping is not None:
        return mapped_chain.parse_csv(file, mapping)
    if optionsdx.recognises(file):
        return optionsdx.parse(file, chain_rules)
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


def is_chain(name: str, beginning: bytes, chain_rules: ChainRules = NO_CHAIN_RULES) -> bool:
    """Say by the first bytes of a file, or of an archive's member, whether it looks like option chains.

    It may be mistaken: only `parse` knows.
    """
    if beginning.startswith((mapped_chain.PARQUET_MAGIC, b"{")):
        return True
    try:
        # The last line may be cut, and within it a letter.
        file = read_text(name, beginning[: beginning.rfind(b"\n") + 1] or beginning)
        if mapped_chain.mapping_of(file, chain_rules) is not None:
            return True
    except FileRefused:
        return False
    return any(module.recognises(file) for module in _CHAINS)


def _beginning(file: TextFile) -> str:
    return file.head[0][1][:60] if file.head else ""
