"""The daily settlement file of the Cboe Futures Exchange: every contract of one session, monthly and weekly.

The file as served (`Product,Symbol,Expiration Date,Price`) does not say which session it is of, and the page answers an
old date with today's curve without an error. The session is stated by the content - a line `Futures Prices for October
7, 2024` above the header, as the page itself prints it, or a column `Trade Date` - or else by the configuration; and
the first expiry listed has to be the one that was next on that day.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date
from flows.sources.errors import ContentRefused, Finding, SeriesUnknown
from flows.sources.parsed import Series
from flows.sources.rules import RowRule, must_be_date, must_be_number
from flows.sources.series_file import SeriesFormat, series_load, sift_series
from flows.sources.text_file import split_fields
from transforms.market.calendar import FIRST_DAY, LAST_DAY, is_session, next_session, previous_session
from transforms.market.expirations import MONTH_CODES, is_vix_monthly, vix_expirations
from transforms.market.typing_rules import said
from warehouse.tables.raw import RAW_VX_SETTLEMENTS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "cfe_daily_settlement"
PRODUCT = "VX"
_COLUMNS = {
    "product": "product",
    "symbol": "symbol",
    "expiration date": "contract",
    "price": "settle",
    "trade date": "trade_date",
}
_NEEDED = {"product", "symbol", "expiration date", "price"}
_PRICES_FOR = re.compile(r"Prices for ([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})")
_CLAIM = re.compile(rf"{PRODUCT} ([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})")
_SYMBOL = rf"^{PRODUCT}(?<week>[0-9]{{2}})?/(?<month>[{MONTH_CODES}])(?<year>[0-9])$"
_EXPIRY_READ = pl.coalesce(iso_date(pl.col("contract")), us_date(pl.col("contract")))
_TRADE_DATE = pl.coalesce(iso_date(pl.col("trade_date")), us_date(pl.col("trade_date")))
_WEEKS_AHEAD = dt.timedelta(days=70)


@dataclass(frozen=True, slots=True)
class _Session:
    """The session a file claims to be of, and what says so; `day` is None where every row has its own."""

    day: dt.date | None
    series: Series


def recognises(file: TextFile) -> bool:
    """True for Product, Symbol, Expiration Date and Price, and at most a Trade Date beside them."""
    return _header(file) is not None


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a settlement file: one raw row a VX contract. Other products (VXM, VA, IBHY, ...) are rejected by name.

    Raises:
        SeriesUnknown: `session_unknown`: nothing says which session the prices are of.
        ContentRefused: `not_a_session`, `another_session` (the expiries are not those of the session claimed),
            `truncated`, `no_usable_row`.
    """
    header_index, header = _header(file) or (0, ())
    claimed = _session(file, header_index, header)
    layout = SeriesFormat(
        kind="vx_futures",
        format=FORMAT,
        table=RAW_VX_SETTLEMENTS,
        header=header,
        first_index=header_index + 1,
        columns=_COLUMNS,
        rules=_rules(has_trade_date=claimed.day is None),
        date=_TRADE_DATE,
    )
    sifted = sift_series(file, layout)
    if claimed.day is not None:
        sifted = replace(sifted, rows=sifted.rows.with_columns(trade_date=pl.lit(f"{claimed.day}")))
    of_day = sifted.rows.with_columns(day=_TRADE_DATE).partition_by("day", as_dict=True)
    for (day,), contracts in of_day.items():
        _require_curve_of(file, day, contracts)
    return [series_load(file, layout, claimed.series, sifted)]


def _header(file: TextFile) -> tuple[int, tuple[str, ...]] | None:
    """The header's index and names, lower-cased; lines of the page may stand above it."""
    for index, line in file.head:
        names = tuple(name.lower() for name in split_fields(line))
        if set(names) >= _NEEDED and set(names) <= set(_COLUMNS):
            return index, names
        if "," in line and not _PRICES_FOR.search(line):
            return None
    return None


