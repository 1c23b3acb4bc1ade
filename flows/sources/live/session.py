"""The files of a session, fetched, and what became of every source. One that fails never stops the others."""

from __future__ import annotations

import glob
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.sources.live import requests
from flows.sources.live.addresses import masked
from flows.sources.live.content import CurveWitness, loads_of, require_same_index
from flows.sources.live.errors import LATER, NoAnswer, NotWhatWasAsked

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.sources.live.client import Client
    from flows.sources.live.requests import Request
    from flows.sources.live.settings import CboeSettings
    from flows.sources.live.shelf import Shelf
    from flows.sources.parsed import ParsedFile

NEW, UNCHANGED, NONE = "new", "unchanged", "none"


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What became of one request: `path` is the file it gave, or `reason` and `hint` say why it gave none."""

    request: Request
    outcome: str
    path: Path | None = None
    reason: str | None = None
    hint: str | None = None

    @property
    def address(self) -> str:
        """The address, fit to be printed."""
        return masked(self.request.address)


@dataclass(slots=True)
class LiveFiles:
    """What the sources gave for one session: `answers` in the order asked."""

    answers: list[SourceAnswer] = field(default_factory=list)

    @property
    def paths(self) -> list[Path]:
        """The files to take in."""
        return [answer.path for answer in self.answers if answer.path is not None]

    @property
    def series_hints(self) -> dict[str, str]:
        """What was asked for, by glob, where the content cannot tell: as `[sources]` says it of downloaded files."""
        return {
            glob.escape(str(answer.path)): answer.request.series_hint
            for answer in self.answers
            if answer.path is not None and answer.request.series_hint is not None
        }


def fetch_session(settings: CboeSettings, home: Path, session_date: dt.date, *, latest_session: dt.date) -> LiveFiles:
    """Ask every source of the address book for a session; `latest_session` is the last one that has closed.

    Files are kept in the home folder only when their content can be used, and asked for again only when changed.
    """
    from flows.sources.live.client import Client  # with all of httpx, which no other night needs
    from flows.sources.live.shelf import Shelf

    evening = _Round(settings, Client(settings.http), Shelf(home))
    evening.ask_all(requests.chain_requests(settings))
    evening.ask_all(requests.index_requests(settings))
    contracts = evening.ask_all(requests.contract_requests(settings, session_date))
    settlements = requests.settlement_request(settings, session_date)
    if settlements is not None:
        evening.ask_for_curve(settlements, session_date, CurveWitness(contracts, session_date == latest_session))
    for source in settings.rates:
        if evening.all_answer(requests.rate_requests(settings, source, session_date)):
            break  # the next one only stands in for a source that is down
    evening.ask_all(requests.breadth_requests(settings))
    return evening.files


@dataclass(slots=True)
class _Round:
    """One evening's round of requests."""

    settings: CboeSettings
    client: Client
    shelf: Shelf
    files: LiveFiles = field(default_factory=LiveFiles)

    def ask_all(self, asked: Iterable[Request]) -> list[ParsedFile]:
        """Ask for files, and give what those that came hold."""
        return [load for request in asked for load in self._ask(request)]

    def all_answer(self, asked: Iterable[Request]) -> bool:
        """Ask for files; true when there were any and each of them came."""
        came = [bool(self._ask(request)) for request in asked]
        return bool(came) and all(came)

    def ask_for_curve(self, request: Request, session_date: dt.date, witness: CurveWitness) -> None:
        """Ask for the settlements of a session, which are believed only where the contracts' files bear them out."""
        self._ask(request, session_date, witness)

    def _ask(
        self, request: Request, session_date: dt.date | None = None, witness: CurveWitness | None = None
    ) -> list[ParsedFile]:
        try:
            answer = self.client.get(request.address, self.shelf.known(request))
            before = self.shelf.last_good(request)
            with _no_surprise():
                loads = loads_of(request, answer.content if answer else before or b"")
                if witness is not None and session_date is not None:
                    witness.require(session_date, loads)
                if request.kind == "index_levels" and before:
                    require_same_index(loads, loads_of(request, before))
            if answer:
                self.shelf.keep(request, answer)
        except NoAnswer as problem:
            self.files.answers.append(SourceAnswer(request, NONE, reason=problem.reason, hint=problem.hint))
            return []
        self.files.answers.append(SourceAnswer(request, NEW if answer else UNCHANGED, self.shelf.path_of(request)))
        return loads


@contextmanager
def _no_surprise() -> Iterator[None]:
    """What nobody foresaw in a stranger's answer is that source's failure, and does not end the night."""
    try:
        yield
    except NoAnswer:
        raise
    except Exception as problem:
        reason = f"its answer breaks the reader ({type(problem).__name__})"
        raise NotWhatWasAsked(reason, f"report it, with the file; until then {LATER}") from problem
