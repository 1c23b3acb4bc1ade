"""Named ways in which a file goes wrong on its way to the warehouse, each for any format that has what it spoils.

A mutator gives the spoilt file, or None where the format has nothing of the kind. `says` is what may come of it:

| says | the spoilt file | must |
|---|---|---|
| SAME | says the same in another way | load to equal facts |
| ALIKE | the same, but perhaps in no way that is read | load to equal facts, or be noticed |
| WRONG | says something else, or nothing | be noticed, or load to equal facts (a field unread) |
| REFUSED | is none that anybody should load | be refused whole |
| SHORTER | is a whole file of fewer rows | load to some of the facts, or be noticed: the gates count them |

Noticed is: refused with file, line, column and rule, or loaded with the rows at fault rejected with a reason.
"""

from __future__ import annotations

# ruff: noqa: ARG001 - each takes a format, whether it looks at it or not
import base64
import bz2
import gzip
import io
import json
import stat
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.sheets import Sheet
    from tests.faults.valid_files import Format

Says = Literal["SAME", "ALIKE", "WRONG", "REFUSED", "SHORTER"]
Make = "Callable[[Format], bytes | None]"
PAGE: Final = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Verify</body></html>\n"


@dataclass(frozen=True, slots=True)
class Mutator:
    """One way to spoil a file."""

    name: str
    family: str
    says: Says
    make: Callable[[Format], bytes | None]


MUTATORS: Final[list[Mutator]] = []


def mutator(family: str, says: Says) -> Callable[[Callable[[Format], bytes | None]], Callable[[Format], bytes | None]]:
    """Register a mutator under its function's name."""

    def register(make: Callable[[Format], bytes | None]) -> Callable[[Format], bytes | None]:
        MUTATORS.append(Mutator(make.__name__.replace("_", " "), family, says, make))
        return make

    return register


def _of_text(form: Format, change: Callable[[str], str]) -> bytes | None:
    """Change a text file; a Parquet is none."""
    return None if _is_binary(form) else change(form.content.decode()).encode()


def _is_binary(form: Format) -> bool:
    return form.content.startswith(b"PAR1")


def _of_sheet(form: Format, change: Callable[[Sheet], Sheet]) -> bytes:
    return form.codec.write(change(form.codec.read(form.content)))


def _number(form: Format, spell: Callable[[str], str], *, row: int = 1) -> bytes | None:
    """Change one number."""
    if form.number is None:
        return None
    sheet = form.codec.read(form.content)
    at = sheet.at(form.number)
    return form.codec.write(sheet.with_cell(row, at, spell(sheet.rows[row][at])))


def _date(form: Format, spell: Callable[[str], str], *, rows: slice = slice(1, 2)) -> bytes | None:
    """Change the dates of some rows."""
    if form.date is None:
        return None
    sheet = form.codec.read(form.content)
    at = sheet.at(form.date)
    chosen = range(len(sheet.rows))[rows]
    return form.codec.write(
        sheet.with_column(
            at, [spell(row[at]) if number in chosen else row[at] for number, row in enumerate(sheet.rows)]
        )
    )


# --- cut short


@mutator("cut short", "REFUSED")
def an_empty_file(form: Format) -> bytes:
    return b""


@mutator("cut short", "REFUSED")
def nothing_but_blank_lines(form: Format) -> bytes:
    return b"\r\n\r\n  \n"


@mutator("cut short", "REFUSED")
def one_byte(form: Format) -> bytes:
    return form.content[:1]


