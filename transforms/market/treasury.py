"""Par yields of the Treasury curve, from the Treasury's own table or FRED's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.market import typing_rules as rules
from transforms.market.rates import TENOR_DAYS
from warehouse.tables.core import CORE_TREASURY_YIELDS_DAILY
from warehouse.tables.raw import RAW_TREASURY_YIELDS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed


def type_treasury_yields(raw: pl.DataFrame) -> Typed:
    """Read par yields and keep the believed one of each curve date and tenor.

    One row per `curve_date, tenor_days`; bond-equivalent yields as fractions (4.62 per cent is 0.0462). Curve dates are
    bond-market days, some of them closed at the NYSE. Tenors not quoted are absent. For each date and tenor the
    Treasury's own file is believed before FRED, which repeats it; then the newest load.
    """
    read = raw.with_columns(
        curve_date=rules.dates_in(raw, "date"),
        tenor_days=rules.once_a_spelling(
            raw, "tenor", _tenor_label().replace_strict(TENOR_DAYS, default=None, return_dtype=pl.Int64)
        ),
        par_yield_frac=rules.numbers_in(raw, "yield_pct") / 100.0,
        is_from_fred=pl.col("tenor").str.strip_chars().str.to_lowercase().str.starts_with("dgs"),
    )
    tenor = pl.col("tenor")
    kept, rejected = rules.sift(read, _row_rules(), raw_table=RAW_TREASURY_YIELDS, row_key=tenor)
    once, repeated = rules.last_in_file(
        kept, ("curve_date", "tenor_days"), raw_table=RAW_TREASURY_YIELDS, row_key=tenor
    )
    belief = rules.Belief(keys=("curve_date", "tenor_days"), values=("par_yield_frac",), preferred=("is_from_fred",))
    return rules.typed(CORE_TREASURY_YIELDS_DAILY, rules.believed(once, belief), [rejected, repeated])


def _tenor_label() -> pl.Expr:
    """Write a tenor as the Treasury does: `3 Mo`, `10 Yr`, from `3 month`, `DGS10` and the like."""
    text = pl.col("tenor").str.strip_chars().str.to_lowercase()
    return (
        text.str.replace(r"^dgs([0-9]+)mo$", "$1 Mo")
        .str.replace(r"^dgs([0-9]+)$", "$1 Yr")
        .str.replace(r"^([0-9]+) ?mo(nth)?s?$", "$1 Mo")
        .str.replace(r"^([0-9]+) ?y(ea)?rs?$", "$1 Yr")
    )


def _row_rules() -> list[rules.RowRule]:
    return [
        rules.bad_date("date", "curve_date"),
        rules.RowRule(
            "not_a_weekday",
            pl.col("curve_date").dt.weekday() >= rules.SATURDAY,
            rules.said("No curve is drawn on {}, a day of a weekend.", "curve_date"),
            "date",
        ),
        rules.beyond_the_calendar("date", "curve_date"),
        rules.RowRule(
            "unknown_tenor",
            pl.col("tenor_days").is_null(),
            rules.said("'{}' is not a tenor of the curve.", "tenor"),
            "tenor",
        ),
        rules.missing("yield_pct"),
        rules.not_a_number("yield_pct", "par_yield_frac"),
        # The Treasury resets negative input yields to zero before it draws the curve (its methodology page).
        rules.RowRule(
            "negative_yield",
            pl.col("par_yield_frac") < 0.0,
            rules.said("A par yield of {}: the curve has none below zero.", "yield_pct"),
            "yield_pct",
        ),
    ]
