"""Cboe's delayed quotes as JSON: one underlying's chain with all its expiries, as the public end point hands it out.

    {"timestamp": "2024-03-05 01:52:50",                    when the page was made, UTC
     "data": {"options": [{"option": "SPXW240315C05000000", "bid": 60.1, "ask": 60.9, "iv": 0.13, ...}, ...],
              "symbol": "^SPX", "current_price": 5000.25,
              "last_trade_time": "2024-03-04T16:14:59", ...},  the index's last print, New York time
     "symbol": "_SPX"}

The two times say different things. `timestamp` goes on by night, on weekends and holidays; `last_trade_time` stands
still once the index does, and so tells the session the quotes belong to. Both are stored; transforms.market.chains
decides. A load's `source_line` is the contract's place in `data.options`, from 1.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from flows.sources.errors import ContentRefused, Finding, FormatUnknown, HeaderNotUnderstood
from flows.sources.occ_symbol import must_be_symbol, with_symbol_parts
from flows.sources.option_rows import refuse_unknown_root, sift_quotes, underlying_of
from flows.sources.parsed import ParsedFile, Series, Statement, raw_rows
from flows.sources.rules import in_line_order, refuse_without_rows, sift
from flows.sources.text_file import SourceFile
from transforms.market.calendar import NEW_YORK
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    from flows.sources.text_file import TextFile

FORMAT = "cboe_delayed_quotes_json"
_OPTIONS = "data.options"
# The vendor's key by our column name. Of the others (sizes, vega, theta, rho, theo, change, ...) nothing is used.
_KEYS = {
    "option_symbol": "option",
    "bid": "bid",
    "ask": "ask",
    "last": "last_trade_price",
    "volume": "volume",
    "open_interest": "open_interest",
    "vendor_iv": "iv",
    "vendor_delta": "delta",
    "vendor_gamma": "gamma",
}
_NEEDED = ("option", "bid", "ask")
_LABELS = {ours: f"{_OPTIONS}.{theirs}" for ours, theirs in _KEYS.items() if ours != "option_symbol"}
_SYMBOL = f"{_OPTIONS}.option"
_AGAIN = "fetch the file again"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{3,6})?")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def recognises(file: TextFile) -> bool:
    """True for a JSON object: no other format that is read begins with a brace."""
    return bool(file.head) and file.head[0][1].lstrip().startswith("{")


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a page of delayed quotes: one load, one raw row a contract, numbers as the digits received.

    Raises:
        FormatUnknown: it is JSON of another shape.
        HeaderNotUnderstood: `timestamp_unknown`, `last_trade_time_unknown`, `column_missing`, `column_repeated`.
        ContentRefused: `truncated`, `timestamps_disagree`, `unknown_root`, `mixed_underlyings`, `symbol_disagrees`,
            `all_quotes_zero`, `duplicate_key`, `no_usable_row`.
    """
    page = _read_page(file)
    chain = SourceFile(file.name, file.content, row_word="contract")
    stated = _statement(file, page)
    contracts = _contracts(chain, page["data"]["options"])
    keyed = sift(chain, contracts, [must_be_symbol(_SYMBOL)])
    refuse_without_rows(chain, keyed.rows, keyed.rejected)
    refuse_unknown_root(chain, keyed.rows, root="root", column=pl.lit(_SYMBOL))
    quotes = sift_quotes(chain, keyed.rows, {"strike": _SYMBOL, **_LABELS})
    return [
        ParsedFile(
            kind="option_chain",
            format=FORMAT,
            series=Series(_underlying(chain, quotes.rows, page)),
            table=RAW_OPTION_QUOTES,
            rows=raw_rows(RAW_OPTION_QUOTES, quotes.rows),
            rejected=in_line_order([keyed.rejected, quotes.rejected]),
            content=file.content,
            stated=stated,
        )
    ]


def _read_page(file: TextFile) -> dict[str, Any]:
    """The page as objects, its numbers as text.

    Raises:
        FormatUnknown: it is no page of delayed option quotes.
        ContentRefused: `truncated`: it is no whole JSON.
    """
    text = "\n".join(file.lines)
    try:
        page = json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=partial(_keyed, file)
        )
    except json.JSONDecodeError as error:
        finding = Finding("truncated", f"The JSON ends or breaks off: {error.msg}.", _AGAIN, error.lineno)
        raise ContentRefused(file.name, finding) from error
    except RecursionError as error:
        raise FormatUnknown(file.name, _no_page("it is nested without end")) from error
    data = page.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("options"), list):
        raise FormatUnknown(file.name, _no_page("it has no list data.options"))
    if not data["options"]:
        raise ContentRefused(file.name, Finding("truncated", "data.options is empty.", _AGAIN, column_name=_OPTIONS))
    return page  # type: ignore[no-any-return]  # what JSON holds is checked above


