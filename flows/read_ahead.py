"""Series files read ahead by workers, while the one writer takes them in, in their order.

A night of the simulated market has fifteen of a few lines each; of many nights they cost as much as the chains.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from flows.sources import recognise
from flows.sources.account_names import account_by_name
from flows.sources.errors import FileRefused
from flows.sources.naming import vendor_series
from warehouse.archive import Archive, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from flows.chain_facts import LandedFile
    from flows.inbox import KnownLoads
    from flows.sources.chain_rules import ChainRules
    from flows.sources.parsed import ParsedFile
    from flows.workers import Workers

    Asked = tuple[str, str | None, str]  # name, series hint and hash of a content
    Found = dict[Asked, list[ParsedFile] | FileRefused]


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadReading:
    """Into which archive, by which rules, and which contents are not read because they are known."""

    home: Path
    chain_rules: ChainRules
    known: KnownLoads


def read_some(reading: AheadReading, files: Sequence[LandedFile]) -> Found:
    """Archive and parse some files, in a worker; what cannot be read or is known is left to the writer."""
    found: Found = {}
    for file in files:
        name = file.path.name
        try:
            content = file.path.read_bytes()
        except OSError:
            continue
        sha256 = sha256_of(content)
        if reading.known.is_loaded(sha256, file.series_hint or vendor_series(name) or account_by_name(name)):
            continue
        Archive(reading.home).put(content, name)
        asked = (name, file.series_hint, sha256)
        try:
            found[asked] = recognise.parse(name, content, series_hint=file.series_hint, chain_rules=reading.chain_rules)
        except FileRefused as refusal:
            found[asked] = refusal
    return found


@dataclass(slots=True)
class ReadAhead:
    """A parser that hands out what workers have read; a file it was not told of beforehand it reads itself."""

    chain_rules: ChainRules
    _coming: Iterator[Found]
    _found: Found = field(default_factory=dict)

    @classmethod
    def of(cls, working: Workers, reading: AheadReading, batches: Iterable[Sequence[LandedFile]]) -> ReadAhead:
        """Let workers read these batches of files, in their order."""
        return cls(reading.chain_rules, working.each(partial(read_some, reading), batches))

    def __call__(self, name: str, content: bytes, *, series_hint: str | None) -> list[ParsedFile]:
        """Give the loads of a file. Raises as `recognise.parse`."""
        asked = (name, series_hint, sha256_of(content))
        while asked not in self._found:
            more = next(self._coming, None)
            if more is None:
                return recognise.parse(name, content, series_hint=series_hint, chain_rules=self.chain_rules)
            self._found = more
        answer = self._found[asked]
        if isinstance(answer, FileRefused):
            raise answer
        return answer
