"""The quoted smile, and marks and Greeks read on it; prices and Greeks by QuantLib."""

import datetime as dt
import math
from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
import QuantLib

from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from transforms.market.surface import PricedChain, Smiles, price_chain
from warehouse.tables.core import CORE_FORWARDS_DAILY, CORE_OPTION_MARKS_DAILY, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.raw import RAW_OPTION_QUOTES

NIGHT = dt.date(2023, 2, 7)
MARCH = dt.date(2023, 3, 17)
YEARS = 54_705 / 525_600
RATE = 2 * math.log(1.0225)
DISCOUNT = math.exp(-RATE * YEARS)
FORWARD = 4166.9
MARK = Mark(
    session_date=NIGHT,
    quote_at=dt.datetime(2023, 2, 7, 21, 15, tzinfo=dt.UTC),
    curve=par_curve(NIGHT, {30: 0.045, 3650: 0.045}),
    vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
)
TYPE = {"C": QuantLib.Option.Call, "P": QuantLib.Option.Put}

Quote = tuple[str, float, float, float]


def smile(strike: float) -> float:
    return 0.18 - 0.35 * math.log(strike / FORWARD)


def value(right: str, strike: float) -> float:
    return float(QuantLib.blackFormula(TYPE[right], strike, FORWARD, smile(strike) * math.sqrt(YEARS), DISCOUNT))


def fair(strikes: Iterable[float], half: float = 0.05) -> list[Quote]:
    return [(r, k, value(r, k) - half, value(r, k) + half) for k in strikes for r in "CP"]


def priced(quotes: Iterable[Quote]) -> PricedChain:
    raw = pl.DataFrame(
        [
            ("a", line, "SPXW", str(MARCH), right, str(strike), repr(bid), repr(ask))
            for line, (right, strike, bid, ask) in enumerate(quotes)
        ],
        schema=["load_id", "source_line", "root", "expiry", "option_right", "strike", "bid", "ask"],
        orient="row",
    )
    typed = type_quotes(RAW_OPTION_QUOTES.conform(raw).with_columns(source_file=pl.lit("chain.csv")))
    return price_chain(typed.rows, MARK)


def contract(chain: PricedChain, right: str, strike: float) -> dict[str, object]:
    return chain.marks.row(by_predicate=(pl.col("right") == right) & (pl.col("strike_pts") == strike), named=True)


STRIKES = [float(strike) for strike in range(3900, 4401, 25)]


def test_a_chain_priced_by_quantlib_gives_back_its_smile_marks_and_greeks() -> None:
    chain = priced(fair(STRIKES))
    assert chain.marks.schema == CORE_OPTION_MARKS_DAILY.polars_schema
    assert chain.forwards.schema == CORE_FORWARDS_DAILY.polars_schema
    assert chain.marks.height == 2 * len(STRIKES)
    for right, strike in [("P", 3900.0), ("P", 4200.0), ("C", 4175.0), ("C", 4000.0)]:
        option = contract(chain, right, strike)
        oracle = QuantLib.BlackCalculator(
            QuantLib.PlainVanillaPayoff(TYPE[right], strike), FORWARD, smile(strike) * math.sqrt(YEARS), DISCOUNT
        )
        assert (option["mark_method"], option["iv_status"]) == ("mid", "ok")
        assert option["iv_vol"] == pytest.approx(smile(strike), abs=1e-9)
        assert option["smile_vol"] == pytest.approx(smile(strike), abs=1e-9)
        assert option["mark_pts"] == pytest.approx(oracle.value(), abs=1e-9)
        assert option["delta_b76"] == pytest.approx(oracle.deltaForward(), abs=1e-9)
        assert option["delta"] == pytest.approx(oracle.deltaForward() / DISCOUNT, abs=1e-9)
        assert option["gamma_b76"] == pytest.approx(oracle.gammaForward(), rel=1e-7)
        assert option["vega_pts_per_volpt"] == pytest.approx(oracle.vega(YEARS) / 100, rel=1e-7)
        intrinsic = DISCOUNT * max((FORWARD - strike) * (1 if right == "C" else -1), 0.0)
        assert option["extrinsic_pts"] == pytest.approx(oracle.value() - intrinsic, abs=1e-6)
        assert option["forward_pts"] == pytest.approx(FORWARD, abs=1e-7)


def test_the_forwards_row_carries_the_vol_at_the_forward() -> None:
    (row,) = priced(fair(STRIKES)).forwards.to_dicts()
    # linear in k between the put at 4150 and the call at 4175; the smile itself is linear in k
    assert row["atm_iv_vol"] == pytest.approx(0.18, abs=1e-9)
    assert row["smile_quotes_qty"] == len(STRIKES)


def test_a_noisy_option_in_the_money_does_not_touch_the_smile() -> None:
    noisy = [quote for quote in fair(STRIKES) if quote[:2] != ("P", 4300.0)]
    chain = priced([*noisy, ("P", 4300.0, value("P", 4300.0) + 1.0, value("P", 4300.0) + 5.0)])
    put = contract(chain, "P", 4300.0)
    assert put["iv_vol"] == pytest.approx(smile(4300.0) + 0.007, abs=0.004)
    assert put["smile_vol"] == contract(chain, "C", 4300.0)["smile_vol"] == pytest.approx(smile(4300.0), abs=1e-9)


