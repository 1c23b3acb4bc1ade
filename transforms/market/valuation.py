"""What the market costs, month by month: P/E, ten-year P/E and P/CF, and from which day a month may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_VALUATION_MONTHLY
from warehouse.tables.raw import RAW_VALUATION

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

MEASURES: Final = {"pcf": "pcf", "p/cf": "pcf", "pe": "pe", "p/e": "pe", "pe10": "pe10", "cape": "pe10"}
# Columns of Shiller's table that make the trailing P/E between them.
PRICE: Final = "sp500"
EARNINGS: Final = "earnings"
SHILLER: Final = "shiller_csv"

# A month's figure is known once the month has ended. Shiller's table is written with hindsight: its earnings of a month
# are those later reported for it, and large companies have 60 days for a year's report, 40 for a quarter's (SEC, forms
# 10-K and 10-Q); the index's own earnings come some weeks after.
DAYS_AFTER_MONTH: Final = 1
DAYS_OF_REPORTING: Final = 90


def type_valuation(raw: pl.DataFrame) -> Typed:
    """Read the valuation of all files and keep the believed value of each month and measure.

    One row per `period_end_date, measure`: how many times a year's earnings (`pe`), ten years' average real earnings
    (`pe10`) or a year's cash flow (`pcf`) the market costs. Zeros stand for no figure: Shiller's since mid-2023, and
    his ten-year P/E before 1881. His `pe` is price over earnings of the month. A CSV of one's own is believed before
    Shiller's table, then the newest load. `known_from_date` is the first day a night may use the month: the day after
    it ended, for Shiller's 90 days more.
    """
    kept, rejected = rules.sift(_read(raw), _row_rules(), raw_table=RAW_VALUATION, row_key=pl.col("measure"))
    measured = _with_trailing_pe(kept)
    once, repeated = rules.last_in_file(
        measured, ("period_end_date", "measured"), raw_table=RAW_VALUATION, row_key=pl.col("measure")
    )
    belief = rules.Belief(keys=("period_end_date", "measured"), values=("number",), preferred=("is_shiller",))
    lag_days = DAYS_AFTER_MONTH + pl.when("is_shiller").then(DAYS_OF_REPORTING).otherwise(0)
    facts = rules.believed(once, belief).select(
        "period_end_date",
        "load_id",
        measure="measured",
        value="number",
        known_from_date=pl.col("period_end_date") + pl.duration(days=lag_days),
        vendor="format",
    )
    return rules.typed(CORE_VALUATION_MONTHLY, facts, [rejected, repeated])


def _read(raw: pl.DataFrame) -> pl.DataFrame:
    month = pl.format("{}-01", pl.col("date").str.strip_chars()).str.to_date("%Y-%m-%d", strict=False)
    return raw.with_columns(
        period_end_date=pl.coalesce(rules.date_of("date"), month).dt.month_end(),
        name=pl.col("measure").str.strip_chars().str.to_lowercase(),
        number=rules.number_of("value"),
        is_shiller=pl.col("format") == SHILLER,
    ).with_columns(measured=pl.col("name").replace_strict(MEASURES, default=None, return_dtype=pl.String))


def _row_rules() -> list[rules.RowRule]:
    is_part = pl.col("name").is_in([PRICE, EARNINGS])
    return [
        rules.bad_date("date", "period_end_date"),
        rules.beyond_the_calendar("date", "period_end_date"),
        rules.RowRule(
            "unknown_measure",
            pl.col("measured").is_null() & ~is_part,
            rules.said("'{}' is none of pcf, pe, pe10.", "measure"),
            "measure",
        ),
        rules.missing("value"),
        rules.not_a_number("value", "number"),
        rules.RowRule(
            "zero_means_missing",
            pl.col("number") == 0,
            rules.said("0 stands for no {} of this month.", "measure"),
            "value",
        ),
        rules.RowRule("not_positive", pl.col("number") < 0, rules.said("{} of {}.", "measure", "value"), "value"),
    ]


def _with_trailing_pe(rows: pl.DataFrame) -> pl.DataFrame:
    """Put price over earnings in the place of the two columns, on the line of the earnings."""
    price = rows.filter(name=PRICE).select("load_id", "source_line", price="number")
    trailing = rows.filter(name=EARNINGS).join(price, on=["load_id", "source_line"], how="inner", validate="1:1")
    ratio = trailing.with_columns(number=pl.col("price") / pl.col("number"), measured=pl.lit("pe")).drop("price")
    return pl.concat([rows.filter(pl.col("measured").is_not_null()), ratio])
