"""The sample book: what a patient trader did in the simulated market, by rule, filled at the quotes of each evening.

Condors are sold once a month, hedged by layered VIX calls and one VIX call diagonal, in two accounts. Every fill sells
at the bid or buys at the ask that the chain file of that session shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from transforms.market.calendar import NEW_YORK, quote_table_instant
from transforms.simulated.chain_quotes import quote_expiry
from transforms.simulated.listings import Expiry

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    from transforms.simulated.chain_quotes import ExpiryQuotes
    from transforms.simulated.market import SimulatedMarket

    Floats = npt.NDArray[np.float64]

MULTIPLIER_USD: Final = 100.0
BROKER_FEE_USD: Final = 0.65
EXCHANGE_FEE_USD: Final = {"SPX": 0.59, "SPXW": 0.50, "VIX": 0.42, "VIXW": 0.42}


@dataclass(frozen=True, slots=True)
class Option:
    """One option contract."""

    root: str
    expiry_date: dt.date
    right: str
    strike_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill; quantity signed (+ bought), price in points, fees in USD."""

    fill_id: str
    account: str
    session_date: dt.date
    filled_at: str
    option: Option
    quantity: int
    price_pts: float
    fees_usd: float
    structure: str
    campaign: str
    note: str


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """How large an account trades: condors a month, VIX calls of each layer, and whether it holds the diagonal."""

    name: str
    opening_usd: float
    condors_qty: int
    layer_qty: dict[str, int]
    has_diagonal: bool


ACCOUNTS: Final = (
    AccountPlan("MAIN", 150_000.0, 2, {"L1": 4, "L2": 4, "L3": 2}, has_diagonal=True),
    AccountPlan("FAMILY", 60_000.0, 1, {"L1": 2, "L2": 2, "L3": 1}, has_diagonal=False),
)


@dataclass(frozen=True, slots=True)
class Order:
    """A leg of an order, before it is filled."""

    option: Option
    quantity: int


@dataclass(slots=True)
class Ledger:
    """One account as it trades: its fills, and what it holds by structure."""

    plan: AccountPlan
    market: SimulatedMarket
    fills: list[Fill] = field(default_factory=list)
    held: dict[str, dict[Option, int]] = field(default_factory=dict)

    def trade(
        self, session_date: dt.date, orders: list[Order], *, structure: str, note: str, campaign: str = ""
    ) -> None:
        """Fill orders at the session's own quotes and book them under a structure."""
        legs = self.held.setdefault(structure, {})
        for order in orders:
            self.fills.append(self._fill(session_date, order, structure=structure, note=note, campaign=campaign))
            legs[order.option] = legs.get(order.option, 0) + order.quantity
            if legs[order.option] == 0:
                del legs[order.option]
        if not legs:
            del self.held[structure]

    def close(self, session_date: dt.date, structure: str, *, note: str, campaign: str = "") -> None:
        """Trade out of every leg of a structure."""
        orders = [Order(option, -quantity) for option, quantity in self.held[structure].items()]
        self.trade(session_date, orders, structure=structure, note=note, campaign=campaign)

    def drop_expired(self, session_date: dt.date) -> None:
        """Forget what has settled by the quotes of a session: cash settlement needs no fill."""
        state = self.market.state(session_date)
        for structure in list(self.held):
            legs = self.held[structure]
            alive = {leg: qty for leg, qty in legs.items() if state.years_to(leg.root, leg.expiry_date) > 0.0}
            if alive:
                self.held[structure] = alive
            else:
                del self.held[structure]

    def _fill(self, session_date: dt.date, order: Order, *, structure: str, note: str, campaign: str) -> Fill:
        bid_pts, ask_pts = quote(self.market, session_date, order.option)
        fee = (BROKER_FEE_USD + EXCHANGE_FEE_USD[order.option.root]) * abs(order.quantity)
        return Fill(
            fill_id=f"SIM{self.market.seed}-{self.plan.name}-{len(self.fills) + 1:04d}",
            account=self.plan.name,
            session_date=session_date,
            filled_at=quote_table_instant(session_date).astimezone(NEW_YORK).isoformat(),
            option=order.option,
            quantity=order.quantity,
            price_pts=ask_pts if order.quantity > 0 else bid_pts,
            fees_usd=round(fee, 2),
            structure=structure,
            campaign=campaign,
            note=note,
        )


@lru_cache(maxsize=1 << 16)
def quote(market: SimulatedMarket, session_date: dt.date, option: Option) -> tuple[float, float]:
    """Give bid and ask of one contract as the session's chain file shows them, in points."""
    quotes = quotes_at(market, session_date, Expiry(option.expiry_date, option.root), np.array([option.strike_pts]))
    if option.right == "C":
        return float(quotes.call_bid_pts[0]), float(quotes.call_ask_pts[0])
    return float(quotes.put_bid_pts[0]), float(quotes.put_ask_pts[0])


def quotes_at(market: SimulatedMarket, session_date: dt.date, expiry: Expiry, strikes_pts: Floats) -> ExpiryQuotes:
    """Quote an expiry at some strikes only."""
    return quote_expiry(market.state(session_date), expiry, strikes_pts)


def strike_at_delta(
    market: SimulatedMarket, session_date: dt.date, expiry: Expiry, *, call_delta: float, strikes_pts: Floats
) -> float:
    """Choose the strike whose call delta N(d1) is nearest; a put of delta -0.16 has a call delta of 0.84."""
    quotes = quotes_at(market, session_date, expiry, strikes_pts)
    return float(strikes_pts[np.argmin(np.abs(quotes.call_delta - call_delta))])
