"""One chain written in every format that is read. `contracts` are raw rows as the quote table gives them, all text."""

from __future__ import annotations

import datetime as dt
import io
import json
from zoneinfo import ZoneInfo

import polars as pl

NEW_YORK = ZoneInfo("America/New_York")
SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
SIDE_FIELDS = (
    "option_symbol",
    "last",
    "net",
    "bid",
    "ask",
    "volume",
    "vendor_iv",
    "vendor_delta",
    "vendor_gamma",
    "open_interest",
)
LEVEL = {"SPX": "5000.25", "VIX": "14.05"}
_SIDE_OF_DX = ("DELTA", "GAMMA", "VEGA", "THETA", "RHO", "IV", "VOLUME")
OPTIONSDX = (
    *("QUOTE_UNIXTIME", "QUOTE_READTIME", "QUOTE_DATE", "QUOTE_TIME_HOURS", "UNDERLYING_LAST", "EXPIRE_DATE"),
    *("EXPIRE_UNIX", "DTE", *(f"C_{name}" for name in _SIDE_OF_DX), "C_LAST", "C_SIZE", "C_BID", "C_ASK", "STRIKE"),
    *("P_BID", "P_ASK", "P_SIZE", "P_LAST", *(f"P_{name}" for name in _SIDE_OF_DX)),
    *("STRIKE_DISTANCE", "STRIKE_DISTANCE_PCT"),
)
HISTORY = (
    "underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,last,bid,ask,volume,"
    "openinterest,impliedvol,delta,gamma,theta,vega,optionalias"
)


def quote_table(contracts: pl.DataFrame, made_at: dt.datetime) -> bytes:
    """Cboe's CSV download, its date line in the clock of New York."""
    local = made_at.astimezone(NEW_YORK)
    when = f"{local:%B} {local.day}, {local.year} at {local:%I:%M %p} {local.tzname()}"
    lines = [
        f"INVENTED INDEX,Last: {_level(contracts)},Change: 1.00",
        f'"Date: {when}",Bid: 1,Ask: 2,Size: 1*1,Volume: 0',
        f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}",
    ]
    for row in _wide(contracts).iter_rows(named=True):
        expiry = dt.date.fromisoformat(row["expiry"])
        sides = [",".join(row[f"{right}_{field}"] for field in SIDE_FIELDS) for right in "CP"]
        lines.append(f"{expiry:%a %b %d %Y},{sides[0]},{row['strike']},{sides[1]}")
    return _text(lines)


def cboe_json(contracts: pl.DataFrame, made_at: dt.datetime, printed_at: dt.datetime) -> bytes:
    """Cboe's page of delayed quotes."""
    options = [
        {
            "option": row["option_symbol"],
            "bid": float(row["bid"]),
            "bid_size": 1.0,
            "ask": float(row["ask"]),
            "ask_size": 2.0,
            "iv": float(row["vendor_iv"]),
            "open_interest": float(row["open_interest"]),
            "volume": float(row["volume"]),
            "delta": float(row["vendor_delta"]),
            "gamma": float(row["vendor_gamma"]),
            "vega": 0.1,
            "theta": -0.1,
            "rho": 0.0,
            "theo": 1.5,
            "change": 0.0,
            "open": 0.0,
            "high": 0.0,
            "low": 0.0,
            "tick": "no_change",
            "last_trade_price": float(row["last"]),
            "last_trade_time": None,
            "percent_change": 0.0,
            "prev_day_close": 1.25,
        }
        for row in contracts.iter_rows(named=True)
    ]
    underlying = _underlying(contracts)
    page = {
        "timestamp": f"{made_at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}",
        "data": {
            "options": options,
            "symbol": f"^{underlying}",
            "security_type": "index",
            "current_price": float(LEVEL[underlying]),
            "close": float(LEVEL[underlying]),
            "seqno": 25163915812,
            "last_trade_time": f"{printed_at.astimezone(NEW_YORK):%Y-%m-%dT%H:%M:%S}",
            "tick": "down",
        },
        "symbol": f"_{underlying}",
    }
    return json.dumps(page).encode()


