"""What every option chain must obey, whichever vendor wrote it: known roots, numeric quotes, one row per contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.errors import ContentRefused, Finding
from flows.sources.rules import (
    RowRule,
    Sifted,
    in_line_order,
    must_be_number,
    must_not_be_negative,
    number,
    refuse_without_rows,
    sift,
)
from transforms.market.typing_rules import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.sources.text_file import SourceFile

UNDERLYING_OF_ROOT: Mapping[str, str] = {"SPX": "SPX", "SPXW": "SPX", "VIX": "VIX", "VIXW": "VIX"}

CONTRACT = ("root", "expiry", "option_right", "strike_number")
_NEEDED = ("strike", "bid", "ask")
_COUNTS = ("volume", "open_interest")


def refuse_unknown_root(file: SourceFile, rows: pl.DataFrame, *, root: str, column: pl.Expr) -> None:
    """Refuse a chain that holds another underlying than SPX or VIX, whatever the file is called.

    Raises:
        ContentRefused: `unknown_root`, on the first line with such a root.
    """
    strangers = rows.filter(~pl.col(root).is_in(list(UNDERLYING_OF_ROOT)))
    if strangers.is_empty():
        return
    first = strangers.select("source_line", root=pl.col(root), column=column).row(0, named=True)
    raise ContentRefused(
        file.name,
        Finding(
            "unknown_root",
            f"The chain holds {first['root']} options; only {', '.join(UNDERLYING_OF_ROOT)} are read.",
            "is this the SPX or VIX chain?",
            first["source_line"],
            first["column"],
            file.row_word,
        ),
    )


def quote_rules(labels: Mapping[str, str]) -> list[RowRule]:
    """The rules of a quote: strike above zero, bid and ask numbers and not negative, the rest blank or a number.

    `labels` maps our column names to what the vendor calls them.
    """
    needed = [must_be_number(name, labels[name]) for name in _NEEDED]
    optional = [must_be_number(name, label, may_be_blank=True) for name, label in labels.items() if name not in _NEEDED]
    not_negative = [must_not_be_negative(name, labels[name]) for name in ("bid", "ask", *_COUNTS) if name in labels]
    not_positive = RowRule(
        "strike_not_positive",
        labels["strike"],
        (number("strike") <= 0).fill_null(value=False),
        said("{} '{}' is not above zero.", pl.lit(labels["strike"]), "strike"),
    )
    return [*needed, not_positive, *optional, *not_negative]


def sift_quotes(
    file: SourceFile, rows: pl.DataFrame, labels: Mapping[str, str], *, more_rules: Sequence[RowRule] = ()
) -> Sifted:
    """Apply row rules and the rules of the whole chain. `labels` as for `quote_rules`.

    Raises:
        ContentRefused: `all_quotes_zero`, `duplicate_key`, `no_usable_row`.
    """
    sifted = sift(file, rows, [*more_rules, *quote_rules(labels)])
    refuse_without_rows(file, sifted.rows, sifted.rejected)
    chain = sift_chains(file, sifted.rows, labels)
    return Sifted(chain.rows, in_line_order([sifted.rejected, chain.rejected]))


def sift_chains(
    file: SourceFile, rows: pl.DataFrame, labels: Mapping[str, str], *, session: Sequence[str] = ()
) -> Sifted:
    """Apply the rules of whole chains, one for each value of the `session` columns: some quote, each contract once.

    A chain without one quote is rejected row by row where another of the file has some.

    Raises:
        ContentRefused: `all_quotes_zero` where no chain has a quote, `duplicate_key`.
    """
    quoted = _sift_unquoted(file, rows, labels, session)
    single = _single_contracts(file, quoted.rows.with_columns(strike_number=number("strike")), labels, session)
    return Sifted(single.rows.drop("strike_number"), in_line_order([quoted.rejected, single.rejected]))


def underlying_of(file: SourceFile, rows: pl.DataFrame) -> str:
    """The one underlying of a chain.

    Raises:
        ContentRefused: `mixed_underlyings`.
    """
    underlyings = rows.select(pl.col("root").replace_strict(UNDERLYING_OF_ROOT).unique().sort()).to_series().to_list()
    if len(underlyings) == 1:
        return str(underlyings[0])
    raise ContentRefused(
        file.name,
        Finding("mixed_underlyings", "The table holds SPX and VIX options together.", "split it into one file each"),
    )


def _sift_unquoted(file: SourceFile, rows: pl.DataFrame, labels: Mapping[str, str], session: Sequence[str]) -> Sifted:
    is_quoted = (number("bid") != 0) | (number("ask") != 0)
    if not rows.select(is_quoted.any()).item():
        raise ContentRefused(file.name, _all_quotes_zero(file, rows, labels["bid"]))
    if not session:
        return sift(file, rows, [])
    unquoted = RowRule(
        "all_quotes_zero",
        labels["bid"],
        ~is_quoted.any().over(session),
        pl.lit("Every bid and every ask of this session is 0: the vendor had no quotes."),
    )
    return sift(file, rows, [unquoted])


def _all_quotes_zero(file: SourceFile, rows: pl.DataFrame, bid_label: str) -> Finding:
    return Finding(
        "all_quotes_zero",
        f"Every bid and every ask of {rows.height} contracts is 0: the vendor had no quotes.",
        "download the chain again when the vendor quotes",
        rows.item(0, "source_line"),
        bid_label,
        file.row_word,
    )


def _single_contracts(
    file: SourceFile, rows: pl.DataFrame, labels: Mapping[str, str], session: Sequence[str]
) -> Sifted:
    """Keep the first of identical rows of one contract; refuse rows of one contract that differ."""
    key = (*session, *CONTRACT)
    is_repeated = rows.select(key).is_duplicated()
    if not is_repeated.any():
        return sift(file, rows, [])
    values = [name for name in labels if name != "strike" and name in rows.columns]
    repeated = rows.filter(is_repeated)
    differing = repeated.filter(pl.struct(values).n_unique().over(key) > 1)
    if differing.height:
        raise ContentRefused(file.name, _duplicate_key(file, differing, labels["strike"], key))
    copies = RowRule(
        "duplicate_row",
        None,
        ~pl.struct(key).is_first_distinct(),
        said("{} {} {} {} stands above already, with the same values.", "root", "expiry", "option_right", "strike"),
    )
    return sift(file, rows, [copies])


def _duplicate_key(file: SourceFile, differing: pl.DataFrame, strike_label: str, key: Sequence[str]) -> Finding:
    second = differing.filter(~pl.struct(key).is_first_distinct()).row(0, named=True)
    keys = differing.select(key).n_unique()
    return Finding(
        "duplicate_key",
        f"{keys} contracts stand twice with different values, first {second['root']} {second['expiry']} "
        f"{second['option_right']} {second['strike']}.",
        "was a root lost, or were two downloads joined?",
        second["source_line"],
        strike_label,
        file.row_word,
    )
