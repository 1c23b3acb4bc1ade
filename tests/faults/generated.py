"""Mutations nobody thought of: bytes, fields and lines changed at random, the same ones for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tests.faults.valid_files import Format, Outcome

PIECES: Final = (
    *(b"", b",", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"-", b".", b"nan", b"1e999", b"{", b"[]", b"null"),
    *(b"<", b"&", b"</", b'="', b"\t", b";", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"0", b"9" * 25, b"20240304", b"SPXW"),
    *(b"Date:", b"Calls", b"PK\x03\x04", b"# SIMULATED", b"\xf0\x9f\x92\xa9", "١٢".encode()),
)
# What no price, count, strike or date can be.
IMPOSSIBLE: Final = (
    *(
        "abc",
        "n/a",
        "NaN",
        "inf",
        "-inf",
        "1e999",
        "0x1F",
        "1.2.3",
        "--",
        "12-",
        "１２",
        "1 2",
        "=1+1",
        "#REF!",
        "'",
        "\\",
    ),
    *(
        "31.02.2024",
        "2024-02-30",
        "02/30/2024",
        "2024-13-01",
        "yesterday",
        "1,2",
        "1.000,50",
        "9" * 30 + "x",
        "$",
        "%",
        "+-1",
    ),
)
# Columns whose texts are taken as they stand.
AS_WRITTEN: Final = (
    *("bid", "ask", "last", "volume", "open_interest", "open", "high", "low", "close", "settle", "value", "yield_pct"),
    *("value_pts", "net_liq_usd", "margin_used_usd", "fill_id", "price", "quantity", "fees", "filled_at", "time_et"),
)
MOST_FACTS_A_ROW: Final = 6  # the three tenors of a curve, and of the row whose date it was given


@dataclass(frozen=True, slots=True)
class Mutation:
    """A spoilt content; `must_be_noticed` where a cell that is read was given what it cannot be."""

    kind: str
    content: bytes
    must_be_noticed: bool = False
    is_one_row: bool = False


def mutations(form: Format, chance: Random) -> Iterator[Mutation]:
    """Spoilt files without end: bytes, cells and lines in turn."""
    while True:
        yield _of_bytes(form, chance)
        yield _of_a_cell(form, chance)
        yield _of_lines(form, chance)
        yield _of_an_impossible_cell(form, chance)


def _of_bytes(form: Format, chance: Random) -> Mutation:
    content = form.content
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        piece = chance.choice(PIECES) if chance.random() < 0.7 else chance.randbytes(chance.randint(1, 6))
        content = content[:at] + piece + content[at + chance.choice((0, 0, 1, 2, 9, 30)) :]
    return Mutation("bytes", content)


def _of_a_cell(form: Format, chance: Random) -> Mutation:
    """A cell blanked, doubled, or taken from another place of the table."""
    sheet = form.codec.read(form.content)
    row, column = chance.randrange(len(sheet.rows)), chance.randrange(len(sheet.rows[0]))
    other = sheet.rows[chance.randrange(len(sheet.rows))][chance.randrange(len(sheet.rows[0]))]
    value = chance.choice(("", sheet.rows[row][column] * 2, other, f" {other}"))
    return Mutation("a cell", form.codec.write(sheet.with_cell(row, column, value)), is_one_row=True)


def _of_an_impossible_cell(form: Format, chance: Random) -> Mutation:
    sheet = form.codec.read(form.content)
    read = [column for column in (form.number, form.date) if column is not None]
    value, row = chance.choice(IMPOSSIBLE), chance.randrange(len(sheet.rows))
    if not read:
        return Mutation("an impossible cell", form.codec.write(sheet.with_cell(row, 0, value)), is_one_row=True)
    content = form.codec.write(sheet.with_cell(row, chance.choice(read), value))
    return Mutation("an impossible cell", content, must_be_noticed=True, is_one_row=True)


def _of_lines(form: Format, chance: Random) -> Mutation:
    """Lines swapped, doubled, left out, joined or cut."""
    lines = form.content.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            lines[one], lines[two] = lines[two], lines[one]
        case 1:
            lines.insert(one, lines[two])
        case 2:
            del lines[one]
        case 3 if one + 1 < len(lines):
            lines[one : one + 2] = [lines[one] + lines[one + 1]]
        case _:
            lines[one] = lines[one][: chance.randrange(len(lines[one]) + 1)]
    return Mutation("lines", b"\n".join(lines))


def assert_nothing_is_invented(form: Format, content: bytes, outcome: Outcome) -> None:
    """What was accepted stands, letter by letter, on the line it is said to be of."""
    if not form.codec.is_lines:
        return
    lines = content.decode("utf-8-sig").split("\n")
    for load in outcome.loads:
        if load.content != content or load.table.full_name == "raw.broker_rows":
            continue
        columns = [name for name in AS_WRITTEN if name in load.rows.columns]
        for source_line, *values in load.rows.select("source_line", *columns).iter_rows():
            line = lines[source_line - 1].replace('""', '"')
            assert all(value is None or value in line for value in values), (values, line)