def _keyed(file: TextFile, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of the page.

    Raises:
        HeaderNotUnderstood: `column_repeated`: a key stands twice in it, with nothing to say which value is meant.
    """
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    twice = next(key for key in keys if keys.count(key) > 1)
    finding = Finding("column_repeated", f"An object has the key {twice} more than once.", _AGAIN, column_name=twice)
    raise HeaderNotUnderstood(file.name, finding)


def _no_page(reason: str) -> Finding:
    hint = "the JSON read is Cboe's delayed_quotes/options page of SPX or VIX"
    return Finding("unknown_format", f"The file is JSON in no format that is read: {reason}.", hint)


def _contracts(chain: SourceFile, options: list[Any]) -> pl.DataFrame:
    """One row a contract, its symbol taken apart.

    Raises:
        HeaderNotUnderstood: `column_missing`: no contract has a key that is needed.
    """
    objects = [option if isinstance(option, dict) else {} for option in options]
    for key in _NEEDED:
        if not any(key in option for option in objects):
            finding = Finding(
                "column_missing", f"No contract has the key {key}.", _AGAIN, column_name=f"{_OPTIONS}.{key}"
            )
            raise HeaderNotUnderstood(chain.name, finding)
    fields = _fields(objects).select(**{ours: pl.col(theirs).fill_null("") for ours, theirs in _KEYS.items()})
    return with_symbol_parts(fields.with_row_index("source_line", offset=1)).with_columns(
        source_line=pl.col("source_line").cast(pl.Int64),
        row_key=pl.col("option_symbol"),
        row_text=pl.concat_str(list(_KEYS), separator=","),
        option_right=pl.col("symbol_right"),
        strike=pl.col("symbol_strike").cast(pl.String),
    )


def _fields(objects: list[dict[str, Any]]) -> pl.DataFrame:
    """The keys that are used, as text; null where an object lacks one."""
    schema = dict.fromkeys(_KEYS.values(), pl.String)
    try:
        return pl.DataFrame(objects, schema=schema)
    except (
        pl.exceptions.ComputeError
    ):  # a list or an object where a value belongs: written out, for the rules to reject
        written = [{key: _text(value) for key, value in fields.items() if key in schema} for fields in objects]
        return pl.DataFrame(written, schema=schema)


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _statement(file: TextFile, page: dict[str, Any]) -> Statement:
    """What the page says about when it is of.

    Raises:
        HeaderNotUnderstood: `timestamp_unknown`, `last_trade_time_unknown`.
        ContentRefused: `timestamps_disagree`: the index printed after the page was made.
    """
    data = page["data"]
    made_at = _instant(page.get("timestamp"))
    if made_at is None:
        raise HeaderNotUnderstood(file.name, _time_unknown("timestamp", page.get("timestamp")))
    printed, printed_at = data.get("last_trade_time"), None
    if printed:
        local = _instant(printed)
        if local is None:
            raise HeaderNotUnderstood(file.name, _time_unknown("last_trade_time", printed))
        printed_at = local.replace(tzinfo=NEW_YORK).astimezone(UTC)
        if printed_at > made_at:
            raise ContentRefused(file.name, _timestamps_disagree(page["timestamp"], printed))
    return Statement(stated_at=made_at, last_print_at=printed_at, header_level_pts=_level(data.get("current_price")))


def _instant(written: object) -> datetime | None:
    """Read `2024-03-05 01:52:50`, with blank or T, as UTC; None for anything else."""
    try:
        return datetime.fromisoformat(str(written)).replace(tzinfo=UTC) if _TIME.fullmatch(str(written)) else None
    except ValueError:
        return None


def _level(written: object) -> float | None:
    return float(str(written)) if _NUMBER.fullmatch(str(written)) else None


def _time_unknown(key: str, written: object) -> Finding:
    where = {"timestamp": "timestamp", "last_trade_time": "data.last_trade_time"}[key]
    return Finding(
        f"{key}_unknown", f"{where} '{written}' is no date and time without offset.", _AGAIN, column_name=where
    )


def _timestamps_disagree(made: str, printed: str) -> Finding:
    return Finding(
        "timestamps_disagree",
        f"The index printed at {printed} New York time, after the page was made at {made} UTC.",
        "has Cboe changed the zone of one of them? Do not use the file before that is known",
        column_name="timestamp",
    )


def _underlying(chain: SourceFile, rows: pl.DataFrame, page: dict[str, Any]) -> str:
    """The underlying by the symbols of the contracts; the page's own symbol must be the same.

    Raises:
        ContentRefused: `mixed_underlyings`, `symbol_disagrees`.
    """
    underlying = underlying_of(chain, rows)
    named = str(page["data"].get("symbol") or underlying).lstrip("^_")
    if named == underlying:
        return underlying
    finding = Finding(
        "symbol_disagrees",
        f"The page is of {named}, its contracts are of {underlying}.",
        _AGAIN,
        column_name="data.symbol",
    )
    raise ContentRefused(chain.name, finding)
