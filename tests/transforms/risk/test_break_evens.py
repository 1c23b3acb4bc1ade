"""Break-evens at the nearest condor's settlement: by hand for the condors alone, by another search for the book."""

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fill, fills_of, night, scenario_market, unit_fills
from tests.transforms.risk.brute_force import Cell, Market, value
from transforms.risk.break_evens import break_evens, roots_of
from transforms.risk.scenarios import reprice_grid

BY_HAND = Market(
    spot=6000.0, vix=16.0, smile=lambda _, k: max(0.08, 0.16 - 0.4 * k), curve=[(30.0, 18.3), (60.0, 18.6)]
)
CONDOR_YEARS = (31 * 1440 - 15) / 525_600


def found_of(*fills: dict[str, object], market: ToyMarket | None = None) -> pl.DataFrame:
    """The break-evens of the toy book, its P&L since entry being that of its marks."""
    toy = night(fills_of(*fills), market)
    accounts = toy.book["account"].to_list()
    grid = reprice_grid(toy.legs, scenario_market(market or ToyMarket()), accounts)
    since_entry = {
        (account, part): pnl
        for account, *parts in toy.book.select("account", "condor_pnl_usd", "pnl_usd").iter_rows()
        for part, pnl in zip(("condor", "total"), parts, strict=True)
    }
    return break_evens(grid, since_entry)


def test_the_condors_alone_break_even_at_strike_less_credit() -> None:
    """Credit 20 - 27 - 12 + 7 = 12 points: 5,700 - 12 and 6,250 + 12, but for the difference of mark and model, nil."""
    found = found_of(*condor_fills(), *unit_fills()).filter(part="condor")
    assert found["spot_pts"].to_list() == pytest.approx([5688.0, 6262.0], abs=1e-6)
    assert found["distance_frac"].to_list() == pytest.approx([5688 / 6000 - 1, 6262 / 6000 - 1])
    assert found["is_loss_below"].to_list() == [True, False]
    assert found["horizon_days"].to_list() == [31, 31]


def test_fees_move_the_break_even() -> None:
    found = found_of(*condor_fills(fees=250.0)).filter(part="condor")
    assert found["spot_pts"].to_list() == pytest.approx([5689.0, 6261.0], abs=1e-6)  # $1,000 on ten condors: a point


def test_the_book_breaks_even_where_another_search_finds_it() -> None:
    fills = (*condor_fills(), *unit_fills(), fill("VX 2026-06-17", 1, 18.0, structure="future"))
    found = found_of(*fills).filter(part="total")
    legs = night(fills_of(*fills)).legs.to_dicts()

    def since_entry(shock: float) -> float:
        cell = Cell(shock=shock, response="base", passed_years=CONDOR_YEARS, passed_days=31)
        return sum(
            leg["quantity_qty"] * leg["multiplier_usd"] * (value(leg, cell, BY_HAND).carried - leg["entry_price_pts"])
            for leg in legs
        )

    shocks = np.linspace(-0.3, 0.2, 101)
    signs = [since_entry(shock) > 0 for shock in shocks]
    expected = [
        6000 * (1 + brentq(since_entry, shocks[at], shocks[at + 1])) for at in range(100) if signs[at] != signs[at + 1]
    ]
    assert len(expected) >= 2
    assert found["spot_pts"].to_list() == pytest.approx(expected, abs=1e-6)


def test_where_there_is_none_the_reason_says_so() -> None:
    wings = [
        fill(*leg)
        for leg in (
            ("SPXW 2026-06-08 P 5650", 1, 20.0),
            ("SPXW 2026-06-08 P 5700", -1, 80.0),
            ("SPXW 2026-06-08 C 6250", -1, 80.0),
            ("SPXW 2026-06-08 C 6300", 1, 7.0),
        )
    ]
    assert found_of(*wings)["reason"].to_list() == ["gains at every SPX between -30% and +20%"] * 2
    assert found_of(*unit_fills())["reason"].to_list() == ["no condor is held"] * 2
    unpriced = found_of(*condor_fills(), *unit_fills(), market=ToyMarket(crossed=("VIX 2026-08-19 C 21",)))
    assert unpriced.filter(part="total")["reason"].to_list() == ["P&L since entry is not known"]
    assert unpriced.filter(part="condor")["reason"].null_count() == 2


def test_a_kink_does_not_hold_the_search_up() -> None:
    def tent(shocks: np.ndarray) -> np.ndarray:
        return np.stack([np.minimum(1e6 * (shocks + 0.1), 1e-3 * (0.05 - shocks)), shocks**2 + 1, -(shocks**3)])

    rising, none, falling = roots_of(tent, np.linspace(-0.3, 0.2, 201))
    assert [root for root, _ in rising] == pytest.approx([-0.1, 0.05], abs=1e-10)
    assert [below for _, below in rising] == [True, False]
    assert none == []
    assert falling == [(pytest.approx(0.0, abs=1e-4), False)]
