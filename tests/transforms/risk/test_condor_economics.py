"""What holding a condor is worth, by hand sums; campaigns over their rolls."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, MONDAY, ToyMarket, ToyNight, condor_fills, fills_of, night
from transforms.risk.campaigns import campaign_credits, campaign_thetas
from transforms.risk.condor_economics import COST_SCHEMA, EconomicsInputs, condor_economics
from transforms.risk.extrinsic_life import extrinsic_half_lives
from transforms.risk.holding_odds import ODDS_SCHEMA
from warehouse.tables.mart import MART_ATTRIBUTION_DAILY, MART_CONDORS_DAILY, MART_LEGS_DAILY

THETA_SCHEMA = {
    "account": pl.String,
    "condor_id": pl.String,
    "realised_theta_usd": pl.Float64,
    "expected_theta_usd": pl.Float64,
}
FUNDED_SCHEMA = {"account": pl.String, "funded_days": pl.Float64}


def one(schema: dict[str, type[pl.DataType]], *values: object) -> pl.DataFrame:
    return pl.DataFrame([("A", "condor-1", *values)], schema=schema, orient="row")


def expecting(
    toy: ToyNight, payoff_usd: float | None, method: str = "fitted", reason: str | None = None
) -> pl.DataFrame:
    """The toy's condors with another expected payoff than its smile has, and what follows from it."""
    expected = pl.lit(payoff_usd, dtype=pl.Float64)
    return toy.condors.with_columns(
        ev_p_payoff_usd=expected,
        ev_p_total_usd=pl.col("max_profit_usd") + expected,
        hold_edge_usd=expected - pl.col("liq_value_usd"),
        prob_method=pl.lit(method),
        prob_reason=pl.lit(reason, dtype=pl.String),
    )


def economics(toy: ToyNight, condors: pl.DataFrame | None = None, **known: pl.DataFrame) -> dict[str, object]:
    inputs = {
        "odds": pl.DataFrame(schema=ODDS_SCHEMA),
        "thetas": pl.DataFrame(schema=THETA_SCHEMA),
        "funded": pl.DataFrame([("A", 12.0)], schema=FUNDED_SCHEMA, orient="row"),
    } | known
    (row,) = condor_economics(
        EconomicsInputs(
            condors=toy.condors if condors is None else condors,
            half_lives=extrinsic_half_lives(toy.legs),
            **inputs,  # type: ignore[arg-type]
        )
    ).to_dicts()
    return row


def test_the_edge_of_holding_is_what_is_expected_less_what_closing_brings() -> None:
    """Ten condors for 12.00. Expected payoff -4,000; credit 12,000, fees aside; the hedge's share 3,000."""
    toy = night(fills_of(*condor_fills()))
    costs = one(COST_SCHEMA, 3_000.0, None)
    row = economics(toy, expecting(toy, -4_000.0), odds=one(ODDS_SCHEMA, 0.83), hedge_costs=costs)
    liquid = toy.condors["liq_value_usd"][0]
    assert row["close_value_usd"] == liquid
    assert row["hold_edge_usd"] == pytest.approx(-4_000.0 - liquid)
    assert row["ev_p_total_usd"] == pytest.approx(8_000.0)
    assert row["expectancy_usd"] == pytest.approx(5_000.0)
    assert (row["is_expectancy_ok"], row["above_break_even_frac"], row["prob_method"]) == (True, 0.83, "fitted")
    # K2 5,700 less 12 points: SPX 6,000 may fall by 5.2%.
    assert row["reversion_need_frac"] == pytest.approx(5_688.0 / 6_000.0 - 1)


def test_time_is_bought_only_where_holding_has_an_edge() -> None:
    toy = night(fills_of(*condor_fills()))
    liquid = toy.condors["liq_value_usd"][0]
    ahead, behind = (economics(toy, expecting(toy, liquid + edge)) for edge in (1.0, -1.0))
    assert (ahead["time_bought_days"], behind["time_bought_days"]) == (12.0, None)
    unfunded = pl.DataFrame([("A", None)], schema=FUNDED_SCHEMA, orient="row")
    assert economics(toy, expecting(toy, liquid + 1.0), funded=unfunded)["time_bought_days"] is None


def test_theta_on_margin_in_basis_points() -> None:
    toy = night(fills_of(*condor_fills()))
    row = economics(toy, thetas=one(THETA_SCHEMA, 90.0, 120.0))
    assert row["margin_usd"] == 50_000.0
    assert row["theta_press_bp_per_day"] == pytest.approx(toy.condors["theta_usd_per_day"][0] / 50_000.0 * 1e4)
    assert row["theta_capture_frac"] == pytest.approx(0.75)


