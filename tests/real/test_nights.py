"""Three real nights, from vendor files to the PDF, with figures worked by hand from the vendors' own lines.

A quote is named by file and line and read at run time: no market data is kept here. Prices of our own fills are
invented. Forwards of SPX come from oracles/dev; VIX options stand on the settlement of their own VX future.
"""

import csv
import datetime as dt
import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from warehouse.store import open_reader

pytestmark = pytest.mark.real

NEW_YORK = ZoneInfo("America/New_York")
SPX_0207 = "chains/quotedata/2023-02-07_close_spx_quotedata.csv"
SPX_0215 = "chains/datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv"
VIX_0215 = "chains/datashop/2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv"
SPX_0609 = "chains/quotedata/2023-06-09_close_spx_quotedata.csv"
VIX_0609 = "chains/quotedata/2023-06-09_close_vix_quotedata.csv"
VX = "series/vx_futures/cdn/vx_contracts_2013_2026.csv"


@dataclass(frozen=True, slots=True)
class Leg:
    """One fill of ours, and the lines of the real files that price it tonight (file, line; VX line of its future)."""

    structure: str
    option: str
    quantity: int
    price_pts: float
    quote: tuple[str, int] | None = None
    vx_line: int | None = None

    @property
    def root(self) -> str:
        return self.option.split()[0]

    @property
    def expiry(self) -> dt.date:
        return dt.date.fromisoformat(self.option.split()[1])

    @property
    def right(self) -> str:
        return self.option.split()[2]

    @property
    def strike(self) -> float:
        return float(self.option.split()[3])

    @property
    def name(self) -> str:
        """As the report spells it."""
        return f"{self.root} {self.expiry} {'PM' if self.root == 'SPXW' else 'AM'} {self.right} {self.strike:g}"


@dataclass(frozen=True, slots=True)
class NightByHand:
    """A session, the book we hold on it, and what follows from our own fills alone."""

    session: str
    filled_at: str
    legs: tuple[Leg, ...]
    credit_pts: float
    break_evens_pts: tuple[float, float]
    max_loss_usd: float
    unpriced: tuple[str, ...]


