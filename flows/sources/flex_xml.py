"""IBKR's Flex XML read into flat elements, safely: no document type, no entity, nothing from outside the file.

The parser is the standard library's expat. A document type or an entity declaration refuses the file before a character
of it is expanded, so neither entity bombs nor external entities can do anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from flows.sources.errors import ContentRefused, Finding
from flows.sources.statement import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.sources.text_file import TextFile

ROOT: Final = "FlexQueryResponse"
ERROR_ROOT: Final = "FlexStatementResponse"
STATEMENT: Final = "FlexStatement"


@dataclass(frozen=True, slots=True)
class Element:
    """One element with its attributes, the line it stands on, and the names of the elements around it."""

    name: str
    attributes: Mapping[str, str]
    source_line: int
    path: tuple[str, ...]

    def __getitem__(self, attribute: str) -> str:
        """An attribute without surrounding blanks, empty where it is not there."""
        return self.attributes.get(attribute, "").strip()

    @property
    def text(self) -> str:
        """The element as it might stand in the file, for a person to find it again."""
        said = " ".join(f'{name}="{value}"' for name, value in self.attributes.items())
        return f"<{self.name} {said}/>"


@dataclass(frozen=True, slots=True)
class FlexStatement:
    """One statement of one account: its head and every element below it, in the file's order."""

    head: Element
    elements: tuple[Element, ...]

    def named(self, name: str) -> list[Element]:
        """The elements of one name."""
        return [element for element in self.elements if element.name == name]


def looks_like_flex(file: TextFile) -> bool:
    """True for XML that names IBKR's outermost element in its first lines."""
    head = "\n".join(line for _, line in file.head)
    return head.lstrip().startswith("<") and (f"<{ROOT}" in head or f"<{ERROR_ROOT}" in head)


def read_statements(file: TextFile) -> list[FlexStatement]:
    """The statements of a Flex file.

    Raises:
        ContentRefused: `xml_not_allowed` (a document type or entity), `xml_broken`, `flex_error` (IBKR's own answer
            that there is no statement), `not_an_activity_flex`, `statement_count`, `no_statement`.
    """
    elements = _elements(file)
    root = elements[0]
    place = Place(file, root.source_line)
    if root.name == ERROR_ROOT:
        raise place.refusal("flex_error", "IBKR answered with an error, not with a statement.", hint="request it again")
    if root.name != ROOT:
        raise place.refusal(
            "not_an_activity_flex", f"The outermost element is {root.name}, not {ROOT}.", column=root.name
        )
    if root["type"] not in {"", "AF"}:
        raise place.refusal(
            "not_an_activity_flex",
            f"A Flex query of type {root['type']}; only activity queries (AF) are read.",
            column="type",
            hint="make an Activity Flex Query with the section Trades, level Executions",
        )
    statements = _statements(elements)
    _agree_count(file, elements, statements)
    return statements


def _statements(elements: list[Element]) -> list[FlexStatement]:
    heads = [position for position, element in enumerate(elements) if element.name == STATEMENT]
    ends = [*heads[1:], len(elements)]
    return [
        FlexStatement(elements[start], tuple(elements[start + 1 : end])) for start, end in zip(heads, ends, strict=True)
    ]


def _agree_count(file: TextFile, elements: list[Element], statements: list[FlexStatement]) -> None:
    if not statements:
        raise Place(file, elements[0].source_line).refusal("no_statement", "The file holds no FlexStatement.")
    for outer in elements:
        count = outer["count"] if outer.name == "FlexStatements" else ""
        if count and count != f"{len(statements)}":
            raise Place(file, outer.source_line).refusal(
                "statement_count",
                f"The file announces {count} statements and holds {len(statements)}.",
                column="count",
                hint="was the download complete?",
            )


def _elements(file: TextFile) -> list[Element]:
    """Every element in document order."""
    parser = expat.ParserCreate()
    found: list[Element] = []
    open_names: list[str] = []

    def refuse(*_: object) -> None:
        raise Place(file, parser.CurrentLineNumber).refusal(
            "xml_not_allowed",
            "The file declares a document type or an entity; no statement of IBKR does.",
            hint="do not open this file with other programs: it may be made to do harm",
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append(Element(name, attributes, parser.CurrentLineNumber, tuple(open_names)))
        open_names.append(name)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_names.pop()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    try:
        parser.Parse(_xml_bytes(file), True)  # noqa: FBT003 - the library's own signature
    except expat.ExpatError as error:
        reason = f"The XML breaks off or is malformed: {expat.errors.messages[error.code]}."
        finding = Finding("xml_broken", reason, "download the statement again", error.lineno)
        raise ContentRefused(file.name, finding) from error
    return found


def _xml_bytes(file: TextFile) -> bytes:
    return "\n".join(file.lines).encode()
