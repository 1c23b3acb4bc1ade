"""What chain files say, from their bytes to their prices: all that follows from a file, the series and the rules.

A backfill reads many chains before it computes the first figure, in several processes where it may: no chain depends on
another. Each file goes into the archive; what is found is handed back and stored by the one writer
(flows/chain_store.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.build import PRICED_TABLES, YIELDS, price_quotes
from flows.inbox import STAGE as INGEST
from flows.inbox import load_ids_of, load_row
from flows.series import QUOTES_AT_A_TIME
from flows.series import STAGE as SERIES
from flows.sources import recognise
from flows.sources.account_names import account_by_name
from flows.sources.errors import FileRefused
from flows.sources.naming import vendor_series
from transforms.market.calendar import quote_table_instant
from transforms.market.chains import describe_chains
from transforms.market.forwards import Mark
from transforms.market.quotes import UNDERLYING_OF_ROOT, type_quotes
from transforms.market.rates import curve_on
from warehouse.archive import Archive, sha256_of
from warehouse.tables import core, meta, raw

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from flows.inbox import KnownLoads
    from flows.rules import Rules
    from flows.sources.chain_rules import ChainRules
    from flows.sources.parsed import ParsedFile
    from warehouse.archive import ArchivedFile
    from warehouse.connection import Connection
    from warehouse.tables.types import Table

# Which table a frame is of is told by its full name, so that it can be sent between processes.
TABLES: Final[dict[str, Table]] = {
    table.full_name: table
    for table in (
        raw.RAW_OPTION_QUOTES,
        meta.META_LOADS,
        meta.META_REJECTED_ROWS,
        core.CORE_OPTION_CHAINS,
        *PRICED_TABLES,
    )
}
# Whose prices a row is of, beside the columns of `PRICED_TABLES`.
OF_LOAD: Final = "of_load_id"


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file to read, and the series the configuration gives it, where it does."""

    path: Path
    series_hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingSeries:
    """What chains are priced against: the Treasury yields and the VX settlements on record."""

    yields: pl.DataFrame
    vx: pl.DataFrame

    @classmethod
    def of(cls, connection: Connection) -> PricingSeries:
        """Read them all."""
        return cls(yields=connection.query(YIELDS), vx=connection.read(core.CORE_VX_SETTLEMENTS_DAILY))

    def mark(self, session_date: dt.date, quote_at: dt.datetime) -> Mark | None:
        """What a chain of a session is priced against; None without a Treasury curve."""
        curve = curve_on(self.yields, session_date)
        if curve is None:
            return None
        vx = self.vx.filter(pl.col("session_date") == session_date)
        return Mark(session_date=session_date, quote_at=quote_at, curve=curve, vx=vx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How chains are read: into which home, by which rules, against what, and what is known already.

    Chains of `sessions` are priced; those of others are only taken in. `now` is the instant recorded for new loads.
    """

    home: Path
    rules: Rules
    chain_rules: ChainRules
    series: PricingSeries
    known: KnownLoads
    sessions: frozenset[dt.date]
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What some files gave: rows by table, files refused, files that hold something else than chains, what arrived.

    `tables` maps the names in `TABLES` to rows; those of `PRICED_TABLES` carry `of_load_id` beside.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    refused: tuple[tuple[ArchivedFile, FileRefused], ...] = ()
    others: tuple[LandedFile, ...] = ()
    arrived: tuple[tuple[ArchivedFile, LandedFile], ...] = ()


@dataclass(slots=True)
class _Taken:
    """Loads of some files as they are read."""

    raw_rows: list[pl.DataFrame] = field(default_factory=list)
    load_rows: list[dict[str, object]] = field(default_factory=list)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    refused: list[tuple[ArchivedFile, FileRefused]] = field(default_factory=list)
    others: list[LandedFile] = field(default_factory=list)
    arrived: list[tuple[ArchivedFile, LandedFile]] = field(default_factory=list)


def read_chains(files: Sequence[LandedFile], reading: Reading) -> ChainFacts:
    """Archive, parse, type, place and price some chain files; what is loaded already is passed over."""
    taken = _Taken()
    for file in files:
        _take(file, reading, taken)
    tables = _facts_of(taken, reading) if taken.load_rows else {}
    return ChainFacts(tables, tuple(taken.refused), tuple(taken.others), tuple(taken.arrived))


def _take(file: LandedFile, reading: Reading, taken: _Taken) -> None:
    name = file.path.name
    try:
        content = file.path.read_bytes()
    except OSError:
        taken.others.append(file)  # whoever takes it in says why it cannot be read
        return
    series_by_name = file.series_hint or vendor_series(name) or account_by_name(name)
    if reading.known.is_loaded(sha256_of(content), series_by_name):
        return
    archived = Archive(reading.home).put(content, name)
    parse = partial(recognise.parse, chain_rules=reading.chain_rules)
    try:
        loads = parse(name, content, series_hint=file.series_hint)
    except FileRefused as refusal:
        taken.refused.append((archived, refusal))
        taken.arrived.append((archived, file))
        return
    if any(load.kind != "option_chain" for load in loads):
        taken.others.append(file)
        return
    taken.arrived.append((archived, file))
    for load, load_id in zip(loads, load_ids_of(loads), strict=True):
        _take_load(archived, name, load, load_id, reading, taken)


def _take_load(  # noqa: PLR0913, PLR0917 - a load, where it came from and where it goes
    archived: ArchivedFile, name: str, load: ParsedFile, load_id: str, reading: Reading, taken: _Taken
) -> None:
    if not reading.known.add(archived.sha256, load, load_id):
        return
    of_load = pl.lit(load_id)
    taken.raw_rows.append(raw.RAW_OPTION_QUOTES.conform(load.rows.with_columns(load_id=of_load)))
    taken.load_rows.append(load_row(archived, name, load, load_id=load_id, now=reading.now))
    if load.rejected.height:
        taken.rejected.append(
            meta.META_REJECTED_ROWS.conform(load.rejected.with_columns(load_id=of_load, stage=pl.lit(INGEST)))
        )


def _facts_of(taken: _Taken, reading: Reading) -> dict[str, pl.DataFrame]:
    loads = pl.DataFrame(taken.load_rows, schema=meta.META_LOADS.polars_schema)
    by_load = sorted(zip(loads["load_id"], taken.raw_rows, strict=True), key=itemgetter(0))
    found: dict[str, list[pl.DataFrame]] = {meta.META_REJECTED_ROWS.full_name: taken.rejected}
    rows_of = dict(by_load)
    for some in _some_at_a_time(loads):
        of_loads = [
            rows_of[load_id].with_columns(source_file=pl.lit(source_file))
            for load_id, source_file in some.select("load_id", "source_file").iter_rows()
        ]
        for name, frame in _placed_and_priced(some, pl.concat(of_loads), reading).items():
            found.setdefault(name, []).append(frame)
    return {
        # In the order of the key, as each parser gives them.
        raw.RAW_OPTION_QUOTES.full_name: pl.concat([of_load for _, of_load in by_load]),
        meta.META_LOADS.full_name: loads,
        **{name: pl.concat(frames) for name, frames in found.items()},
    }


def _some_at_a_time(loads: pl.DataFrame) -> list[pl.DataFrame]:
    """Whole loads together, as many as `QUOTES_AT_A_TIME` allows: a file may hold years of them."""
    number = (loads["rows_qty"].cum_sum() - 1) // QUOTES_AT_A_TIME
    return loads.with_columns(number=number).partition_by("number", include_key=False, maintain_order=True)


def _placed_and_priced(loads: pl.DataFrame, rows: pl.DataFrame, reading: Reading) -> dict[str, pl.DataFrame]:
    typed = type_quotes(rows, reading.rules.quotes)
    chains = describe_chains(
        loads,
        typed.rows,
        reading.series.vx,
        rules=reading.rules.chains,
        clock_rules=reading.rules.quote_clock,
    )
    return {
        meta.META_REJECTED_ROWS.full_name: meta.META_REJECTED_ROWS.conform(typed.rejected).with_columns(
            stage=pl.lit(SERIES)
        ),
        core.CORE_OPTION_CHAINS.full_name: chains,
        **_priced(chains, typed.rows, reading),
    }


def _priced(chains: pl.DataFrame, quotes: pl.DataFrame, reading: Reading) -> dict[str, pl.DataFrame]:
    """Price the chains that a session asked for may be priced from; of several of one underlying the last."""
    # A VIX chain of another hour is never priced (flows.build.chosen_chains).
    is_usable = pl.col("session_date").is_in(list(reading.sessions)) & (
        pl.col("is_end_of_day") | (pl.col("underlying") == "SPX")
    )
    usable = (
        chains.filter(is_usable)
        .sort("session_date", "underlying", "load_id")
        .unique(["session_date", "underlying"], keep="last", maintain_order=True)
    )
    together: dict[tuple[dt.date, dt.datetime], dict[str, str]] = {}
    for day, underlying, load_id, quote_at in usable.select(
        "session_date", "underlying", "load_id", "quote_at"
    ).iter_rows():
        together.setdefault((day, quote_at or quote_table_instant(day)), {})[underlying] = load_id
    of_load = quotes.partition_by("load_id", as_dict=True)
    found: dict[str, list[pl.DataFrame]] = {}
    for (day, quote_at), load_of in together.items():
        mark = reading.series.mark(day, quote_at)
        if mark is None:
            continue
        quoted = pl.concat([of_load[load_id,] for load_id in load_of.values()])
        load_of_root = {root: load_of.get(underlying) for root, underlying in UNDERLYING_OF_ROOT.items()}
        of_root = pl.col("root").replace_strict(load_of_root, return_dtype=pl.String)
        for table, rows in price_quotes(quoted, mark, reading.rules).items():
            found.setdefault(table.full_name, []).append(rows.with_columns(of_root.alias(OF_LOAD)))
    return {name: pl.concat(frames) for name, frames in found.items()}