# Fees: 1.25 USD a contract on every fill.
FEE_USD = 1.25
NIGHTS = (
    NightByHand(
        session="2023-02-07",
        filled_at="2023-02-03T15:30:00-05:00",
        legs=(
            Leg("condor-a", "SPXW 2023-03-17 P 3900", 5, 26.20, (SPX_0207, 4362)),
            Leg("condor-a", "SPXW 2023-03-17 P 3950", -5, 33.10, (SPX_0207, 4382)),
            Leg("condor-a", "SPXW 2023-03-17 C 4350", -5, 20.10, (SPX_0207, 4542)),
            Leg("condor-a", "SPXW 2023-03-17 C 4400", 5, 11.90, (SPX_0207, 4562)),
            Leg("hedge-1", "VIX 2023-03-22 C 21", 4, 1.70),
            Leg("hedge-2", "VIX 2023-06-21 C 24", 4, 2.60),
            Leg("hedge-3", "VIX 2023-09-20 C 26", 2, 3.00),
            Leg("engine", "VIX 2023-05-17 C 23", 3, 2.40),
            Leg("engine", "VIX 2023-03-22 C 26", -3, 0.80),
        ),
        credit_pts=15.10,  # 33.10 - 26.20 + 20.10 - 11.90
        break_evens_pts=(3934.90, 4365.10),  # 3950 - 15.10, 4350 + 15.10
        max_loss_usd=17_450,  # (50 - 15.10) x 100 x 5
        # No VIX chain that night.
        unpriced=(
            "VIX 2023-03-22 AM C 21",
            "VIX 2023-03-22 AM C 26",
            "VIX 2023-05-17 AM C 23",
            "VIX 2023-06-21 AM C 24",
            "VIX 2023-09-20 AM C 26",
        ),
    ),
    NightByHand(
        session="2023-02-15",
        filled_at="2023-02-14T15:45:00-05:00",
        legs=(
            Leg("condor-b", "SPXW 2023-03-31 P 3850", 3, 25.00, (SPX_0215, 7313)),
            Leg("condor-b", "SPXW 2023-03-31 P 3900", -3, 31.40, (SPX_0215, 7333)),
            Leg("condor-b", "SPXW 2023-03-31 C 4350", -3, 22.50, (SPX_0215, 7512)),
            Leg("condor-b", "SPXW 2023-03-31 C 4400", 3, 13.40, (SPX_0215, 7532)),
            Leg("hedge-1", "VIX 2023-03-22 C 21", 4, 1.60, (VIX_0215, 434), 22261),
            Leg("hedge-2", "VIX 2023-06-21 C 24", 4, 2.80, (VIX_0215, 770), 22756),
            Leg("hedge-3", "VIX 2023-09-20 C 26", 2, 3.20, (VIX_0215, 1096), 23245),
            Leg("engine", "VIX 2023-05-17 C 23", 3, 2.50, (VIX_0215, 658), 22594),
            Leg("engine", "VIX 2023-03-22 C 26", -3, 0.85, (VIX_0215, 444), 22261),
        ),
        credit_pts=15.50,  # 31.40 - 25.00 + 22.50 - 13.40
        break_evens_pts=(3884.50, 4365.50),  # 3900 - 15.50, 4350 + 15.50
        max_loss_usd=10_350,  # (50 - 15.50) x 100 x 3
        unpriced=(),
    ),
    NightByHand(
        session="2023-06-09",
        filled_at="2023-06-08T16:15:00-04:00",
        legs=(
            Leg("condor-c", "SPXW 2023-06-30 P 4150", 4, 11.30, (SPX_0609, 2711)),
            Leg("condor-c", "SPXW 2023-06-30 P 4200", -4, 16.80, (SPX_0609, 2721)),
            Leg("condor-c", "SPXW 2023-06-30 C 4400", -4, 10.90, (SPX_0609, 2761)),
            Leg("condor-c", "SPXW 2023-06-30 C 4450", 4, 4.20, (SPX_0609, 2771)),
            Leg("hedge-1", "VIX 2023-06-21 C 16", 4, 0.70, (VIX_0609, 23), 22835),
            Leg("hedge-2", "VIX 2023-09-20 C 21", 4, 2.10),
            Leg("hedge-3", "VIX 2024-01-17 C 23", 2, 2.90),
            Leg("engine", "VIX 2023-08-16 C 20", 3, 1.50),
            Leg("engine", "VIX 2023-06-21 C 21", -3, 0.20, (VIX_0609, 28), 22835),
        ),
        credit_pts=12.20,  # 16.80 - 11.30 + 10.90 - 4.20
        break_evens_pts=(4187.80, 4412.20),  # 4200 - 12.20, 4400 + 12.20
        max_loss_usd=15_120,  # (50 - 12.20) x 100 x 4
        # The VIX chain ends at the month.
        unpriced=("VIX 2023-08-16 AM C 20", "VIX 2023-09-20 AM C 21", "VIX 2024-01-17 AM C 23"),
    ),
)
EACH_NIGHT = pytest.mark.parametrize("by_hand", NIGHTS, ids=lambda night: night.session)


def write_book(by_hand: NightByHand, folder: Path) -> Path:
    """Our own fills, in the layout of DESIGN 6."""
    book = folder / f"book-{by_hand.session}.csv"
    header = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"
    rows = (
        f"F{number},DESK,{by_hand.filled_at},{leg.root},{leg.expiry},{leg.right},{leg.strike:g},{leg.quantity},"
        f"{leg.price_pts},{FEE_USD * abs(leg.quantity)},{leg.structure},,"
        for number, leg in enumerate(by_hand.legs)
    )
    book.write_text("\n".join([header, *rows]) + "\n")
    return book


@dataclass(frozen=True, slots=True)
class Night:
    """A night that has run: what the program said, and what it published."""

    home: Path
    ended: CompletedProcess[str]

    def rows(self, table: str, session: str) -> list[dict[str, object]]:
        with open_reader(self.home) as reader:
            return reader.query(f"select * from {table} where session_date = $day", {"day": session}).to_dicts()

    @property
    def report(self) -> Path:
        """The report's path without its ending."""
        return Path(self.ended.stdout.splitlines()[1]).with_suffix("")

    @property
    def pdf_text(self) -> str:
        return " ".join(page.extract_text() for page in PdfReader(self.report.with_suffix(".pdf")).pages)


