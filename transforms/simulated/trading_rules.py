"""The rules the sample book trades by, applied session after session to one account.

Condors: the third-Friday SPXW expiry some 45 days ahead, short strikes at 0.16 delta, wings 50 points away, none sold
with VIX above 25; closed when nine tenths of the credit are earned and the wings have a bid, else settled in cash;
rolled once, whole, to the next month when a short strike is in the money with ten days left. VIX calls at 0.50 delta
near 30, 110 and 220 days, rolled at 15, 70 and 165. One diagonal: long some 110 days, short some 40 days at least five
points higher, closed a week before the short leg settles.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.market.calendar import next_session, session_on_or_before
from transforms.market.expirations import spx_monthly_expiration
from transforms.simulated.book import ACCOUNTS, Ledger, Option, Order, quote, strike_at_delta
from transforms.simulated.listings import BOOK_STRIKE_STEP_PTS, BOOK_VIX_STRIKES_PTS, Expiry, vix_expiries
from transforms.simulated.story import nights

if TYPE_CHECKING:
    from transforms.simulated.book import AccountPlan, Fill
    from transforms.simulated.market import SimulatedMarket

ENTRY_DAYS: Final = 45
SHORT_DELTA: Final = 0.16
WIDTH_PTS: Final = 50.0
GATE_VIX_PTS: Final = 25.0
EARNED_FRAC: Final = 0.90
ROLL_DAYS: Final = 10
TARGET_DAYS: Final = {"L1": 30, "L2": 110, "L3": 220}
ROLL_AT_DAYS: Final = {"L1": 15, "L2": 70, "L3": 165}
HEDGE_DELTA: Final = 0.50
DIAGONAL_STEP_PTS: Final = 5.0
DIAGONAL_VIX_PTS: Final = 20.0
DIAGONAL_NEAR_DAYS: Final = 40
DIAGONAL_CLOSE_DAYS: Final = 7


def trade_story(market: SimulatedMarket) -> dict[str, Ledger]:
    """Trade every account through all nights; one ledger an account."""
    return {plan.name: trade_account(market, plan) for plan in ACCOUNTS}


def all_fills(ledgers: dict[str, Ledger]) -> list[Fill]:
    """List the fills of all accounts in order of time."""
    fills = [fill for ledger in ledgers.values() for fill in ledger.fills]
    return sorted(fills, key=lambda fill: (fill.session_date, fill.fill_id))


def trade_account(market: SimulatedMarket, plan: AccountPlan) -> Ledger:
    """Trade one account session by session: what settled goes, what is due is closed or rolled, then what is new."""
    ledger = Ledger(plan, market)
    for session_date in nights():
        trade_session(ledger, session_date)
    return ledger


def trade_session(ledger: Ledger, session_date: dt.date) -> None:
    """Apply every rule to one session."""
    ledger.drop_expired(session_date)
    _mind_condors(ledger, session_date)
    _sell_condor(ledger, session_date)
    for layer in TARGET_DAYS:
        _keep_layer(ledger, session_date, layer)
    if ledger.plan.has_diagonal:
        _keep_diagonal(ledger, session_date)


def _days(session_date: dt.date, expiry_date: dt.date) -> int:
    return (expiry_date - session_date).days


def entry_session(expiry_date: dt.date) -> dt.date:
    """Give the session a month's condor is sold on: 45 days ahead, or the next day the exchange is open."""
    day = expiry_date - dt.timedelta(days=ENTRY_DAYS)
    return day if session_on_or_before(day) == day else next_session(day)


def _next_monthly(expiry_date: dt.date) -> dt.date:
    after = expiry_date.replace(day=1) + dt.timedelta(days=31)
    return spx_monthly_expiration(after.year, after.month)


def _sell_condor(ledger: Ledger, session_date: dt.date) -> None:
    for ahead in (_next_monthly(session_date), _next_monthly(_next_monthly(session_date))):
        is_due = entry_session(ahead) == session_date
        if is_due and _vix_pts(ledger.market, session_date) <= GATE_VIX_PTS:
            name = f"condor-{ahead:%Y-%m}"
            legs = condor_legs(ledger.market, session_date, Expiry(ahead, "SPXW"), ledger.plan.condors_qty)
            ledger.trade(session_date, legs, structure=name, note="monthly condor", campaign=_campaign(name))


def condor_legs(market: SimulatedMarket, session_date: dt.date, expiry: Expiry, quantity: int) -> list[Order]:
    """Choose the four legs of a condor: short strikes at 0.16 delta on multiples of 25, wings 50 points away."""
    spot = market.state(session_date).spot_pts
    lowest, highest = np.floor(spot * 0.82 / BOOK_STRIKE_STEP_PTS), np.ceil(spot * 1.07 / BOOK_STRIKE_STEP_PTS)
    strikes = np.arange(lowest, highest, dtype=np.float64) * BOOK_STRIKE_STEP_PTS
    short_put, short_call = (
        strike_at_delta(market, session_date, expiry, call_delta=delta, strikes_pts=strikes)
        for delta in (1.0 - SHORT_DELTA, SHORT_DELTA)
    )
    legs = (
        ("P", short_put - WIDTH_PTS, quantity),
        ("P", short_put, -quantity),
        ("C", short_call, -quantity),
        ("C", short_call + WIDTH_PTS, quantity),
    )
    return [Order(Option(expiry.root, expiry.expiry_date, right, strike), signed) for right, strike, signed in legs]


def _campaign(structure: str) -> str:
    return structure.replace("condor", "campaign").removesuffix("-rolled")


