"""What asks for attention tonight: condor states, unpriced and unwatched legs, layers due for a roll, data at fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.layer_alerts import layer_alerts
from transforms.book.legs import IS_FUTURE, UNDERLYING
from transforms.book.positions import ALL_ACCOUNTS
from transforms.thresholds import HOUSE_DEFAULT
from warehouse.tables.mart import MART_ALERTS_DAILY, MART_HEDGE_SIZING_DAILY

if TYPE_CHECKING:
    import datetime as dt

ALERT: Final = ("account", "rule_id", "subject")
DATES: Final = ("session_date", "first_seen_date", "is_new")
RED_STATES: Final = ("ITM", "BREACHED", "WING")
AMBER_STATES: Final = ("WATCH", "TESTED")
# The subject of a check about the book as a whole.
BOOK: Final = "book"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertInputs:
    """Tonight's marts and checks; `previous` are the alerts of the session before, none on the first night.

    `steward` are alerts of `steward_checks`, `engine` those of `engine_alerts`, both without dates.
    """

    session_date: dt.date
    condors: pl.DataFrame
    hedge_layers: pl.DataFrame
    legs: pl.DataFrame
    checks: pl.DataFrame
    sizing: pl.DataFrame = field(default_factory=MART_HEDGE_SIZING_DAILY.empty)
    steward: pl.DataFrame = field(default_factory=MART_ALERTS_DAILY.empty)
    engine: pl.DataFrame = field(default_factory=MART_ALERTS_DAILY.empty)
    previous: pl.DataFrame | None = None


def alerts(inputs: AlertInputs) -> pl.DataFrame:
    """List the alerts of the session: one row per account, rule and subject, as mart.alerts_daily declares.

    An alert that stood at the session before keeps the date it was first seen.
    """
    found = pl.concat(
        [
            _condor_states(inputs.condors),
            _unpriced_legs(inputs.legs),
            _unwatched_structures(inputs.legs),
            layer_alerts(inputs.hedge_layers, inputs.condors, inputs.sizing),
            failed_warnings(inputs.checks, inputs.legs, accounts=own_accounts(inputs.hedge_layers)),
            inputs.steward.drop(DATES, strict=False),
            inputs.engine.drop(DATES, strict=False),
        ],
        how="diagonal",
    )
    earlier = MART_ALERTS_DAILY.empty() if inputs.previous is None else inputs.previous
    rows = found.join(
        earlier.select(*ALERT, "first_seen_date"), on=ALERT, how="left", validate="m:1", maintain_order="left"
    ).with_columns(
        session_date=pl.lit(inputs.session_date),
        is_new=pl.col("first_seen_date").is_null(),
        first_seen_date=pl.coalesce("first_seen_date", pl.lit(inputs.session_date)),
    )
    return MART_ALERTS_DAILY.conform(rows).sort(ALERT)


def _condor_states(condors: pl.DataFrame) -> pl.DataFrame:
    """RED from ITM on, AMBER before."""
    unhedged = pl.col("flags").str.contains("UNHEDGED_BY_ALVH", literal=True)
    tail = pl.when(unhedged).then(pl.lit("; the call side is not hedged by ALVH")).otherwise(pl.lit(""))
    return condors.filter(pl.col("state").is_in([*RED_STATES, *AMBER_STATES])).select(
        "account",
        rule_id=pl.format("condor_{}", pl.col("state").str.to_lowercase()),
        subject="condor_id",
        severity=pl.when(pl.col("state").is_in(RED_STATES)).then(pl.lit("RED")).otherwise(pl.lit("AMBER")),
        value="trigger_value",
        threshold="trigger_threshold",
        unit="trigger_unit",
        source_tier=pl.coalesce("trigger_source_tier", pl.lit(HOUSE_DEFAULT)),
        message=pl.format("{}: {}{}", "condor_id", "state_reason", tail),
    )


def _unpriced_legs(legs: pl.DataFrame) -> pl.DataFrame:
    return legs.filter(~pl.col("is_priced")).select(
        "account",
        rule_id=pl.lit("leg_unpriced"),
        subject=pl.format("{} {}", "structure_id", "instrument_id"),
        severity=pl.lit("AMBER"),
        source_tier=pl.lit(HOUSE_DEFAULT),
        message=pl.format("{} in {} has no mark: {}", "instrument_id", "structure_id", "unpriced_reason"),
    )


def _unwatched_structures(legs: pl.DataFrame) -> pl.DataFrame:
    """What is no condor, no layer and no diagonal has no state and no maximum loss: its risk stands here by name.

    AMBER where an option is short (a condor with one side closed, an uncovered VIX call), for information otherwise.
    """
    is_short_option = ((pl.col("quantity_qty") < 0) & ~IS_FUTURE).any()
    return (
        legs.filter(pl.col("part") == "other")
        .group_by("account", "structure_id")
        .agg(
            severity=pl.when(is_short_option).then(pl.lit("AMBER")).otherwise(pl.lit("INFO")),
            reason=pl.col("part_reason").drop_nulls().unique().sort().str.join("; "),
            named=pl.col("instrument_id").sort().str.join(", "),
        )
        .select(
            "account",
            "severity",
            rule_id=pl.lit("structure_not_watched"),
            subject="structure_id",
            source_tier=pl.lit(HOUSE_DEFAULT),
            message=pl.format(
                "{}: {}; no state and no maximum loss are computed for {}", "structure_id", "reason", "named"
            ),
        )
    )


def own_accounts(hedge_layers: pl.DataFrame) -> pl.DataFrame:
    """The accounts there are; the sum row only where it stands alone, for an empty book."""
    accounts = hedge_layers.select("account").unique().sort("account")
    return accounts.filter(pl.col("account") != ALL_ACCOUNTS) if accounts.height > 1 else accounts


def failed_warnings(checks: pl.DataFrame, legs: pl.DataFrame, *, accounts: pl.DataFrame) -> pl.DataFrame:
    """A failed warning asks for attention only where its subject (underlying, root, expiry, instrument) is held.

    Subjects as in meta.checks: `SPX`, `VIX 2023-03-22`, `SPXW 2023-03-17`, an instrument; `book` touches every account.
    A warning about the whole session has no subject and touches no single leg.
    """
    expiry = pl.col("expiry_date").dt.to_string("%Y-%m-%d")
    touched = pl.concat(
        [
            legs.select("account", subject=subject)
            for subject in (
                UNDERLYING,
                pl.col("root"),
                pl.format("{} {}", UNDERLYING, expiry),
                pl.format("{} {}", "root", expiry),
                pl.format("{} {} {}", "root", expiry, "settlement"),
                pl.col("instrument_id"),
            )
        ]
        + [accounts.select("account", subject=pl.lit(BOOK))]
    ).unique()
    failed = checks.filter(pl.col("severity") == "warning", ~pl.col("is_passed"), pl.col("is_applicable"))
    return failed.join(touched, on="subject", how="inner").select(
        "account",
        rule_id=pl.format("check_{}", "check_id"),
        subject="subject",
        severity=pl.lit("AMBER"),
        value="value",
        threshold="limit_value",
        unit="unit",
        source_tier=pl.lit(HOUSE_DEFAULT),
        message="message",
    )
