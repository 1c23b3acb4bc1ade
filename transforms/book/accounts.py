"""What each account was worth and what margin it carried, as the trader's dated file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.market import typing_rules as rules
from warehouse.tables.core import CORE_ACCOUNTS_DAILY
from warehouse.tables.raw import RAW_ACCOUNTS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from transforms.market.typing_rules import Typed

AMOUNTS: Final = ("net_liq_usd", "margin_used_usd", "margin_debit_usd", "broker_margin_usd")
NEVER_NEGATIVE: Final = ("margin_used_usd", "margin_debit_usd", "broker_margin_usd")


def type_accounts(raw: pl.DataFrame) -> Typed:
    """Read account figures and keep the believed row of each account and session.

    One row per `session_date, account`; USD, null where the file leaves a field blank. The newest load is believed, row
    by row: a statement is corrected as a whole. Of files that say the same, one stands for all, whatever their order.
    """
    read = raw.with_columns(
        session_date=rules.date_of("date"),
        account=rules.label_of("account"),
        **{f"{name}_read": rules.number_of(name) for name in AMOUNTS},
        **{f"{name}_written": rules.is_written(name) for name in AMOUNTS},
    )
    kept, rejected = rules.sift(read, _row_rules(), raw_table=RAW_ACCOUNTS, row_key=pl.col("account"))
    once, repeated = rules.last_in_file(
        kept, ("session_date", "account"), raw_table=RAW_ACCOUNTS, row_key=pl.col("account")
    )
    # A blank is a statement too: it contradicts an amount.
    said = tuple(f"{name}_{what}" for name in AMOUNTS for what in ("read", "written"))
    newest = rules.believed(once, rules.Belief(keys=("session_date", "account"), values=said))
    facts = newest.with_columns(**{name: pl.col(f"{name}_read") for name in AMOUNTS})
    return rules.typed(CORE_ACCOUNTS_DAILY, facts, [rejected, repeated])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """An account's latest statement up to the session; null where the file is blank or has no row."""

    accounts_date: dt.date | None = None
    net_liq_usd: float | None = None
    margin_used_usd: float | None = None
    margin_debit_usd: float | None = None
    broker_margin_usd: float | None = None


def latest_statements(
    accounts: pl.DataFrame, scopes: Sequence[str], *, session_date: dt.date
) -> dict[str, AccountFigures]:
    """Read what was last supplied up to the session, by scope; ALL adds up, and needs every account's.

    `accounts` as core.accounts_daily, `scopes` those of the book. The date of ALL is its oldest statement's.
    """
    supplied = accounts.filter(pl.col("session_date") <= session_date)
    by_date = sorted(supplied.select("session_date", "account", *AMOUNTS).iter_rows(named=True), key=_dated)
    latest = {row["account"]: row for row in by_date}
    names = sorted(name for name in scopes if name != ALL_ACCOUNTS)
    return {scope: _figures(latest, names if scope == ALL_ACCOUNTS else [scope]) for scope in scopes}


def _figures(latest: Mapping[str, dict[str, Any]], names: Sequence[str]) -> AccountFigures:
    if not names or not latest.keys() >= set(names):
        return AccountFigures()
    rows = [latest[name] for name in names]
    return AccountFigures(
        accounts_date=min(row["session_date"] for row in rows),
        **{name: _total(row[name] for row in rows) for name in AMOUNTS},
    )


def _dated(row: dict[str, Any]) -> dt.date:
    day: dt.date = row["session_date"]
    return day


def _total(amounts: Iterable[float | None]) -> float | None:
    """Add up; null as soon as one amount is."""
    known = list(amounts)
    return None if None in known else float(pl.Series(known, dtype=pl.Float64).sum())


def reserved_account() -> rules.RowRule:
    """Reject an account called like the sum row: its figures would be added to themselves."""
    is_reserved = pl.col("account").str.to_uppercase() == ALL_ACCOUNTS
    reason = rules.said("'{}' is the name of the sum of all accounts: give this account another.", "account")
    return rules.RowRule("reserved_account", is_reserved, reason, "account")


def _row_rules() -> list[rules.RowRule]:
    return [
        rules.missing("account"),
        reserved_account(),
        rules.bad_date("date", "session_date"),
        rules.not_a_session("date"),
        *(rules.not_a_number(name, f"{name}_read") for name in AMOUNTS),
        *(
            rules.RowRule(
                "negative_margin",
                pl.col(f"{name}_read") < 0,
                rules.said(f"A {name} of {{}}: margin is written without a sign.", name),
                name,
            )
            for name in NEVER_NEGATIVE
        ),
    ]