def test_what_is_not_known_has_its_reason() -> None:
    toy = night(fills_of(*condor_fills()), ToyMarket(crossed=("SPXW 2026-06-08 P 5700",)))
    row = economics(toy, expecting(toy, None), thetas=one(THETA_SCHEMA, 90.0, -5.0))
    unpriced = "SPXW 2026-06-08 PM P 5700 (no mark: CROSSED quote)"
    assert row["theta_press_reason"] == unpriced
    assert row["hold_edge_reason"] == "its expected payoff is not known tonight"
    assert row["theta_capture_reason"] == "no theta was to be earned"
    known = economics(toy, expecting(toy, -4_000.0))
    assert known["hold_edge_reason"] == unpriced
    assert known["expectancy_reason"] == "the amortised cost of the hedge is not computed"
    named = economics(toy, expecting(toy, None, "quoted", "ev_p: no realised vol"))
    assert named["hold_edge_reason"] == named["expectancy_reason"] == "ev_p: no realised vol"


def test_a_settled_condor_is_held_no_more() -> None:
    toy = night(fills_of(*condor_fills()))
    settled = toy.condors.with_columns(state=pl.lit("SETTLED"))
    empty = EconomicsInputs(
        condors=settled,
        half_lives=extrinsic_half_lives(toy.legs),
        odds=pl.DataFrame(schema=ODDS_SCHEMA),
        thetas=pl.DataFrame(schema=THETA_SCHEMA),
        funded=pl.DataFrame(schema=FUNDED_SCHEMA),
    )
    assert condor_economics(empty).is_empty()


def condor_rows(*rows: tuple[dt.date, str, str | None, float, float]) -> pl.DataFrame:
    names = ("session_date", "condor_id", "campaign_id", "max_profit_usd", "fees_usd")
    frame = pl.DataFrame(
        [dict(zip(names, row, strict=True)) | {"account": "A"} for row in rows], infer_schema_length=None
    )
    return MART_CONDORS_DAILY.conform(frame)


def test_a_campaign_counts_once_with_what_its_rolls_have_left_of_the_credit() -> None:
    """Sold for 1,000; rolled on Monday at a loss: 300 of chain credit are left; fees 20. Another one for 500."""
    rows = condor_rows(
        (FRIDAY, "c-1", "camp", 1_000.0, 10.0),
        (MONDAY, "c-1-rolled", "camp", 300.0, 20.0),
        (MONDAY, "c-2", None, 500.0, 5.0),
    )
    found = campaign_credits(rows, ["A", "B", "ALL"]).sort("account", "session_date", "credit_usd").rows()
    expected = [(FRIDAY, 280.0), (MONDAY, 495.0)]
    assert found == [(name, *row) for name in ("A", "ALL") for row in expected]


def test_theta_of_a_campaign_runs_over_its_rolls() -> None:
    """Friday promises $10 a day for three days; Monday $4 for one day. Attribution found 27 and 5."""
    tuesday = dt.date(2026, 5, 12)
    condors = condor_rows(
        (FRIDAY, "c-1", "camp", 1.0, 0.0), (MONDAY, "c-2", "camp", 1.0, 0.0), (MONDAY, "other", None, 1.0, 0.0)
    )
    legs = MART_LEGS_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": [FRIDAY, MONDAY, MONDAY],
                "account": ["A"] * 3,
                "structure_id": ["c-1", "c-2", "other"],
                "instrument_id": ["x", "y", "z"],
                "theta_usd_per_day": [10.0, 4.0, None],
            }
        )
    )
    attributed = MART_ATTRIBUTION_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": [MONDAY, tuesday, tuesday, tuesday],
                "account": ["A"] * 4,
                "structure_id": ["c-1", "c-2", "other", "c-2"],
                "instrument_id": ["x", "y", "z", "bought today"],
                "theta_usd": [27.0, 5.0, 9.0, 0.0],
            }
        )
    )
    found = {row["condor_id"]: row for row in campaign_thetas(condors, attributed, legs).to_dicts()}
    assert (found["c-2"]["realised_theta_usd"], found["c-2"]["expected_theta_usd"]) == (32.0, 34.0)
    assert found["c-1"] == found["c-2"] | {"condor_id": "c-1"}
    assert found["other"]["expected_theta_usd"] is None
