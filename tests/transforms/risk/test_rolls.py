"""Rolls on a chain priced by QuantLib: what they cost, where they lead, what stands in the way, which comes first."""

import datetime as dt
from dataclasses import replace
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.book.toy_book import fill
from tests.transforms.market.known_smiles import FORWARD, years
from tests.transforms.risk.rolled_chain import (
    APRIL,
    FRIDAY,
    HALF,
    LAST_EVENING,
    MARCH,
    MARCH_24,
    MARCH_31,
    SHORT_DATED,
    SHORT_DATED_PUT,
    THREATENED_CALL,
    THREATENED_PUT,
    THURSDAY,
    TOMORROW,
    TUESDAY,
    condor,
    condor_value_pts,
    inputs_of,
    smile,
    value_pts,
)
from transforms.book.margin import MarginLeg, strategy_margin
from transforms.risk.roll_ranking import EventWindow
from transforms.risk.roll_rules import ActionRules, FeasibilityRules
from transforms.risk.rolls import RollNight, rolls

STRIKES = THREATENED_PUT[0]
SLIP = 0.25 * HALF  # a fill is a quarter of half the spread worse than the mid
FEE = 0.65 + 0.50  # broker and exchange, SPXW
R1 = "R1 SPXW 2023-03-24 4125/4175/4350/4400"
R1_CLOSED = "R1 SPXW 2023-03-24 P 4125/4175"
R1_KEPT = "R1 SPXW 2023-03-24 P 4125/4175, SPXW 2023-03-17 C 4350/4400"
N = NormalDist().cdf


@cache
def put_night() -> RollNight:
    return rolls(inputs_of(*condor(*THREATENED_PUT)))


@cache
def call_night() -> RollNight:
    return rolls(inputs_of(*condor(*THREATENED_CALL)))


def row_of(night: RollNight, candidate: str) -> dict[str, Any]:
    (row,) = night.rows.filter(candidate=candidate).to_dicts()
    return row


def test_a_roll_costs_every_leg_a_quarter_of_half_its_spread_and_two_fees() -> None:
    row = row_of(put_night(), R1)
    close = condor_value_pts(STRIKES, MARCH) + 4 * SLIP
    opened = condor_value_pts(STRIKES, MARCH_24) - 4 * SLIP
    assert row["close_debit_usd"] == pytest.approx(1000 * close, abs=1e-6)
    assert row["open_credit_usd"] == pytest.approx(1000 * opened, abs=1e-6)
    assert row["fees_usd"] == pytest.approx(80 * FEE)
    assert row["roll_net_usd"] == pytest.approx(1000 * (opened - close) - 80 * FEE, abs=1e-6)
    assert row["cover_ratio"] == pytest.approx(opened / close)
    assert row["credit_per_day_usd"] == pytest.approx(row["roll_net_usd"] / 7)
    assert (row["days_added_days"], row["new_expiry_date"], row["other_expiry_date"]) == (7, MARCH_24, None)


def test_break_evens_and_worst_loss_stand_on_the_whole_campaigns_credit() -> None:
    """Credit 20 at entry; METHODOLOGY R14: a roll cannot hide a loss behind the new legs' own credit."""
    row = row_of(put_night(), R1)
    credit = 20.0 + condor_value_pts(STRIKES, MARCH_24) - condor_value_pts(STRIKES, MARCH) - 8 * SLIP
    assert row["chain_credit_after_pts"] == pytest.approx(credit, abs=1e-9)
    assert row["break_even_put_pts"] == pytest.approx(4175 - credit, abs=1e-9)
    assert row["break_even_call_pts"] == pytest.approx(4350 + credit, abs=1e-9)
    assert row["max_loss_after_usd"] == pytest.approx(1000 * (50 - credit), abs=1e-6)
    assert (row["margin_usd"], row["margin_change_usd"]) == (50_000, 0)
    assert row["max_loss_limit_usd"] == pytest.approx(30_000)