@pytest.fixture(scope="module")
def nights(
    condorwatch: Callable[..., CompletedProcess[str]],
    another_home: Callable[[], Path],
    nightly_of: Callable[[str, Path], list[object]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[NightByHand], Night]:
    @functools.cache
    def run(by_hand: NightByHand) -> Night:
        home, book = another_home(), write_book(by_hand, tmp_path_factory.mktemp("book"))
        return Night(home, condorwatch(*nightly_of(by_hand.session, home), "--book", book))

    return run


@dataclass(frozen=True, slots=True)
class Desk:
    """Reads a quoted line and prices it with nothing but Python's own arithmetic."""

    real_data: Path
    oracle_dir: Path
    session: dt.date

    def quote(self, leg: Leg) -> tuple[float, float]:
        """Bid and ask on the line that was quoted, after making sure that it is the right line."""
        assert leg.quote is not None
        file, line = leg.quote
        row = self._line(file, line)
        if "datashop" in file:
            assert (row[2], row[3], float(row[4]), row[5]) == (leg.root, str(leg.expiry), leg.strike, leg.right)
            return float(row[18]), float(row[20])
        symbol = f"{leg.root}{leg.expiry:%y%m%d}{leg.right}{leg.strike * 1000:08.0f}"
        first = {"C": 1, "P": 12}[leg.right]  # the call block, the put block
        assert row[first] == symbol
        return float(row[first + 3]), float(row[first + 4])

    def mid(self, leg: Leg) -> float:
        return sum(self.quote(leg)) / 2

    def close_out(self, leg: Leg) -> float:
        """Value of the position at the mark, USD."""
        return leg.quantity * 100 * self.mid(leg)

    def pnl(self, leg: Leg) -> float:
        return leg.quantity * 100 * (self.mid(leg) - leg.price_pts) - FEE_USD * abs(leg.quantity)

    def spot(self) -> float:
        """The parity forward of the nearest SPXW expiry of at least a day."""
        return float(next(row for row in self._oracle("book_summary"))["spot_used"])

    def forward(self, leg: Leg) -> tuple[float, float]:
        """Forward and discount factor: VIX options on their own future, never on spot."""
        keys = {"root": leg.root, "expiry": str(leg.expiry)}
        row = next(row for row in self._oracle("forwards") if keys.items() <= row.items())
        if leg.root == "SPXW":
            return float(row["forward"]), float(row["df"])
        assert leg.vx_line is not None
        future = self._line(VX, leg.vx_line)
        assert future[1:3] == [str(self.session), str(leg.expiry)]
        return float(future[7]), float(row["df"])

    def years(self, leg: Leg) -> float:
        """Minutes from the quotes (16:15 ET) to settlement: 16:00 ET for SPXW, 09:30 for VIX; a year has 525,600."""
        settles = dt.time(16) if leg.root == "SPXW" else dt.time(9, 30)
        quoted_at = dt.datetime.combine(self.session, dt.time(16, 15), NEW_YORK).astimezone(dt.UTC)
        settled_at = dt.datetime.combine(leg.expiry, settles, NEW_YORK).astimezone(dt.UTC)
        return (settled_at - quoted_at).total_seconds() / 60 / 525_600

    def black76_delta(self, leg: Leg) -> float:
        """Discounted delta of one contract to its forward, at the vol that gives the mid back (by bisection)."""
        forward, discount = self.forward(leg)
        cp, years, target = (1 if leg.right == "C" else -1), self.years(leg), self.mid(leg)
        assert cp * (leg.strike - forward) >= 0  # out of the money: its own quote is the smile's
        low, high = 1e-4, 5.0
        for _ in range(200):
            vol = (low + high) / 2
            d1 = (math.log(forward / leg.strike) + vol * vol * years / 2) / (vol * math.sqrt(years))
            d2 = d1 - vol * math.sqrt(years)
            price = discount * cp * (forward * normal(cp * d1) - leg.strike * normal(cp * d2))
            low, high = (vol, high) if price < target else (low, vol)
        return discount * cp * normal(cp * d1)

    def spx_delta(self, leg: Leg) -> float:
        """USD per SPX point of the position (METHODOLOGY 3.7, 4.4)."""
        forward, _ = self.forward(leg)
        per_forward_point = leg.quantity * 100 * self.black76_delta(leg)
        if leg.root == "SPXW":
            return per_forward_point * forward / self.spot()
        tau = (leg.expiry - self.session).days
        elasticity = -6.0 * (1 + tau / 25) ** -0.67 * 20 / forward
        return per_forward_point * elasticity * forward / self.spot()

    def _line(self, file: str, line: int) -> list[str]:
        return next(csv.reader([(self.real_data / file).read_text("utf-8-sig").splitlines()[line - 1]]))

    def _oracle(self, name: str) -> Iterator[dict[str, str]]:
        with (self.oracle_dir / f"{name}.csv").open() as file:
            yield from (row for row in csv.DictReader(file) if row["night"] == str(self.session))


def normal(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


@pytest.fixture
def desk(real_data: Path, oracle_dir: Path, by_hand: NightByHand) -> Desk:
    return Desk(real_data, oracle_dir, dt.date.fromisoformat(by_hand.session))


def priced(by_hand: NightByHand, *structures: str) -> list[Leg]:
    return [leg for leg in by_hand.legs if leg.quote and leg.structure.startswith(structures)]


@EACH_NIGHT
def test_the_night_ends_well_and_says_where_the_report_is(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand
) -> None:
    ended = nights(by_hand).ended
    assert ended.returncode == 0, ended.stderr
    status, *paths = ended.stdout.splitlines()
    assert re.match(
        rf"\[(OK|WATCH|ALERT|CRITICAL)\] {by_hand.session} SPX \d,\d{{3}} [+-]\d\.\d% \| 0/1 condors", status
    )
    assert [Path(path).suffix for path in paths] == [".html", ".pdf", ".json"]
    assert all(Path(path).stat().st_size > 10_000 for path in paths)
    assert Path(paths[1]).read_bytes().startswith(b"%PDF-")


@EACH_NIGHT
def test_the_condor_is_what_our_fills_say(nights: Callable[[NightByHand], Night], by_hand: NightByHand) -> None:
    (condor,) = nights(by_hand).rows("mart.condors_daily", by_hand.session)
    quantity = max(leg.quantity for leg in by_hand.legs if leg.structure == condor["condor_id"])
    fees_usd = 4 * quantity * FEE_USD
    assert condor["quantity_qty"] == quantity
    assert condor["credit_pts"] == pytest.approx(by_hand.credit_pts, abs=1e-9)
    assert condor["chain_credit_pts"] == pytest.approx(by_hand.credit_pts, abs=1e-9)
    assert condor["credit_usd"] == pytest.approx(by_hand.credit_pts * 100 * quantity - fees_usd, abs=1e-6)
    assert condor["break_even_put_pts"] == pytest.approx(by_hand.break_evens_pts[0], abs=1e-9)
    assert condor["break_even_call_pts"] == pytest.approx(by_hand.break_evens_pts[1], abs=1e-9)
    assert condor["max_loss_usd"] == pytest.approx(by_hand.max_loss_usd, abs=1e-6)
    assert condor["fees_usd"] == pytest.approx(fees_usd, abs=1e-9)
    assert (condor["grouping"], condor["root"], condor["settlement"]) == ("DECLARED", "SPXW", "PM")


@EACH_NIGHT
def test_the_condor_is_worth_the_mids_of_its_four_lines(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand, desk: Desk
) -> None:
    (condor,) = nights(by_hand).rows("mart.condors_daily", by_hand.session)
    legs = priced(by_hand, "condor")
    assert len(legs) == 4
    assert condor["value_usd"] == pytest.approx(sum(map(desk.close_out, legs)), abs=1e-6)
    assert condor["pnl_usd"] == pytest.approx(sum(map(desk.pnl, legs)), abs=1e-6)
    bid_or_ask = [desk.quote(leg)[0 if leg.quantity > 0 else 1] for leg in legs]
    to_close_usd = sum(leg.quantity * 100 * price for leg, price in zip(legs, bid_or_ask, strict=True))
    assert condor["liq_value_usd"] == pytest.approx(to_close_usd, abs=1e-6)
    # A difference of large legs: 0.5 USD per point for ten condors (tolerance of the oracle's README).
    assert condor["delta_usd_per_pt"] == pytest.approx(
        sum(map(desk.spx_delta, legs)), abs=0.05 * condor["quantity_qty"]
    )
    assert condor["spot_pts"] == pytest.approx(desk.spot(), abs=0.25)


@EACH_NIGHT
def test_vix_calls_stand_on_their_own_future(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand, desk: Desk
) -> None:
    found = {leg["instrument_id"]: leg for leg in nights(by_hand).rows("mart.legs_daily", by_hand.session)}
    assert len(found) == len(by_hand.legs)
    for leg in priced(by_hand, "hedge", "engine"):
        stored = found[leg.name]
        assert stored["mark_pts"] == pytest.approx(desk.mid(leg), abs=1e-9), leg.name
        assert stored["forward_pts"] == desk.forward(leg)[0], leg.name
        assert stored["forward_method"] == "future"
        assert stored["delta_b76"] == pytest.approx(desk.black76_delta(leg), abs=0.003), leg.name
        assert stored["delta_usd_per_pt"] == pytest.approx(desk.spx_delta(leg), rel=0.005), leg.name
        assert stored["pnl_usd"] == pytest.approx(desk.pnl(leg), abs=1e-6), leg.name
        # A long VIX call gains when SPX falls: its SPX-equivalent delta is negative.
        assert stored["delta_usd_per_pt"] * leg.quantity < 0


@EACH_NIGHT
def test_what_has_no_quote_is_named_and_never_priced(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand
) -> None:
    night = nights(by_hand)
    legs = night.rows("mart.legs_daily", by_hand.session)
    unpriced = {str(leg["instrument_id"]): leg for leg in legs if not leg["is_priced"]}
    assert sorted(unpriced) == sorted(by_hand.unpriced)
    for leg in unpriced.values():
        assert leg["unpriced_reason"]
        assert [leg[name] for name in ("mark_pts", "iv_vol", "value_usd", "pnl_usd", "delta_usd_per_pt")] == [None] * 5
    html = night.report.with_suffix(".html").read_text()
    view = json.dumps(json.loads(night.report.with_suffix(".json").read_text()))
    printed = re.sub(r"\s+", " ", night.pdf_text)
    for name in by_hand.unpriced:
        assert name in html
        assert name in view
        assert name in printed


@EACH_NIGHT
def test_the_layers_hold_what_was_bought(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand, desk: Desk
) -> None:
    layers = {str(row["layer"]): row for row in nights(by_hand).rows("mart.hedge_layers_daily", by_hand.session)}
    assert sorted(layers) == ["L1", "L2", "L3"]
    for number in "123":
        (leg,) = (leg for leg in by_hand.legs if leg.structure == f"hedge-{number}")
        layer = layers[f"L{number}"]
        assert layer["contracts_qty"] == leg.quantity
        assert layer["units_held"] == pytest.approx(1.0)  # 4/4/2 contracts are one unit of each layer
        assert layer["cost_usd"] == pytest.approx(leg.quantity * 100 * leg.price_pts)
        if leg.quote is None:
            assert layer["unpriced_legs_qty"] == 1
            assert leg.name in str(layer["unpriced_reason"])
            assert (layer["value_usd"], layer["pnl_usd"], layer["spx_delta_usd_per_pt"]) == (None, None, None)
        else:
            assert layer["value_usd"] == pytest.approx(desk.close_out(leg), abs=1e-6)
            assert layer["pnl_usd"] == pytest.approx(desk.pnl(leg), abs=1e-6)
            assert layer["spx_delta_usd_per_pt"] == pytest.approx(desk.spx_delta(leg), rel=0.005)


@EACH_NIGHT
def test_the_diagonal_stands_beside_the_hedge(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand, desk: Desk
) -> None:
    (engine,) = nights(by_hand).rows("mart.second_engine_daily", by_hand.session)
    far, near = (leg for leg in by_hand.legs if leg.structure == "engine")
    assert (engine["far_instrument_id"], engine["near_instrument_id"]) == (far.name, near.name)
    assert engine["debit_usd"] == pytest.approx(300 * (far.price_pts - near.price_pts))
    if far.quote is None:
        assert (engine["value_usd"], engine["spx_delta_usd_per_pt"]) == (None, None)
        assert far.name in str(engine["unpriced_reason"])
    else:
        assert engine["value_usd"] == pytest.approx(desk.close_out(far) + desk.close_out(near), abs=1e-6)
        assert engine["spx_delta_usd_per_pt"] == pytest.approx(desk.spx_delta(far) + desk.spx_delta(near), rel=0.005)


@EACH_NIGHT
def test_net_delta_is_the_sum_of_the_hand_worked_legs_or_null(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand, desk: Desk
) -> None:
    (book,) = nights(by_hand).rows("mart.book_daily", by_hand.session)
    assert book["condor_delta_usd_per_pt"] == pytest.approx(
        sum(map(desk.spx_delta, priced(by_hand, "condor"))), abs=0.25
    )
    if by_hand.unpriced:
        nulls = ("net_delta_usd_per_pt", "hedge_delta_usd_per_pt", "hedge_pnl_usd", "pnl_usd", "offset_m5_frac")
        assert {name: book[name] for name in nulls} == dict.fromkeys(nulls)
        assert all(name in str(book["net_delta_reason"]) for name in by_hand.unpriced)
        assert all(book[f"offset_{key}_reason"] for key in ("local", "m3", "m5", "m10"))
        assert [book[f"offset_{key}_frac"] for key in ("local", "m3", "m5", "m10")] == [None] * 4
        assert book["unpriced_legs_qty"] == len(by_hand.unpriced)
    else:
        hedge, engine = (sum(map(desk.spx_delta, priced(by_hand, part))) for part in ("hedge", "engine"))
        assert book["hedge_delta_usd_per_pt"] == pytest.approx(hedge, rel=0.005)
        assert book["second_engine_delta_usd_per_pt"] == pytest.approx(engine, rel=0.005)
        net = sum(map(desk.spx_delta, by_hand.legs))
        assert book["net_delta_usd_per_pt"] == pytest.approx(net, abs=0.25)
        assert book["net_delta_usd_per_1pct"] == pytest.approx(net * desk.spot() / 100, abs=0.25 * desk.spot() / 100)
        assert book["pnl_usd"] == pytest.approx(sum(map(desk.pnl, by_hand.legs)), abs=1e-6)
        assert 0 < float(str(book["offset_m5_frac"])) < 2
        assert book["offset_m5_reason"] is None


@EACH_NIGHT
def test_the_pdf_prints_the_figures_with_their_units(
    nights: Callable[[NightByHand], Night], by_hand: NightByHand
) -> None:
    night = nights(by_hand)
    printed = re.sub(r"\s+", " ", night.pdf_text)
    (book,) = night.rows("mart.book_daily", by_hand.session)
    put_pts, call_pts = by_hand.break_evens_pts
    expected = [
        f"SPX {book['spot_pts']:,.2f} pts",
        f"{put_pts:,.2f}",
        f"{call_pts:,.2f}",
        f"max loss ${by_hand.max_loss_usd:,.0f}",
        by_hand.session,
        *(leg.structure for leg in by_hand.legs),
    ]
    if not by_hand.unpriced:
        net = float(str(book["net_delta_usd_per_pt"]))
        expected.append(f"{'−' if net < 0 else '+'}${abs(net):,.1f} per SPX point")
        expected.append(f"SPX −5%: {float(str(book['offset_m5_frac'])):.1%}")
    missing = [text for text in expected if text not in printed]
    assert not missing
