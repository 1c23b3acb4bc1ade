"""The same trades as each broker exports them: four writers that share no code with the readers.

Layouts as seen in public exports: tastytrade's header of 2023 and 2024, Schwab's of 2019, IBKR's Activity Flex.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OWN_HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"
TASTY_2023 = (
    "Date,Type,Sub Type,Action,Symbol,Instrument Type,Description,Value,Quantity,Average Price,Commissions,Fees,"
    "Multiplier,Root Symbol,Underlying Symbol,Expiration Date,Strike Price,Call or Put,Order #"
)
TASTY_HEADERS = {
    "2023": TASTY_2023,
    "2023 with currency": f"{TASTY_2023},Currency",
    "2024 with total": f"{TASTY_2023},Total,Currency",
}
SCHWAB_HEADER = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"'
MULTIPLIER = {"SPX": 100, "SPXW": 100, "VIX": 100, "VIXW": 100, "VX": 1000, "VXM": 100}
MONTHS = "FGHJKMNQUVXZ"
SCHWAB_NAMES = {"SPX": "S & P ...500 INDEX", "SPXW": "S & P ...500 INDEX", "VIX": "CBOE VOLATILITY INDEX"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution, New York time; `number` rises with time, `month` is the contract month of a future."""

    number: int
    account: str
    at: dt.datetime
    root: str
    expiry: dt.date
    quantity: int
    price: Decimal
    right: str = ""
    strike: Decimal | None = None
    fees: Decimal = Decimal("1.30")
    order: int = 0
    effect: str = "open"
    month: str = ""

    @property
    def is_future(self) -> bool:
        return self.strike is None

    @property
    def size(self) -> int:
        return abs(self.quantity)

    @property
    def cash(self) -> Decimal:
        return -self.quantity * self.price * MULTIPLIER[self.root]

    @property
    def occ(self) -> str:
        assert self.strike is not None
        return f"{self.root:<6}{self.expiry:%y%m%d}{self.right}{int(self.strike * 1000):08d}"

    @property
    def commission(self) -> Decimal:
        """The larger part of the fees; the rest is the exchange's."""
        return (self.fees * Decimal("0.75")).quantize(Decimal("0.01"))


def own_csv(trades: list[Trade]) -> str:
    lines = [
        f"F{trade.number},{trade.account},{trade.at.isoformat()},{trade.root},{trade.expiry},{trade.right},"
        f"{'' if trade.strike is None else trade.strike},{trade.quantity},{trade.price},{trade.fees},,,"
        for trade in trades
    ]
    return "\n".join([OWN_HEADER, *lines]) + "\n"


def tastytrade_csv(trades: list[Trade], *, version: str = "2024 with total", zone: str = "America/Chicago") -> str:
    lines = [_tasty_line(trade, version, ZoneInfo(zone)) for trade in reversed(trades)]
    return "\n".join([TASTY_HEADERS[version], *lines]) + "\n"


def _tasty_line(trade: Trade, version: str, zone: ZoneInfo) -> str:
    side = "Buy" if trade.quantity > 0 else "Sell"
    sub_type = f"{side} to {trade.effect.title()}"
    done = "Bought" if trade.quantity > 0 else "Sold"
    stamp = trade.at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")
    if trade.is_future:
        symbol = f"/{trade.root}{trade.month}{trade.expiry.year % 10}"
        contract = [symbol, "Future", f"{done} {trade.size} {symbol} @ {trade.price}", "0.00", f"{trade.size}", "0.00"]
        terms = ["", "", "", "", "", ""]
        value, action = Decimal(0), side.upper()
    else:
        value, action = trade.cash, sub_type.upper().replace(" ", "_")
        word = "Call" if trade.right == "C" else "Put"
        said = f"{done} {trade.size} {trade.root} {trade.expiry:%m/%d/%y} {word} {trade.strike:.2f} @ {trade.price}"
        average = trade.cash / trade.size
        contract = [trade.occ, "Equity Option", said, _grouped(value), f"{trade.size}", _grouped(average)]
        underlying = trade.root.removesuffix("W")
        expiry = f"{trade.expiry.month}/{trade.expiry.day}/{trade.expiry:%y}"
        terms = ["100", trade.root, underlying, expiry, f"{trade.strike.normalize():f}", word.upper()]
    paid = [_grouped(-trade.commission), _grouped(trade.commission - trade.fees)]
    fields = [stamp, "Trade", sub_type, action, *contract, *paid, *terms, f"{trade.order}"]
    if "total" in version:
        fields.append(_grouped(value - trade.fees))
    if "currency" in version or "total" in version:
        fields.append("USD")
    return ",".join(f'"{field}"' if "," in field else field for field in fields)


