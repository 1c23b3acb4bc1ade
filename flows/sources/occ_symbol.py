"""The OCC option symbol, `SPXW230317P03845000`: root, expiry, right and strike in one field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.rules import RowRule, number
from transforms.market.typing_rules import once_a_spelling, said

if TYPE_CHECKING:
    from collections.abc import Mapping

_OCC = r"^[A-Z]+ *[0-9]{6}[CP][0-9]{8}$"
_DATE, _STRIKE = 6, 8  # digits, with a letter between them
_TAIL = _DATE + 1 + _STRIKE
_STRIKE_TOLERANCE_PTS = 0.0005  # a symbol carries a thousandth of a point


def with_symbol_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Take `option_symbol` apart: adds `root`, `symbol_expiry`, `symbol_right`, `symbol_strike`, and `expiry` as text.

    All null where the symbol is none. YYMMDD is a date of this century: listed options do not reach back before 2000.
    """
    symbol = pl.col("option_symbol")
    is_symbol = rows["option_symbol"].str.contains(_OCC)
    of_symbol = rows if is_symbol.all() else rows.with_columns(option_symbol=pl.when(is_symbol).then(symbol))
    parts = of_symbol.select(
        root=symbol.str.head(-_TAIL).str.strip_chars_end(" "),
        symbol_right=symbol.str.slice(-_STRIKE - 1, 1),
        symbol_strike=symbol.str.tail(_STRIKE).cast(pl.Float64) / 1000,
        digits=symbol.str.slice(-_TAIL, _DATE),
    )
    # A chain has some dozen dates.
    expiry = pl.concat_str(pl.lit("20"), "digits").str.to_date("%Y%m%d", strict=False)
    dates = parts.select(
        symbol_expiry=once_a_spelling(parts, "digits", expiry),
        expiry=once_a_spelling(parts, "digits", expiry.dt.to_string("%Y-%m-%d")),
    )
    return rows.with_columns(*parts.drop("digits").get_columns(), *dates.get_columns())


def must_be_symbol(label: str, *, side: pl.Expr | None = None) -> RowRule:
    """The rule that `option_symbol` is one; `side` names the column where it differs by row."""
    return RowRule(
        "symbol_malformed",
        label,
        pl.col("root").is_null() | pl.col("symbol_expiry").is_null(),
        said("'{}' in column {} is no option symbol.", "option_symbol", pl.lit(label) if side is None else side),
    )


def must_agree(labels: Mapping[str, str], *, expiry_date: pl.Expr | None = None) -> list[RowRule]:
    """The rules that the columns which repeat what the symbol says agree with it.

    `labels` as for `quote_rules`, with `expiry_text` and `right_text` where there are such columns; `right_text` is C
    or P. `expiry_date` reads `expiry_text`.
    """
    rules = []
    if expiry_date is not None:
        label = labels["expiry_text"]
        rules += [
            RowRule(
                "expiry_not_a_date", label, expiry_date.is_null(), said(f"{label} '{{}}' is not a date.", "expiry_text")
            ),
            RowRule(
                "expiry_disagrees",
                label,
                expiry_date != pl.col("symbol_expiry"),
                said(f"{label} '{{}}' is not that of {{}}.", "expiry_text", "option_symbol"),
            ),
        ]
    if "right_text" in labels:
        rules.append(
            RowRule(
                "right_disagrees",
                labels["right_text"],
                pl.col("right_text") != pl.col("symbol_right"),
                said(f"{labels['right_text']} is not that of {{}}.", "option_symbol"),
            )
        )
    if "strike" in labels:
        strike = labels["strike"]
        is_other = ((number("strike") - pl.col("symbol_strike")).abs() > _STRIKE_TOLERANCE_PTS).fill_null(value=False)
        rules.append(
            RowRule(
                "strike_disagrees",
                strike,
                is_other,
                said(f"{strike} '{{}}' is not that of {{}}.", "strike", "option_symbol"),
            )
        )
    return rules
