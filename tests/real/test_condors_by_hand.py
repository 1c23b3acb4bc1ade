"""A 0.16-delta, 50-point SPXW condor nearest 45 days on two real nights, worked by hand from the vendors' own lines.

A quote is named by file and line and read at run time: no market data is kept here. The condor is sold twice, at the
mids of the session (ten times) and at the natural prices (once): bid for what is sold, ask for what is bought.
"""

import csv
import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.real.test_book_oracle import Night, night_of, read
from transforms.market.calendar import quote_table_instant
from warehouse.tables.core import CORE_FILLS

pytestmark = pytest.mark.real

SPX_0207 = "quotedata/2023-02-07_close_spx_quotedata.csv"
SPX_0215 = "datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condor:
    """The condor of a night: strikes from long put to long call, and the vendor's line of each.

    `around` are listed strikes to either side of each break-even, with their lines: what ends below the put break-even
    is told by the put spread, what ends above the call break-even by the call spread.
    """

    session: dt.date
    expiry: dt.date
    file: str
    strikes: tuple[float, float, float, float]
    lines: tuple[int, int, int, int]
    around_put: tuple[tuple[float, int], tuple[float, int]]
    around_call: tuple[tuple[float, int], tuple[float, int]]


CONDORS = (
    Condor(
        session=dt.date(2023, 2, 7),
        expiry=dt.date(2023, 3, 17),
        file=SPX_0207,
        strikes=(3845.0, 3895.0, 4375.0, 4425.0),
        lines=(4340, 4360, 4552, 4572),
        around_put=((3860.0, 4346), (3905.0, 4364)),
        around_call=((4365.0, 4548), (4410.0, 4566)),
    ),
    Condor(
        session=dt.date(2023, 2, 15),
        expiry=dt.date(2023, 3, 31),
        file=SPX_0215,
        strikes=(3825.0, 3875.0, 4375.0, 4425.0),
        lines=(7303, 7323, 7522, 7542),
        around_put=((3840.0, 7309), (3885.0, 7327)),
        around_call=((4365.0, 7518), (4410.0, 7536)),
    ),
)
EACH = pytest.mark.parametrize("condor", CONDORS, ids=lambda condor: str(condor.session))
RIGHTS = ("P", "P", "C", "C")
SIGNS = (1, -1, -1, 1)


@dataclass(frozen=True, slots=True)
class Quotes:
    """Bid and ask of the four legs, read from the vendor's lines after making sure they are the right ones."""

    file: Path
    condor: Condor

    def at(self, line: int, right: str, strike: float) -> tuple[float, float]:
        (row,) = csv.reader([self.file.read_text("utf-8-sig").splitlines()[line - 1]])
        if "datashop" in str(self.file):
            assert (row[2], row[3], float(row[4]), row[5]) == ("SPXW", str(self.condor.expiry), strike, right)
            return float(row[18]), float(row[20])
        first = {"C": 1, "P": 12}[right]  # the call block, the put block
        assert row[first] == f"SPXW{self.condor.expiry:%y%m%d}{right}{strike * 1000:08.0f}"
        return float(row[first + 3]), float(row[first + 4])

    @property
    def legs(self) -> list[tuple[float, float]]:
        condor = self.condor
        return [self.at(*leg) for leg in zip(condor.lines, RIGHTS, condor.strikes, strict=True)]

    @property
    def mids(self) -> list[float]:
        return [(bid + ask) / 2 for bid, ask in self.legs]

    @property
    def naturals(self) -> list[float]:
        """What a market order pays: the ask of what is bought, the bid of what is sold."""
        return [ask if sign > 0 else bid for sign, (bid, ask) in zip(SIGNS, self.legs, strict=True)]

    def spread(self, right: str, strikes: tuple[tuple[float, int], tuple[float, int]]) -> float:
        """The mid of the spread between two listed strikes over its width: the price of one point paid beyond them."""
        (low, low_line), (high, high_line) = strikes
        low_mid, high_mid = (
            sum(self.at(line, right, strike)) / 2 for strike, line in ((low, low_line), (high, high_line))
        )
        return abs(high_mid - low_mid) / (high - low)


def credit(prices: list[float]) -> float:
    return -sum(sign * price for sign, price in zip(SIGNS, prices, strict=True))


def fills(condor: Condor, quotes: Quotes) -> pl.DataFrame:
    """Ten condors at the mids, one at the natural prices, no fees, at the mark."""
    rows = [
        {
            "fill_id": f"{name}-{number}",
            "account": "DESK",
            "filled_at": quote_table_instant(condor.session),
            "root": "SPXW",
            "expiry_date": condor.expiry,
            "settlement": "PM",
            "right": right,
            "strike_pts": strike,
            "quantity_qty": sign * size,
            "price_pts": price,
            "fees_usd": 0.0,
            "structure": name,
            "campaign": None,
        }
        for name, size, prices in (("at-mid", 10, quotes.mids), ("natural", 1, quotes.naturals))
        for number, (right, strike, sign, price) in enumerate(zip(RIGHTS, condor.strikes, SIGNS, prices, strict=True))
    ]
    return CORE_FILLS.conform(pl.DataFrame(rows))


@pytest.fixture(scope="module")
def nights(real_data: Path, oracle_dir: Path) -> Callable[[Condor], Night]:
    @functools.cache
    def build(condor: Condor) -> Night:
        quotes = Quotes(real_data / "chains" / condor.file, condor)
        return night_of(condor.session, real_data / "chains", oracle_dir, fills(condor, quotes))

    return build


