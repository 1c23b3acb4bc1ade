"""An option chain in a layout of the user's own, CSV or Parquet, read by a mapping of the configuration.

Which mapping reads a file is told by the file's columns, never by its name. Every column must be accounted for: mapped,
or listed to be ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import local_instant, time_of_day
from flows.sources.errors import ContentRefused, Finding, FormatUnknown, HeaderNotUnderstood
from flows.sources.occ_symbol import must_agree, must_be_symbol, with_symbol_parts
from flows.sources.option_rows import quote_rules, refuse_unknown_root, sift_chains, underlying_of
from flows.sources.parquet_table import PARQUET_MAGIC, parquet_header, parquet_rows
from flows.sources.parsed import ParsedFile, Series, raw_rows
from flows.sources.rules import RowRule, Sifted, in_line_order, number, refuse_without_rows, reject_misfits, sift
from flows.sources.session_loads import HistoryFormat, session_loads
from flows.sources.text_file import read_grid, split_fields
from transforms.market.calendar import SETTLEMENT_OF_ROOT
from transforms.market.typing_rules import said
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.sources.chain_rules import ChainField, ChainMapping, ChainRules
    from flows.sources.text_file import SourceFile, TextFile

__all__ = ["FORMAT", "PARQUET_MAGIC", "NamedMapping", "mapping_of", "parse_csv", "parse_parquet"]

FORMAT = "mapped_chain"
# Our raw column by the mapping's field.
_COLUMNS = {
    "symbol": "option_symbol",
    "root": "root",
    "settlement": "settlement",
    "expiry": "expiry_text",
    "right": "right_text",
    "strike": "strike",
    "quote_date": "quote_date",
    "quote_time": "quote_time",
    "bid": "bid",
    "ask": "ask",
    "last": "last",
    "volume": "volume",
    "open_interest": "open_interest",
    "iv": "vendor_iv",
    "delta": "vendor_delta",
    "gamma": "vendor_gamma",
}
_QUOTE = ("strike", "bid", "ask", "last", "volume", "open_interest", "iv", "delta", "gamma")
_CONTRACT = ("expiry", "right", "strike")
_SCALED = {"strike": "strike", "bid": "price", "ask": "price", "last": "price", "iv": "iv"}
_DECIMALS = 10  # what a multiplication adds in the digits beyond is noise


@dataclass(frozen=True, slots=True)
class NamedMapping:
    """A mapping with the name it has in the configuration, and what a load read by it says of that."""

    name: str
    mapping: ChainMapping
    read_by: str

    def key(self, rest: str) -> str:
        """The key of the configuration that says something."""
        return f"chain_mappings.{self.name}.{rest}"


def mapping_of(file: TextFile, rules: ChainRules) -> NamedMapping | None:
    """The mapping whose signature the header has; none when no mapping's.

    Raises:
        HeaderNotUnderstood: `mapping_ambiguous`.
    """
    header = split_fields(file.head[0][1]) if rules.mappings and file.head else []
    return _mapping_of(file, header, rules) if header else None


def parse_csv(file: TextFile, named: NamedMapping) -> list[ParsedFile]:
    """Read a CSV by its mapping: one load, or one for each quote date and time.

    Raises:
        HeaderNotUnderstood: `column_missing`, `column_unknown`, `column_repeated`, each naming the mapping's key.
        ContentRefused: as for any chain.
    """
    header_index, header_line = file.head[0]
    header = split_fields(header_line)
    _require_columns(file, header, named, header_index + 1)
    grid = read_grid(file, first_index=header_index + 1, width=len(header))
    positions = {field: header.index(column) for field, column in named.mapping.columns.items()}
    rows = grid.rows.select(
        "source_line", "row_text", "row_key", **{_COLUMNS[field]: pl.col(f"f{at}") for field, at in positions.items()}
    )
    return _parse(file, rows, named, misfits=reject_misfits(file, grid, width=len(header)))


def parse_parquet(file: SourceFile, rules: ChainRules) -> list[ParsedFile]:
    """Read a Parquet table by the mapping whose signature it has: one load, or one for each quote date and time.

    Raises:
        FormatUnknown: no mapping fits, or it is no Parquet.
        HeaderNotUnderstood, ContentRefused: as for a CSV.
    """
    header = parquet_header(file)
    named = _mapping_of(file, header, rules)
    if named is None:
        found = f"No mapping of the configuration reads a Parquet table of {', '.join(header[:8])}, ..."
        hint = "describe its columns under [chain_mappings.NAME]"
        raise FormatUnknown(file.name, Finding("unknown_format", found, hint))
    _require_columns(file, header, named, None)
    columns = list(named.mapping.columns.items())
    grid = parquet_rows(file, [column for _, column in columns], date_format=named.mapping.date_format)
    fields = {_COLUMNS[field]: pl.col(f"f{position}") for position, (field, _) in enumerate(columns)}
    rows = grid.select("source_line", "row_text", "row_key", **fields)
    if rows.is_empty():
        raise ContentRefused(file.name, Finding("truncated", "The table has not one row.", "was the export complete?"))
    return _parse(file, rows, named, misfits=None)


def _mapping_of(file: SourceFile, header: Sequence[str], rules: ChainRules) -> NamedMapping | None:
    fitting = sorted(name for name, mapping in rules.mappings.items() if mapping.signature_columns <= set(header))
    if len(fitting) > 1:
        found = f"The header has the signature of chain_mappings.{fitting[0]} and of chain_mappings.{fitting[1]}."
        hint = f"name more columns in chain_mappings.{fitting[0]}.signature"
        raise HeaderNotUnderstood(file.name, Finding("mapping_ambiguous", found, hint))
    if not fitting:
        return None
    name = fitting[0]
    return NamedMapping(name, rules.mappings[name], rules.mapping_reading(name))


def _require_columns(file: SourceFile, header: Sequence[str], named: NamedMapping, line: int | None) -> None:
    """Every mapped column must be there, once, and every other one be listed.

    Raises:
        HeaderNotUnderstood: `column_missing`, `column_unknown`, `column_repeated`.
    """
    finding = next(_misunderstood(header, named), None)
    if finding is not None:
        raise HeaderNotUnderstood(file.name, replace(finding, source_line=line))


def _misunderstood(header: Sequence[str], named: NamedMapping) -> Iterator[Finding]:
    """What is wrong with a header, naming the key of the configuration."""
    mapped = {column: field for field, column in named.mapping.columns.items()}
    for column, field in mapped.items():
        if column not in header:
            found = f"The header has no column {column}, which {named.key(f'columns.{field}')} names."
            yield Finding("column_missing", found, "correct that key, or export the column", None, column)
        elif header.count(column) > 1:
            found = (
                f"The header has {header.count(column)} columns {column}, which {named.key(f'columns.{field}')} names."
            )
            yield Finding("column_repeated", found, "rename one of them in the export", None, column)
    for column in header:
        if column not in mapped and column not in named.mapping.ignore:
            found = f"The header has a column {column}, which chain_mappings.{named.name} does not know."
            yield Finding("column_unknown", found, f"map it, or list it in {named.key('ignore')}", None, column)


def _parse(
    file: SourceFile, rows: pl.DataFrame, named: NamedMapping, *, misfits: pl.DataFrame | None
) -> list[ParsedFile]:
    """From the mapped columns, as text, to loads."""
    mapping = named.mapping
    labels = {_COLUMNS[field]: column for field, column in mapping.columns.items() if field in _QUOTE}
    if "strike" not in labels:
        labels["strike"] = mapping.columns["symbol"]
    read = _contracts(_scaled(rows, mapping), mapping)
    refuse_unknown_root(file, read.filter(pl.col("root") != ""), root="root", column=pl.lit(_root_label(mapping)))
    keyed = sift(file, read, [*_key_rules(mapping), *quote_rules(labels)])
    sifted = Sifted(keyed.rows, keyed.rejected if misfits is None else in_line_order([misfits, keyed.rejected]))
    history = HistoryFormat(name=FORMAT, labels=labels, read_by=named.read_by)
    if "quote_date" in mapping.columns:
        return session_loads(file, sifted, history, read=read)
    return [_undated_load(file, sifted, history)]


def _contracts(rows: pl.DataFrame, mapping: ChainMapping) -> pl.DataFrame:
    """Add what identifies a contract and its session: root, expiry, option_right, strike, quoted_on and quoted_at."""
    columns, spelled = mapping.columns, mapping.right
    if "symbol" in columns:
        rows = with_symbol_parts(rows)
    elif "root" not in columns:
        rows = rows.with_columns(root=pl.lit(mapping.constants.root))
    if "right" in columns:
        right = pl.col("right_text").replace_strict(
            {spelled.call: "C", spelled.put: "P"}, default=None, return_dtype=pl.String
        )
        rows = rows.with_columns(right_written=pl.col("right_text"), right_text=right)
    if "expiry" in columns:
        rows = rows.with_columns(expiry_date=_date("expiry_text", mapping))
    if "symbol" in columns:
        rows = rows.with_columns(option_right=pl.col("symbol_right"), row_key=pl.col("option_symbol"))
        if "strike" not in columns:
            rows = rows.with_columns(strike=pl.col("symbol_strike").cast(pl.String))
    else:
        key = said("{} {} {} {}", "root", "expiry_text", "right_written", "strike")
        expiry = pl.col("expiry_date").dt.to_string("%Y-%m-%d")
        rows = rows.with_columns(option_right=pl.col("right_text"), expiry=expiry, row_key=key)
    if "quote_date" not in columns:
        return rows
    time = pl.col("quote_time") if "quote_time" in columns else pl.lit(mapping.constants.quote_time)
    return rows.with_columns(quoted_on=_date("quote_date", mapping)).with_columns(
        quoted_at=local_instant(pl.col("quoted_on"), time_of_day(time), zone=mapping.time_zone)
    )


def _date(column: str, mapping: ChainMapping) -> pl.Expr:
    return pl.col(column).str.to_date(mapping.date_format, strict=False)


def _root_label(mapping: ChainMapping) -> str:
    return mapping.columns.get("symbol") or mapping.columns.get("root") or "constants.root"


def _key_rules(mapping: ChainMapping) -> list[RowRule]:
    """What a row must say, in the spelling of the mapping, before its quote is looked at."""
    columns = mapping.columns
    rules = []
    if "right" in columns:
        spelled = f"neither {mapping.right.call} nor {mapping.right.put}"
        reason = said(f"{columns['right']} '{{}}' is {spelled}.", "right_written")
        rules.append(RowRule("right_unknown", columns["right"], pl.col("right_text").is_null(), reason))
    if "symbol" in columns:
        expiry = pl.col("expiry_date") if "expiry" in columns else None
        labels = {_COLUMNS[field]: columns[field] for field in _CONTRACT if field in columns}
        rules += [must_be_symbol(columns["symbol"]), *must_agree(labels, expiry_date=expiry)]
    else:
        is_blank = pl.col("root").is_null() | (pl.col("root") == "")
        rules.append(RowRule("root_missing", _root_label(mapping), is_blank, pl.lit("The row names no root.")))
        rules.append(_unreadable("expiry", pl.col("expiry_date"), mapping))
    if "quote_date" in columns:
        rules.append(_unreadable("quote_date", pl.col("quoted_on"), mapping))
    if "quote_time" in columns:
        rules.append(_unreadable("quote_time", pl.col("quoted_at"), mapping))
    if "settlement" in columns or mapping.constants.settlement:
        rules.append(_settlement_rule(mapping))
    return rules


def _unreadable(field: ChainField, read: pl.Expr, mapping: ChainMapping) -> RowRule:
    label, column = mapping.columns[field], _COLUMNS[field]
    spelling = "HH:MM or HH:MM:SS" if field == "quote_time" else mapping.date_format
    return RowRule(
        f"{field}_unreadable", label, read.is_null(), said(f"{label} '{{}}' is not spelled {spelling}.", column)
    )


def _settlement_rule(mapping: ChainMapping) -> RowRule:
    """A root settles one way; a file that says otherwise means another root."""
    has_column = "settlement" in mapping.columns
    written = pl.col("settlement") if has_column else pl.lit(mapping.constants.settlement)
    expected = pl.col("root").replace_strict(SETTLEMENT_OF_ROOT, default=None, return_dtype=pl.String)
    return RowRule(
        "settlement_disagrees",
        mapping.columns.get("settlement", "constants.settlement"),
        written != expected,
        said("{} settles {}, the file says '{}'.", "root", expected, written),
    )


def _scaled(rows: pl.DataFrame, mapping: ChainMapping) -> pl.DataFrame:
    """Multiply what the mapping scales; all else, and what is no number, stays the text received."""
    factors = {
        _COLUMNS[field]: getattr(mapping.scale, scale) for field, scale in _SCALED.items() if field in mapping.columns
    }
    return rows.with_columns(
        **{
            name: pl.coalesce((number(name) * factor).round(_DECIMALS).cast(pl.String), name)
            for name, factor in factors.items()
            if factor != 1.0
        }
    )


def _undated_load(file: SourceFile, sifted: Sifted, history: HistoryFormat) -> ParsedFile:
    """The one chain of a file without a quote date: what it lists tells its session, as for a bare quote table."""
    refuse_without_rows(file, sifted.rows, sifted.rejected)
    chain = sift_chains(file, sifted.rows, history.labels)
    return ParsedFile(
        kind="option_chain",
        format=history.name,
        series=Series(underlying_of(file, chain.rows)),
        table=RAW_OPTION_QUOTES,
        rows=raw_rows(RAW_OPTION_QUOTES, chain.rows),
        rejected=in_line_order([sifted.rejected, chain.rejected]),
        content=file.content,
        is_simulated=file.is_simulated,
        read_by=history.read_by,
    )