def test_a_one_sided_quote_is_marked_on_the_smile_but_never_above_its_ask() -> None:
    fair_value = value("P", 4010.0)
    cheap, dear = (
        priced([*fair(STRIKES), ("P", 4010.0, 0.0, fair_value + 2.0), ("P", 4035.0, 0.0, value("P", 4035.0) - 1.0)])
        .marks.filter(pl.col("mark_quality") == "ONE_SIDED")
        .sort("strike_pts")
        .to_dicts()
    )
    assert (cheap["mark_method"], cheap["iv_status"], cheap["iv_vol"]) == ("model", "zero_bid", None)
    assert cheap["mark_pts"] == pytest.approx(fair_value, abs=1e-6)
    assert dear["mark_pts"] == pytest.approx(value("P", 4035.0) - 1.0, abs=1e-12)


def test_a_worthless_bid_is_marked_at_mid_and_stays_out_of_the_smile() -> None:
    option = contract(priced([*fair(STRIKES), ("P", 3000.0, 0.0, 0.05)]), "P", 3000.0)
    assert (option["mark_pts"], option["mark_method"], option["iv_status"]) == (0.025, "mid", "zero_bid")
    assert option["smile_vol"] == pytest.approx(smile(3900.0), abs=1e-9)  # flat beyond the last quoted strike


@pytest.mark.parametrize(
    ("bid", "ask", "quality", "iv_status"),
    [(0.0, 0.0, "NO_QUOTE", "no_quote"), (9.0, 8.0, "CROSSED", "crossed"), (4.0, 15.0, "WIDE", "ok")],
)
def test_a_quote_that_is_rejected_leaves_no_mark_but_keeps_the_smiles_greeks(
    bid: float, ask: float, quality: str, iv_status: str
) -> None:
    option = contract(priced([*fair(STRIKES), ("P", 3810.0, bid, ask)]), "P", 3810.0)
    assert (option["mark_quality"], option["iv_status"]) == (quality, iv_status)
    assert (option["mark_pts"], option["mark_method"], option["extrinsic_pts"]) == (None, None, None)
    assert option["delta"] is not None


def test_without_a_forward_nothing_is_priced_but_the_mid_stands() -> None:
    lonely, one_sided = priced([("P", 3900.0, 20.0, 21.0), ("P", 3950.0, 0.0, 9.0)]).marks.to_dicts()
    assert (lonely["mark_pts"], lonely["iv_status"], lonely["smile_vol"], lonely["delta"]) == (
        20.5,
        "no_forward",
        None,
        None,
    )
    assert (one_sided["mark_pts"], one_sided["mark_method"]) == (None, None)


def smiles_of(*quotes: tuple[str, str, float, float | None, float]) -> Smiles:
    """Smiles of forward 100: quotes as (root, right, strike, vol, bid)."""
    return Smiles.of_marks(
        pl.DataFrame(
            [(root, MARCH, "PM", right, strike, 100.0, bid, vol) for root, right, strike, vol, bid in quotes],
            schema=["root", "expiry_date", "settlement", "right", "strike_pts", "forward_pts", "bid_pts", "iv_vol"],
            orient="row",
        )
    )


def test_the_smile_is_linear_in_log_moneyness_and_flat_outside() -> None:
    smiles = smiles_of(("A", "P", 80.0, 0.30, 1.0), ("A", "P", 95.0, 0.22, 1.0), ("A", "C", 110.0, 0.18, 1.0))
    k = np.log(np.array([50.0, 80.0, 87.0, 95.0, 100.0, 110.0, 200.0]) / 100.0)
    knots, vols = np.log(np.array([80.0, 95.0, 110.0]) / 100.0), [0.30, 0.22, 0.18]
    assert smiles.vol_at(0, k).tolist() == pytest.approx(np.interp(k, knots, vols).tolist(), abs=1e-15)
    assert smiles.vol_at(0, -40.0).tolist() == 0.30  # a crash beyond any listed strike


def test_each_expiry_is_read_on_its_own_smile() -> None:
    smiles = smiles_of(
        ("A", "P", 90.0, 0.30, 1.0), ("A", "C", 110.0, 0.20, 1.0), ("B", "C", 105.0, 0.50, 1.0),
        ("C", "P", 90.0, 0.80, 1.0), ("C", "C", 110.0, 0.60, 1.0),
    )  # fmt: skip
    asked = pl.DataFrame({"root": ["C", "A", "B", "D"], "expiry_date": MARCH, "settlement": "PM"})
    index = smiles.index_of(asked)
    assert index.tolist() == [2, 0, 1, -1]
    vols = smiles.vol_at(index, np.log([1.1, 0.9, 0.7, 1.0]))
    assert vols[:3].tolist() == pytest.approx([0.60, 0.30, 0.50])
    assert np.isnan(vols[3])
    grid = smiles.vol_at(np.array([[0], [2]]), np.array([[-9.0, 9.0]]))
    assert grid.tolist() == [[0.30, 0.20], [0.80, 0.60]]
    assert np.isnan(smiles.vol_at(0, np.nan))


def test_put_below_the_forward_call_at_or_above_it_both_bid() -> None:
    smiles = smiles_of(
        ("A", "P", 99.0, 0.21, 1.0), ("A", "C", 99.0, 0.9, 1.0), ("A", "P", 100.0, 0.9, 1.0),
        ("A", "C", 100.0, 0.20, 1.0), ("A", "C", 101.0, 0.9, 0.0), ("A", "C", 102.0, None, 1.0),
    )  # fmt: skip
    assert smiles.vol.tolist() == [0.21, 0.20]
    assert smiles.atm().select("smile_quotes_qty", "atm_iv_vol").row(0) == (2, pytest.approx(0.20))


def test_a_chain_without_smiles_has_no_vols() -> None:
    assert np.isnan(smiles_of(("A", "C", 90.0, 0.3, 1.0)).vol_at([0, -1], 0.0)).all()