def _mind_condors(ledger: Ledger, session_date: dt.date) -> None:
    for name in [name for name in ledger.held if name.startswith("condor")]:
        expiry_date = next(iter(ledger.held[name])).expiry_date
        is_last_day = _days(session_date, expiry_date) == 0
        if is_last_day:
            continue
        if _is_earned(ledger, session_date, name):
            ledger.close(session_date, name, note="profit taken", campaign=_campaign(name))
        elif not name.endswith("-rolled") and _is_in_the_money_late(ledger, session_date, name):
            _roll_condor(ledger, session_date, name)


def _is_earned(ledger: Ledger, session_date: dt.date, name: str) -> bool:
    """Say whether nine tenths of the credit are earned; a wing nobody bids for cannot be sold, so it is kept."""
    credit = -sum(fill.price_pts * fill.quantity for fill in ledger.fills if fill.structure == name)
    quotes = {option: quote(ledger.market, session_date, option) for option in ledger.held[name]}
    is_bid = all(quotes[option][0] > 0.0 for option, quantity in ledger.held[name].items() if quantity > 0)
    cost = -sum(quotes[option][quantity < 0] * quantity for option, quantity in ledger.held[name].items())
    return is_bid and cost <= (1.0 - EARNED_FRAC) * credit


def _is_in_the_money_late(ledger: Ledger, session_date: dt.date, name: str) -> bool:
    spot = ledger.market.state(session_date).spot_pts
    shorts = [option for option, quantity in ledger.held[name].items() if quantity < 0]
    is_late = _days(session_date, shorts[0].expiry_date) <= ROLL_DAYS
    return is_late and any((spot < leg.strike_pts) == (leg.right == "P") for leg in shorts)


def _roll_condor(ledger: Ledger, session_date: dt.date, name: str) -> None:
    expiry_date = next(iter(ledger.held[name])).expiry_date
    campaign, following = _campaign(name), Expiry(_next_monthly(expiry_date), "SPXW")
    ledger.close(session_date, name, note="rolled out", campaign=campaign)
    legs = condor_legs(ledger.market, session_date, following, ledger.plan.condors_qty)
    ledger.trade(session_date, legs, structure=f"{name}-rolled", note="rolled in", campaign=campaign)


def _keep_layer(ledger: Ledger, session_date: dt.date, layer: str) -> None:
    """Hold one lot of the layer; sell it at its roll threshold and buy the next."""
    name = next((name for name in ledger.held if name.startswith(f"{layer}-")), None)
    if name is not None:
        if _days(session_date, next(iter(ledger.held[name])).expiry_date) > ROLL_AT_DAYS[layer]:
            return
        ledger.close(session_date, name, note=f"{layer} rolled out")
    expiry = _vix_monthly(session_date, TARGET_DAYS[layer], above=ROLL_AT_DAYS[layer])
    strike = _hedge_strike(ledger.market, session_date, expiry)
    order = Order(Option("VIX", expiry.expiry_date, "C", strike), ledger.plan.layer_qty[layer])
    ledger.trade(session_date, [order], structure=f"{layer}-{expiry.expiry_date:%Y-%m}", note=f"{layer} bought")


def _hedge_strike(market: SimulatedMarket, session_date: dt.date, expiry: Expiry) -> float:
    strikes = np.array(BOOK_VIX_STRIKES_PTS)
    return strike_at_delta(market, session_date, expiry, call_delta=HEDGE_DELTA, strikes_pts=strikes)


def _vix_monthly(session_date: dt.date, target_days: int, *, above: int) -> Expiry:
    listed = [expiry for expiry in vix_expiries(session_date, "small") if expiry.root == "VIX"]
    eligible = [expiry for expiry in listed if _days(session_date, expiry.expiry_date) > above]
    return min(eligible, key=lambda expiry: abs(_days(session_date, expiry.expiry_date) - target_days))


def _keep_diagonal(ledger: Ledger, session_date: dt.date) -> None:
    """Open a diagonal when VIX is low and the curve rises; close it a week before its short leg settles."""
    name = next((name for name in ledger.held if name.startswith("diagonal")), None)
    if name is not None:
        near = min(option.expiry_date for option in ledger.held[name])
        if _days(session_date, near) <= DIAGONAL_CLOSE_DAYS:
            ledger.close(session_date, name, note="diagonal closed")
        return
    far = _vix_monthly(session_date, TARGET_DAYS["L2"], above=ROLL_AT_DAYS["L2"])
    near_expiry = _vix_monthly(session_date, DIAGONAL_NEAR_DAYS, above=2 * DIAGONAL_CLOSE_DAYS)
    state = ledger.market.state(session_date)
    is_rising = state.vix_future_at(near_expiry.expiry_date) < state.vix_future_at(far.expiry_date)
    if not is_rising or _vix_pts(ledger.market, session_date) >= DIAGONAL_VIX_PTS:
        return
    strike = _hedge_strike(ledger.market, session_date, far)
    short_strike = next(pts for pts in BOOK_VIX_STRIKES_PTS if pts >= strike + DIAGONAL_STEP_PTS)
    orders = [
        Order(Option("VIX", far.expiry_date, "C", strike), 1),
        Order(Option("VIX", near_expiry.expiry_date, "C", short_strike), -1),
    ]
    ledger.trade(session_date, orders, structure=f"diagonal-{session_date:%Y-%m}", note="diagonal opened")


def _vix_pts(market: SimulatedMarket, session_date: dt.date) -> float:
    return float(market.bars["VIX"].close_pts[market.position(session_date)])
