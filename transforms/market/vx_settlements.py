"""Daily settlements of VX futures: the CFE's archive of single contracts, tables of many, its file of one session."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import expirations
from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.raw import RAW_VX_SETTLEMENTS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

# The CFE divided VX prices by ten on 2007-03-26 (and raised the multiplier to USD 1,000). Three archive files begin
# before: K (May 07) 253 rows, G (Feb 08) 25 and K (May 08) 232; their settlements run from 130.8 to 180.2 until
# 2007-03-23 and from 13.79 on the day after, and no VX has settled above 72.63 since. A row already in today's scale
# (a file published anew) is below the bound and left alone.
RESCALE_DATE: Final = dt.date(2007, 3, 26)
RESCALE_DIVISOR: Final = 10.0
OLD_SCALE_ABOVE_PTS: Final = 100.0

# 1.00 is a placeholder on 2008-04-21 in F (Jan 09) and G (Feb 09): G traded at 22.67 that day.
PLACEHOLDER_DATE: Final = dt.date(2008, 4, 21)
PLACEHOLDER_PTS: Final = 1.0
PLACEHOLDER_ROWS: Final = 2

# The table of 2013-2026 has no settlements before 2013-07-22: 852 rows of nought, with the last trade as close.
FIRST_SETTLED_DATE: Final = dt.date(2013, 7, 20)

# Typing error for 2026-03-18 in the same table: 186 rows that stand between 2026-02-18 and 2026-04-15.
LABEL_TYPOS: Final = {"20268-03-18": "2026-03-18"}

TRADED_SESSIONS_AFTER_LABEL: Final = 2  # one row after the expiry may be a late print; two traded sessions may not
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_CODES: Final = "FGHJKMNQUVXZ"
ARCHIVE_LABEL: Final = re.compile(rf"([{MONTH_CODES}]) \(({'|'.join(MONTHS)}) (?:20)?(\d\d)\)")


def type_vx_settlements(raw: pl.DataFrame) -> Typed:
    """Read the VX settlements of all files and keep the believed one of each contract and session.

    One row per `session_date, expiry_date`; points of today's scale. `settle_method`: `settle`; `final` for the row of
    the expiry day, which is the settlement value VRO; `last_trade` where the vendor had no settlement (before
    2013-07-20 only); `fill` for a weekly that only repeats a monthly's price. A settlement beats a fill and a last
    trade, the CFE archive beats the other files, then the newest load is believed.
    Days on which only the CFE traded are rejected: the curve uses NYSE sessions (METHODOLOGY 3.8).
    """
    read = _read(raw)
    labelled, relabelled = _relabel(read)
    kept, rejected = rules.sift(labelled, _row_rules(), raw_table=RAW_VX_SETTLEMENTS)
    rules.require_at_most(
        rejected.filter(pl.col("rule_id") == "placeholder_settle"), PLACEHOLDER_ROWS, rule_id="placeholder_settle"
    )
    once, repeated = rules.last_in_file(kept, ("expiry_date", "session_date"), raw_table=RAW_VX_SETTLEMENTS)
    belief = rules.Belief(
        keys=("session_date", "expiry_date"),
        values=("settle_pts", "close_pts", "volume_qty", "open_interest_qty"),
        preferred=("is_fill", "is_last_trade", "is_not_archive"),
        finest=("values_written",),
    )
    facts = rules.believed(_settle(_with_cycle(once)), belief)
    noted = [rules.reject(once.filter(rule.is_broken), rule, RAW_VX_SETTLEMENTS) for rule in _counts_noted()]
    return rules.typed(CORE_VX_SETTLEMENTS_DAILY, facts, [relabelled, rejected, repeated, *noted])


def _read(raw: pl.DataFrame) -> pl.DataFrame:
    """Read dates, prices and labels; adds `expiry_date` as labelled, and what the rules ask for."""
    archive = {label: _archive_expiry(label) for label in raw["contract"].drop_nulls().unique()}
    by_archive = pl.col("contract").replace_strict(archive, default=None, return_dtype=pl.Date)
    read = raw.with_columns(
        session_date=rules.dates_in(raw, "trade_date"),
        label=pl.col("contract").str.strip_chars().replace(LABEL_TYPOS),
        symbol=rules.label_of("symbol"),
        is_not_archive=by_archive.is_null(),
        written_settle_pts=rules.numbers_in(raw, "settle"),
        written_close_pts=rules.numbers_in(raw, "close"),
        volume_qty=rules.numbers_in(raw, "volume").cast(pl.Int64, strict=False),
        open_interest_qty=rules.numbers_in(raw, "open_interest").cast(pl.Int64, strict=False),
    )
    return read.with_columns(
        expiry_date=pl.coalesce(by_archive, rules.dates_in(read, "label")),
        has_settle=(pl.col("written_settle_pts") > 0).fill_null(value=False),
        has_last_trade=(pl.col("written_close_pts") > 0).fill_null(value=False)
        & (pl.col("session_date") < FIRST_SETTLED_DATE),
    )


def _archive_expiry(label: str) -> dt.date | None:
    """Give the expiry of a label of the CFE archive, `K (May 08)`; None for any other."""
    found = ARCHIVE_LABEL.fullmatch(label.strip())
    if found is None:
        return None
    code, month_name, year = found.groups()
    month = MONTHS.index(month_name) + 1
    if MONTH_CODES[month - 1] != code:  # label contradicts itself
        return None
    return expirations.vix_expiration(2000 + int(year), month)


def _relabel(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Move contracts labelled a month early to the next monthly expiry; one reject a contract names the label.

    A contract that goes on trading after its label is another month's. Moved to the next month it would meet the
    contract labelled so, which then must be of the month after, and so on until a month is free: so all contracts of
    that file from the first one on are moved, up to the first gap.

    Evidence in the table of 2013-2026: label 2026-03-18 (mistyped 20268-03-18) trades to 2026-04-15, where it ends
    like a final settlement (18.5981, then 17.38 on 2,462 contracts); label 2026-04-15 trades 87,742 and 98,907
    contracts on 2026-04-16 and -17. All nine from there on are first listed eight months before their label, where
    every contract before them (last 2026-02-18) was listed nine months before its own. The March 2026 contract is
    what is missing.
    """
    moved = _moved_labels(rows)
    joined = rows.join(moved, on=["load_id", "expiry_date"], how="left", maintain_order="left").with_columns(
        expiry_date=pl.coalesce("moved_date", "expiry_date"), labelled_date=pl.col("expiry_date")
    )
    is_first_line = pl.col("source_line") == pl.col("source_line").min().over("load_id", "contract")
    rule = rules.RowRule(
        "labelled_a_month_early",
        pl.col("moved_date").is_not_null() & is_first_line,
        rules.said(
            "This file's contracts trade after their label from here on: '{}' is the contract of {}.",
            "contract",
            "expiry_date",
        ),
        "contract",
    )
    noted = rules.reject(joined.filter(rule.is_broken), rule, RAW_VX_SETTLEMENTS, pl.col("contract"))
    return joined, noted