def schwab_csv(trades: list[Trade], *, banner: bool = True, total: bool = True) -> str:
    account = trades[0].account if trades else "Individual 123"
    top = [f'"Transactions  for account {account} as of 10/15/2026 08:00:00 ET"'] if banner else []
    lines = [_schwab_line(trade) for trade in reversed(trades)]
    summed = sum((trade.cash - trade.fees for trade in trades), Decimal(0))
    last = [f'"Transactions Total","","","","","","","{_dollars(summed)}"'] if total else []
    return "\n".join([*top, SCHWAB_HEADER, *lines, *last]) + "\n"


def _schwab_line(trade: Trade) -> str:
    day = f"{trade.at.astimezone(NEW_YORK):%m/%d/%Y}"
    action = f"{'Buy' if trade.quantity > 0 else 'Sell'} to {trade.effect.title()}"
    word = "CALL" if trade.right == "C" else "PUT"
    name = SCHWAB_NAMES.get(trade.root, "CBOE VOLATILITY INDEX")
    fields = [
        day,
        action,
        f"{trade.root} {trade.expiry:%m/%d/%Y} {trade.strike:.2f} {trade.right}",
        f"{word} {name} ${trade.strike:f} EXP {trade.expiry:%m/%d/%y}",
        f"{trade.size}",
        f"${trade.price}",
        _dollars(trade.fees) if trade.fees else "",
        _dollars(trade.cash - trade.fees),
    ]
    return ",".join(f'"{field}"' for field in fields)


def flex_xml(trades: list[Trade], *, style: str = "compact", orders: bool = False) -> str:
    """One statement an account; `style` is compact (20230207;101500) or dashed (2023-02-07, 10:15:00)."""
    accounts = list(dict.fromkeys(trade.account for trade in trades)) or ["U1234567"]
    statements = [
        _flex_statement(account, [trade for trade in trades if trade.account == account], style, orders=orders)
        for account in accounts
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<FlexQueryResponse queryName="book" type="AF">\n'
        f'<FlexStatements count="{len(statements)}">\n'
        + "".join(statements)
        + "</FlexStatements>\n</FlexQueryResponse>\n"
    )


def _flex_statement(account: str, trades: list[Trade], style: str, *, orders: bool) -> str:
    rows, written = [], set()
    for trade in trades:
        ordered = [other for other in trades if (other.order, _contract(other)) == (trade.order, _contract(trade))]
        if orders and trade.number not in written:
            whole = replace(trade, quantity=sum(other.quantity for other in ordered))
            rows.append(_flex_row(whole, style, "Order", "ORDER"))
            written |= {other.number for other in ordered}
        rows.append(_flex_row(trade, style, "Trade", "EXECUTION"))
    day = "20230207" if style == "compact" else "2023-02-07"
    return (
        f'<FlexStatement accountId="{account}" fromDate="{day}" toDate="{day}" period="Custom">\n<Trades>\n'
        + "".join(rows)
        + "</Trades>\n</FlexStatement>\n"
    )


def _contract(trade: Trade) -> tuple[object, ...]:
    return trade.root, trade.expiry, trade.right, trade.strike


