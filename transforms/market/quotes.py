"""Option quotes as facts: text turned into numbers, each contract keyed, each quote judged.

What a quote is good for (METHODOLOGY 3.4 and 3.8), the first that applies:

| quality | quote | mid | mark | in fits and smiles |
|---|---|---|---|---|
| NO_QUOTE | ask 0 or absent | - | none | no |
| CROSSED | bid above a positive ask | - | none | no |
| LOCKED | bid = ask | yes | mid | yes |
| ZERO_BID | bid 0, ask at most 0.30 | yes | mid | no |
| ONE_SIDED | bid 0, ask above 0.30 | - | smile price, capped by the ask | no |
| WIDE | ask - bid above the mid, mid above 1 | yes | none | as any two-sided quote |
| OK | the rest | yes | mid | yes |

A bid with a zero ask exists (2023-02-07, SPX 2026-12-18 200 call): no quote, not a crossed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market import typing_rules as rules
from transforms.market.calendar import SETTLEMENT_OF_ROOT
from transforms.market.typing_rules import RowRule, Typed
from transforms.thresholds import threshold
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    from collections.abc import Mapping

UNDERLYING_OF_ROOT: Final = {"SPX": "SPX", "SPXW": "SPX", "VIX": "VIX", "VIXW": "VIX"}

CONTRACT: Final = ("root", "expiry_date", "settlement", "right", "strike_pts")
QUOTE_SCHEMA: Final = pl.Schema(
    {
        "load_id": pl.String(),
        "underlying": pl.String(),
        "root": pl.String(),
        "expiry_date": pl.Date(),
        "settlement": pl.String(),
        "right": pl.String(),
        "strike_pts": pl.Float64(),
        "bid_pts": pl.Float64(),
        "ask_pts": pl.Float64(),
        "mid_pts": pl.Float64(),
        "spread_frac": pl.Float64(),
        "mark_quality": pl.String(),
        "volume_qty": pl.Int64(),
        "open_interest_qty": pl.Int64(),
        "vendor_iv_vol": pl.Float64(),
        "vendor_delta": pl.Float64(),
        "vendor_gamma": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRules:
    """When a quote without a bid or with a wide spread still has a mid that is believed."""

    NAME: ClassVar[str] = "quotes"

    zero_bid_ask_pts: float = threshold(
        0.30, unit="index points", says="Quote without a bid: its mid counts up to an ask of", ref="METHODOLOGY 3.4"
    )
    wide_above_mid_pts: float = threshold(
        1.0, unit="index points", says="Quote: judged for its spread above a mid of", ref="METHODOLOGY 3.4"
    )
    widest_spread_frac: float = threshold(
        1.0, unit="fraction", says="Quote: spread of the mid, at most", ref="METHODOLOGY 3.4"
    )


RULES: Final = QuoteRules()

_DAYS: Final = 1_000_000
# Left null where they cannot be read, and the row stays.
_OPTIONAL_NUMBERS: Final = ("volume", "open_interest", "vendor_iv", "vendor_delta", "vendor_gamma")


def type_quotes(raw: pl.DataFrame, quote_rules: QuoteRules = RULES) -> Typed:
    """Turn the rows of chain files into keyed quotes in points, each with its quality.

    `raw`: raw.option_quotes with `source_file` of meta.loads. Rows: `QUOTE_SCHEMA`, one per `load_id` and contract;
    `mid_pts` and `spread_frac` = (ask - bid)/mid null where the table above has no mid; `vendor_iv_vol` null for the
    vendor's 0. An absent bid or ask counts as 0. A contract listed twice in one file keeps its last line.
    """
    row_key = pl.coalesce(rules.label_of("option_symbol"), _contract_as_written())
    read = raw.with_columns(**_as_facts(raw))
    sound, rejected = rules.sift(read, _row_rules(), raw_table=RAW_OPTION_QUOTES, row_key=row_key)
    once, repeated = rules.last_in_file(sound, CONTRACT, raw_table=RAW_OPTION_QUOTES, row_key=row_key)
    noted = [
        rules.reject(once.filter(rule.is_broken), rule, RAW_OPTION_QUOTES, row_key)
        for column, rule in zip(_OPTIONAL_NUMBERS, _optional_number_rules(), strict=True)
        if once[f"{column}_number"].null_count() > once[column].null_count()
    ]
    return Typed(
        rows=once.pipe(_judge, quote_rules)
        .drop("vendor_delta", "vendor_gamma")
        .rename({"vendor_delta_number": "vendor_delta", "vendor_gamma_number": "vendor_gamma"})
        .select(QUOTE_SCHEMA.names())
        .pipe(_sorted),
        rejected=pl.concat([rejected, repeated, *noted]).sort("load_id", "source_line", "rule_id", "row_key"),
    )


def _sorted(quotes: pl.DataFrame) -> pl.DataFrame:
    """Sort by load and contract: of what repeats, ranks stand for the words, which are slow to compare."""
    loads, roots = (pl.Enum(quotes[name].unique().sort()) for name in ("load_id", "root"))
    days = pl.col("expiry_date").to_physical().cast(pl.Int64)
    of_load, of_root = (
        pl.col(name).cast(words).to_physical().cast(pl.Int64) for name, words in (("load_id", loads), ("root", roots))
    )
    # The settlement goes with the root; a century of days has 36,525, in either sign.
    series = ((of_load * len(roots.categories) + of_root) * _DAYS + days + _DAYS // 2) * 2 + (pl.col("right") == "P")
    order = quotes.select(series=series, strike_pts="strike_pts").select(pl.arg_sort_by("series", "strike_pts"))
    return quotes[order.to_series()]


def _contract_as_written() -> pl.Expr:
    return pl.concat_str("root", "expiry", "option_right", "strike", separator=" ", ignore_nulls=True)


def _as_facts(raw: pl.DataFrame) -> dict[str, pl.Expr | pl.Series]:
    root, right = rules.label_of("root"), rules.label_of("option_right").str.to_uppercase()
    of_root: dict[str, Mapping[str, str]] = {"underlying": UNDERLYING_OF_ROOT, "settlement": SETTLEMENT_OF_ROOT}
    numbers = {name: rules.numbers_in(raw, name) for name in _OPTIONAL_NUMBERS}
    return {
        **{f"{name}_number": number for name, number in numbers.items()},
        **{
            name: rules.once_a_spelling(raw, "root", root.replace_strict(known, default=None, return_dtype=pl.String))
            for name, known in of_root.items()
        },
        "expiry_date": rules.dates_in(raw, "expiry"),
        "right": rules.once_a_spelling(raw, "option_right", pl.when(right.is_in(["C", "P"])).then(right)),
        "strike_pts": rules.numbers_in(raw, "strike"),
        "bid_pts": rules.numbers_in(raw, "bid"),
        "ask_pts": rules.numbers_in(raw, "ask"),
        "volume_qty": numbers["volume"].cast(pl.Int64, strict=False),
        "open_interest_qty": numbers["open_interest"].cast(pl.Int64, strict=False),
        "vendor_iv_vol": numbers["vendor_iv"].set(numbers["vendor_iv"] <= 0.0, None),
    }


def _row_rules() -> list[RowRule]:
    """List what makes a row no quote at all."""
    return [
        RowRule(
            "unknown_root",
            pl.col("underlying").is_null(),
            rules.said("'{}' is not an option root of SPX or VIX.", "root"),
            "root",
        ),
        rules.bad_date("expiry", "expiry_date"),
        RowRule(
            "bad_right",
            pl.col("right").is_null(),
            rules.said("'{}' is neither C nor P.", "option_right"),
            "option_right",
        ),
        RowRule(
            "bad_strike",
            ~(pl.col("strike_pts") > 0.0).fill_null(value=False),
            rules.said("'{}' is not a positive number.", "strike"),
            "strike",
        ),
        *(rules.not_a_number(side, f"{side}_pts") for side in ("bid", "ask")),
        *(
            RowRule("negative", pl.col(f"{side}_pts") < 0.0, rules.said(f"{side}: {{}} is negative.", side), side)
            for side in ("bid", "ask")
        ),
    ]


def _optional_number_rules() -> list[RowRule]:
    """List the fields that are noted when unreadable, one rule a field; the quote is kept without them."""
    return [
        RowRule(
            f"not_a_number_{column}",
            rules.is_written(column) & pl.col(f"{column}_number").is_null(),
            rules.said(f"{column}: '{{}}' is not a number; the quote is kept without it.", column),
            column,
        )
        for column in _OPTIONAL_NUMBERS
    ]


def _judge(quotes: pl.DataFrame, quote_rules: QuoteRules) -> pl.DataFrame:
    bid, ask = pl.col("bid_pts"), pl.col("ask_pts")
    mid = (bid + ask) / 2.0
    spread_frac = (ask - bid) / mid
    quality = (
        pl.when(ask == 0.0)
        .then(pl.lit("NO_QUOTE"))
        .when(bid > ask)
        .then(pl.lit("CROSSED"))
        .when(bid == ask)
        .then(pl.lit("LOCKED"))
        .when(bid == 0.0, ask <= quote_rules.zero_bid_ask_pts)
        .then(pl.lit("ZERO_BID"))
        .when(bid == 0.0)
        .then(pl.lit("ONE_SIDED"))
        .when(spread_frac > quote_rules.widest_spread_frac, mid > quote_rules.wide_above_mid_pts)
        .then(pl.lit("WIDE"))
        .otherwise(pl.lit("OK"))
    )
    has_mid = ~pl.col("mark_quality").is_in(["NO_QUOTE", "CROSSED", "ONE_SIDED"])
    return (
        quotes.with_columns(pl.col("bid_pts", "ask_pts").fill_null(0.0))
        .with_columns(mark_quality=quality)
        .with_columns(mid_pts=pl.when(has_mid).then(mid), spread_frac=pl.when(has_mid).then(spread_frac))
    )
