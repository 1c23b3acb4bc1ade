"""The hedge's cost beside the credit: shares by maximum loss, each leg its own days, and when there is no ratio."""

import polars as pl
import pytest

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fill, fills_of, night, unit_fills, vx_curve_of

FAR_CONDOR = (
    ("SPXW 2026-06-26 P 5500", 5, 15.0),
    ("SPXW 2026-06-26 P 5600", -5, 24.0),
    ("SPXW 2026-06-26 C 6300", -5, 14.0),
    ("SPXW 2026-06-26 C 6400", 5, 6.0),
)


def costs(*fills: dict[str, object], market: ToyMarket | None = None) -> dict[tuple[str, str], dict[str, object]]:
    rows = night(fills_of(*fills), market).ledger.costs.to_dicts()
    return {(str(row["account"]), str(row["condor_id"])): row for row in rows}


def far_condor(**facts: object) -> list[dict[str, object]]:
    return [fill(*leg, **({"structure": "condor-2"} | facts)) for leg in FAR_CONDOR]  # type: ignore[arg-type]


def test_the_hedge_is_shared_in_proportion_to_maximum_losses() -> None:
    """Condor 1: 10 x (50 - 12) x 100 = 38,000; condor 2: 5 x (100 - 17) x 100 = 41,500. Premium 2,350."""
    rows = costs(*condor_fills(), *far_condor(), *unit_fills())
    one, two, both = rows["A", "condor-1"], rows["A", "condor-2"], rows["A", "ALL"]
    assert (one["max_loss_usd"], two["max_loss_usd"]) == (38_000, 41_500)
    assert one["share_frac"] == pytest.approx(38_000 / 79_500)
    assert one["premium_usd"] == pytest.approx(2_350 * 38_000 / 79_500)
    assert one["gross_frac"] == pytest.approx(2_350 * 38_000 / 79_500 / 12_000)
    assert both["premium_usd"] == pytest.approx(2_350)
    assert both["gross_frac"] == pytest.approx(2_350 / (12_000 + 8_500))
    assert (one["horizon_days"], two["horizon_days"], both["horizon_days"]) == (31, 49, None)
    assert both["amortised_usd"] == pytest.approx(float(str(one["amortised_usd"])) + float(str(two["amortised_usd"])))


def test_a_leg_that_expires_before_the_condor_costs_all_it_is_worth() -> None:
    """A call 40 days out against the condor of 49: at settlement it is worth max(F - K, 0), F rolled down to 0 days."""
    hedge = fill("VIX 2026-06-17 C 20", 4, 2.0, structure=None)
    mark = float(night(fills_of(hedge)).legs["mark_pts"].item())
    row = costs(*far_condor(), hedge)["A", "condor-2"]
    assert row["amortised_usd"] == pytest.approx(400 * mark)  # the future rolls from 18.40 to 18.00, under the strike
    assert row["credit_to_hedge"] == pytest.approx(8_500 / (400 * mark))
    assert row["net_credit_to_hedge"] == pytest.approx(8_500 / (400 * mark) - 1)


@pytest.mark.parametrize(("calls", "band"), [(8, "GREEN"), (24, "AMBER"), (32, "RED"), (44, "OVER")])
def test_bands_of_the_cost(calls: int, band: str) -> None:
    """25, 35 and 50% of 8,500 of credit, at about 107 USD a call."""
    row = costs(*far_condor(), fill("VIX 2026-06-17 C 20", calls, 2.0, structure=None))["A", "condor-2"]
    limits = {"GREEN": (0.0, 0.25), "AMBER": (0.25, 0.35), "RED": (0.35, 0.50), "OVER": (0.50, 9.0)}[band]
    assert limits[0] < float(str(row["amortised_frac"])) <= limits[1]
    assert row["band"] == band


def test_where_there_is_no_ratio_it_says_why() -> None:
    reasons = {
        "no condor is held": costs(*unit_fills())["A", "ALL"],
        "no hedge is held": costs(*condor_fills())["A", "condor-1"],
        "VIX 2026-06-17 AM C 20 (no VIX chain for this session)": costs(
            *condor_fills(), fill("VIX 2026-06-17 C 20", 4, 2.0, structure=None), market=ToyMarket(unquoted=("VIX",))
        )["A", "condor-1"],
    }
    for reason, row in reasons.items():
        assert (row["amortised_frac"], row["credit_to_hedge"], row["band"]) == (None, None, None)
        assert row["reason"] == reason
    assert reasons["no hedge is held"]["gross_frac"] == 0.0
    alone = reasons["no condor is held"]
    assert float(str(alone["carry_usd_per_day"])) < 0  # what is shown instead


def test_each_account_pays_for_its_own_hedge() -> None:
    rows = costs(*condor_fills(), *unit_fills(), *far_condor(account="B"))
    assert rows["B", "ALL"]["premium_usd"] == 0.0
    assert rows["ALL", "ALL"]["premium_usd"] == pytest.approx(2_350)
    assert rows["ALL", "ALL"]["credit_usd"] == pytest.approx(20_500)
    assert ("ALL", "condor-1") not in rows


def test_a_condor_that_settled_today_has_no_cost_any_more() -> None:
    from transforms.risk.hedge_costs import CostInputs, hedge_costs

    tonight = night(fills_of(*condor_fills(), *unit_fills()))
    settled = tonight.condors.with_columns(state=pl.lit("SETTLED"))
    inputs = CostInputs(
        session_date=ToyMarket().session_date,
        scopes=["A"],
        condors=settled,
        legs=tonight.legs,
        vx_curve=vx_curve_of(ToyMarket()),
    )
    (row,) = hedge_costs(inputs).to_dicts()
    assert (row["condor_id"], row["reason"]) == ("ALL", "no condor is held")