def test_what_happens_to_the_untested_side_decides_margin_and_worst_loss() -> None:
    """Closed, one spread is left; kept in its own expiry, both can be lost and no side is relieved of its margin."""
    closed, kept = row_of(put_night(), R1_CLOSED), row_of(put_night(), R1_KEPT)
    assert (closed["untested_side"], kept["untested_side"]) == ("closed", "kept")
    spread = value_pts("P", 4175, MARCH_24) - value_pts("P", 4125, MARCH_24) - 2 * SLIP
    whole = condor_value_pts(STRIKES, MARCH) + 4 * SLIP
    half = value_pts("P", 4175, MARCH) - value_pts("P", 4125, MARCH) + 2 * SLIP
    credits_pts = {"closed": 20 + spread - whole, "kept": 20 + spread - half}
    assert closed["max_loss_after_usd"] == pytest.approx(1000 * (50 - credits_pts["closed"]), abs=1e-6)
    assert kept["max_loss_after_usd"] == pytest.approx(1000 * (100 - credits_pts["kept"]), abs=1e-6)
    assert (closed["margin_usd"], kept["margin_usd"]) == (50_000, 100_000)
    assert (closed["break_even_call_pts"], closed["new_short_call_pts"]) == (None, None)
    assert kept["break_even_call_pts"] == pytest.approx(4350 + credits_pts["kept"], abs=1e-9)
    assert (closed["fees_usd"], kept["fees_usd"]) == (pytest.approx(60 * FEE), pytest.approx(40 * FEE))
    assert (kept["new_expiry_date"], kept["other_expiry_date"]) == (MARCH_24, MARCH)
    assert kept["reason"].split(",")[0] == "MAXLOSS"


def test_the_margin_of_every_candidate_is_what_the_rule_for_structures_asks() -> None:
    """Leg by leg, by what covers what: the same as the wider side, or both sides where they expire apart."""
    for night in (put_night(), call_night()):
        rows = night.candidates.to_dicts()
        assert {row["margin_usd"] for row in rows} >= {0.0, 50_000.0, 75_000.0, 100_000.0}
        for row in rows:
            legs = [
                MarginLeg(
                    root=row[f"{side}_root"],
                    expiry_date=row[f"{side}_expiry_date"],
                    right=right,
                    strike_pts=row[f"{side}_{which}_pts"],
                    quantity=sign * row["quantity_qty"],
                    multiplier_usd=100.0,
                    price_pts=None,
                )
                for side, right in (("put", "P"), ("call", "C"))
                for which, sign in (("short", -1), ("long", 1))
                if row[f"{side}_root"] is not None
            ]
            assert strategy_margin(legs, index_pts={}).usd == pytest.approx(row["margin_usd"]), row["candidate"]


def test_closing_and_holding_are_the_references() -> None:
    hold, close = row_of(put_night(), "R7 hold"), row_of(put_night(), "R6 close")
    debit = condor_value_pts(STRIKES, MARCH) + 4 * SLIP
    assert (hold["roll_net_usd"], hold["fees_usd"], hold["max_loss_after_usd"]) == (0, 0, pytest.approx(30_000))
    assert (hold["status"], close["status"], hold["rank"]) == ("ELIGIBLE", "ELIGIBLE", None)
    assert close["roll_net_usd"] == pytest.approx(-1000 * debit - 40 * FEE, abs=1e-6)
    assert close["max_loss_after_usd"] == pytest.approx(1000 * (debit - 20), abs=1e-6)
    assert (close["margin_usd"], close["delta_usd_per_pt"], close["theta_usd_per_day"]) == (0, 0, 0)
    assert (close["pop_frac"], close["ev_p_payoff_usd"]) == (0, 0)  # more is paid than the campaign took in
    assert hold["delta_usd_per_pt"] == pytest.approx(-close["delta_change_usd_per_pt"])


def test_a_profit_that_is_locked_in_is_certain() -> None:
    rich = condor(STRIKES, (40.0, 95.0, 12.0, 7.0))
    close = row_of(rolls(inputs_of(*rich)), "R6 close")
    assert close["max_loss_after_usd"] < 0
    assert close["pop_frac"] == 1


def test_odds_of_a_spread_left_alone_are_its_own() -> None:
    """P(S_T > break-even) = N(d2) less the smile's slope; both by the closed form at the break-even."""
    row = row_of(put_night(), R1_CLOSED)
    level, t_years = row["break_even_put_pts"], years("SPXW", MARCH_24)

    def call_pts(strike: float) -> float:
        vol = smile(np.log(strike / FORWARD))
        sd = vol * t_years**0.5
        d1 = np.log(FORWARD / strike) / sd + sd / 2
        return float(FORWARD * N(d1) - strike * N(d1 - sd))

    assert row["pop_frac"] == pytest.approx((call_pts(level - 0.5) - call_pts(level + 0.5)), abs=0.004)
    kept = row_of(put_night(), R1_KEPT)
    assert kept["ev_q_payoff_usd"] == pytest.approx(
        row["ev_q_payoff_usd"] - 1000 * (_undiscounted("C", 4350) - _undiscounted("C", 4400)), rel=0.01
    )


