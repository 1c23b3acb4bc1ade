"""A session's option chains as Cboe's web site hands them out: the quote-table CSV of SPX and of VIX.

Name line, date line of 17:30 New York time, 22 columns with names repeated for calls and puts, OCC symbols, IV as a
fraction to four decimals with 0 for none.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.market.calendar import NEW_YORK
from transforms.simulated.chain_quotes import ExpiryQuotes, quote_expiry
from transforms.simulated.listings import Expiry, Size, spx_expiries, spx_strikes, vix_expiries, vix_strikes
from transforms.simulated.streams import Stream, generator
from transforms.simulated.vendor_file import VendorFile, vendor_file

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.simulated.market import SimulatedMarket

    Floats = npt.NDArray[np.float64]

MADE_AT: Final = dt.time(17, 30)
_SIDE: Final = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
_HEADER: Final = f"Expiration Date,Calls,{_SIDE},Strike,Puts,{_SIDE}"
_INTEREST_SLOTS: Final = 4000


def chain_files(market: SimulatedMarket, session_date: dt.date, *, size: Size) -> list[VendorFile]:
    """Write the SPX and the VIX quote table of a session."""
    low_pts, high_pts = market.strike_range_pts(session_date)
    spx = [
        (
            expiry,
            spx_strikes(
                expiry, (expiry.expiry_date - session_date).days, low_pts=low_pts, high_pts=high_pts, size=size
            ),
        )
        for expiry in spx_expiries(session_date, size)
    ]
    vix = [(expiry, vix_strikes(size)) for expiry in vix_expiries(session_date, size)]
    return [
        _quote_table(market, session_date, "SPX", spx),
        _quote_table(market, session_date, "VIX", vix),
    ]


def _quote_table(
    market: SimulatedMarket, session_date: dt.date, underlying: str, listed: list[tuple[Expiry, Floats]]
) -> VendorFile:
    state = market.state(session_date)
    frames = [
        _rows(market.seed, session_date, expiry, quote_expiry(state, expiry, strikes)) for expiry, strikes in listed
    ]
    table = pl.concat(frames).write_csv(include_header=False)
    text = f"{_preamble(market, session_date, underlying)}\n{_HEADER}\n{table}"
    return vendor_file(f"{underlying.lower()}_quotedata.csv", market.seed, text)


def _preamble(market: SimulatedMarket, session_date: dt.date, underlying: str) -> str:
    position = market.position(session_date)
    closes = market.bars[underlying].close_pts
    level, change = closes[position], closes[position] - closes[max(position - 1, 0)]
    name = {"SPX": "S&P 500 INDEX", "VIX": "CBOE VOLATILITY INDEX"}[underlying]
    zone = dt.datetime.combine(session_date, MADE_AT, NEW_YORK).tzname()
    when = f"{session_date:%B} {session_date.day}, {session_date.year} at 5:30 PM {zone}"
    return (
        f"{name},Last: {level:.2f},Change: {change:.2f}\n"
        f'"Date: {when}",Bid: {level * 0.995:.2f},Ask: {level * 1.005:.2f},Size: 1*1,Volume: 0'
    )


def _rows(seed: int, session_date: dt.date, expiry: Expiry, quotes: ExpiryQuotes) -> pl.DataFrame:
    """One row a strike, in the vendor's column order."""
    key = expiry.expiry_date.toordinal(), int(expiry.root in {"SPXW", "VIXW"})
    strikes = quotes.strikes_pts
    interest = generator(seed, Stream.OPEN_INTEREST, *key).lognormal(3.2, 1.6, (_INTEREST_SLOTS, 2))
    slots = np.round(strikes * (1.0 if strikes[-1] < 1000.0 else 0.2)).astype(np.int64) % _INTEREST_SLOTS  # noqa: PLR2004
    chance = generator(seed, Stream.VOLUME, session_date.toordinal(), *key)
    call = _side(quotes.call_bid_pts, quotes.call_ask_pts, interest[slots, 0], chance)
    put = _side(quotes.put_bid_pts, quotes.put_ask_pts, interest[slots, 1], chance)
    code = f"{expiry.root}{expiry.expiry_date:%y%m%d}"
    digits = pl.Series(np.round(strikes * 1000.0).astype(np.int64)).cast(pl.String).str.zfill(8)
    iv = np.round(quotes.vendor_iv, 4)
    columns = {
        "expiration": pl.Series([f"{expiry.expiry_date:%a %b %d %Y}"] * len(strikes)),
        "call": f"{code}C" + digits,
        **_columns("call", call, iv, np.round(quotes.call_delta, 4)),
        "call_gamma": np.round(quotes.gamma, 4),
        "call_interest": call["interest"],
        "strike": pl.Series([f"{strike:.2f}" for strike in strikes]),
        "put": f"{code}P" + digits,
        **_columns("put", put, iv, np.round(quotes.call_delta - 1.0, 4) + 0.0),
        "put_gamma": np.round(quotes.gamma, 4),
        "put_interest": put["interest"],
    }
    return pl.DataFrame(columns)


def _columns(side: str, values: dict[str, npt.NDArray[np.generic]], iv: Floats, delta: Floats) -> dict[str, object]:
    named = {f"{side}_{name}": values[name] for name in ("last", "net", "bid", "ask", "volume")}
    return {**named, f"{side}_iv": iv, f"{side}_delta": delta}


def _side(
    bid: Floats, ask: Floats, interest: Floats, chance: np.random.Generator
) -> dict[str, npt.NDArray[np.generic]]:
    """Quotes of one side with what trading left: last sale, net change, volume and open interest.

    Near the money trades most; where nothing ever traded all is 0, as the vendor writes it.
    """
    mid = (bid + ask) / 2.0
    liquidity = np.exp(-((np.log(np.maximum(mid, 0.01)) - 1.5) ** 2) / 8.0)
    volume = np.floor(chance.exponential(40.0, len(bid)) * liquidity).astype(np.int64)
    open_interest = np.floor(interest * liquidity * 6.0).astype(np.int64)
    last = np.where(volume + open_interest > 0, np.round(mid, 2), 0.0)
    net = np.where(volume > 0, np.round(chance.normal(0.0, 0.03, len(bid)) * mid, 2) + 0.0, 0.0)
    return {"last": last, "net": net, "bid": bid, "ask": ask, "volume": volume, "interest": open_interest}
