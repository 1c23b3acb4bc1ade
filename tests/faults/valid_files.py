"""One valid file of every format that is read, small enough to be broken in every way, and what it says."""

from __future__ import annotations

# ruff: noqa: E501 - vendors' headers stand as they are written
import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.series import KINDS
from flows.sources.broker_positions import read_positions
from flows.sources.chain_rules import ChainMapping, ChainRules
from flows.sources.errors import FileRefused
from flows.sources.recognise import parse
from tests.faults.sheets import FLEX, PAGE, PARQUET, Codec, delimited
from tests.flows.brokers.broker_writers import condor_trades, flex_xml, own_csv, schwab_csv, tastytrade_csv
from tests.flows.chain_writers import (
    DESK_MAPPING,
    NEW_YORK,
    as_parquet,
    cboe_json,
    desk_table,
    historical,
    optionsdx,
    quote_table,
)
from transforms.market.chains import describe_chains
from transforms.market.quotes import type_quotes
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile

DAY: Final = dt.date(2024, 3, 4)  # a Monday
CLOSE: Final = dt.datetime.combine(DAY, dt.time(16, 14, 59), NEW_YORK)
EVENING: Final = dt.datetime.combine(DAY, dt.time(18), NEW_YORK)
RULES: Final = ChainRules({"desk": ChainMapping.model_validate(DESK_MAPPING)}, optionsdx_monthly_root="SPX")
ACCOUNT: Final = "U1234567"
STRIKES: Final = (4800, 4900, 5000, 5100, 5200)


@dataclass(frozen=True, slots=True)
class Format:
    """A format with its valid file. `number` is a column of prices or counts that cannot be negative, `date` of dates.

    `hint` is what the configuration says the file holds.
    """

    name: str
    file_name: str
    content: bytes
    codec: Codec
    number: str | int | None
    date: str | int | None
    hint: str | None = None
    is_positions: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: refused, or facts as sorted text and the rows rejected (line, rule, reason)."""

    refusal: FileRefused | None
    facts: tuple[str, ...] = ()
    rejected: tuple[tuple[int, str, str], ...] = ()
    loads: tuple[ParsedFile, ...] = field(default=(), compare=False)

    @property
    def is_noticed(self) -> bool:
        """Whether the program says that something was wrong."""
        return self.refusal is not None or bool(self.rejected)


def outcome_of(form: Format, content: bytes, *, name: str = "") -> Outcome:
    """Read a file as the night does, up to the facts of its rows alone.

    Raises:
        Exception: whatever is no refusal.
    """
    file_name = name or form.file_name
    try:
        if form.is_positions:
            held = read_positions(file_name, content, today=DAY, account=form.hint)
            spoken_of = tuple(f"account {account}" for account in sorted(held.accounts))
            return Outcome(None, (*_sorted(held.rows, str(held.stated_at)), *spoken_of))
        loads = parse(file_name, content, series_hint=form.hint, chain_rules=RULES)
    except FileRefused as refusal:
        return Outcome(refusal)
    facts: list[str] = []
    rejected: list[tuple[int, str, str]] = []
    for load in loads:
        rows, more = _facts_of(load)
        facts += rows
        rejected += [*load.rejected.select("source_line", "rule_id", "reason").rows(), *more]
    return Outcome(None, tuple(sorted(facts)), tuple(sorted(rejected)), tuple(loads))


def _facts_of(load: ParsedFile) -> tuple[tuple[str, ...], list[tuple[int, str, str]]]:
    raw = load.rows.with_columns(
        load_id=pl.lit("L"),
        loaded_at=pl.lit(EVENING),
        format=pl.lit(load.format),
        source_file=pl.lit("F"),
    )
    kind = next((kind for kind in KINDS if kind.kind == load.kind), None)
    if load.kind == "breadth":  # a vendor's advances count only beside its declines
        raw = pl.concat([raw, raw.unique("date").with_columns(series=pl.lit("declines"), value=pl.lit("1000"))])
    typed = type_quotes(raw) if kind is None else kind.to_facts(raw)
    beside = [_sorted(to_rows(raw)) for _, to_rows in (kind.beside if kind else ())]
    said: tuple[str, ...] = (str(load.series.name),)
    rejected = typed.rejected.select("source_line", "rule_id", "reason").rows()
    if kind is None:
        said, reason = _placed(load, typed.rows)
        rejected += [(0, "session_reason", reason)] if reason else []
    return (*_sorted(typed.rows, *said), *(fact for facts in beside for fact in facts)), rejected


def _placed(load: ParsedFile, quotes: pl.DataFrame) -> tuple[tuple[str, ...], str | None]:
    """Where a chain is placed and what it says of itself; a chain without a place says why."""
    stated = {name: getattr(load.stated, name) for name in ("stated_at", "stated_date", "last_print_at")}
    schema = {
        "load_id": pl.String,
        "stated_at": pl.Datetime("us", "UTC"),
        "stated_date": pl.Date,
        "last_print_at": pl.Datetime("us", "UTC"),
    }
    loads = pl.DataFrame([{"load_id": "L", **stated}], schema=schema)
    places = describe_chains(loads, quotes, CORE_VX_SETTLEMENTS_DAILY.empty())
    if places.is_empty():
        return (), "no quote is left"
    place = places.drop(
        "load_id", "contracts_qty", "live_contracts_qty", "expiries_qty", "clock_at", "clock_spread_minutes"
    ).row(0, named=True)
    return (str(place), str(load.stated.header_level_pts)), place["session_reason"]


def _sorted(rows: pl.DataFrame, *said: str) -> tuple[str, ...]:
    """Rows as text, in one order, with what the file says of all of them; fill ids hash the line's text."""
    unnamed = rows.drop("load_id", "fill_id", "event_id", "place", strict=False)
    return tuple(sorted("|".join([*said, *map(str, row)]) for row in unnamed.iter_rows()))