_MOVES: Final = pl.Schema({"load_id": pl.String(), "expiry_date": pl.Date(), "moved_date": pl.Date()})


def _moved_labels(rows: pl.DataFrame) -> pl.DataFrame:
    """Say which labels of each file are moved, and to which monthly expiry."""
    is_traded_after = (pl.col("session_date") > pl.col("expiry_date")) & (pl.col("volume_qty") > 0)
    labels = (
        rows.filter(pl.col("expiry_date").is_not_null())
        .with_columns(traded_after=is_traded_after & rules.is_session("session_date"))
        .group_by("load_id", "expiry_date")
        .agg(pl.col("traded_after").sum())
        .sort("load_id", "expiry_date")
    )
    moved: list[tuple[str, dt.date, dt.date]] = []
    taken: tuple[str, dt.date] | None = None  # the month the label before is moved to, if it is
    for load_id, label, traded_after in labels.iter_rows():
        if traded_after >= TRADED_SESSIONS_AFTER_LABEL or (load_id, label) == taken:
            taken = (load_id, _next_monthly(label))
            moved.append((load_id, label, taken[1]))
        else:
            taken = None
    return pl.DataFrame(moved, schema=_MOVES, orient="row")


def _next_monthly(label: dt.date) -> dt.date:
    in_next_month = label.replace(day=1) + dt.timedelta(days=31)
    return expirations.vix_expiration(in_next_month.year, in_next_month.month)