def _undiscounted(right: str, strike: float, expiry: dt.date = MARCH) -> float:
    return value_pts(right, strike, expiry) * float(np.exp(2 * np.log(1.0225) * years("SPXW", expiry)))


def test_nothing_is_bought_below_its_mid_or_sold_above_it() -> None:
    for night in (put_night(), call_night()):
        bought, sold = (night.legs.filter(pl.col("trade_qty") == sign) for sign in (1, -1))
        assert bought.height > 100
        assert (bought["trade_pts"] >= bought["mid_pts"]).all()
        assert (sold["trade_pts"] <= sold["mid_pts"]).all()
        assert (bought["trade_pts"] <= bought["ask_pts"]).all()
        assert (sold["trade_pts"] >= sold["bid_pts"]).all()


def test_a_quote_without_a_bid_is_bought_at_the_ask_and_sold_for_nothing() -> None:
    no_bid = {"bid_pts": 0.0, "ask_pts": 1.2, "mid_pts": None, "mark_quality": "ONE_SIDED"}
    cheap = {"bid_pts": 0.0, "ask_pts": 0.2, "mid_pts": 0.1, "mark_quality": "ZERO_BID"}
    quotes = {("SPXW", MARCH, "C", 4350.0): no_bid, ("SPXW", MARCH, "C", 4400.0): cheap}
    close = row_of(rolls(inputs_of(*condor(*THREATENED_PUT), changed=quotes)), "R6 close")
    puts = value_pts("P", 4175, MARCH) - value_pts("P", 4125, MARCH) + 2 * SLIP
    assert close["close_debit_usd"] == pytest.approx(1000 * (puts + 1.2 - 0.0), abs=1e-6)


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        ("NO_QUOTE", "NO_QUOTE quote"),
        ("CROSSED", "CROSSED quote"),
        ("WIDE", "WIDE quote"),
        ("DELISTED", "not in tonight"),
    ],
)
def test_what_needs_a_quote_that_is_not_there_has_no_price_and_says_which(quality: str, said: str) -> None:
    """The long call of the new expiry: a roll that takes it along is blocked, one that leaves it out is not."""
    missing = {("SPXW", MARCH_24, "C", 4400.0): {"mark_quality": quality, "mid_pts": None, "mark_pts": None}}
    night = rolls(inputs_of(*condor(*THREATENED_PUT), changed=missing))
    row = row_of(night, R1)
    assert (row["status"], row["reason"]) == ("BLOCKED", "QUOTES")
    assert "SPXW 2023-03-24 PM C 4400 (" in row["reason_text"]
    assert said in row["reason_text"]
    unknown = ("close_debit_usd", "open_credit_usd", "roll_net_usd", "max_loss_after_usd", "pop_frac", "rank")
    assert [row[name] for name in unknown if name != "close_debit_usd"] == [None] * 5
    assert row_of(night, R1_CLOSED)["roll_net_usd"] is not None


def test_strikes_that_may_be_chosen_are_chosen_from_quotes_one_can_trade_on() -> None:
    """The short call at 20 delta is 4375: with its wing 50 away unquoted, the next one nearer is taken."""
    wing = {("SPXW", MARCH_24, "C", 4425.0): {"mark_quality": "NO_QUOTE", "mid_pts": None, "mark_pts": None}}
    found = {"as quoted": put_night(), "without": rolls(inputs_of(*condor(*THREATENED_PUT), changed=wing))}
    chosen = {
        name: night.rows.filter(move="R3", strike_rule="delta 0.20", new_expiry_date=MARCH_24).to_dicts()[0]
        for name, night in found.items()
    }
    assert {name: row["new_long_call_pts"] for name, row in chosen.items()} == {"as quoted": 4425.0, "without": 4400.0}
    assert chosen["without"]["roll_net_usd"] is not None


