"""What the steward checks of the night are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.book.accounts import latest_statements
from transforms.book.alerts import failed_warnings, own_accounts
from transforms.book.data_checks import failed_critical
from transforms.book.night_facts import only_text
from transforms.book.positions import account_scopes
from transforms.risk.campaign_past import campaign_past
from transforms.risk.steward_checks import StewardInputs, steward_checks

if TYPE_CHECKING:
    import polars as pl

    from flows.book import ValuedBook
    from flows.evening import Evening
    from flows.rules import Rules
    from transforms.risk.hedge_ledger import HedgeLedger


def steward_of(
    evening: Evening, book: ValuedBook, hedge: HedgeLedger, checks: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Say of every account whether it keeps its own limits; an empty book is looked at as a whole."""
    accounts, scopes = own_accounts(hedge.layers), account_scopes(book.holdings)
    statements = latest_statements(evening.accounts, scopes, session_date=evening.session_date)
    critical_qty = failed_critical(checks).height
    return steward_checks(
        StewardInputs(
            session_date=evening.session_date,
            accounts={
                account: (statements[account].net_liq_usd, statements[account].margin_used_usd)
                for account in accounts["account"]
            },
            condors=book.condors,
            history=evening.condor_nights,
            past=campaign_past(book.holdings, evening.fills, evening.night.mark_at),
            legs=book.legs,
            layers=hedge.layers,
            costs=hedge.costs,
            failed=failed_warnings(checks, book.legs, accounts=accounts),
            critical_qty=critical_qty,
            event_state=only_text(evening.signals, "event_state"),
            gate=only_text(evening.signals, "gate"),
            hold_reason="data on hold" if critical_qty else None,
        ),
        rules.steward_sets,
    )