def historical(contracts: pl.DataFrame, day: dt.date, *, header: bool = True) -> bytes:
    """HistoricalOptionData.com's 20 columns, one session."""
    underlying = _underlying(contracts)
    lines = [HISTORY] if header else []
    for row in contracts.iter_rows(named=True):
        kind = {"C": "call", "P": "put"}[row["option_right"]]
        symbol = row["option_symbol"]
        lines.append(
            f"{underlying},{LEVEL[underlying]},*,{symbol},,{kind},{row['expiry']},{day},{row['strike']},{row['last']},"
            f"{row['bid']},{row['ask']},{row['volume']},{row['open_interest']},{row['vendor_iv']},{row['vendor_delta']},"
            f"{row['vendor_gamma']},0,0,{symbol}"
        )
    return _text(lines)


def optionsdx(contracts: pl.DataFrame, quoted_at: dt.datetime, *, header: bool = True) -> bytes:
    """OptionsDX's text, one session and time, blanks after the commas as it has them."""
    local = quoted_at.astimezone(NEW_YORK)
    lines = [", ".join(f"[{name}]" for name in OPTIONSDX)] if header else []
    for row in _wide(contracts).iter_rows(named=True):
        fields = dict.fromkeys(OPTIONSDX, "0.000000") | {
            "QUOTE_UNIXTIME": str(int(quoted_at.timestamp())),
            "QUOTE_READTIME": f"{local:%Y-%m-%d %H:%M}",
            "QUOTE_DATE": f"{local:%Y-%m-%d}",
            "QUOTE_TIME_HOURS": str(local.hour + local.minute / 60),
            "UNDERLYING_LAST": LEVEL[_underlying(contracts)],
            "EXPIRE_DATE": row["expiry"],
            "STRIKE": row["strike"],
            "C_SIZE": "12 x 30",
            "P_SIZE": "0 x 8",
        }
        for right in "CP":
            for name, field in (
                ("BID", "bid"),
                ("ASK", "ask"),
                ("LAST", "last"),
                ("VOLUME", "volume"),
                ("IV", "vendor_iv"),
                ("DELTA", "vendor_delta"),
                ("GAMMA", "vendor_gamma"),
            ):
                fields[f"{right}_{name}"] = row[f"{right}_{field}"]
        lines.append(", ".join(fields.values()))
    return _text(lines)


def desk_table(contracts: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """A table in a layout of a desk's own: other names, US dates, strikes in thousandths, vols in per cent."""
    return contracts.select(
        Asof=pl.lit(f"{day:%m/%d/%Y}"),
        Class="root",
        Expires=pl.col("expiry").str.to_date().dt.to_string("%m/%d/%Y"),
        Type=pl.col("option_right").replace({"C": "Call", "P": "Put"}),
        K=(pl.col("strike").cast(pl.Float64) * 1000).cast(pl.Int64),
        **{name: pl.col(ours).cast(pl.Float64) for name, ours in (("B", "bid"), ("A", "ask"), ("L", "last"))},
        Vol=pl.col("volume").cast(pl.Int64),
        OI=pl.col("open_interest").cast(pl.Int64),
        IVpct=pl.col("vendor_iv").cast(pl.Float64) * 100,
        D=pl.col("vendor_delta").cast(pl.Float64),
        G=pl.col("vendor_gamma").cast(pl.Float64),
        Trader=pl.lit("jd"),
    )


DESK_MAPPING = {
    "columns": {
        "quote_date": "Asof",
        "root": "Class",
        "expiry": "Expires",
        "right": "Type",
        "strike": "K",
        "bid": "B",
        "ask": "A",
        "last": "L",
        "volume": "Vol",
        "open_interest": "OI",
        "iv": "IVpct",
        "delta": "D",
        "gamma": "G",
    },
    "constants": {"quote_time": "16:15"},
    "ignore": ["Trader"],
    "date_format": "%m/%d/%Y",
    "right": {"call": "Call", "put": "Put"},
    "scale": {"strike": 0.001, "iv": 0.01},
}


def as_parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def _wide(contracts: pl.DataFrame) -> pl.DataFrame:
    """One row a root, expiry and strike, the call's fields as C_..., the put's as P_..."""
    key = ["root", "expiry", "strike"]
    both = contracts.with_columns(net=pl.lit("0"))
    calls, puts = (both.filter(option_right=right).select(key + list(SIDE_FIELDS)) for right in "CP")
    return calls.rename({name: f"C_{name}" for name in SIDE_FIELDS}).join(
        puts.rename({name: f"P_{name}" for name in SIDE_FIELDS}), on=key, maintain_order="left", validate="1:1"
    )


def _underlying(contracts: pl.DataFrame) -> str:
    return str(contracts.item(0, "root")).removesuffix("W")


def _level(contracts: pl.DataFrame) -> str:
    return LEVEL[_underlying(contracts)]


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