def _session(file: TextFile, header_index: int, header: tuple[str, ...]) -> _Session:
    """The session as the content states it, else as the configuration does."""
    if "trade date" in header:
        return _Session(None, Series(PRODUCT))
    for index, line in file.head:
        found = _PRICES_FOR.search(line)
        if index < header_index and found:
            return _Session(_month_day_year(file, index, found[1]), Series(PRODUCT))
    claim = _CLAIM.fullmatch(file.series_hint or "")
    if claim is not None:
        return _Session(dt.date.fromisoformat(claim[1]), Series(file.series_hint, "configuration"))
    raise SeriesUnknown(
        file.name,
        Finding(
            "session_unknown",
            "Nothing in the file says which session these settlements are of.",
            "put the line 'Futures Prices for October 7, 2024' (of its day) above the header, or name the day in the "
            f'configuration: [sources] "{file.file_name}" = "{PRODUCT} 2024-10-07"',
            header_index + 1,
        ),
    )


def _month_day_year(file: TextFile, index: int, text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%B %d, %Y").date()  # noqa: DTZ007 - a date
    except ValueError:
        finding = Finding("date_line_unknown", f"'{text}' is no date.", "write it like October 7, 2024", index + 1)
        raise ContentRefused(file.name, finding) from None


def _rules(*, has_trade_date: bool) -> tuple[RowRule, ...]:
    month, year = (pl.col("symbol").str.extract_groups(_SYMBOL).struct.field(part) for part in ("month", "year"))
    expected = pl.format(
        "{}{}",
        _EXPIRY_READ.dt.month().cast(pl.Int64).replace_strict(dict(enumerate(MONTH_CODES, start=1)), default=""),
        _EXPIRY_READ.dt.year() % 10,
    )
    is_monthly = pl.col("symbol").str.starts_with(f"{PRODUCT}/")
    return (
        RowRule(
            "other_product",
            "Product",
            pl.col("product") != PRODUCT,
            said(f"{{}} is another product: of these futures only {PRODUCT} is read.", "product"),
        ),
        RowRule(
            "symbol_unknown",
            "Symbol",
            ~pl.col("symbol").str.contains(_SYMBOL),
            said("'{}' is not spelled like VX/V6 or VX38/U6.", "symbol"),
        ),
        must_be_date("contract", "Expiration Date", _EXPIRY_READ),
        # A weekly of the first days of January may carry the old year: only the monthlies' letters are held to account.
        RowRule(
            "symbol_contradicts_expiry",
            "Symbol",
            is_monthly & (pl.format("{}{}", month, year) != expected),
            said("{} does not expire on {}.", "symbol", "contract"),
        ),
        must_be_number("settle", "Price"),
        *((must_be_date("trade_date", "Trade Date", _TRADE_DATE),) if has_trade_date else ()),
    )


def _require_curve_of(file: TextFile, day: dt.date, contracts: pl.DataFrame) -> None:
    """Refuse contracts whose first expiry was not the next one on the day they are said to be of."""
    if not FIRST_DAY <= day <= LAST_DAY - _WEEKS_AHEAD:
        finding = Finding(
            "not_a_session", f"Sessions are known from {FIRST_DAY} to {LAST_DAY}, not on {day}.", "is the year right?"
        )
        raise ContentRefused(file.name, finding)
    if not is_session(day):
        around = f"{previous_session(day)} and {next_session(day)}"
        finding = Finding("not_a_session", f"The NYSE was closed on {day}.", f"the sessions around it are {around}")
        raise ContentRefused(file.name, finding)
    first = contracts.with_columns(expiry_date=_EXPIRY_READ).sort("expiry_date", "source_line").row(0, named=True)
    has_weeklies = not contracts["symbol"].str.starts_with(f"{PRODUCT}/").all()
    expected = [expiry for expiry in vix_expirations(day, day + _WEEKS_AHEAD) if has_weeklies or is_vix_monthly(expiry)]
    following = next(expiry for expiry in expected if expiry > day)
    if first["expiry_date"] in {following, *expected[:1]}:  # a contract that settles today may still be listed
        return
    raise ContentRefused(
        file.name,
        Finding(
            "another_session",
            f"The first expiry listed is {first['expiry_date']}, where on {day} it was {following}.",
            "the page answers an old date with today's prices: is the day right? CFE's contract files have old days",
            first["source_line"],
            "Expiration Date",
        ),
    )
