"""Fills as the book keeps them: one row a fill, imported once however often its file comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.accounts import reserved_account
from transforms.market import typing_rules as rules
from transforms.market.calendar import FIRST_DAY, LAST_DAY, SETTLEMENT_OF_ROOT, settlement_instant
from warehouse.tables.core import CORE_FILLS
from warehouse.tables.raw import RAW_FILLS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

FUTURE_ROOTS: Final = ("VX", "VXM")
RIGHTS: Final = {"C": "C", "P": "P", "CALL": "C", "PUT": "P"}
# What a fill says; the note is the trader's own and may change.
STATED: Final = (
    "account",
    "filled_instant",
    "root",
    "expiry_date",
    "right",
    "strike_pts",
    "quantity_read",
    "price_pts",
    "fees_usd",
    "structure",
    "campaign",
)
LOCAL_INSTANT: Final = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})$"
)


def type_fills(raw: pl.DataFrame) -> Typed:
    """Read the fills of all files; each fill counts once, by its id.

    One row per `fill_id`; quantity signed (+ bought, - sold), price in points, fees in USD. A fill that comes again
    with the same values changes nothing. One that comes again with other values is rejected as `fill_id_reused`: the
    first loaded stays, because what was reported stands on it. Fills are therefore always read whole, never by date.
    """
    kept, rejected = rules.sift(_read(raw), _row_rules(), raw_table=RAW_FILLS, row_key=pl.col("fill_id"))
    first_come = kept.sort("loaded_at", "load_id", "source_line").with_columns(
        is_as_first=pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).first().over("fill_id")) for name in STATED)
    )
    reused = rules.RowRule(
        "fill_id_reused",
        ~pl.col("is_as_first"),
        rules.said("{} is another fill already: give this one an id of its own.", "fill_id"),
        "fill_id",
    )
    once, others = rules.sift(first_come, [reused], raw_table=RAW_FILLS, row_key=pl.col("fill_id"))
    book = once.sort("fill_id", "load_id", "source_line").unique(subset="fill_id", keep="first", maintain_order=True)
    facts = book.with_columns(filled_at="filled_instant", quantity_qty=pl.col("quantity_read").cast(pl.Int64))
    return rules.typed(CORE_FILLS, facts, [rejected, others])


def _read(raw: pl.DataFrame) -> pl.DataFrame:
    labels = {name: rules.label_of(name) for name in ("fill_id", "account", "structure", "campaign", "note")}
    number = {name: rules.number_of(name) for name in ("quantity", "price", "fees", "strike")}
    return (
        raw.with_columns(**labels, root=rules.label_of("root").str.to_uppercase())
        .with_columns(
            filled_instant=_instant("filled_at"),
            expiry_date=_expiry_date(),
            settlement=pl.col("root").replace_strict(SETTLEMENT_OF_ROOT, default=None, return_dtype=pl.String),
            right=rules.label_of("option_right")
            .str.to_uppercase()
            .replace_strict(RIGHTS, default=None, return_dtype=pl.String),
            is_future=pl.col("root").is_in(FUTURE_ROOTS),
            **{f"{name}_read": value for name, value in number.items()},
        )
        .with_columns(
            strike_pts="strike_read",
            price_pts="price_read",
            fees_usd="fees_read",
        )
        .pipe(_with_settlement)
    )


def _expiry_date() -> pl.Expr:
    """Read the expiry; a date outside the session calendar is a mistyped year."""
    expiry = rules.date_of("expiry")
    return pl.when(expiry.is_between(FIRST_DAY, LAST_DAY)).then(expiry)


def _with_settlement(fills: pl.DataFrame) -> pl.DataFrame:
    """Add the instant each series settles; null where root or expiry are not understood."""
    series = fills.filter(pl.col("settlement").is_not_null(), pl.col("expiry_date").is_not_null()).select(
        "root", "expiry_date"
    )
    settled = [(root, day, settlement_instant(root, day)) for root, day in series.unique().iter_rows()]
    schema = pl.Schema({"root": pl.String(), "expiry_date": pl.Date(), "settle_at": pl.Datetime("us", "UTC")})
    instants = pl.DataFrame(settled, schema=schema, orient="row")
    return fills.join(instants, on=["root", "expiry_date"], how="left", validate="m:1", maintain_order="left")


def _instant(column: str) -> pl.Expr:
    """Read an ISO 8601 instant that names its offset, into UTC; null without one."""
    part = pl.col(column).str.strip_chars().str.extract_groups(LOCAL_INSTANT)
    clock = pl.concat_str(
        part.struct.field("1"),
        pl.lit(" "),
        part.struct.field("2"),
        part.struct.field("3").fill_null(":00"),
        part.struct.field("4").fill_null(".0"),
    )
    zone = part.struct.field("5").str.to_uppercase().str.replace("Z", "+00:00", literal=True)
    digits = zone.str.replace(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(3, 2).cast(
        pl.Int64, strict=False
    )
    east = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    local = clock.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return (local - pl.duration(minutes=east)).dt.replace_time_zone("UTC")


def _row_rules() -> list[rules.RowRule]:
    return [
        rules.missing("fill_id"),
        rules.missing("account"),
        reserved_account(),
        rules.RowRule(
            "bad_instant",
            pl.col("filled_instant").is_null(),
            rules.said("'{}' is not an ISO 8601 instant with its offset, like 2023-02-07T16:15:00-05:00.", "filled_at"),
            "filled_at",
        ),
        rules.RowRule(
            "unknown_root",
            pl.col("settlement").is_null(),
            rules.said("'{}' is none of SPX, SPXW, VIX, VIXW, VX, VXM.", "root"),
            "root",
        ),
        rules.bad_date("expiry", "expiry_date"),
        rules.RowRule(
            "filled_after_settlement",
            pl.col("filled_instant") > pl.col("settle_at"),
            rules.said("{} of {} had settled before {}: is the root right?", "root", "expiry_date", "filled_at"),
            "root",
        ),
        *_contract_rules(),
        *_amount_rules(),
    ]


def _contract_rules() -> list[rules.RowRule]:
    is_option = ~pl.col("is_future")
    has_contract = rules.is_written("option_right") | rules.is_written("strike")
    return [
        rules.RowRule(
            "future_with_strike",
            pl.col("is_future") & has_contract,
            rules.said("A future has neither right nor strike: '{}', '{}'.", "option_right", "strike"),
            "strike",
        ),
        rules.RowRule(
            "bad_right",
            is_option & pl.col("right").is_null(),
            rules.said("'{}' is neither C nor P.", "option_right"),
            "option_right",
        ),
        rules.RowRule(
            "bad_strike",
            is_option & ~(pl.col("strike_read") > 0).fill_null(value=False),
            rules.said("'{}' is not a strike.", "strike"),
            "strike",
        ),
    ]


def _amount_rules() -> list[rules.RowRule]:
    quantity = pl.col("quantity_read")
    is_whole = (quantity == quantity.round()) & (quantity != 0)
    return [
        rules.RowRule(
            "bad_quantity",
            ~is_whole.fill_null(value=False),
            rules.said("'{}' is not a number of contracts, + bought, - sold.", "quantity"),
            "quantity",
        ),
        rules.RowRule(
            "bad_price",
            ~(pl.col("price_read") >= 0).fill_null(value=False),
            rules.said("'{}' is not a price in points.", "price"),
            "price",
        ),
        rules.RowRule(
            "bad_fees",
            ~(pl.col("fees_read") >= 0).fill_null(value=False),
            rules.said("'{}' is not an amount of fees: write 0 where there were none.", "fees"),
            "fees",
        ),
    ]
