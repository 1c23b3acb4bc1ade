"""One instrument on its way through the fills: what is open of it, what it cost, and the cash each trade moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from transforms.book.margin import MarginLeg
from transforms.book.positions import MULTIPLIER_USD
from transforms.book.shapes import OpenLeg

if TYPE_CHECKING:
    import datetime as dt

HEDGE: Final = "hedge"
SECOND_ENGINE: Final = "second_engine"
REST: Final = "rest"
SIDES: Final = (HEDGE, REST, SECOND_ENGINE)
FUTURE_ROOTS: Final = ("VX", "VXM")
SPX_ROOTS: Final = ("SPX", "SPXW")


@dataclass(slots=True, kw_only=True)
class TradedLeg:
    """One instrument under one label of an account. `side` is whose money it is, given once when it is opened."""

    account: str
    label: str
    instrument_id: str
    root: str
    expiry_date: dt.date
    right: str | None
    strike_pts: float | None
    settle_at: dt.datetime
    settle_date: dt.date
    opened_at: dt.datetime
    first_quantity: int
    quantity: int = 0
    average_pts: float = 0.0
    side: str = REST

    @property
    def is_future(self) -> bool:
        """True for a VIX future."""
        return self.root in FUTURE_ROOTS

    @property
    def is_spx_option(self) -> bool:
        """True for an option on SPX."""
        return self.root in SPX_ROOTS

    @property
    def settlement_symbol(self) -> str:
        """What it settles at: SET for AM SPX, the official close for PM, VRO for VIX."""
        if not self.is_spx_option:
            return "VRO"
        return "SPX" if self.root == "SPXW" else "SET"

    def trade(self, quantity: int, price_pts: float) -> float:
        """Take a fill in and give its cash in USD, fees aside.

        A future costs nothing to enter: it pays what it has earned against its average price when it is closed.
        """
        is_closing = self.quantity * quantity < 0
        closed = min(abs(quantity), abs(self.quantity)) if is_closing else 0
        opened, sign = abs(quantity) - closed, 1 if quantity > 0 else -1
        earned_pts = sign * closed * (self.average_pts - price_pts)
        if opened:
            kept = 0 if is_closing else abs(self.quantity)
            self.average_pts = (kept * self.average_pts + opened * price_pts) / (kept + opened)
        self.quantity += quantity
        return (earned_pts if self.is_future else -quantity * price_pts) * MULTIPLIER_USD[self.root]

    def settle(self, settlement_pts: float) -> float:
        """Give the cash in USD of what is open at its settlement level."""
        if self.is_future:
            paid_pts = settlement_pts - self.average_pts
        else:
            strike = self.strike_pts or 0.0
            paid_pts = max(settlement_pts - strike if self.right == "C" else strike - settlement_pts, 0.0)
        return self.quantity * paid_pts * MULTIPLIER_USD[self.root]

    def as_open_leg(self) -> OpenLeg:
        """The leg as structures see it; one bought and sold within a session counts as it was first traded."""
        return OpenLeg(
            account=self.account,
            label=self.label,
            instrument_id=self.instrument_id,
            root=self.root,
            expiry_date=self.expiry_date,
            right=self.right,
            strike_pts=self.strike_pts,
            quantity=self.quantity or self.first_quantity,
            opened_at=self.opened_at,
        )

    def as_margin_leg(self) -> MarginLeg:
        """The leg as a broker sees it, at the average price it was entered at."""
        return MarginLeg(
            root=self.root,
            expiry_date=self.expiry_date,
            right=self.right,
            strike_pts=self.strike_pts,
            quantity=self.quantity,
            multiplier_usd=MULTIPLIER_USD[self.root],
            price_pts=self.average_pts,
        )