def _contracts() -> pl.DataFrame:
    rows = [
        {
            "option_symbol": f"SPXW{expiry:%y%m%d}{right}0{strike}000",
            "root": "SPXW",
            "expiry": f"{expiry}",
            "option_right": right,
            "strike": f"{strike}.00",
            "bid": f"{60 + strike % 700 / 10 + week:.1f}",
            "ask": f"{61 + strike % 700 / 10 + week:.1f}",
            "last": "60.5",
            "volume": "12",
            "open_interest": "1340",
            "vendor_iv": "0.13",
            "vendor_delta": "0.5",
            "vendor_gamma": "0.002",
        }
        for week, expiry in enumerate((dt.date(2024, 3, 22), dt.date(2024, 4, 26)))
        for strike in STRIKES
        for right in "CP"
    ]
    return pl.DataFrame(rows)


def _datashop(contracts: pl.DataFrame, *, calcs: bool) -> str:
    header = (
        "underlying_symbol,quote_date,root,expiration,strike,option_type,open,high,low,close,trade_volume,"
        "bid_size_1545,bid_1545,ask_size_1545,ask_1545,underlying_bid_1545,underlying_ask_1545,"
    )
    header += (
        "implied_underlying_price_1545,active_underlying_price_1545,implied_volatility_1545,delta_1545,gamma_1545,theta_1545,vega_1545,rho_1545,"
        if calcs
        else ""
    )
    header += "bid_size_eod,bid_eod,ask_size_eod,ask_eod,underlying_bid_eod,underlying_ask_eod,vwap,open_interest,delivery_code"
    lines = [header]
    for row in contracts.iter_rows(named=True):
        calc = "5001.5,5000.2,0.131,0.5,0.002,-1.2,3.4,0.8," if calcs else ""
        lines.append(
            f"^SPX,{DAY},{row['root']},{row['expiry']},{row['strike']},{row['option_right']},0,0,0,{row['last']},"
            f"{row['volume']},10,{row['bid']},10,{row['ask']},4999.9,5000.1,{calc}10,{row['bid']},10,{row['ask']},"
            f"5000,5000.5,60.4,{row['open_interest']},"
        )
    return "\n".join(lines) + "\n"


def _days(*, us: bool = False, compact: bool = False) -> list[str]:
    """The ten sessions up to the day."""
    days = [dt.date(2024, 2, 20) + dt.timedelta(days=number) for number in range(14)]
    spelling = "%m/%d/%Y" if us else "%Y%m%d" if compact else "%Y-%m-%d"
    return [f"{day:{spelling}}" for day in days if day.weekday() < 5]  # Monday to Friday


def _table(header: str, rows: list[str]) -> bytes:
    return ("\n".join([*([header] if header else []), *rows]) + "\n").encode()


def _positions() -> list[tuple[str, str, str, str, int]]:
    return [
        ("SPXW", "2024-03-22", right, f"{strike}", quantity)
        for right, strike, quantity in (("P", 4800, 2), ("P", 4900, -2), ("C", 5100, -2), ("C", 5200, 2))
    ]


def _occ(root: str, expiry: str, right: str, strike: str) -> str:
    return f"{root:<6}{expiry[2:].replace('-', '')}{right}{int(strike) * 1000:08d}"


