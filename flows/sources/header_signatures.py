"""Which statement a table is, by the names in its header: never by their order, and never nearly.

A header that is close to one we know but not it is refused by name: what a broker renames may also mean something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flows.sources.errors import Finding, HeaderNotUnderstood

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.sources.text_file import TextFile

# From this share of common names on a table is taken for a statement of that broker, with a header we do not know.
NEAR_FRAC: Final = 0.5


@dataclass(frozen=True, slots=True)
class Signature:
    """The column names of one version of a statement, lower-cased."""

    statement: str
    version: str
    columns: frozenset[str]

    @property
    def label(self) -> str:
        """The statement and its version, for people."""
        return f"{self.statement} ({self.version})"


def signature(statement: str, version: str, columns: Iterable[str]) -> Signature:
    """Declare a version of a statement by its column names as the broker writes them."""
    return Signature(statement, version, frozenset(name.lower() for name in columns))


def exact(columns: Sequence[str], known: Iterable[Signature]) -> Signature | None:
    """The version with exactly these columns, in any order; none when there is none or a name stands twice."""
    if len(set(columns)) < len(columns):
        return None
    return next((version for version in known if version.columns == frozenset(columns)), None)


def nearest(columns: Iterable[str], known: Iterable[Signature]) -> tuple[Signature, float]:
    """The version that shares most names, and how many of all names are shared (0 to 1)."""
    found = frozenset(columns)
    shares = [(version, len(found & version.columns) / len(found | version.columns)) for version in known]
    return max(shares, key=lambda pair: pair[1])


def is_near(columns: Sequence[str], known: Iterable[Signature]) -> bool:
    """True when the header is one of these versions, or so close that it must be a version we do not know."""
    return bool(columns) and nearest(columns, known)[1] >= NEAR_FRAC


def differences(columns: Sequence[str], version: Signature) -> str:
    """Say which names differ: `without 'order #'; with 'order no' instead`."""
    found = frozenset(columns)
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    said = [
        f"{word} {', '.join(repr(name) for name in sorted(names))}"
        for word, names in (
            ("without", version.columns - found),
            ("with the unknown", found - version.columns),
            ("with more than one", twice),
        )
        if names
    ]
    return "; ".join(said)


def require_known(file: TextFile, line_index: int, columns: Sequence[str], known: Sequence[Signature]) -> Signature:
    """The version of this header.

    Raises:
        HeaderNotUnderstood: `header_unknown`, naming the nearest version and the columns that differ.
    """
    version = exact(columns, known)
    if version is not None:
        return version
    near, _ = nearest(columns, known)
    found = frozenset(columns)
    strange = next((name for name in columns if name not in near.columns), None)
    missing = next(iter(sorted(near.columns - found)), None)
    raise HeaderNotUnderstood(
        file.name,
        Finding(
            "header_unknown",
            f"The header is no statement we know; the nearest is {near.label}, but this one is "
            f"{differences(columns, near)}.",
            "export it again with the broker's own column names; nothing is read by its place",
            line_index + 1,
            strange or missing,
        ),
    )
