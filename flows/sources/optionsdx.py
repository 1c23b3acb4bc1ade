"""OptionsDX's text files: a call and a put a line, one month and all its sessions a file, bracketed column names.

    [QUOTE_UNIXTIME], [QUOTE_READTIME], [QUOTE_DATE], ..., [C_DELTA], ..., [STRIKE], [P_BID], ..., [STRIKE_DISTANCE_PCT]

The quotes' instant is [QUOTE_READTIME], New York time: 16:00, 13:00 on half days; files of several times a day are so
many chains. There is no open interest. Neither underlying nor root is written: the underlying is known as for an index
history (configuration, else the vendor's own file name), the roots by optionsdx_roots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, local_instant, time_of_day
from flows.sources.errors import ContentRefused, Finding, HeaderNotUnderstood
from flows.sources.naming import series_by_name
from flows.sources.option_rows import quote_rules
from flows.sources.optionsdx_roots import Contract, contract_of
from flows.sources.rules import RowRule, Sifted, in_line_order, must_be_date, number, reject_misfits, sift
from flows.sources.series_file import require_once
from flows.sources.session_loads import HistoryFormat, session_loads
from flows.sources.text_file import read_grid, split_fields
from transforms.market.typing_rules import said

if TYPE_CHECKING:
    import datetime as dt

    from flows.sources.chain_rules import ChainRules
    from flows.sources.parsed import ParsedFile, Series
    from flows.sources.text_file import TextFile

FORMAT = "optionsdx"
_SIGNATURE = frozenset({"QUOTE_READTIME", "QUOTE_DATE", "EXPIRE_DATE", "STRIKE", "UNDERLYING_LAST"})
_SIDES = {"C": "call", "P": "put"}
_SHARED = {"quote_time": "QUOTE_READTIME", "quote_date": "QUOTE_DATE", "label": "EXPIRE_DATE", "strike": "STRIKE"}
_BY_SIDE = {
    "bid": "BID",
    "ask": "ASK",
    "last": "LAST",
    "volume": "VOLUME",
    "vendor_iv": "IV",
    "vendor_delta": "DELTA",
    "vendor_gamma": "GAMMA",
}
# VIX has closed between 9 and 83; SPX has not been below 200 since 1986.
_LEVEL_BETWEEN_PTS = 200.0
_MONTHLY_SETTING = "optionsdx_monthly_root"
_CONTRACT_SCHEMA = {
    "quoted_on": pl.Date,
    "label_date": pl.Date,
    "root": pl.String,
    "expiry_date": pl.Date,
    "reason": pl.String,
    "is_by_setting": pl.Boolean,
}


def recognises(file: TextFile) -> bool:
    """True for a table with the columns that quote and name a contract of OptionsDX, the bracketed names."""
    return set(_header(file)) >= _SIGNATURE


def parse(file: TextFile, rules: ChainRules) -> list[ParsedFile]:
    """Read a file: one load for each session and quote time, two raw rows (call and put) a line.

    Raises:
        SeriesUnknown: nothing tells whether it is SPX or VIX.
        HeaderNotUnderstood: `column_missing`, `column_repeated`.
        ContentRefused: `root_not_told` for a third Friday without a setting, `series_disagrees`, and as for any chain.
    """
    header = _header(file)
    _require_columns(file, header)
    series = series_by_name(file, frozenset({"SPX", "VIX"}), holds="an OptionsDX chain")
    grid = read_grid(file, first_index=file.head[0][0] + 1, width=len(header))
    lines = _lines(grid.rows, header)
    _refuse_other_level(file, lines, series)
    labelled = _with_contracts(file, lines, str(series.name), rules)
    sides = {right: _side(labelled, header, right) for right in _SIDES}
    sifted = [sift(file, side, [*_key_rules(), *quote_rules(_labels(right))]) for right, side in sides.items()]
    history = HistoryFormat(
        name=FORMAT,
        labels=_labels("C"),
        series_from=series.known_from,
        read_by=rules.optionsdx_reading if labelled["is_by_setting"].any() else "",
    )
    rejected = in_line_order([reject_misfits(file, grid, width=len(header)), *(side.rejected for side in sifted)])
    contracts = pl.concat(side.rows for side in sifted)
    return session_loads(file, Sifted(contracts, rejected), history, read=labelled)


def _header(file: TextFile) -> tuple[str, ...]:
    return tuple(name.strip("[] ") for name in split_fields(file.head[0][1])) if file.head else ()


def _labels(right: str) -> dict[str, str]:
    """What the vendor calls the columns of a side."""
    return {"strike": "[STRIKE]"} | {ours: f"[{right}_{theirs}]" for ours, theirs in _BY_SIDE.items()}


def _require_columns(file: TextFile, header: tuple[str, ...]) -> None:
    needed = (*_SHARED.values(), *(f"{right}_{name}" for right in _SIDES for name in _BY_SIDE.values()))
    require_once(file, header, needed, file.head[0][0] + 1)
    missing = next((name for name in needed if name not in header), None)
    if missing is not None:
        hint = "take the file as OptionsDX hands it out"
        finding = Finding(
            "column_missing", f"The header has no [{missing}].", hint, file.head[0][0] + 1, f"[{missing}]"
        )
        raise HeaderNotUnderstood(file.name, finding)


def _lines(rows: pl.DataFrame, header: tuple[str, ...]) -> pl.DataFrame:
    """The lines with the session they are of, before calls and puts are parted."""
    named = {ours: pl.col(f"f{header.index(theirs)}") for ours, theirs in _SHARED.items()}
    return rows.with_columns(**named, level=pl.col(f"f{header.index('UNDERLYING_LAST')}")).with_columns(
        quoted_on=iso_date(pl.col("quote_date")),
        label_date=iso_date(pl.col("label")),
        quoted_at=local_instant(
            iso_date(pl.col("quote_time").str.head(10)), time_of_day(pl.col("quote_time").str.slice(11))
        ),
    )


def _refuse_other_level(file: TextFile, lines: pl.DataFrame, series: Series) -> None:
    """Refuse a file whose underlying cannot be what its name says.

    Raises:
        ContentRefused: `series_disagrees`.
    """
    is_other = number("level") > _LEVEL_BETWEEN_PTS if series.name == "VIX" else number("level") < _LEVEL_BETWEEN_PTS
    others = lines.filter(is_other & (number("level") > 0))
    if others.height:
        found = f"[UNDERLYING_LAST] is {others.item(0, 'level')}: that is not {series.name} ({series.known_from})."
        hint = 'name the underlying in the configuration: [sources] "GLOB" = "SPX" or "VIX"'
        line = others.item(0, "source_line")
        raise ContentRefused(file.name, Finding("series_disagrees", found, hint, line, "[UNDERLYING_LAST]"))


def _with_contracts(file: TextFile, lines: pl.DataFrame, underlying: str, rules: ChainRules) -> pl.DataFrame:
    """Add root and expiry of each label, or why it has none.

    Raises:
        ContentRefused: `root_not_told`: there is a third Friday and no setting says which root it is.
    """
    labels = lines.select("quoted_on", "label_date").drop_nulls().unique().sort("quoted_on", "label_date")
    contracts = [
        _contract_row(quoted_on, label, contract_of(underlying, label, quoted_on, set(listed)), rules)
        for quoted_on, listed in labels.group_by("quoted_on", maintain_order=True).agg("label_date").iter_rows()
        for label in listed
    ]
    frame = pl.DataFrame(contracts, schema=_CONTRACT_SCHEMA, orient="row")
    labelled = lines.join(frame, on=["quoted_on", "label_date"], how="left", maintain_order="left").with_columns(
        pl.col("is_by_setting").fill_null(value=False)
    )
    untold = labelled.filter(pl.col("is_by_setting") & pl.col("root").is_null())
    if untold.height:
        raise ContentRefused(file.name, _root_not_told(untold))
    return labelled


def _contract_row(quoted_on: dt.date, label: dt.date, contract: Contract, rules: ChainRules) -> tuple[object, ...]:
    is_by_setting = contract.root is None and contract.reason is None
    root = rules.optionsdx_monthly_root if is_by_setting else contract.root
    return quoted_on, label, root, contract.expiry_date, contract.reason, is_by_setting


def _root_not_told(untold: pl.DataFrame) -> Finding:
    labels = untold["label_date"].unique().sort()
    return Finding(
        "root_not_told",
        f"{len(labels)} expiries, first {labels[0]}, are third Fridays: SPX (settled at the open) and SPXW (at the "
        "close) share date and strikes there, and the file does not say which of the two it holds.",
        f'say which in the configuration: {_MONTHLY_SETTING} = "SPX" (docs/sources.md gives the evidence for it)',
        untold.item(0, "source_line"),
        "[EXPIRE_DATE]",
    )


def _side(lines: pl.DataFrame, header: tuple[str, ...], right: str) -> pl.DataFrame:
    """The calls or the puts of the lines, one row a contract."""
    return lines.select(
        "source_line",
        "row_text",
        "quote_date",
        "quote_time",
        "label",
        "strike",
        "quoted_on",
        "quoted_at",
        "root",
        "reason",
        row_key=said("{} {} {}", "label", pl.lit(_SIDES[right]), "strike"),
        option_right=pl.lit(right),
        expiry=pl.col("expiry_date").dt.to_string("%Y-%m-%d"),
        **{ours: pl.col(f"f{header.index(f'{right}_{theirs}')}") for ours, theirs in _BY_SIDE.items()},
    )


def _key_rules() -> list[RowRule]:
    is_other_day = pl.col("quote_time").str.head(10) != pl.col("quote_date")
    return [
        must_be_date("quote_date", "[QUOTE_DATE]", pl.col("quoted_on")),
        RowRule(
            "expiry_not_a_date",
            "[EXPIRE_DATE]",
            iso_date(pl.col("label")).is_null(),
            said("[EXPIRE_DATE] '{}' is not a date.", "label"),
        ),
        RowRule(
            "quote_time_unreadable",
            "[QUOTE_READTIME]",
            pl.col("quoted_at").is_null() | is_other_day,
            said("[QUOTE_READTIME] '{}' is no time of [QUOTE_DATE] {}.", "quote_time", "quote_date"),
        ),
        RowRule("series_unknown", "[EXPIRE_DATE]", pl.col("root").is_null(), said("{}.", "reason")),
    ]
