"""What is asked for one session: each source's address, and the name its file goes by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from transforms.market.expirations import is_vix_monthly, vix_expirations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.sources.live.settings import CboeSettings, RateSource

CHAINS: Final = ("SPX", "VIX")
# Cboe lists at most nine monthly futures: none expires later.
_LISTED_AHEAD: Final = dt.timedelta(days=310)
_JANUARY: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One file of one source.

    `source` is what the trader calls it. `kind` and `series` are what its content has to be, as a parsed file names
    them; `series` is None where the rows say it. `series_hint` is what is asked for where the content cannot tell.
    `contract` is the one future a file is of.
    """

    source: str
    address: str
    file_name: str
    kind: str
    series: str | None = None
    series_hint: str | None = None
    contract: dt.date | None = None

    @property
    def supplies(self) -> str | None:
        """The series the trader waits for: of a future its expiry; None for all of a kind."""
        return f"{self.contract}" if self.contract else self.series


def chain_requests(settings: CboeSettings) -> Iterator[Request]:
    """The delayed quotes of SPX and VIX options."""
    for symbol in CHAINS if settings.chain else ():
        yield Request(
            source=f"{symbol} chain",
            address=settings.chain.format(symbol=symbol),
            file_name=f"{symbol}_delayed_quotes.json",
            kind="option_chain",
            series=symbol,
        )


def index_requests(settings: CboeSettings) -> Iterator[Request]:
    """The daily levels of each index."""
    for symbol in settings.indices if settings.index_history else ():
        yield Request(
            source=f"{symbol} history",
            address=settings.index_history.format(symbol=symbol),
            file_name=f"{symbol}_History.csv",
            kind="index_levels",
            series=symbol,
        )


def contract_requests(settings: CboeSettings, session_date: dt.date) -> Iterator[Request]:
    """The histories of the monthly VX futures alive on the session, the nearest first."""
    listed = vix_expirations(session_date, session_date + _LISTED_AHEAD)
    monthlies = [expiry for expiry in listed if is_vix_monthly(expiry)][: settings.vx_contracts_qty]
    for expiry in monthlies if settings.vx_contract else ():
        yield Request(
            source=f"VX future {expiry}",
            address=settings.vx_contract.format(date=expiry),
            file_name=f"VX_{expiry}.csv",
            kind="vx_futures",
            series="VX",
            contract=expiry,
        )


def settlement_request(settings: CboeSettings, session_date: dt.date) -> Request | None:
    """The settlements of the session, weekly VX futures too; the file does not say of which session it is."""
    if not settings.vx_settlement:
        return None
    claim = f"VX {session_date}"
    return Request(
        source="VX settlements",
        address=settings.vx_settlement.format(date=session_date),
        file_name=f"VX_settlements_{session_date}.csv",
        kind="vx_futures",
        series_hint=claim,
    )


def rate_requests(settings: CboeSettings, source: RateSource, session_date: dt.date) -> Iterator[Request]:
    """The par yields up to the session; in January those of the year before too."""
    if source == "fred":
        for series in settings.fred_series if settings.fred else ():
            yield Request(
                source=f"FRED {series}",
                address=settings.fred.format(series=series),
                file_name=f"{series}.csv",
                kind="rates",
            )
        return
    first_year = session_date.year - (session_date.month == _JANUARY)
    for year in range(first_year, session_date.year + 1) if settings.treasury else ():
        yield Request(
            source=f"Treasury rates {year}",
            address=settings.treasury.format(year=year),
            file_name=f"treasury_par_{year}.csv",
            kind="rates",
        )


def breadth_requests(settings: CboeSettings) -> Iterator[Request]:
    """NYSE breadth, where the configuration says from where."""
    for series, secret in settings.breadth.items():
        yield Request(
            source=f"breadth {series}",
            address=secret.get_secret_value(),
            file_name=f"breadth_{series}.csv",
            kind="breadth",
            series=series,
            series_hint=series,
        )