def test_a_series_that_trades_no_more_can_be_neither_rolled_nor_closed() -> None:
    """SPX settles on tomorrow's opening prints and has traded for the last time at 16:15."""
    fills = condor(*THREATENED_PUT, root="SPX", expiry=TOMORROW)
    night = rolls(inputs_of(*fills, series=LAST_EVENING))
    acting = night.rows.filter(~pl.col("move").is_in(["R7", "RB"]))
    assert acting.height > 3
    assert acting["reason"].str.contains("EXPIRED").all()
    assert (acting["status"] == "BLOCKED").all()
    assert row_of(night, "R7 hold")["status"] == "ELIGIBLE"


def test_rolling_across_roots_is_flagged() -> None:
    rows = put_night().rows.filter(pl.col("new_root").is_not_null())
    assert set(rows.filter("is_settlement_change")["new_root"]) == {"SPX"}
    assert set(rows.filter(~pl.col("is_settlement_change"))["new_root"]) == {"SPXW"}


def test_the_next_three_expiries_a_week_to_45_days_further_out_are_looked_at() -> None:
    rows = put_night().rows.filter(pl.col("move").is_in(["R1", "R2", "R3"]))
    assert set(rows["new_expiry_date"]) == {MARCH_24, MARCH_31, APRIL}
    assert set(rows["profile"]) == {"monthly"}


def test_a_condor_of_a_few_days_is_rolled_within_the_week() -> None:
    """Opened 2023-02-07 for the next day: profile 1dte, 1 to 7 days from tonight and later than its own expiry."""
    fills = condor(*SHORT_DATED_PUT, expiry=TOMORROW, on=dt.date(2023, 2, 7))
    rows = rolls(inputs_of(*fills, series=SHORT_DATED)).rows
    assert set(rows["profile"]) == {"1dte"}
    out = rows.filter(pl.col("move").is_in(["R1", "R2", "R3"]))
    assert set(out["new_expiry_date"]) == {THURSDAY, FRIDAY, TUESDAY}
    assert set(out["days_added_days"]) == {1, 2, 6}


def test_every_move_goes_where_it_says() -> None:
    rows = put_night().rows
    away = rows.filter(move="R2")
    assert (away["new_short_put_pts"] < 4175).all()
    assert set(away["strike_rule"]) == {"delta 0.25", "delta 0.20", "delta 0.15", "0.5 expected move"}
    assert (away["new_short_put_pts"] - away["new_long_put_pts"] <= 50).all()
    centred = rows.filter(move="R3", strike_rule="same span")
    middle = (centred["new_short_put_pts"] + centred["new_short_call_pts"]) / 2
    assert ((middle - FORWARD).abs() <= 12.5).all()
    assert set(centred["new_short_call_pts"] - centred["new_short_put_pts"]) == {175.0}
    wings = rows.filter(move="R5")
    assert set(wings["new_long_put_pts"]) == {4150.0, 4100.0}
    assert wings["fees_usd"].to_list() == pytest.approx([20 * FEE] * 2)
    nearer = call_night().rows.filter(move="R4")
    assert nearer.height
    assert ((nearer["new_short_put_pts"] > 3950) & (nearer["new_short_put_pts"] < 4150)).all()


def test_a_threatened_call_is_served_in_the_mirror() -> None:
    away = call_night().rows.filter(move="R2")
    assert set(away["tested_side"]) == {"CALL"}
    assert (away["new_short_call_pts"] > 4150).all()
    assert set(away.filter(untested_side="rolled")["new_short_put_pts"]) == {3950.0}
    assert away.filter(untested_side="closed")["new_short_put_pts"].is_null().all()
    wings = call_night().rows.filter(move="R5")
    assert set(wings["new_long_call_pts"]) == {4175.0, 4225.0}


def test_without_a_trigger_a_tested_condor_has_only_its_references() -> None:
    """TESTED: spot within 1% of the short put. EDR 0.94% and VIX 16 must be exceeded, not met."""
    tested = condor((4100.0, 4150.0, 4350.0, 4400.0), THREATENED_PUT[1])
    night = rolls(inputs_of(*tested, edr_frac=0.0094, vix_pts=16.0))
    assert [(row["move"], row["status"], row["state"]) for row in night.rows.to_dicts()] == [
        ("R6", "NONE", "TESTED"),
        ("R7", "NONE", "TESTED"),
    ]
    assert "EDR 0.94% <= 0.94%, VIX 16.00 <= 16.00" in night.rows["eligibility_text"][0]