@mutator("cut short", "WRONG")
def cut_within_a_line_in_the_middle(form: Format) -> bytes:
    half = len(form.content) // 2
    ends = form.content.find(b"\n", half)
    starts = form.content.rfind(b"\n", 0, half)
    return form.content[: (starts + max(ends, half + 2)) // 2]


@mutator("cut short", "WRONG")
def cut_within_the_last_line(form: Format) -> bytes:
    last = form.content.rstrip(b"\n").rfind(b"\n")
    return form.content[: (last + len(form.content)) // 2]


@mutator("cut short", "SHORTER")
def cut_at_the_end_of_a_line(form: Format) -> bytes | None:
    at = form.content.find(b"\n", len(form.content) * 2 // 3) + 1
    return None if _is_binary(form) or not at else form.content[:at]


@mutator("cut short", "WRONG")
def its_beginning_lost(form: Format) -> bytes:
    return form.content[len(form.content) // 3 :]


@mutator("cut short", "SHORTER")
def header_only(form: Format) -> bytes:
    return _of_sheet(form, lambda sheet: sheet.with_rows([]))


@mutator("cut short", "SHORTER")
def a_row_missing(form: Format) -> bytes:
    return _of_sheet(form, lambda sheet: sheet.with_rows([*sheet.rows[:1], *sheet.rows[2:]]))


# --- encodings


@mutator("encoding", "REFUSED")
def utf_16(form: Format) -> bytes | None:
    return None if _is_binary(form) else form.content.decode().encode("utf-16")


@mutator("encoding", "REFUSED")
def utf_16_without_its_mark(form: Format) -> bytes | None:
    return None if _is_binary(form) else form.content.decode().encode("utf-16-be")


@mutator("encoding", "REFUSED")
def utf_32(form: Format) -> bytes | None:
    return None if _is_binary(form) else form.content.decode().encode("utf-32")


@mutator("encoding", "SAME")
def a_byte_order_mark(form: Format) -> bytes | None:
    return None if _is_binary(form) else b"\xef\xbb\xbf" + form.content


@mutator("encoding", "REFUSED")
def a_latin_1_letter(form: Format) -> bytes | None:
    at = len(form.content) // 2
    return None if _is_binary(form) else form.content[:at] + "é".encode("latin-1") + form.content[at:]


@mutator("encoding", "WRONG")
def a_nul_within_a_number(form: Format) -> bytes | None:
    return None if _is_binary(form) else _number(form, lambda number: f"{number[:1]}\0{number[1:]}")


@mutator("encoding", "WRONG")
def a_page_of_nul_at_the_end(form: Format) -> bytes:
    return form.content + bytes(4096)


@mutator("encoding", "WRONG")
def a_page_of_nul_in_the_middle(form: Format) -> bytes:
    at = len(form.content) // 2
    return form.content[:at] + bytes(4096) + form.content[at + 4096 :]


@mutator("encoding", "WRONG")
def full_width_digits(form: Format) -> bytes | None:
    return _number(form, lambda number: number.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}))


@mutator("encoding", "WRONG")
def a_line_separator_within_a_number(form: Format) -> bytes | None:
    return _number(form, lambda number: f"{number[:1]}\u2028{number[1:]}")


@mutator("encoding", "WRONG")
def a_blank_within_a_number(form: Format) -> bytes | None:
    return _number(form, lambda number: f"{number[:1]}\u00a0{number[1:]}")


# --- line ends


@mutator("line ends", "SAME")
def windows_line_ends(form: Format) -> bytes | None:
    return _of_text(form, lambda text: text.replace("\n", "\r\n"))


@mutator("line ends", "SAME")
def mixed_line_ends(form: Format) -> bytes | None:
    return _of_text(form, lambda text: text.replace("\n", "\r\n", 3))


@mutator("line ends", "ALIKE")
def line_ends_of_the_old_mac(form: Format) -> bytes | None:
    return _of_text(form, lambda text: text.replace("\n", "\r"))


@mutator("line ends", "ALIKE")
def one_line_ends_as_on_the_old_mac(form: Format) -> bytes | None:
    def change(text: str) -> str:
        at = text.find("\n", len(text) // 2)
        return f"{text[:at]}\r{text[at + 1 :]}"

    return _of_text(form, change)


@mutator("line ends", "SAME")
def no_line_end_at_the_end(form: Format) -> bytes | None:
    return _of_text(form, lambda text: text.removesuffix("\n"))


@mutator("line ends", "SAME")
def blank_lines_at_the_end(form: Format) -> bytes | None:
    return _of_text(form, lambda text: f"{text}\n\n \n")


@mutator("line ends", "SAME")
def blank_lines_between(form: Format) -> bytes | None:
    return _of_text(form, lambda text: "\n\n".join(text.split("\n"))) if form.codec.is_lines else None


@mutator("line ends", "WRONG")
def a_line_broken_in_two(form: Format) -> bytes | None:
    if not form.codec.is_lines:
        return None

    def change(text: str) -> str:
        at = text.find(",", text.find("\n", len(text) // 2))
        return f"{text[:at]}\n{text[at:]}"

    return _of_text(form, change)


# --- columns


@mutator("columns", "ALIKE")
def columns_in_another_order(form: Format) -> bytes:
    return _of_sheet(form, lambda sheet: sheet.picked([*range(len(sheet.rows[0]))][::-1]))


@mutator("columns", "WRONG")
def a_column_renamed(form: Format) -> bytes | None:
    return _with_name(form, lambda name: f"{name.strip('[]')} (adj)")


@mutator("columns", "WRONG")
def a_column_with_a_typing_error(form: Format) -> bytes | None:
    return _with_name(form, lambda name: name[:1] + name)


@mutator("columns", "WRONG")
def a_column_without_a_name(form: Format) -> bytes | None:
    return None if form.codec.write(form.codec.read(form.content)) == b"" else _with_name(form, lambda _: "")


def _with_name(form: Format, spell: Callable[[str], str]) -> bytes | None:
    """Rename the column of the number, else of the date."""
    column = form.number if form.number is not None else form.date
    sheet = form.codec.read(form.content)
    if column is None or not sheet.header:
        return None
    at = sheet.at(column)
    names = (*sheet.header[:at], spell(sheet.header[at]), *sheet.header[at + 1 :])
    return form.codec.write(replace(sheet, header=names))


@mutator("columns", "WRONG")
def a_column_missing(form: Format) -> bytes | None:
    column = form.number if form.number is not None else form.date
    if column is None:
        return None
    return _of_sheet(
        form, lambda sheet: sheet.picked([at for at in range(len(sheet.rows[0])) if at != sheet.at(column)])
    )


@mutator("columns", "ALIKE")
def a_column_more(form: Format) -> bytes:
    return _of_sheet(
        form,
        lambda sheet: replace(
            sheet,
            header=(*sheet.header, "comment") if sheet.header else (),
            rows=tuple((*row, "seen") for row in sheet.rows),
        ),
    )


@mutator("columns", "ALIKE")
def a_column_more_in_front(form: Format) -> bytes:
    return _of_sheet(
        form,
        lambda sheet: replace(
            sheet,
            header=("row", *sheet.header) if sheet.header else (),
            rows=tuple((str(at), *row) for at, row in enumerate(sheet.rows)),
        ),
    )


@mutator("columns", "WRONG")
def a_column_twice_the_false_one_first(form: Format) -> bytes | None:
    return _with_column_twice(form, step=0)


@mutator("columns", "WRONG")
def a_column_twice_the_false_one_last(form: Format) -> bytes | None:
    return _with_column_twice(form, step=1)


def _with_column_twice(form: Format, *, step: int) -> bytes | None:
    """A second column of the name of one that is read."""
    if form.number is None:
        return None

    def change(sheet: Sheet) -> Sheet:
        at = sheet.at(form.number or 0)
        rows = tuple((*row[: at + step], "7.77", *row[at + step :]) for row in sheet.rows)
        return replace(sheet, header=(*sheet.header[: at + 1], *sheet.header[at:]), rows=rows)

    return _of_sheet(form, change)


@mutator("columns", "WRONG")
def the_header_shifted_by_one(form: Format) -> bytes | None:
    sheet = form.codec.read(form.content)
    return form.codec.write(replace(sheet, header=(*sheet.header[1:], sheet.header[0]))) if sheet.header else None


@mutator("columns", "WRONG")
def no_header(form: Format) -> bytes | None:
    sheet = form.codec.read(form.content)
    return form.codec.write(replace(sheet, header=())) if sheet.header and form.codec.is_lines else None


@mutator("columns", "ALIKE")
def names_in_upper_case(form: Format) -> bytes | None:
    sheet = form.codec.read(form.content)
    return form.codec.write(replace(sheet, header=tuple(name.upper() for name in sheet.header)))


@mutator("columns", "ALIKE")
def blanks_around_the_fields(form: Format) -> bytes:
    return _of_sheet(
        form,
        lambda sheet: replace(
            sheet,
            header=tuple(f" {name} " for name in sheet.header) if form.codec.is_lines else sheet.header,
            rows=tuple(tuple(f" {cell} " if cell else "" for cell in row) for row in sheet.rows),
        ),
    )


# --- delimiters and quotation marks


def _delimited_by(form: Format, mark: str) -> bytes | None:
    return _of_text(form, lambda text: text.replace(",", mark)) if form.codec.is_lines else None


@mutator("delimiter", "REFUSED")
def semicolons(form: Format) -> bytes | None:
    return _delimited_by(form, ";")


@mutator("delimiter", "REFUSED")
def tabs(form: Format) -> bytes | None:
    return _delimited_by(form, "\t")


@mutator("delimiter", "REFUSED")
def bars(form: Format) -> bytes | None:
    return _delimited_by(form, "|")


@mutator("delimiter", "WRONG")
def one_row_with_semicolons(form: Format) -> bytes | None:
    if not form.codec.is_lines:
        return None

    def change(text: str) -> str:
        lines = text.split("\n")
        middle = len(lines) // 2
        return "\n".join([*lines[:middle], lines[middle].replace(",", ";"), *lines[middle + 1 :]])

    return _of_text(form, change)


@mutator("delimiter", "SAME")
def every_field_in_quotation_marks(form: Format) -> bytes | None:
    if not form.codec.is_lines:
        return None
    quoted = _all_quoted(form)
    return quoted if form.codec.read(quoted) == form.codec.read(form.content) else None


def _all_quoted(form: Format) -> bytes:
    sheet = form.codec.read(form.content)
    rows = [",".join(f'"{cell}"' for cell in row) for row in ([sheet.header] if sheet.header else []) + [*sheet.rows]]
    return ("\n".join([*sheet.above, *rows, *sheet.below]) + "\n").encode()


@mutator("delimiter", "WRONG")
def a_stray_quotation_mark(form: Format) -> bytes | None:
    def change(text: str) -> str:
        at = text.find(",", text.find("\n", len(text) // 2)) + 1
        return f'{text[:at]}"{text[at:]}'

    return _of_text(form, change)


@mutator("delimiter", "WRONG")
def a_field_lost(form: Format) -> bytes | None:
    return _with_fields(form, lambda row: (*row[:2], *row[3:]))


@mutator("delimiter", "WRONG")
def a_field_too_many(form: Format) -> bytes | None:
    return _with_fields(form, lambda row: (*row[:2], "5", *row[2:]))


def _with_fields(form: Format, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> bytes | None:
    if not form.codec.is_lines:
        return None
    sheet = form.codec.read(form.content)
    rows = [change(row) if number == 1 else row for number, row in enumerate(sheet.rows)]
    return form.codec.write(sheet.with_rows(rows)) if rows != [*sheet.rows] else None


# --- numbers


@mutator("numbers", "WRONG")
def a_negative_price(form: Format) -> bytes | None:
    return _number(form, lambda number: f"-{number.strip('$')}")


@mutator("numbers", "WRONG")
def a_price_in_brackets(form: Format) -> bytes | None:
    return _number(form, lambda number: f"({number})")


@mutator("numbers", "ALIKE")
def thousands_separated(form: Format) -> bytes | None:
    return _number(form, _grouped)


def _grouped(number: str) -> str:
    whole, point, rest = number.strip("$").partition(".")
    return f"{int(whole):,}{point}{rest}" if len(whole) > 3 else f"0,{whole:0>3}{point}{rest}"


@mutator("numbers", "WRONG")
def a_decimal_comma(form: Format) -> bytes | None:
    return _number(form, lambda number: number.strip("$").replace(".", ",") if "." in number else f"{number},5")


@mutator("numbers", "WRONG")
def points_for_thousands(form: Format) -> bytes | None:
    return _number(form, lambda number: f"1.{number.strip('$')}" if "." in number else f"1.{number}.0")


@mutator("numbers", "WRONG")
def a_word_for_a_number(form: Format) -> bytes | None:
    return _number(form, lambda _: "n/a")


@mutator("numbers", "WRONG")
def not_a_number(form: Format) -> bytes | None:
    return _number(form, lambda _: "NaN")


@mutator("numbers", "WRONG")
def infinite(form: Format) -> bytes | None:
    return _number(form, lambda _: "inf")


@mutator("numbers", "WRONG")
def beyond_every_float(form: Format) -> bytes | None:
    return _number(form, lambda _: "1e999")


@mutator("numbers", "WRONG")
def hexadecimal(form: Format) -> bytes | None:
    return _number(form, lambda _: "0x1F")


@mutator("numbers", "WRONG")
def no_number_at_all(form: Format) -> bytes | None:
    return _number(form, lambda _: "")


@mutator("numbers", "WRONG")
def a_formula(form: Format) -> bytes | None:
    return _number(form, lambda number: f"=1*{number}")


@mutator("numbers", "WRONG")
def two_numbers(form: Format) -> bytes | None:
    return _number(form, lambda number: f"{number} {number}")


@mutator("numbers", "WRONG")
def twenty_digits(form: Format) -> bytes | None:
    return _number(form, lambda _: "-" + "9" * 20)


@mutator("numbers", "WRONG")
def a_count_beyond_all_counting(form: Format) -> bytes | None:
    """In the last column of numbers: a volume, an open interest, a quantity, a count."""
    names = ("open interest", "openinterest", "open_interest", "oi", "quantity", "close", "position")
    sheet = form.codec.read(form.content)
    at = [place for place, name in enumerate(sheet.header) if name.strip("[] ").lower() in names]
    return form.codec.write(sheet.with_cell(1, at[-1], "9" * 28)) if at else _number(form, lambda _: "9" * 28)


@mutator("numbers", "WRONG")
def a_megabyte_for_a_number(form: Format) -> bytes | None:
    return _number(form, lambda _: "x" * 2**20)


@mutator("numbers", "ALIKE")
def scientific(form: Format) -> bytes | None:
    return _number(form, lambda number: f"{float(number.strip('$').replace(',', '')):.6e}")


# --- dates


@mutator("dates", "WRONG")
def no_date(form: Format) -> bytes | None:
    return _date(form, lambda _: "")


@mutator("dates", "WRONG")
def the_thirtieth_of_february(form: Format) -> bytes | None:
    return _date(form, lambda day: "02/30/2024" if "/" in day else "2024-02-30" if "-" in day else "20240230")


@mutator("dates", "WRONG")
def a_date_with_points(form: Format) -> bytes | None:
    return _date(form, lambda _: "23.02.2024")


@mutator("dates", "WRONG")
def day_before_month(form: Format) -> bytes | None:
    return _date(form, lambda _: "23/02/2024")


@mutator("dates", "WRONG")
def a_date_in_words(form: Format) -> bytes | None:
    return _date(form, lambda _: "yesterday")


@mutator("dates", "WRONG")
def a_serial_number_of_a_spreadsheet(form: Format) -> bytes | None:
    return _date(form, lambda _: "45355")


@mutator("dates", "WRONG")
def of_another_century(form: Format) -> bytes | None:
    return _date(form, lambda day: day.replace("2024", "2204").replace("2023", "2203").replace("/24", "/2204"))


def _above(form: Format, change: Callable[[str], str]) -> bytes | None:
    """Change the lines above the table."""
    sheet = form.codec.read(form.content)
    changed = tuple(map(change, sheet.above))
    return form.codec.write(replace(sheet, above=changed)) if changed != sheet.above else None


@mutator("dates", "WRONG")
def of_another_century_above_the_table(form: Format) -> bytes | None:
    return _above(form, lambda line: line.replace("2024", "2204").replace("2026", "2206"))


@mutator("dates", "WRONG")
def of_the_year_nought(form: Format) -> bytes | None:
    return _above(form, lambda line: line.replace("2024", "0001").replace("2026", "0001"))


@mutator("dates", "WRONG")
def a_date_above_in_no_language(form: Format) -> bytes | None:
    return _above(form, lambda line: line.replace("March", "Smarch").replace("2024-03-04", "2024-33-04"))


@mutator("dates", "WRONG")
def a_saturday(form: Format) -> bytes | None:
    return _date(form, lambda day: "02/24/2024" if "/" in day else "2024-02-24" if "-" in day else "20240224")


@mutator("dates", "ALIKE")
def dates_of_two_spellings(form: Format) -> bytes | None:
    def spell(day: str) -> str:
        if day[4:5] == "-" and len(day) == len("2024-03-04"):
            return f"{day[5:7]}/{day[8:]}/{day[:4]}"
        if day[2:3] == "/" and len(day) == len("03/04/2024"):
            return f"{day[6:]}-{day[:2]}-{day[3:5]}"
        return day

    return _date(form, spell, rows=slice(0, None, 2))


# --- rows


@mutator("rows", "SAME")
def rows_in_another_order(form: Format) -> bytes | None:
    # An Activity Flex is in the order of its events, a statement of dates alone too: there order is content.
    return _of_sheet(form, lambda sheet: sheet.with_rows(sheet.rows[::-1])) if form.name != "Schwab" else None


@mutator("rows", "ALIKE")
def a_row_twice(form: Format) -> bytes:
    return _of_sheet(form, lambda sheet: sheet.with_rows([*sheet.rows[:2], *sheet.rows[1:]]))


@mutator("rows", "WRONG")
def a_contract_or_date_twice_with_another_value(form: Format) -> bytes | None:
    if form.number is None:
        return None

    def change(sheet: Sheet) -> Sheet:
        again = sheet.with_cell(1, form.number or 0, _dearer(sheet.rows[1][sheet.at(form.number or 0)])).rows[1]
        return sheet.with_rows([*sheet.rows[:2], again, *sheet.rows[2:]])

    return _of_sheet(form, change)


def _dearer(number: str) -> str:
    """Another sound number: a unit more, as it is spelled."""
    bare = number.strip("$").replace(",", "")
    dearer = f"{float(bare) + 1:.{len(bare.partition('.')[2])}f}"
    return f"${dearer}" if number.startswith("$") else dearer


@mutator("rows", "ALIKE")
def ten_times_the_rows(form: Format) -> bytes:
    return _of_sheet(form, lambda sheet: sheet.with_rows(sheet.rows * 10))


@mutator("rows", "ALIKE")
def the_file_twice_in_a_row(form: Format) -> bytes:
    return form.content + form.content


@mutator("rows", "WRONG")
def a_conflict_of_versions(form: Format) -> bytes | None:
    def change(text: str) -> str:
        lines = text.split("\n")
        half = len(lines) // 2
        ours, theirs = lines[half], lines[half]
        return "\n".join([*lines[:half], "<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> theirs", *lines[half + 1 :]])

    return _of_text(form, change)


@mutator("rows", "WRONG")
def a_line_of_totals(form: Format) -> bytes | None:
    return _of_text(form, lambda text: f"{text}Total,,,9999\n") if form.codec.is_lines else None


@mutator("rows", "WRONG")
def a_notice_at_the_end(form: Format) -> bytes | None:
    return _of_text(form, lambda text: f"{text}All data delayed; see terms of use\n")


# --- something else


@mutator("something else", "REFUSED")
def a_web_page_in_its_place(form: Format) -> bytes:
    return PAGE


@mutator("something else", "WRONG")
def a_web_page_behind_it(form: Format) -> bytes:
    return form.content + PAGE


@mutator("something else", "REFUSED")
def a_web_page_before_it(form: Format) -> bytes:
    return PAGE * 20 + form.content


@mutator("something else", "REFUSED")
def noise(form: Format) -> bytes:
    return bytes(zlib.crc32(bytes([number % 256, number // 256])) % 256 for number in range(2000))


@mutator("something else", "REFUSED")
def as_base64(form: Format) -> bytes:
    return base64.encodebytes(form.content)


@mutator("something else", "REFUSED")
def a_workbook_in_its_place(form: Format) -> bytes:
    return zipped(("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", form.content[:200]))


@mutator("something else", "REFUSED")
def other_json(form: Format) -> bytes:
    return json.dumps({"error": "no such symbol", "data": None}).encode()


@mutator("something else", "REFUSED")
def another_data_set(form: Format) -> bytes:
    return b"id,species,weight_g\n1,finch,14\n2,robin,18\n"


# --- packed


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for entry, content in members:
            archive.writestr(entry, content)
    return buffer.getvalue()


@mutator("packed", "SAME")
def as_gzip(form: Format) -> bytes | None:
    return None if form.is_positions else gzip.compress(form.content)


@mutator("packed", "SAME")
def as_zip(form: Format) -> bytes | None:
    return None if form.is_positions else zipped((form.file_name, form.content))


@mutator("packed", "SAME")
def as_zip_in_zip(form: Format) -> bytes | None:
    return None if form.is_positions else zipped(("a.zip", zipped((form.file_name, form.content))))


@mutator("packed", "REFUSED")
def as_bzip2(form: Format) -> bytes:
    return bz2.compress(form.content)


@mutator("packed", "REFUSED")
def a_gzip_cut_short(form: Format) -> bytes:
    return gzip.compress(form.content)[:-9]


@mutator("packed", "REFUSED")
def a_zip_cut_short(form: Format) -> bytes:
    return zipped((form.file_name, form.content))[:-30]


@mutator("packed", "REFUSED")
def a_zip_with_a_flipped_bit(form: Format) -> bytes:
    packed = zipped((form.file_name, form.content), method=zipfile.ZIP_STORED)
    at = len(packed) // 2
    return packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]


@mutator("packed", "REFUSED")
def a_path_out_of_the_archive(form: Format) -> bytes:
    return zipped((f"../../{form.file_name}", form.content))


@mutator("packed", "REFUSED")
def an_absolute_path(form: Format) -> bytes:
    return zipped((f"/etc/cron.d/{form.file_name}", form.content))


@mutator("packed", "REFUSED")
def a_path_of_windows(form: Format) -> bytes:
    return zipped((f"..\\..\\{form.file_name}", form.content))


@mutator("packed", "REFUSED")
def a_symbolic_link(form: Format) -> bytes:
    entry = zipfile.ZipInfo(form.file_name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((entry, b"/etc/passwd"))


@mutator("packed", "REFUSED")
def an_encrypted_member(form: Format) -> bytes:
    packed = bytearray(zipped((form.file_name, form.content)))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(magic) + at] |= 1
    return bytes(packed)


@mutator("packed", "REFUSED")
def a_zip_bomb(form: Format) -> bytes:
    return zipped((form.file_name, bytes(2**22)))


@mutator("packed", "REFUSED")
def a_gzip_bomb(form: Format) -> bytes:
    return gzip.compress(bytes(2**22), 1)


@mutator("packed", "REFUSED")
def archives_four_deep(form: Format) -> bytes:
    content = form.content
    for _ in range(4):
        content = zipped(("inner.zip", content))
    return content


@mutator("packed", "REFUSED")
def five_hundred_and_one_members(form: Format) -> bytes:
    return zipped(*((f"{number}-{form.file_name}", b"x") for number in range(501)), method=zipfile.ZIP_STORED)


@mutator("packed", "REFUSED")
def a_stranger_beside_it(form: Format) -> bytes:
    return zipped((form.file_name, form.content), ("birds.csv", b"id,species\n1,finch\n"))


@mutator("packed", "REFUSED")
def an_archive_of_documents(form: Format) -> bytes:
    return zipped(("statement.pdf", b"%PDF-1.7"), ("terms.html", PAGE))
