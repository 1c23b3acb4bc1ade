"""Whose statement it is: the content says, else the trader, else the broker's own file name.

Brokers print account numbers in part (`Individual ...123`, `XXXX-1234`); an account is called by what is left of it, so
that banner and file name of one account give one name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from flows.sources.errors import Finding, SeriesUnknown
from flows.sources.parsed import Series
from flows.sources.statement import Place

if TYPE_CHECKING:
    from flows.sources.text_file import TextFile

_TASTYTRADE: Final = re.compile(r"^tastytrade_transactions_history_x?(?P<account>[A-Za-z0-9]+)_\d{6}_to_\d{6}")
_SCHWAB: Final = re.compile(r"^(?P<account>.+?)_(?:Transactions|Positions)_\d{8}-\d{6}")
_MASK: Final = re.compile(r"[X*]{2,}-?|\.{2,}|…")


def plain_account(printed: str) -> str:
    """An account without the mask of its number: `Individual ...123` and `Individual_XXX123` are `Individual 123`."""
    return " ".join(_MASK.sub(" ", printed.replace("_", " ")).split())


def account_by_name(file_name: str) -> str | None:
    """The account a broker's file name tells; none when it tells none."""
    for pattern in (_TASTYTRADE, _SCHWAB):
        match = pattern.match(file_name)
        if match is not None:
            return plain_account(match["account"]) or None
    return None


def account_of(file: TextFile, stated: str | None, *, source_line: int = 1) -> Series:
    """The account of a statement that holds one; `stated` is what its own lines say.

    Raises:
        SeriesUnknown: `unknown_account`: nothing tells.
        ContentRefused: `account_differs`: the content names another than the trader did.
    """
    if stated and file.series_hint and stated not in {file.series_hint, plain_account(file.series_hint)}:
        raise Place(file, source_line).refusal(
            "account_differs",
            f"The statement is of {stated!r}, not of {file.series_hint!r}.",
            hint="leave --account out: the statement says whose it is",
        )
    if stated:
        return Series(stated)
    if file.series_hint:
        return Series(file.series_hint, "configuration")
    by_name = account_by_name(file.file_name)
    if by_name:
        return Series(by_name, "file_name")
    raise SeriesUnknown(
        file.name,
        Finding(
            "unknown_account",
            "Neither the statement nor its file name says whose it is.",
            'name it: condorwatch book import --account NAME, or in the configuration [sources] "'
            f'{file.file_name}" = "NAME"',
        ),
    )
