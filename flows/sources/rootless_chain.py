"""A chain with one contract a line and no root: recognised only to be refused with the reason.

SPX and SPXW share expiries and strikes at different prices. Without root or symbol the two cannot be told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.errors import ContentRefused, Finding
from flows.sources.series_file import header_of
from flows.sources.text_file import read_grid

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

_KEY = ("expiration date", "strike", "type")
_ROOTS = {"root", "symbol", "option symbol", "optionroot", "option_symbol", "contract", "underlying", "optionalias"}


def recognises(file: TextFile) -> bool:
    """True for a long table of quotes in which no column names the root."""
    header = set(header_of(file))
    return {*_KEY, "bid", "ask"} <= header and not header & _ROOTS


def parse(file: TextFile) -> list[ParsedFile]:
    """Refuse the file.

    Raises:
        ContentRefused: `root_missing`, on the first line that repeats a contract (else on the header).
    """
    header = header_of(file)
    header_line = file.head[0][0] + 1
    grid = read_grid(file, first_index=header_line, width=len(header))
    key = [f"f{header.index(name)}" for name in _KEY]
    repeated = grid.rows.filter(~pl.struct(key).is_first_distinct())
    found = (
        f"{repeated.height:,} rows repeat an expiry, strike and type, so two roots are mixed"
        if repeated.height
        else "SPX and SPXW share expiries and strikes"
    )
    raise ContentRefused(
        file.name,
        Finding(
            "root_missing",
            f"No column names the root or the option symbol; {found}.",
            "export the chain again with the option symbol, or say the root in a [chain_mappings.NAME]",
            repeated.item(0, "source_line") if repeated.height else header_line,
            "root",
        ),
    )
