"""The lines of fills files and statements as typed rows: what each says, and which can be no fill."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.accounts import reserved_account
from transforms.book.broker_rows import CANCEL, CORRECTION, EVENTS, FILL, SETTLING, is_event
from transforms.market import typing_rules as rules
from transforms.market.calendar import (
    FIRST_DAY,
    LAST_DAY,
    SETTLEMENT_OF_ROOT,
    session_close_at,
    session_on_or_before,
    settlement_instant,
)
from warehouse.tables.raw import RAW_BROKER_ROWS, RAW_FILLS

FUTURE_ROOTS: Final = ("VX", "VXM")
RIGHTS: Final = {"C": "C", "P": "P", "CALL": "C", "PUT": "P"}
EFFECTS: Final = {"OPEN": "OPEN", "CLOSE": "CLOSE"}
LABELS: Final = (
    *("fill_id", "account", "structure", "campaign", "note"),
    *("broker", "event", "trade_ref", "cancels_ref", "order_ref"),
)
NUMBERS: Final = ("quantity", "price", "fees", "strike", "amount", "place")
LOCAL_INSTANT: Final = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})$"
)
DATE_ALONE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def typed_rows(raw: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read every line, and set aside those that break a rule: the typed rows and the rejected ones.

    `raw` are rows of raw.fills and raw.broker_rows together, what one of them does not have null.
    Beside the raw columns a typed row has `filled_instant` (UTC), `expiry_date`, `settlement`, `right`, `strike_pts`,
    `quantity_read`, `price_pts`, `fees_usd`, `amount_usd`, `effect`, `event`, `place` and `is_time_known`. A broker's
    date without a time is read as the close of its session.
    """
    read = _read(raw)
    is_own = pl.col("broker").is_null()
    sifted = [
        rules.sift(rows, _row_rules(), raw_table=table, row_key=pl.col("fill_id"))
        for rows, table in ((read.filter(is_own), RAW_FILLS), (read.filter(~is_own), RAW_BROKER_ROWS))
    ]
    return pl.concat([kept for kept, _ in sifted]), pl.concat([rejected for _, rejected in sifted])


def _read(raw: pl.DataFrame) -> pl.DataFrame:
    every_field = dict.fromkeys((*RAW_FILLS.column_names, *RAW_BROKER_ROWS.column_names))
    missing = {name: pl.lit(None, dtype=pl.String) for name in every_field if name not in raw.columns}
    labels = {name: rules.label_of(name) for name in LABELS}
    number = {name: rules.number_of(name) for name in NUMBERS}
    effect = rules.label_of("effect").str.to_uppercase()
    return (
        raw.with_columns(**missing)
        .with_columns(**labels, root=rules.label_of("root").str.to_uppercase())
        .pipe(_with_instant)
        .with_columns(
            event=pl.col("event").fill_null(FILL),
            effect=effect.replace_strict(EFFECTS, default=None, return_dtype=pl.String),
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
            amount_usd="amount_read",
            place=pl.col("place_read").cast(pl.Int64, strict=False),
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


def _with_instant(fills: pl.DataFrame) -> pl.DataFrame:
    """Add the instant of the fill: the close of the session where a broker states only the date."""
    is_date = pl.col("broker").is_not_null() & pl.col("filled_at").str.contains(DATE_ALONE)
    day = pl.when(is_date).then(pl.col("filled_at")).str.to_date("%Y-%m-%d", strict=False)
    dated = fills.with_columns(filled_date=pl.when(day.is_between(FIRST_DAY, LAST_DAY)).then(day))
    days = dated["filled_date"].drop_nulls().unique().to_list()
    closes = pl.DataFrame(
        [(day, session_close_at(session_on_or_before(day))) for day in days],
        schema={"filled_date": pl.Date(), "close_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    return (
        dated.join(closes, on="filled_date", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            filled_instant=pl.coalesce(_instant("filled_at"), "close_at"), is_time_known=pl.col("close_at").is_null()
        )
        .drop("filled_date", "close_at")
    )


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
        rules.not_an_expiry("expiry", "expiry_date"),
        rules.RowRule(
            "unknown_event", ~is_event(*EVENTS), rules.said("'{}' is no event of a statement.", "event"), "event"
        ),
        rules.RowRule(
            "filled_after_settlement",
            is_event(FILL, CORRECTION) & (pl.col("filled_instant") > pl.col("settle_at")),
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
    is_whole = (quantity == quantity.round()) & ((quantity != 0) | is_event(*SETTLING))
    is_trade = is_event(FILL, CORRECTION, CANCEL)
    return [
        rules.RowRule(
            "bad_quantity",
            ~is_whole.fill_null(value=False),
            rules.said("'{}' is not a number of contracts, + bought, - sold.", "quantity"),
            "quantity",
        ),
        rules.RowRule(
            "bad_price",
            is_trade & ~(pl.col("price_read") >= 0).fill_null(value=False),
            rules.said("'{}' is not a price in points.", "price"),
            "price",
        ),
        rules.RowRule(
            "bad_fees",
            ~(
                (pl.col("fees_read") >= 0) | (pl.col("broker").is_not_null() & pl.col("fees_read").is_not_null())
            ).fill_null(value=False),
            rules.said("'{}' is not an amount of fees: write 0 where there were none.", "fees"),
            "fees",
        ),
    ]