def _flex_row(trade: Trade, style: str, element: str, level: str) -> str:
    local = trade.at.astimezone(NEW_YORK)
    compact = style == "compact"
    date_time = f"{local:%Y%m%d;%H%M%S}" if compact else f"{local:%Y-%m-%d, %H:%M:%S}"
    day = (lambda date: f"{date:%Y%m%d}") if compact else (lambda date: f"{date}")
    multiplier = MULTIPLIER[trade.root]
    attributes = {
        "accountId": trade.account,
        "currency": "USD",
        "assetCategory": "FUT" if trade.is_future else "OPT",
        "symbol": f"{trade.root}{trade.month}{trade.expiry.year % 10}" if trade.is_future else trade.occ,
        "underlyingSymbol": "VIX" if trade.root.startswith("V") else "SPX",
        "multiplier": f"{multiplier}",
        "strike": "" if trade.strike is None else f"{trade.strike.normalize():f}",
        "expiry": day(trade.expiry),
        "putCall": trade.right,
        "dateTime": date_time,
        "tradeDate": day(local.date()),
        "transactionType": "ExchTrade",
        "quantity": f"{trade.quantity}",
        "tradePrice": f"{trade.price}",
        "ibCommission": f"{-trade.fees}",
        "buySell": "BUY" if trade.quantity > 0 else "SELL",
        "openCloseIndicator": trade.effect[0].upper(),
        "notes": "",
        "tradeID": "" if level == "ORDER" else f"{7_000_000 + trade.number}",
        "transactionID": "" if level == "ORDER" else f"{9_000_000 + trade.number}",
        "ibOrderID": f"{5_000_000 + trade.order}",
        "levelOfDetail": level,
    }
    if not trade.is_future:
        attributes |= {"proceeds": f"{trade.cash}", "netCash": f"{trade.cash - trade.fees}"}
    return f"<{element} " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + " />\n"


def _grouped(value: Decimal) -> str:
    return f"{value:,.2f}"


def _dollars(value: Decimal) -> str:
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


def condor_trades(account: str = "U1234567") -> list[Trade]:
    """Two condors, half of whose call side is bought back, VIX calls in three tenors, a spread and a diagonal."""
    opened = dt.datetime(2023, 2, 7, 10, 15, tzinfo=NEW_YORK)
    closed = dt.datetime(2023, 2, 14, 11, 30, tzinfo=NEW_YORK)
    spx, near, far = dt.date(2023, 3, 17), dt.date(2023, 3, 22), dt.date(2023, 5, 17)
    legs = (
        ("SPXW", spx, "P", 3850, 2, "14.20", opened, "open"),
        ("SPXW", spx, "P", 3900, -2, "19.60", opened, "open"),
        ("SPXW", spx, "C", 4300, -2, "17.10", opened, "open"),
        ("SPXW", spx, "C", 4350, 2, "9.30", opened, "open"),
        ("VIX", near, "C", 21, 4, "1.80", opened, "open"),
        ("VIX", far, "C", 24, 4, "2.15", opened, "open"),
        ("VIX", near, "C", 30, 3, "0.75", opened, "open"),
        ("VIX", near, "C", 40, -3, "0.35", opened, "open"),
        ("SPXW", spx, "C", 4300, 1, "9.85", closed, "close"),
        ("SPXW", spx, "C", 4350, -1, "4.95", closed, "close"),
        ("VIX", near, "C", 21, -1, "2.60", closed, "close"),
    )
    return [
        Trade(
            number=number,
            account=account,
            at=at + dt.timedelta(minutes=number),
            root=root,
            expiry=expiry,
            right=right,
            strike=Decimal(strike),
            quantity=quantity,
            price=Decimal(price),
            order=100 + number // 4,
            effect=effect,
        )
        for number, (root, expiry, right, strike, quantity, price, at, effect) in enumerate(legs, start=1)
    ]


def future_trades(account: str = "U1234567") -> list[Trade]:
    """A VX future bought and half of a VXM position sold again."""
    at = dt.datetime(2023, 2, 7, 10, 15, tzinfo=NEW_YORK)
    vx = Trade(
        number=51,
        account=account,
        at=at,
        root="VX",
        expiry=dt.date(2023, 3, 22),
        month="H",
        quantity=1,
        price=Decimal("20.35"),
        fees=Decimal("2.40"),
        order=201,
    )
    mini = replace(
        vx, number=52, order=202, root="VXM", expiry=dt.date(2023, 4, 19), month="J", quantity=4, fees=Decimal("1.20")
    )
    sold = replace(
        mini, number=53, order=203, at=at + dt.timedelta(days=1), quantity=-2, price=Decimal("21.10"), effect="close"
    )
    return [vx, mini, sold]