@pytest.mark.parametrize(
    ("edr_frac", "vix_pts", "is_edr", "is_vix", "rule"),
    [
        (0.0095, 15.0, True, False, "vendor rule"),
        (0.0090, 16.5, False, True, "vendor rule"),
        (None, 16.5, None, True, "vendor rule"),
        (0.0090, None, False, None, "house default"),
    ],
)
def test_which_trigger_fired_is_kept(
    edr_frac: float | None, vix_pts: float | None, is_edr: bool | None, is_vix: bool | None, rule: str
) -> None:
    rows = rolls(inputs_of(*condor(*THREATENED_PUT), edr_frac=edr_frac, vix_pts=vix_pts)).rows
    assert set(rows.select("is_edr_trigger", "is_vix_trigger", "eligibility").rows()) == {(is_edr, is_vix, rule)}


def test_rolling_back_is_never_eligible_without_a_vwap() -> None:
    row = row_of(put_night(), "RB roll back")
    assert (row["status"], row["rank"], row["roll_net_usd"]) == ("NONE", None, None)
    assert "VWAP" in row["reason_text"]


def test_around_an_event_nothing_new_is_sold() -> None:
    rows = rolls(inputs_of(*condor(*THREATENED_PUT), event=EventWindow("PRE", "ppi tomorrow"))).rows
    entering = rows.filter(pl.col("move").is_in(["R1", "R2", "R3", "R4"]))
    others = rows.filter(pl.col("move").is_in(["R5", "R6", "R7"]))
    assert entering["reason"].str.starts_with("EVENT").all()
    assert entering["reason_text"].str.contains("ppi tomorrow").all()
    assert not others["reason"].fill_null("").str.contains("EVENT").any()
    assert rows["rank"].is_null().all()
    allowed = ActionRules(limits=FeasibilityRules(event_blocks=False))
    freed = rolls(inputs_of(*condor(*THREATENED_PUT), event=EventWindow("PRE")), allowed).rows
    assert freed.equals(put_night().rows)


def rolled_by_hand(times: int) -> list[dict[str, object]]:
    """A campaign whose first condor (credit 30) was rolled so many times, a day each, at a debit of 2."""
    day, expiry = dt.date(2023, 1, 23), MARCH
    fills = condor(STRIKES, (40.0, 60.0, 15.0, 5.0), on=day, structure="c-0", expiry=expiry)
    for number in range(times):
        day += dt.timedelta(days=1)
        later = MARCH_24 if number % 2 == 0 else MARCH
        back = condor(STRIKES, (40.0, 62.0, 15.0, 5.0), on=day, structure=f"c-{number}", expiry=expiry, qty=-10)
        out = condor(STRIKES, (40.0, 60.0, 15.0, 5.0), on=day, structure=f"c-{number + 1}", expiry=later)
        fills, expiry = [*fills, *back, *out], later
    return fills


def test_a_campaign_is_held_to_the_loss_it_began_with_and_to_three_rolls() -> None:
    """First credit 30, so 20 x 1,000 USD can be lost at first; each roll since has cost 2 points."""
    twice = rolls(inputs_of(*rolled_by_hand(2))).rows
    hold = twice.filter(move="R7").to_dicts()[0]
    assert (hold["rolls_qty"], hold["chain_credit_after_pts"]) == (2, pytest.approx(26))
    assert hold["max_loss_limit_usd"] == pytest.approx(20_000)
    assert hold["max_loss_after_usd"] == pytest.approx(24_000)
    tight = twice.filter(pl.col("roll_net_usd").is_between(0, 3_000), pl.col("move").is_in(["R1", "R3"]))
    assert tight.height
    assert (tight["reason"] == "MAXLOSS").all()
    thrice = rolls(inputs_of(*rolled_by_hand(3))).rows
    assert thrice["rolls_qty"].drop_nulls().unique().to_list() == [3]
    moves = thrice.filter(pl.col("move").str.starts_with("R"), ~pl.col("move").is_in(["R6", "R7"]))
    assert moves["reason"].str.contains("ROLLS").all()


