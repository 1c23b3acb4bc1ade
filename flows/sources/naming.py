"""Which series a file holds when its content cannot tell: the configuration says, else the vendor's own file name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flows.sources.errors import Finding, SeriesUnknown
from flows.sources.parsed import Series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import PurePath

    from flows.sources.text_file import TextFile

INDEX_SYMBOLS = frozenset({"SPX", "VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW"})
# Vendors' own names: Cboe histories, TradingView tickers (ADV, DECL, ...), Unicorn's archive (advn, decln, ...), CFE.
_BREADTH_WORDS = {
    "adv": "advances",
    "advn": "advances",
    "decl": "declines",
    "decln": "declines",
    "uchg": "unchanged",
    "unchn": "unchanged",
    "mahn": "new_highs",
    "newhi": "new_highs",
    "maln": "new_lows",
    "newlo": "new_lows",
    "advv": "up_volume",
    "uvol": "up_volume",
    "declv": "down_volume",
    "dvol": "down_volume",
}
BREADTH_SERIES = frozenset(_BREADTH_WORDS.values())
_HISTORY = re.compile(r"^(?P<symbol>[A-Z0-9]+)_History(?![A-Za-z])")
_DAILY = re.compile(r"^(?P<symbol>[A-Za-z0-9]+)_daily(?![A-Za-z])")
_BREADTH = re.compile(r"^(?:NYSE|USI)_(?P<word>[A-Za-z]+)(?![A-Za-z])")
_OPTIONSDX = re.compile(r"^(?P<symbol>spx|vix)_(?:eod|[0-9]+[a-z]*)_[0-9]{4}", re.IGNORECASE)
_VX = re.compile(r"(?<![A-Za-z])VX(?![A-Za-z])", re.IGNORECASE)


def vendor_series(file_name: str) -> str | None:
    """The series a vendor's file name tells, such as NYSE_advn.csv or spx_eod_202301.txt; None when it tells none."""
    for pattern in (_HISTORY, _DAILY, _OPTIONSDX):
        match = pattern.match(file_name)
        if match is not None:
            symbol = match["symbol"].upper()
            return symbol if symbol in INDEX_SYMBOLS else None
    match = _BREADTH.match(file_name)
    if match is not None:
        return _BREADTH_WORDS.get(match["word"].lower())
    return "VX" if _VX.search(file_name) else None


def configured_series(path: PurePath, sources: Mapping[str, str]) -> str | None:
    """The series of the first `[sources]` glob that fits the end of a path; None when none fits."""
    return next((series for glob, series in sources.items() if path.match(glob)), None)


def series_by_name(file: TextFile, allowed: AbstractSet[str], *, holds: str) -> Series:
    """The series of a file whose content cannot tell it.

    Raises:
        SeriesUnknown: nothing tells, or what tells is no series this kind of file can hold.
    """
    series = (
        Series(file.series_hint, "configuration")
        if file.series_hint
        else Series(vendor_series(file.file_name), "file_name")
    )
    if series.name in allowed:
        return series
    named = (
        f"{series.name} ({series.known_from.replace('_', ' ')}) is none of" if series.name else "nothing says which of"
    )
    raise SeriesUnknown(
        file.name,
        Finding(
            "unknown_series",
            f"The file holds {holds}, but {named} {', '.join(sorted(allowed))}.",
            f'name it in the configuration: [sources] "{file.file_name}" = "..."',
        ),
    )
