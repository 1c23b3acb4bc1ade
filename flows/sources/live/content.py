"""Is an answer what was asked for, and of the session it is said to be of? Only its content can say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.sources import recognise
from flows.sources.errors import FileRefused
from flows.sources.live.errors import BY_HAND, LATER, NotWhatWasAsked
from transforms.market.vx_settlements import type_vx_settlements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.sources.live.requests import Request
    from flows.sources.parsed import ParsedFile

# The page prints a price to fewer digits than the contract's file.
_SAME_PRICE_PTS: Final = 0.0051
_PAST_DATES: Final = 60
_PAGE_BEGINS: Final = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<script")
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def loads_of(request: Request, content: bytes) -> list[ParsedFile]:
    """Read an answer, and see that it holds what was asked for.

    Raises:
        NotWhatWasAsked: it is empty, a web page, in no format that is read, broken off, or holds something else.
    """
    begins = content.removeprefix(_UTF8_MARK).lstrip()[:64].lower()
    if not begins:
        raise NotWhatWasAsked("its answer is empty", LATER)
    if begins.startswith(_PAGE_BEGINS):
        hint = f"it may want to see a person, or be out of order: {BY_HAND}"
        raise NotWhatWasAsked("its answer is a web page where data belongs", hint)
    try:
        loads = recognise.parse(request.file_name, content, series_hint=request.series_hint)
    except FileRefused as refusal:
        line = f", {refusal.row_word} {refusal.source_line}" if refusal.source_line is not None else ""
        reason = f"its answer is refused{line}: {refusal.reason.rstrip('.')} [{refusal.rule_id}]"
        raise NotWhatWasAsked(reason, refusal.hint or LATER) from refusal
    for load in loads:
        _require_asked_for(request, load)
    return loads


def _require_asked_for(request: Request, load: ParsedFile) -> None:
    is_other_series = request.series is not None and load.series.name != request.series
    if load.kind == request.kind and not is_other_series:
        return
    asked, got = _named(request.kind, request.series), _named(load.kind, load.series.name)
    raise NotWhatWasAsked(f"its answer holds {got} where {asked} was asked for", "is the address in [cboe] right?")


def require_same_index(loads: Sequence[ParsedFile], before: Sequence[ParsedFile]) -> None:
    """Refuse a history that tells another past than the one fetched before: nothing in its rows names the index.

    Of the latest dates both have, most have to show one close; a vendor restates a few at most.

    Raises:
        NotWhatWasAsked: it is the history of another index.
    """
    both = _closes(loads).join(_closes(before), on="date", suffix="_before", maintain_order="left").tail(_PAST_DATES)
    differing = both.filter(pl.col("close") != pl.col("close_before"))
    if 2 * differing.height > both.height:
        reason = f"its closes differ from those fetched before on {differing.height} of the last {both.height} dates"
        hint = "is it another index? If the new file is right, delete the old one in the home's folder live"
        raise NotWhatWasAsked(reason, hint)


def _closes(loads: Sequence[ParsedFile]) -> pl.DataFrame:
    """Date as written and close, in the order of the file."""
    rows = [load.rows.select("date", close=pl.col("close").cast(pl.Float64, strict=False)) for load in loads]
    return pl.concat(rows).unique("date", keep="last", maintain_order=True)


def _named(kind: str, series: str | None) -> str:
    return " ".join(filter(None, (kind.replace("_", " "), series)))


@dataclass(frozen=True, slots=True)
class CurveWitness:
    """What tells of which session a page of settlements is: the contracts' own files, whose rows carry dates.

    `contracts` are the loads of those files; `is_latest` is true where the session is the last one that has closed.
    """

    contracts: Sequence[ParsedFile]
    is_latest: bool

    def require(self, session_date: dt.date, page: Sequence[ParsedFile]) -> None:
        """Refuse a page of another session: it answers any date with the newest prices, without an error.

        A page that says its day itself is taken at its word. Else a contract's row of the session decides. Before the
        contracts' files have one, the page has to differ from the last session they have, and the session has to be
        the newest.

        Raises:
            NotWhatWasAsked: the prices are of another session, or nothing says of which.
        """
        of_page = _prices(page)
        if all(load.series.known_from == "content" for load in page):
            _require_own_word(session_date, of_page)
            return
        both = _prices(self.contracts).join(of_page, on="expiry_date", suffix="_of_page")
        alive = both.filter(pl.col("expiry_date") > session_date, pl.col("session_date") <= session_date)
        newest = alive.filter(pl.col("session_date") == pl.col("session_date").max()).sort("expiry_date")
        if newest.is_empty():
            raise NotWhatWasAsked(
                "nothing confirms of which session its prices are: no VX future's file is here", LATER
            )
        day = newest["session_date"][0]
        differing = newest.filter((pl.col("settle_pts") - pl.col("settle_pts_of_page")).abs() > _SAME_PRICE_PTS)
        if day == session_date and differing.height:
            raise NotWhatWasAsked(_contradiction(differing), LATER)
        if day < session_date and differing.is_empty():
            raise NotWhatWasAsked(f"its prices are still those of {day}", LATER)
        if day < session_date and not self.is_latest:
            reason = f"it answers with the newest prices, and no VX future's file has one of {session_date} yet"
            raise NotWhatWasAsked(reason, LATER)


def _require_own_word(session_date: dt.date, of_page: pl.DataFrame) -> None:
    others = sorted({day for day in of_page["session_date"] if day != session_date})
    if others:
        raise NotWhatWasAsked(f"its prices are of {others[0]} by its own word", LATER)


def _contradiction(differing: pl.DataFrame) -> str:
    row = differing.row(0, named=True)
    return (
        f"its prices are of another session: VX {row['expiry_date']} stands at {row['settle_pts_of_page']:g}, "
        f"where its own file has {row['settle_pts']:g} for {row['session_date']}"
    )


def _prices(loads: Sequence[ParsedFile]) -> pl.DataFrame:
    """One row a contract and session: expiry_date, session_date, settle_pts."""
    rows = [
        load.rows.with_columns(
            load_id=pl.lit(f"{number}"), loaded_at=pl.lit(_NEVER), format=pl.lit(load.format), source_file=pl.lit("")
        )
        for number, load in enumerate(loads)
    ]
    columns = ("expiry_date", "session_date", "settle_pts")
    if not rows:
        schema = {"expiry_date": pl.Date, "session_date": pl.Date, "settle_pts": pl.Float64}
        return pl.DataFrame(schema=schema)
    return type_vx_settlements(pl.concat(rows)).rows.select(columns).drop_nulls()
