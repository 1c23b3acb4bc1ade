"""NYSE breadth from two vendors who rarely agree: one vendor a pair of fields, never a mixture."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_BREADTH_DAILY
from warehouse.tables.raw import RAW_BREADTH

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

UNIVERSE: Final = "NYSE"
COUNT_SERIES: Final = ("advances", "declines", "unchanged", "new_highs", "new_lows")
VOLUME_SERIES: Final = ("up_volume", "down_volume")
SERIES: Final = (*COUNT_SERIES, *VOLUME_SERIES)
ZERO_AS_WRITTEN: Final = 0.01  # TradingView writes a count of nought as 0.01: 8 rows of new highs, 56 of new lows

# Until 2002-06-19 the Unicorn volumes are in thousands of shares (their 2001 median of 1,179,443 up and down against
# the 1,240 million a day of the NYSE Fact Book), from 2002-06-21 in shares; the 20th is missing. The largest value
# before is 2,027,116 and the least after is 13,605,000.
SHARES_SINCE: Final = dt.date(2002, 6, 21)
THOUSANDS_BELOW: Final = 10_000_000.0
SHARES_PER_THOUSAND: Final = 1000.0


@dataclass(frozen=True, slots=True)
class BadPrint:
    """A print that cannot be, with what says so."""

    series: str
    day: dt.date
    value: float
    evidence: str


# TradingView's totals of these four sessions (advances + declines + unchanged) stand 15% to 80% off the sessions
# around them, while the other vendor's do not. Where one number alone is bad the other is left without its pair.
BAD_PRINTS: Final = (
    BadPrint("advances", dt.date(1999, 5, 25), 108.0, "digits cut off: the other vendor has 1,096"),
    BadPrint("declines", dt.date(1999, 5, 25), 19.0, "digits cut off: the other vendor has 1,937"),
    BadPrint("advances", dt.date(2000, 5, 12), 2121.0, "4,654 issues against 3,396; the other vendor has 1,574"),
    BadPrint("declines", dt.date(2000, 5, 12), 1907.0, "4,654 issues against 3,396; the other vendor has 1,334"),
    BadPrint("advances", dt.date(2001, 2, 15), 395.0, "2,013 issues against 3,273; the other vendor has 1,669"),
    BadPrint("declines", dt.date(2001, 5, 7), 2042.0, "3,764 issues against 3,270; the other vendor has 1,593"),
)


def type_breadth(raw: pl.DataFrame) -> Typed:
    """Read breadth of all files; for each session and field pair one vendor is believed.

    One row per `session_date, universe`; counts of issues, volumes in shares. TradingView is believed where it has both
    advances and declines, then any other file, then Unicorn; unchanged issues only from the vendor of the advances.
    New highs and lows, and the two volumes, choose likewise, each pair for itself.
    """
    session_date = rules.dates_in(raw, "date")
    read = raw.with_columns(
        session_date=session_date,
        series=pl.col("series").str.strip_chars(),
        number=_in_shares_and_issues(session_date),
        vendor=pl.col("format"),
        vendor_rank=_vendor_rank(),
    )
    kept, rejected = rules.sift(read, _row_rules(), raw_table=RAW_BREADTH)
    bad_prints = rejected.filter(pl.col("rule_id") == "bad_total")
    rules.require_at_most(bad_prints, len(BAD_PRINTS), rule_id="bad_total")
    once, repeated = rules.last_in_file(kept, ("series", "session_date"), raw_table=RAW_BREADTH)
    belief = rules.Belief(keys=("session_date", "vendor_rank", "vendor", "series"), values=("number",))
    return rules.typed(CORE_BREADTH_DAILY, _one_row_a_session(rules.believed(once, belief)), [rejected, repeated])


def _in_shares_and_issues(session_date: pl.Expr) -> pl.Expr:
    value = rules.number_of("value")
    is_volume = pl.col("series").str.strip_chars().is_in(VOLUME_SERIES)
    is_thousands = is_volume & _is_unicorn() & (session_date < SHARES_SINCE) & (value < THOUSANDS_BELOW)
    return (
        pl.when(~is_volume & (value == ZERO_AS_WRITTEN))
        .then(0.0)
        .when(is_thousands)
        .then(value * SHARES_PER_THOUSAND)
        .otherwise(value)
    )


def _is_unicorn() -> pl.Expr:
    return pl.col("format").str.contains("unicorn", literal=True)


def _vendor_rank() -> pl.Expr:
    is_tradingview = pl.col("format").str.contains("tradingview", literal=True)
    return pl.when(is_tradingview).then(0).when(_is_unicorn()).then(2).otherwise(1)


def _row_rules() -> list[rules.RowRule]:
    is_count = pl.col("series").is_in(COUNT_SERIES)
    is_bad_print = reduce(or_, (_is_print(bad) for bad in BAD_PRINTS))
    evidence = pl.coalesce(pl.when(_is_print(bad)).then(pl.lit(f"{bad.evidence}.")) for bad in BAD_PRINTS)
    return [
        rules.RowRule(
            "unknown_series",
            ~pl.col("series").is_in(SERIES).fill_null(value=False),
            rules.said("'{}' is no breadth series.", "series"),
            "series",
        ),
        rules.bad_date("date", "session_date"),
        rules.not_a_session("date"),
        rules.missing("value"),
        rules.not_a_number("value", "number"),
        rules.RowRule(
            "not_a_count",
            (pl.col("number") < 0) | (is_count & (pl.col("number") != pl.col("number").round())),
            rules.said("'{}' is no count.", "value"),
            "value",
        ),
        rules.RowRule("bad_total", is_bad_print, evidence, "value"),
    ]


def _is_print(bad: BadPrint) -> pl.Expr:
    is_print = (pl.col("series") == bad.series) & (pl.col("session_date") == bad.day) & (pl.col("number") == bad.value)
    return is_print.fill_null(value=False)


def _one_row_a_session(prints: pl.DataFrame) -> pl.DataFrame:
    wide = (
        prints.group_by("session_date", "vendor_rank", "vendor")
        .agg(
            **{f"{name}_qty": pl.col("number").filter(pl.col("series") == name).first() for name in SERIES},
            load_id=pl.col("load_id").sort_by(pl.col("series").replace_strict(_SERIES_ORDER)).first(),
        )
        .sort("session_date", "vendor_rank", "vendor")
    )
    pairs = (
        _best_vendor(wide, ("advances_qty", "declines_qty"), ("unchanged_qty", "vendor", "load_id")),
        _best_vendor(wide, ("new_highs_qty", "new_lows_qty"), ("vendor", "load_id")),
        _best_vendor(wide, ("up_volume_qty", "down_volume_qty"), ("vendor", "load_id")),
    )
    joined = reduce(_beside, pairs)
    counts = (f"{name}_qty" for name in COUNT_SERIES)
    return joined.with_columns(pl.col(*counts).cast(pl.Int64), universe=pl.lit(UNIVERSE)).select(
        CORE_BREADTH_DAILY.column_names
    )


_SERIES_ORDER: Final = {name: place for place, name in enumerate(SERIES)}


def _best_vendor(wide: pl.DataFrame, pair: tuple[str, str], beside: tuple[str, ...]) -> pl.DataFrame:
    """Each session's first vendor that has both fields of a pair, with what else is taken from it."""
    return (
        wide.filter(pl.all_horizontal(pl.col(pair).is_not_null()))
        .unique(subset="session_date", keep="first", maintain_order=True)
        .select("session_date", *pair, *beside)
    )


def _beside(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Join two pairs; vendor and load are those of the first pair the session has."""
    return (
        left.join(right, on="session_date", how="full", coalesce=True, suffix="_of_pair")
        .with_columns(
            vendor=pl.coalesce("vendor", "vendor_of_pair"),
            load_id=pl.coalesce("load_id", "load_id_of_pair"),
        )
        .drop("vendor_of_pair", "load_id_of_pair")
    )
