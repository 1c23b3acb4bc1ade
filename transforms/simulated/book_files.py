"""The sample book as its owner keeps it: a fills CSV, an accounts CSV and a settlement-values CSV."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from transforms.market.calendar import next_session, settlement_session
from transforms.market.expirations import is_spx_monthly, is_vix_monthly
from transforms.simulated.book import MULTIPLIER_USD, quote
from transforms.simulated.market import simulate
from transforms.simulated.story import nights
from transforms.simulated.trading_rules import WIDTH_PTS, all_fills, trade_story
from transforms.simulated.vendor_file import VendorFile, vendor_file

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from transforms.simulated.book import Fill, Ledger, Option
    from transforms.simulated.market import SimulatedMarket

FILLS_HEADER: Final = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"
ACCOUNTS_HEADER: Final = "account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd"
SETTLEMENTS_HEADER: Final = "date,symbol,value_pts"


@lru_cache(maxsize=4)
def ledgers_of(seed: int) -> dict[str, Ledger]:
    """Trade the book of a seed once; read only."""
    return trade_story(simulate(seed))


def book_files(market: SimulatedMarket, rows: range) -> list[VendorFile]:
    """Write the book's records of the sessions at these rows of the market; a file without a record is left out."""
    days = [market.sessions[row] for row in rows]
    if not days:
        return []
    within = range(days[0].toordinal(), days[-1].toordinal() + 1)
    ledgers = ledgers_of(market.seed)
    fills = [fill_line(fill) for fill in all_fills(ledgers) if fill.session_date.toordinal() in within]
    accounts = [line for ledger in ledgers.values() for line in _account_lines(market, ledger, days)]
    settlements = [line for day in days for line in _settlement_lines(market, day)]
    written = (
        ("fills.csv", FILLS_HEADER, fills),
        ("accounts.csv", ACCOUNTS_HEADER, accounts),
        ("settlement_values.csv", SETTLEMENTS_HEADER, settlements),
    )
    return [
        vendor_file(name, market.seed, "\n".join([header, *lines]) + "\n") for name, header, lines in written if lines
    ]


def fill_line(fill: Fill) -> str:
    """Spell a fill as a line under FILLS_HEADER."""
    option = fill.option
    return (
        f"{fill.fill_id},{fill.account},{fill.filled_at},{option.root},{option.expiry_date},{option.right},"
        f"{option.strike_pts:g},{fill.quantity},{fill.price_pts:.2f},{fill.fees_usd:.2f},"
        f"{fill.structure},{fill.campaign},{fill.note}"
    )


def _account_lines(market: SimulatedMarket, ledger: Ledger, days: Iterable[dt.date]) -> list[str]:
    """One line a week, on its last session, as a statement would come."""
    first_night = nights()[0]
    weekly = [day for day in days if day >= first_night and next_session(day).weekday() < day.weekday()]
    return [_account_line(market, ledger, day) for day in weekly]


def _account_line(market: SimulatedMarket, ledger: Ledger, day: dt.date) -> str:
    """Net liquidation value at the mids of the day, and the margin of the open condors: one wing each."""
    legs = open_legs(ledger, day)
    value = sum(sum(quote(market, day, option)) / 2.0 * quantity for option, quantity in legs.items())
    cash = cash_usd(market, ledger, day)
    shorts = sum(-quantity for option, quantity in legs.items() if option.root == "SPXW" and quantity < 0)
    margin = shorts / 2 * WIDTH_PTS * MULTIPLIER_USD
    return f"{ledger.plan.name},{day},{cash + value * MULTIPLIER_USD:.2f},{margin:.2f},0.00,{margin:.2f}"


def open_legs(ledger: Ledger, day: dt.date) -> dict[Option, int]:
    """Add up what an account holds at the quotes of a session, settled series left out."""
    state = ledger.market.state(day)
    legs: dict[Option, int] = {}
    for fill in ledger.fills:
        if fill.session_date <= day and state.years_to(fill.option.root, fill.option.expiry_date) > 0.0:
            legs[fill.option] = legs.get(fill.option, 0) + fill.quantity
    return {option: quantity for option, quantity in legs.items() if quantity}


def cash_usd(market: SimulatedMarket, ledger: Ledger, day: dt.date) -> float:
    """Add up an account's cash: what it opened with, its fills less fees, and what settled in cash."""
    state, plan = market.state(day), ledger.plan
    cash, settled = plan.opening_usd, 0.0
    for fill in ledger.fills:
        if fill.session_date <= day:
            cash -= fill.quantity * fill.price_pts * MULTIPLIER_USD + fill.fees_usd
            if state.years_to(fill.option.root, fill.option.expiry_date) <= 0.0:
                settled += fill.quantity * settlement_pts(market, fill.option)
    return cash + settled * MULTIPLIER_USD


def settlement_pts(market: SimulatedMarket, option: Option) -> float:
    """Give what an option settled at: SPXW on the official close, SPX on SET, VIX on VRO."""
    day = settlement_session(option.root, option.expiry_date)
    if option.root == "SPXW":
        level = float(market.bars["SPX"].close_pts[market.position(day)])
    elif option.root == "SPX":
        level = market.spx_opening_pts(day)
    else:
        level = market.vix_settlement_pts(day)
    over = level - option.strike_pts
    return max(over, 0.0) if option.right == "C" else max(-over, 0.0)


def _settlement_lines(market: SimulatedMarket, day: dt.date) -> list[str]:
    """SET and the official close on the day monthly SPX options expire, VRO on the day VIX options do."""
    lines = []
    if is_spx_monthly(day):
        close = float(market.bars["SPX"].close_pts[market.position(day)])
        lines += [f"{day},SET,{market.spx_opening_pts(day):.2f}", f"{day},SPX,{close:.2f}"]
    if is_vix_monthly(day):
        lines.append(f"{day},VRO,{market.vix_settlement_pts(day):.2f}")
    return lines