def _flex_positions() -> bytes:
    rows = "".join(
        f'<OpenPosition accountId="{ACCOUNT}" currency="USD" assetCategory="OPT" symbol="{_occ(root, expiry, right, strike)}" '
        f'underlyingSymbol="SPX" multiplier="100" strike="{strike}" expiry="{expiry.replace("-", "")}" putCall="{right}" '
        f'position="{quantity}" levelOfDetail="SUMMARY" />\n'
        for root, expiry, right, strike, quantity in _positions()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<FlexQueryResponse queryName="book" type="AF">\n'
        f'<FlexStatements count="1">\n<FlexStatement accountId="{ACCOUNT}" fromDate="20240304" toDate="20240304" '
        f'period="Custom">\n<OpenPositions>\n{rows}</OpenPositions>\n</FlexStatement>\n</FlexStatements>\n'
        "</FlexQueryResponse>\n"
    ).encode()


def _schwab_positions() -> bytes:
    rows = [
        f'"{root} {expiry[5:7]}/{expiry[8:]}/{expiry[:4]} {strike}.00 {right}",'
        f'"{"PUT" if right == "P" else "CALL"} S & P ...500 INDEX ${strike} EXP {expiry[5:7]}/{expiry[8:]}/{expiry[2:4]}",'
        f'"{quantity}","$12.50","$2,500.00"'
        for root, expiry, right, strike, quantity in _positions()
    ]
    banner = '"Positions for account Individual ...123 as of 06:30 PM ET, 2024/03/04"'
    return _table("", [banner, "", '"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)"', *rows])


def _tastytrade_positions() -> bytes:
    rows = [
        f"{ACCOUNT},{_occ(root, expiry, right, strike)},Equity Option,{quantity},{strike}.0,{'PUT' if right == 'P' else 'CALL'}"
        for root, expiry, right, strike, quantity in _positions()
    ]
    return _table("Account,Symbol,Type,Quantity,Strike Price,Call/Put", rows)


def _index_rows(days: list[str]) -> list[str]:
    return [f"{day},{13 + at}.1,{14 + at}.2,{12 + at}.9,{13 + at}.5" for at, day in enumerate(days)]


