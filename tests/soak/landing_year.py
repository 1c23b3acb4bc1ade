"""A landing folder through a simulated year: each evening a small chain and a week of every series; a condor a month.

The cheapest night that is whole: real ingest, stages, checks, PDF and e-mail, on few options.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from transforms.simulated.book import Option, quote
from transforms.simulated.book_files import FILLS_HEADER
from transforms.simulated.chain_files import chain_files
from transforms.simulated.listings import spx_expiries
from transforms.simulated.market import simulate
from transforms.simulated.series_files import events_file, series_files

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from transforms.simulated.vendor_file import VendorFile

SEED = 7
KEPT_SESSIONS_QTY = 6  # longer than an outage: each missed night finds its own chain
LEG_OFFSETS_PTS = (("P", -300, 1), ("P", -200, -1), ("C", 150, -1), ("C", 250, 1))


@dataclass
class Landing:
    """The folder, and how far its vendors have come."""

    folder: Path
    fills: list[str] = field(default_factory=list)
    last: dt.date | None = None

    def arrive(self, day: dt.date) -> None:
        """The files of a session; a condor is sold on the first of each month."""
        market = simulate(SEED)
        row = market.position(day)
        if self.last is None:
            history = [*series_files(market, range(row)), events_file(market)]
            self._write("before", history)
        if self.last is None or self.last.month != day.month:
            self._sell_condor(day)
        week = series_files(market, range(row - 4, row + 1))
        self._write(f"{day}", [*chain_files(market, day, size="small"), *week])
        for old in sorted(path for path in self.folder.glob("20*"))[:-KEPT_SESSIONS_QTY]:
            shutil.rmtree(old)
        self.last = day

    def _write(self, name: str, files: list[VendorFile]) -> None:
        folder = self.folder / name
        folder.mkdir(parents=True)
        for file in files:
            (folder / file.name).write_bytes(file.content)

    def _sell_condor(self, day: dt.date) -> None:
        """Bought at the ask, sold at the bid, in the farthest PM expiry, at the strikes nearest to these distances."""
        market = simulate(SEED)
        expiry = max(one.expiry_date for one in spx_expiries(day, "small") if one.root == "SPXW")
        money = round(market.state(day).spot_pts / 25) * 25.0
        for number, (right, offset_pts, quantity) in enumerate(LEG_OFFSETS_PTS):
            bid, ask = quote(market, day, Option("SPXW", expiry, right, money + offset_pts))
            price = ask if quantity > 0 else bid
            self.fills.append(
                f"{day:%y%m}-{number},DESK,{day}T15:00:00-04:00,SPXW,{expiry},{right},{money + offset_pts:g},"
                f"{quantity},{price:.2f},1.15,condor-{day:%y%m},campaign-1,"
            )
        (self.folder / "book.csv").write_text("\n".join([FILLS_HEADER, *self.fills]) + "\n")
