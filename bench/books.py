"""Invented books of any size, filled at the simulated market's own quotes, as the own CSV would hold them."""

import datetime as dt

import numpy as np

from transforms.market.calendar import next_session, previous_session
from transforms.market.expirations import spx_monthly_expiration
from transforms.simulated.book import AccountPlan, Ledger, Option, Order, strike_at_delta
from transforms.simulated.book_files import ACCOUNTS_HEADER, FILLS_HEADER, fill_line
from transforms.simulated.listings import BOOK_STRIKE_STEP_PTS, BOOK_VIX_STRIKES_PTS, Expiry, vix_expiries
from transforms.simulated.market import SimulatedMarket
from transforms.simulated.trading_rules import all_fills, entry_session

OPEN_EXPIRY = (2026, 5)
CLOSED_EXPIRIES = tuple((2025 + month // 12, month % 12 + 1) for month in range(4, 16))  # a year before it
HELD_SESSIONS = 20  # of a condor that is closed
WIDTH_PTS = 50.0
LAYER_DAYS = {"L1": 50, "L2": 110, "L3": 220}
HEDGE_DELTA = 0.30
NET_LIQ_USD = 500_000.0


def book_of(
    market: SimulatedMarket, session_date: dt.date, *, accounts: int, condors: int, layers: int
) -> dict[str, bytes]:
    """Write the fills and the accounts of a book: an account holds condors, VIX call layers and one diagonal.

    Four legs a condor, one a layer, two the diagonal. No two accounts have the same deltas, and each has closed as many
    condors in every month of the year before.
    """
    ledgers = {f"A{number:02d}": _traded(market, number, condors, layers) for number in range(accounts)}
    fills = [fill_line(fill) for fill in all_fills(ledgers)]
    lines = [f"{name},{session_date},{NET_LIQ_USD:.2f},0.00,0.00,0.00" for name in ledgers]
    written = (("fills.csv", [FILLS_HEADER, *fills]), ("accounts.csv", [ACCOUNTS_HEADER, *lines]))
    return {name: ("\n".join(rows) + "\n").encode() for name, rows in written if ledgers or name == "fills.csv"}


def _traded(market: SimulatedMarket, number: int, condors: int, layers: int) -> Ledger:
    plan = AccountPlan(f"A{number:02d}", NET_LIQ_USD, 1 + number % 3, dict.fromkeys(LAYER_DAYS, 3), has_diagonal=True)
    ledger = Ledger(plan, market)
    for year, month in (*CLOSED_EXPIRIES, OPEN_EXPIRY):
        expiry = Expiry(spx_monthly_expiration(year, month), "SPXW")
        sold_on = entry_session(expiry.expiry_date)
        names = [f"condor-{year}-{month:02d}-{turn}" for turn in range(condors)]
        for turn, name in enumerate(names):
            delta = 0.10 + 0.02 * turn + 0.001 * number
            ledger.trade(sold_on, _condor(ledger, sold_on, expiry, delta), structure=name, note="", campaign=name)
        if (year, month) != OPEN_EXPIRY:
            for name in names:
                ledger.close(_sessions_on(sold_on, HELD_SESSIONS), name, note="", campaign=name)
    bought_on = previous_session(sold_on)
    for layer in tuple(LAYER_DAYS)[:layers]:
        order = Order(_vix_call(ledger, bought_on, LAYER_DAYS[layer]), plan.layer_qty[layer])
        ledger.trade(bought_on, [order], structure=layer, note="")
    far, near = _vix_call(ledger, bought_on, LAYER_DAYS["L2"]), _vix_call(ledger, bought_on, 45)
    higher = next(strike for strike in BOOK_VIX_STRIKES_PTS if strike >= far.strike_pts + 5.0)
    short = Option(near.root, near.expiry_date, "C", higher)
    ledger.trade(bought_on, [Order(far, 1), Order(short, -1)], structure="diagonal", note="")
    return ledger


def _condor(ledger: Ledger, day: dt.date, expiry: Expiry, delta: float) -> list[Order]:
    spot, quantity = ledger.market.state(day).spot_pts, ledger.plan.condors_qty
    steps = np.arange(np.floor(spot * 0.82 / BOOK_STRIKE_STEP_PTS), np.ceil(spot * 1.07 / BOOK_STRIKE_STEP_PTS))
    put, call = (
        strike_at_delta(ledger.market, day, expiry, call_delta=wanted, strikes_pts=steps * BOOK_STRIKE_STEP_PTS)
        for wanted in (1.0 - delta, delta)
    )
    legs = (("P", put - WIDTH_PTS, 1), ("P", put, -1), ("C", call, -1), ("C", call + WIDTH_PTS, 1))
    return [
        Order(Option(expiry.root, expiry.expiry_date, right, strike), sign * quantity) for right, strike, sign in legs
    ]


def _vix_call(ledger: Ledger, day: dt.date, days: int) -> Option:
    monthlies = [expiry for expiry in vix_expiries(day, "small") if expiry.root == "VIX"]
    expiry = min(monthlies, key=lambda one: abs((one.expiry_date - day).days - days))
    strikes = np.array(BOOK_VIX_STRIKES_PTS)
    strike = strike_at_delta(ledger.market, day, expiry, call_delta=HEDGE_DELTA, strikes_pts=strikes)
    return Option(expiry.root, expiry.expiry_date, "C", strike)


def _sessions_on(day: dt.date, count: int) -> dt.date:
    for _ in range(count):
        day = next_session(day)
    return day