def _with_cycle(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of each contract whether it is the monthly, and of each price whether it only repeats a monthly's.

    CFE's file of one session prints a weekly that did not trade at the price of the monthly before it, or of the next
    one where there is none before: on 2026-03-05 all five weeklies stand at those of March and April, to four decimals.
    Such a price says nothing about the weekly's own date. Files with volumes show trades, and are taken at their word.
    """
    monthlies = [day for day in rows["expiry_date"].unique() if expirations.is_vix_monthly(day)]
    by_symbol = pl.when(pl.col("symbol").is_not_null()).then(pl.col("symbol").str.starts_with("VX/"))
    of_monthly = pl.when("is_monthly").then("written_settle_pts")
    neighbour = pl.coalesce(
        filled.over("load_id", "session_date", order_by="expiry_date")
        for filled in (of_monthly.forward_fill(), of_monthly.backward_fill())
    )
    is_fill = pl.col("symbol").is_not_null() & ~pl.col("is_monthly") & (pl.col("written_settle_pts") == neighbour)
    return rows.with_columns(
        is_monthly=pl.coalesce(by_symbol, pl.col("expiry_date").is_in(monthlies)),
    ).with_columns(is_fill=is_fill.fill_null(value=False))


def _row_rules() -> list[rules.RowRule]:
    is_placeholder = (pl.col("session_date") == PLACEHOLDER_DATE) & (pl.col("written_settle_pts") == PLACEHOLDER_PTS)
    return [
        rules.bad_date("trade_date", "session_date"),
        rules.RowRule(
            "unknown_contract",
            pl.col("expiry_date").is_null(),
            rules.said("'{}' is neither an expiry date nor a label like K (May 08).", "contract"),
            "contract",
        ),
        rules.beyond_the_calendar("contract", "expiry_date"),
        rules.RowRule(
            "not_a_session",
            ~rules.is_session("session_date"),
            rules.said("Only the CFE traded on {}: the curve uses NYSE sessions.", "session_date"),
            "trade_date",
        ),
        rules.RowRule(
            "after_expiry",
            pl.col("session_date") > pl.col("expiry_date"),
            rules.said("The contract of {} is settled.", "expiry_date"),
            "contract",
        ),
        rules.RowRule(
            "settles_on_the_day",
            pl.col("symbol").is_not_null() & (pl.col("session_date") == pl.col("expiry_date")),
            rules.said("{} settles on the morning of this session: this is no final settlement (VRO).", "symbol"),
            "contract",
        ),
        rules.not_a_number("settle", "written_settle_pts"),
        rules.RowRule(
            "placeholder_settle", is_placeholder, pl.lit("1.00 stands for no settlement on 2008-04-21."), "settle"
        ),
        rules.RowRule(
            "no_settlement",
            ~pl.col("has_settle") & ~pl.col("has_last_trade"),
            rules.said("Settlement '{}' and no trade that could stand for it (close '{}').", "settle", "close"),
            "settle",
        ),
    ]


def _counts_noted() -> list[rules.RowRule]:
    """List the counts that are noted when they are none; the settlement is kept without them."""
    return [
        rules.RowRule(
            f"not_a_count_{column}",
            rules.is_written(column) & pl.col(f"{column}_qty").is_null(),
            rules.said(f"{column}: '{{}}' is no count; the settlement is kept without it.", column),
            column,
        )
        for column in ("volume", "open_interest")
    ]


def _settle(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each row its settlement in today's scale, and how it was found."""
    in_force = pl.when("has_settle").then("written_settle_pts").otherwise("written_close_pts")
    method = (
        pl.when("is_fill")
        .then(pl.lit("fill"))
        .when(~pl.col("has_settle"))
        .then(pl.lit("last_trade"))
        .when(pl.col("session_date") == pl.col("expiry_date"))
        .then(pl.lit("final"))
        .otherwise(pl.lit("settle"))
    )
    return rows.with_columns(
        settle_pts=_in_todays_scale(in_force),
        close_pts=_in_todays_scale(pl.when(pl.col("written_close_pts") > 0).then("written_close_pts")),
        settle_method=method,
        is_last_trade=~pl.col("has_settle"),
        values_written=pl.sum_horizontal(
            pl.col("written_close_pts", "volume_qty", "open_interest_qty").is_not_null().cast(pl.Int64)
        ),
    )


def _in_todays_scale(price: pl.Expr) -> pl.Expr:
    is_old_scale = (pl.col("session_date") < RESCALE_DATE) & (price > OLD_SCALE_ABOVE_PTS)
    return pl.when(is_old_scale).then(price / RESCALE_DIVISOR).otherwise(price)
