"""A handful of invented vendor files, small enough to read, and how to take them in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.ingest import ingest_paths
from flows.series import apply_series
from warehouse.archive import Archive

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.store import Store

FILLS_HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note\n"
SETTLEMENTS_HEADER = "date,symbol,value_pts\n"
OHLC = "DATE,OPEN,HIGH,LOW,CLOSE\n"
VX_HEADER = ",Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"


@dataclass(frozen=True, slots=True)
class VendorFile:
    """One file as it lands, and on which March evening of 2024."""

    name: str
    content: str
    evening: int = 15

    @property
    def loaded_at(self) -> dt.datetime:
        return dt.datetime(2024, 3, self.evening, 22, tzinfo=dt.UTC)

    def take_in(self, store: Store, home: Path) -> None:
        """Ingest and apply it alone, as of its own evening."""
        self.ingest(store, home)
        apply_series(store, now=self.loaded_at)

    def ingest(self, store: Store, home: Path) -> None:
        """Ingest it without applying it."""
        path = home / "landing" / f"{self.evening}" / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.content)
        report = ingest_paths(store, Archive(home), [path], sources={}, now=self.loaded_at)
        assert not report.refused, report.refused[0].line


def fill_line(fill_id: str, filled_at: str, *, price: str = "1.60") -> str:
    return f"{fill_id},DESK,{filled_at},VIX,2024-04-17,C,21,4,{price},5,hedge-1,,\n"


def vx_file(*settlements: tuple[str, str, float], evening: int) -> VendorFile:
    """Rows of trade date, expiry and settlement."""
    rows = (
        f"{number},{day},{expiry},14,15,13,14.5,{settle},0.1,100,0,2000\n"
        for number, (day, expiry, settle) in enumerate(settlements)
    )
    return VendorFile("vx_contracts.csv", VX_HEADER + "".join(rows), evening)


def vix_chain(call: tuple[float, float], put: tuple[float, float]) -> VendorFile:
    """A VIX chain of one strike, 14, of 2024-03-20; neither date line nor vols say when it was quoted."""

    def side(right: str, bid: float, ask: float) -> str:
        return f"VIX240320{right}00014000,1,0,{bid},{ask},10,0,0,0,100"

    line = f"Wed Mar 20 2024,{side('C', *call)},14.00,{side('P', *put)}\n"
    return VendorFile("chain.csv", f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}\n{line}")


THURSDAY_VX = vx_file(("2024-03-14", "2024-03-20", 14.60), ("2024-03-14", "2024-04-17", 15.1), evening=14)
FRIDAY_VX = vx_file(("2024-03-15", "2024-03-20", 14.52), ("2024-03-15", "2024-04-17", 15.0), evening=15)
# Call 1.05 less put 0.55: the forward of 2024-03-20 is 14.50.
VIX_CHAIN = vix_chain((1.00, 1.10), (0.50, 0.60))

EVERY_FILE = (
    VendorFile("VIX_History.csv", OHLC + "03/13/2024,13.9,14.1,13.6,13.75\n03/14/2024,13.8,14.9,13.7,14.40\n", 14),
    # Thursday restated, a holiday print and a close that is none.
    VendorFile(
        "VIX_History.csv",
        OHLC + "03/14/2024,13.8,14.9,13.7,14.43\n03/15/2024,14.5,14.9,14.1,14.41\n03/16/2024,14,14,14,14\n",
        15,
    ),
    VendorFile("SPX_daily_hlc.csv", "Date,High,Low,Close\n2024-03-14,5176.9,5123.3,5150.48\n2024-03-15,0,0,-1\n", 15),
    THURSDAY_VX,
    FRIDAY_VX,
    VIX_CHAIN,
    VendorFile("NYSE_advn.csv", "20240314, 900\n20240315, 1200\n", 15),
    VendorFile("NYSE_decln.csv", "20240314, 1800\n", 14),
    VendorFile("NYSE_decln.csv", "20240314, 1801\n20240315, 1500\n", 15),
    VendorFile("curve.csv", "Date,1 Mo,3 Mo,10 Yr\n3/14/24,5.51,5.47,4.29\n3/15/24,5.50,5.48,4.31\n", 15),
    VendorFile("curve.csv", "Date,1 Mo,3 Mo,10 Yr\n3/14/24,5.52,5.47,4.29\n", 14),
    VendorFile("DGS3MO.csv", "observation_date,DGS3MO\n2024-03-13,5.45\n2024-03-14,5.99\n", 15),
    VendorFile("pcf.csv", "month,pcf\n2024-01,16.9\n2024-02,17.2\n", 15),
    VendorFile("pcf.csv", "month,pcf\n2024-02,17.3\n", 14),
    # What the table of Friday says too, and a weekly.
    VendorFile(
        "settlement.csv",
        "Futures Prices for March 15, 2024\nProduct,Symbol,Expiration Date,Price\n"
        "VX,VX/H4,2024-03-20,14.52\nVX,VX13/H4,2024-03-27,14.77\nVX,VX/J4,2024-04-17,15.0\nVXM,VXM/H4,2024-03-20,14.52\n",
        15,
    ),
    VendorFile(
        "events.csv",
        "date,event,detail,ref_period,time_et,status\n2024-03-20,fomc_decision,,,14:00,scheduled\n"
        "2024-04-10,cpi,,March 2024,08:30,scheduled\n",
        14,
    ),
    VendorFile(
        "events.csv", "date,event,detail,ref_period,time_et,status\n2024-04-10,cpi,,March 2024,08:30,postponed\n", 15
    ),
    VendorFile("fills.csv", FILLS_HEADER + fill_line("F1", "2024-03-14T15:00:00-04:00"), 14),
    VendorFile(
        "fills.csv",
        FILLS_HEADER
        + fill_line("F1", "2024-03-14T15:00:00-04:00", price="1.70")  # used already
        + fill_line("F2", "2024-03-15T15:00:00-04:00")
        + fill_line("F3", "yesterday"),
        15,
    ),
    VendorFile(
        "accounts.csv",
        "account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd\nDESK,2024-03-14,250000,40000,,\n",
        14,
    ),
    VendorFile("settlements.csv", SETTLEMENTS_HEADER, 14),
    VendorFile("settlements.csv", SETTLEMENTS_HEADER + "2024-03-15,SET,5123.31\n", 15),
)