@pytest.fixture
def quotes(real_data: Path, condor: Condor) -> Quotes:
    return Quotes(real_data / "chains" / condor.file, condor)


def row_of(night: Night, name: str) -> dict[str, Any]:
    return night.condors.filter(pl.col("condor_id") == name).row(0, named=True)


@EACH
def test_it_is_the_condor_the_rule_picks(nights: Callable[[Condor], Night], condor: Condor) -> None:
    """Nearest 45 days, the earlier of two; both shorts within 0.01 of 0.16 delta; wings listed 50 points away."""
    marks = nights(condor).marks.filter(pl.col("root") == "SPXW", pl.col("dte_days") > 0, pl.col("delta").is_not_null())
    found = []
    for (expiry,), chain in marks.partition_by("expiry_date", as_dict=True).items():
        strikes = []
        for right, away in (("P", -50.0), ("C", 50.0)):
            side = chain.filter(pl.col("right") == right).with_columns(off=(pl.col("delta").abs() - 0.16).abs())
            nearest = side.sort("off", "strike_pts").row(0, named=True)
            is_whole = nearest["off"] <= 0.01 and nearest["strike_pts"] + away in side["strike_pts"]
            strikes += sorted([nearest["strike_pts"], nearest["strike_pts"] + away]) if is_whole else []
        if len(strikes) == 4:
            found.append((abs((expiry - condor.session).days - 45), expiry, tuple(strikes)))
    assert min(found)[1:] == (condor.expiry, condor.strikes)


@EACH
def test_mid_and_natural_credit_limits_and_break_evens_to_the_cent(
    nights: Callable[[Condor], Night], oracle_dir: Path, condor: Condor, quotes: Quotes
) -> None:
    expected = read(oracle_dir, "book_summary", condor.session).row(0, named=True)
    for name, prices, size, column in (
        ("at-mid", quotes.mids, 10, "credit_mid_pts"),
        ("natural", quotes.naturals, 1, "credit_natural_pts"),
    ):
        row, by_hand = row_of(nights(condor), name), credit(prices)
        assert by_hand == pytest.approx(expected[column], abs=1e-6)
        assert row["credit_pts"] == pytest.approx(by_hand, abs=1e-9)
        assert row["credit_usd"] == pytest.approx(100 * size * by_hand, abs=0.005)
        assert row["max_profit_usd"] == pytest.approx(100 * size * by_hand, abs=0.005)
        assert row["max_loss_usd"] == pytest.approx(100 * size * (50 - by_hand), abs=0.005)
        assert row["break_even_put_pts"] == pytest.approx(condor.strikes[1] - by_hand, abs=0.005)
        assert row["break_even_call_pts"] == pytest.approx(condor.strikes[2] + by_hand, abs=0.005)
        assert row["margin_usd"] == 5_000 * size
        assert row["buying_power_usd"] == pytest.approx(100 * size * (50 - by_hand), abs=0.005)
        # Sold at the mid it has earned nothing; sold at the natural price half of the spreads are gone.
        assert row["pnl_usd"] == pytest.approx(100 * size * (by_hand - credit(quotes.mids)), abs=0.005)


@EACH
def test_each_side_has_its_own_credit_and_has_captured_none(
    nights: Callable[[Condor], Night], condor: Condor, quotes: Quotes
) -> None:
    long_put, short_put, short_call, long_call = quotes.mids
    row = row_of(nights(condor), "at-mid")
    assert row["put_side_credit_pts"] == pytest.approx(short_put - long_put, abs=1e-9)
    assert row["call_side_credit_pts"] == pytest.approx(short_call - long_call, abs=1e-9)
    assert (row["put_side_captured_frac"], row["call_side_captured_frac"]) == pytest.approx((0.0, 0.0), abs=1e-9)
    natural = row_of(nights(condor), "natural")
    sold = quotes.naturals[2] - quotes.naturals[3]
    assert natural["call_side_captured_frac"] == pytest.approx(1 - (short_call - long_call) / sold, abs=1e-9)
    # Out of the money everything is time value.
    assert row["short_put_extrinsic_pts"] == pytest.approx(short_put, abs=1e-9)
    assert (row["intrinsic_put_spread_frac"], row["intrinsic_call_spread_frac"]) == (0.0, 0.0)
    assert (row["profile"], row["tier"], row["state"]) == ("monthly", None, "OK")


@EACH
def test_the_odds_are_what_spreads_around_the_break_evens_cost(
    nights: Callable[[Condor], Night], oracle_dir: Path, condor: Condor, quotes: Quotes
) -> None:
    """A spread 45 points wide about a break-even pays a point beyond it: its price is the chance, discounted."""
    forwards = read(oracle_dir, "forwards", condor.session)
    discount = forwards.filter(root="SPXW", expiry=condor.expiry)["df"][0]
    row = row_of(nights(condor), "at-mid")
    below, over = (
        quotes.spread(right, around) / discount
        for right, around in (("P", condor.around_put), ("C", condor.around_call))
    )
    assert row["prob_method"] == "fitted"
    assert row["prob_reason"] is None
    assert row["pop_frac"] == pytest.approx(1 - below - over, abs=0.005)
    # The payoff the market expects is what the market takes for it, within half of the four spreads.
    half_spreads = sum(ask - bid for bid, ask in quotes.legs) / 2
    assert row["ev_q_payoff_usd"] / 1000 == pytest.approx(-credit(quotes.mids) / discount, abs=half_spreads)
    assert row["ev_p_total_usd"] == pytest.approx(row["max_profit_usd"] + row["ev_p_payoff_usd"])