def test_feasible_rolls_are_ranked_by_chance_of_profit_then_credit_a_day_and_three_are_shown() -> None:
    rows = put_night().rows
    feasible = rows.filter(status="FEASIBLE").sort("rank")
    assert feasible["rank"].to_list() == list(range(1, feasible.height + 1))
    assert feasible["pop_change_frac"].to_list() == sorted(feasible["pop_change_frac"], reverse=True)
    hold = row_of(put_night(), "R7 hold")["pop_frac"]
    assert feasible["pop_change_frac"].to_list() == pytest.approx((feasible["pop_frac"] - hold).to_list())
    shown = rows.filter("is_shown").sort("rank", "move", nulls_last=True)
    assert [row["rank"] or row["move"] for row in shown.to_dicts()] == [1, 2, 3, "R6", "R7"]


def test_the_hedges_gain_is_held_against_a_rolls_debit() -> None:
    """Gain 1,500 USD; a roll that brings a credit needs no funding."""
    row = row_of(put_night(), R1_KEPT)
    assert row["hedge_funded_ratio"] == pytest.approx(1_500 / -row["roll_net_usd"])
    assert row_of(put_night(), R1)["hedge_funded_ratio"] is None
    close = row_of(put_night(), "R6 close")
    assert close["hedge_funded_ratio"] == pytest.approx(1_500 / -close["roll_net_usd"])


def test_the_order_of_arrival_changes_nothing() -> None:
    inputs = inputs_of(*condor(*THREATENED_PUT), *condor(*THREATENED_CALL, structure="condor-2", campaign="camp-2"))
    mixed = {
        name: getattr(inputs, name).sample(fraction=1.0, shuffle=True, seed=5)
        for name in ("condors", "holdings", "fills", "marks")
    }
    assert rolls(replace(inputs, **mixed)).rows.equals(rolls(inputs).rows)


def test_a_book_without_a_threatened_condor_has_no_candidates() -> None:
    assert rolls(inputs_of(*condor((3800.0, 3850.0, 4450.0, 4500.0), (5.0, 8.0, 6.0, 3.0)))).rows.is_empty()
    assert rolls(inputs_of(fill("SPXW 2023-03-17 P 3900", 1, 5.0))).rows.is_empty()


@settings(max_examples=25)
@given(
    short_put=st.integers(161, 171),
    put_width=st.integers(1, 6),
    gap=st.integers(1, 10),
    call_width=st.integers(1, 6),
    qty=st.integers(1, 30),
    credit=st.floats(-5.0, 60.0),
)
def test_what_is_feasible_pays_keeps_its_size_and_risks_no_more_than_the_beginning(
    *, short_put: int, put_width: int, gap: int, call_width: int, qty: int, credit: float
) -> None:
    strikes = tuple(
        25.0 * step for step in (short_put - put_width, short_put, short_put + gap, short_put + gap + call_width)
    )
    night = rolls(inputs_of(*condor(strikes, (10.0, 10.0 + credit, 10.0, 10.0), qty=qty)))
    first_loss = (25.0 * max(put_width, call_width) - credit) * 100 * qty
    feasible = night.rows.filter(status="FEASIBLE")
    assert (feasible["roll_net_usd"] >= 0).all()
    assert (feasible["max_loss_after_usd"] <= first_loss + 1e-6).all()
    assert (feasible["quantity_qty"] == qty).all()
    assert feasible["reason"].is_null().all()
    traded = night.legs.filter(pl.col("trade_qty") != 0).join(
        night.candidates.filter(status="FEASIBLE").select("row", "quantity_qty"), on="row"
    )
    by_roll = traded.group_by("row").agg(pl.col("trade_qty").sum(), pl.col("trade_qty").abs().sum().name.suffix("_all"))
    assert (by_roll["trade_qty"] == 0).all()  # as many contracts are bought as sold, and as many held as before
    blocked = night.rows.filter(status="BLOCKED")
    for code, is_so in (
        ("DEBIT", pl.col("roll_net_usd") < 0),
        ("MAXLOSS", pl.col("max_loss_after_usd") > first_loss + 1e-6),
    ):
        with_code = blocked.filter(~pl.col("move").is_in(["R6", "R7"])).with_columns(
            told=pl.col("reason").str.contains(code), so=is_so
        )
        assert with_code.filter(pl.col("told") != pl.col("so")).is_empty()