@cache
def formats() -> dict[str, Format]:
    """Every format by its name."""
    chain = _contracts()
    plain = delimited()
    trades = condor_trades()
    dat = quote_table(chain, EVENING).decode().splitlines()
    dat[0] = "^SPX (S&P 500 INDEX),5000.25,+1.00"
    iso, us = _days(), _days(us=True)
    fred = [f"{day},5.4{at},4.3{at}" for at, day in enumerate(iso)]
    curve = [f"{int(day[5:7])}/{int(day[8:])}/{day[2:4]},5.5{at},5.4{at},4.2{at}" for at, day in enumerate(iso)]
    vx = [f"{day},H (Mar 24),14.1,15.2,13.3,14.{at},14.{at}5,0.1,1100,0,2000" for at, day in enumerate(iso)]
    of_table = [f"{at},{day},2024-03-20,14.1,15.2,13.3,14.{at},14.{at}5,0.1,1100,0,2000" for at, day in enumerate(iso)]
    settle = [
        "VX,VX/H4,2024-03-20,14.52",
        "VX,VX/J4,2024-04-17,15.07",
        "VX,VX/K4,2024-05-22,15.61",
        "VX,VX/M4,2024-06-18,16.0",
    ]
    bars = [f"{day},9,4000,8,{1500 + at},," for at, day in enumerate(iso)]
    events = [f"{day},fed_speech,words,,14:0{at},scheduled" for at, day in enumerate(iso)]
    months = [f"2023-{month:02d}" for month in range(4, 13)]
    shiller = [f"{month}-01,45{at}0.5,70.1,19{at}.2,300,4.1,46{at}0,71,200,3{at}.5" for at, month in enumerate(months)]
    book = [
        f"{ACCOUNT},{root},{expiry},{right},{strike},{quantity}"
        for root, expiry, right, strike, quantity in _positions()
    ]
    accounts = [f"DESK,{day},25{at}000,40{at}00,100,41{at}00" for at, day in enumerate(iso)]
    made = (
        Format("Cboe quote table", "spx.csv", quote_table(chain, EVENING), delimited(above=2), 4, 0),
        Format("Cboe quote table (.dat)", "spx.dat", ("\n".join(dat) + "\n").encode(), delimited(above=2), 4, 0),
        Format("Cboe delayed quotes JSON", "spx.json", cboe_json(chain, EVENING, CLOSE), PAGE, "bid", None),
        Format("DataShop quotes", "eod.csv", _datashop(chain, calcs=False).encode(), plain, "bid_eod", "quote_date"),
        Format("DataShop calcs", "calcs.csv", _datashop(chain, calcs=True).encode(), plain, "ask_eod", "expiration"),
        Format("HistoricalOptionData", "l3.csv", historical(chain, DAY), plain, "bid", "quotedate"),
        Format("OptionsDX", "spx_eod_202403.txt", optionsdx(chain, CLOSE), plain, "[C_BID]", "[QUOTE_DATE]"),
        Format("mapped chain CSV", "desk.csv", desk_table(chain, DAY).write_csv().encode(), plain, "B", "Asof"),
        Format("mapped chain Parquet", "desk.parquet", as_parquet(desk_table(chain, DAY)), PARQUET, "B", "Asof"),
        Format(
            "index history",
            "VIX_History.csv",
            _table("DATE,OPEN,HIGH,LOW,CLOSE", _index_rows(us)),
            plain,
            "CLOSE",
            "DATE",
        ),
        Format(
            "index history, one column",
            "x.csv",
            _table("DATE,SKEW", [f"{day},14{at}.1" for at, day in enumerate(us)]),
            plain,
            "SKEW",
            "DATE",
        ),
        Format(
            "index daily, ISO dates",
            "SPX_daily.csv",
            _table("Date,High,Low,Close", [f"{day},51{at}6.9,51{at}3.3,51{at}5.4" for at, day in enumerate(iso)]),
            plain,
            "Close",
            "Date",
        ),
        Format(
            "FRED", "fredgraph.csv", _table("observation_date,DGS3MO,DGS10", fred), plain, "DGS3MO", "observation_date"
        ),
        Format("Treasury curve", "curve.csv", _table("Date,1 Mo,3 Mo,10 Yr", curve), plain, "3 Mo", "Date"),
        Format(
            "CFE contract",
            "CFE_VX_2024.csv",
            _table("Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest", vx),
            plain,
            "Settle",
            "Trade Date",
        ),
        Format(
            "CFE table",
            "vx_contracts.csv",
            _table(",Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest", of_table),
            plain,
            "Settle",
            "Trade Date",
        ),
        Format(
            "CFE settlements",
            "settlement.csv",
            _table("Futures Prices for March 4, 2024\nProduct,Symbol,Expiration Date,Price", settle),
            delimited(above=1),
            "Price",
            "Expiration Date",
        ),
        Format(
            "breadth, TradingView",
            "NYSE_ADV.csv",
            _table("time,open,high,low,close,Volume,Volume MA", bars),
            plain,
            "close",
            "time",
            hint="advances",
        ),
        Format(
            "breadth, Unicorn",
            "NYSE_advn.csv",
            _table("", [f"{day}, {1500 + at}" for at, day in enumerate(_days(compact=True))]),
            delimited(has_header=False),
            1,
            0,
        ),
        Format(
            "events", "events.csv", _table("date,event,detail,ref_period,time_et,status", events), plain, None, "date"
        ),
        Format(
            "valuation",
            "pe.csv",
            _table("month,pe,pcf", [f"{month},24.{at},17.{at}" for at, month in enumerate(months)]),
            plain,
            "pe",
            "month",
        ),
        Format(
            "valuation, Shiller",
            "shiller.csv",
            _table(
                "Date,SP500,Dividend,Earnings,Consumer Price Index,Long Interest Rate,Real Price,Real Dividend,Real Earnings,PE10",
                shiller,
            ),
            plain,
            "PE10",
            "Date",
        ),
        Format(
            "settlement values",
            "set.csv",
            _table("date,symbol,value_pts", [f"{day},SET,51{at}5.4" for at, day in enumerate(iso)]),
            plain,
            "value_pts",
            "date",
        ),
        Format(
            "accounts",
            "accounts.csv",
            _table("account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd", accounts),
            plain,
            "margin_used_usd",
            "date",
        ),
        Format("own fills", "fills.csv", own_csv(trades).encode(), plain, "price", "expiry"),
        Format(
            "tastytrade",
            "statement.csv",
            tastytrade_csv(trades).encode(),
            plain,
            "Average Price",
            "Expiration Date",
            hint=ACCOUNT,
        ),
        Format(
            "Schwab", "schwab.csv", schwab_csv(trades).encode(), delimited(above=1, below=1, quoting=1), "Price", "Date"
        ),
        Format("IBKR Flex", "flex.xml", flex_xml(trades).encode(), FLEX, "tradePrice", "expiry"),
        Format(
            "own positions",
            "held.csv",
            _table("account,root,expiry,right,strike,quantity", book),
            plain,
            "strike",
            "expiry",
            is_positions=True,
        ),
        Format(
            "Schwab positions",
            "held_schwab.csv",
            _schwab_positions(),
            delimited(above=2, quoting=1),
            None,
            None,
            is_positions=True,
        ),
        Format(
            "tastytrade positions",
            "held_tasty.csv",
            _tastytrade_positions(),
            plain,
            "Strike Price",
            None,
            is_positions=True,
        ),
        Format("IBKR positions", "held.xml", _flex_positions(), FLEX, "strike", "expiry", is_positions=True),
    )
    return {form.name: form for form in made}
