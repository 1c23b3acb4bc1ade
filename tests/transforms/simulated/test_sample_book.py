"""The sample book: every fill is a quote of its session's chain file, and nothing it holds is ever off the list."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transforms.simulated.book_files import book_files, cash_usd, ledgers_of, open_legs, settlement_pts
from transforms.simulated.chain_files import chain_files
from transforms.simulated.listings import Expiry, spx_expiries, spx_strikes, vix_expiries, vix_strikes
from transforms.simulated.market import simulate
from transforms.simulated.story import FEATURE_SESSION, nights
from transforms.simulated.trading_rules import all_fills

if TYPE_CHECKING:
    from transforms.simulated.book import Fill
    from transforms.simulated.listings import Size
    from transforms.simulated.market import SimulatedMarket


@pytest.fixture(scope="module")
def fills(market: SimulatedMarket) -> list[Fill]:
    return all_fills(ledgers_of(market.seed))


def file_quotes(market: SimulatedMarket, day: dt.date, size: Size) -> dict[str, tuple[float, float]]:
    """Bid and ask by OCC symbol, read from the bytes of the session's chain files."""
    quotes = {}
    for file in chain_files(market, day, size=size):
        for row in csv.reader(file.content.decode().splitlines()[4:]):
            for symbol, bid, ask in ((row[1], row[4], row[5]), (row[12], row[15], row[16])):
                quotes[symbol] = float(bid), float(ask)
    return quotes


def occ(fill: Fill) -> str:
    leg = fill.option
    return f"{leg.root}{leg.expiry_date:%y%m%d}{leg.right}{round(leg.strike_pts * 1000):08d}"


@pytest.mark.parametrize("size", ["full", "small"])
def test_a_fill_is_the_quote_of_its_sessions_file(market: SimulatedMarket, fills: list[Fill], size: Size) -> None:
    days = sorted({fill.session_date for fill in fills})[:: 6 if size == "full" else 2]
    for day in days:
        quotes = file_quotes(market, day, size)
        for fill in (fill for fill in fills if fill.session_date == day):
            bid, ask = quotes[occ(fill)]
            assert fill.price_pts == (ask if fill.quantity > 0 else bid), fill


def test_nothing_is_bought_at_nothing_and_every_fill_costs_fees(fills: list[Fill]) -> None:
    assert all(fill.price_pts > 0 for fill in fills if fill.quantity > 0)
    assert all(fill.fees_usd >= 0.65 * abs(fill.quantity) for fill in fills)
    assert len({fill.fill_id for fill in fills}) == len(fills)


def test_condors_are_whole_at_16_delta_with_wings_50_away(market: SimulatedMarket, fills: list[Fill]) -> None:
    entered = [fill for fill in fills if fill.note == "monthly condor" and fill.account == "MAIN"]
    for name, count in Counter(fill.structure for fill in entered).items():
        assert count == 4
        legs = {
            (fill.option.right, fill.quantity): fill.option.strike_pts for fill in entered if fill.structure == name
        }
        assert legs["P", -2] - legs["P", 2] == legs["C", 2] - legs["C", -2] == 50
        day = next(fill.session_date for fill in entered if fill.structure == name)
        assert 43 <= (next(fill.option.expiry_date for fill in entered if fill.structure == name) - day).days <= 46
        assert legs["P", -2] < market.state(day).spot_pts < legs["C", -2]
        credit = -sum(fill.price_pts * fill.quantity for fill in entered if fill.structure == name)
        assert credit > 0
    assert len({fill.structure for fill in entered}) >= 12


def test_a_campaign_holds_a_roll(fills: list[Fill]) -> None:
    campaign = [fill for fill in fills if fill.campaign == "campaign-2026-05" and fill.account == "MAIN"]
    assert {fill.structure for fill in campaign} == {"condor-2026-05", "condor-2026-05-rolled"}
    assert {fill.session_date for fill in campaign if fill.note.startswith("rolled")} == {dt.date(2026, 5, 5)}


def test_layers_are_held_four_four_two_on_every_night(market: SimulatedMarket) -> None:
    ledger = ledgers_of(market.seed)["MAIN"]
    for day in nights()[::7]:
        held = Counter[str]()
        for fill in ledger.fills:
            if fill.session_date <= day and fill.structure[:2] in {"L1", "L2", "L3"}:
                held[fill.structure[:2]] += fill.quantity
        assert held == {"L1": 4, "L2": 4, "L3": 2}, day


def test_there_is_a_second_account_and_a_diagonal(fills: list[Fill]) -> None:
    assert {fill.account for fill in fills} == {"MAIN", "FAMILY"}
    opened = [fill for fill in fills if fill.note == "diagonal opened"]
    long, short = [fill for fill in opened if fill.structure == "diagonal-2026-04"]
    assert long.option.expiry_date > short.option.expiry_date
    assert long.option.strike_pts < short.option.strike_pts


def test_money_is_neither_made_nor_lost_in_the_books(market: SimulatedMarket) -> None:
    """Cash at the end, added up by hand from fills and settlements, is the ledger's."""
    day = nights()[-1]
    for ledger in ledgers_of(market.seed).values():
        paid = sum(100 * fill.quantity * fill.price_pts + fill.fees_usd for fill in ledger.fills)
        gone = [fill for fill in ledger.fills if fill.option not in open_legs(ledger, day)]
        settled = sum(
            100 * fill.quantity * settlement_pts(market, fill.option)
            for fill in gone
            if fill.option.expiry_date <= day and sum(f.quantity for f in gone if f.option == fill.option)
        )
        assert cash_usd(market, ledger, day) == pytest.approx(ledger.plan.opening_usd - paid + settled)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [7, 1, 2, 3, 4])
def test_every_open_leg_is_listed_on_every_night(seed: int) -> None:
    check_listed(seed, step=1)


def test_open_legs_are_listed(market: SimulatedMarket) -> None:
    check_listed(market.seed, step=9)


def check_listed(seed: int, *, step: int) -> None:
    market = simulate(seed)
    for size in ("full", "small"):
        for day in nights()[::step]:
            low, high = market.strike_range_pts(day)
            listed = {*spx_expiries(day, size), *vix_expiries(day, size)}
            for ledger in ledgers_of(seed).values():
                for leg in open_legs(ledger, day):
                    expiry = Expiry(leg.expiry_date, leg.root)
                    assert expiry in listed, (day, leg)
                    days = (leg.expiry_date - day).days
                    strikes = (
                        vix_strikes(size)
                        if leg.root == "VIX"
                        else spx_strikes(expiry, days, low_pts=low, high_pts=high, size=size)
                    )
                    assert leg.strike_pts in strikes, (day, leg)


def test_the_example_files_are_the_default_book(market: SimulatedMarket) -> None:
    examples = Path(__file__).resolve().parents[3] / "examples"
    written = book_files(market, range(market.position(FEATURE_SESSION) + 1))
    assert {file.name: file.content for file in written} == {
        name: (examples / name).read_bytes() for name in ("fills.csv", "accounts.csv", "settlement_values.csv")
    }
