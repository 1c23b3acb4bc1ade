"""What mart.condors_daily measures of a condor beside geometry, P&L, Greeks and state."""

from warehouse.tables.types import BOOL, DATE, FLOAT, INSTANT, TEXT, Audit, Column

EM = "multiples of the expected move"
EDR = "multiples of EDR"

_DISTANCES = (
    Column("expected_move_pts", FLOAT, "One standard deviation to the condor's expiry: F x ATM vol x sqrt(T)."),
    Column("short_put_distance_em", FLOAT, "(S - K2) over the expected move.", EM),
    Column("short_call_distance_em", FLOAT, "(K3 - S) over the expected move.", EM),
    Column("break_even_put_distance_frac", FLOAT, "(S - put break-even) over S."),
    Column("break_even_call_distance_frac", FLOAT, "(Call break-even - S) over S."),
    Column("break_even_put_distance_edr", FLOAT, "(S - put break-even) over EDR points.", EDR),
    Column("break_even_call_distance_edr", FLOAT, "(Call break-even - S) over EDR points.", EDR),
    Column("break_even_put_distance_em", FLOAT, "(S - put break-even) over the expected move.", EM),
    Column("break_even_call_distance_em", FLOAT, "(Call break-even - S) over the expected move.", EM),
    Column("distance_reason", TEXT, "Why a distance is null; null when none is."),
)
_SIDES = (
    Column(
        "intrinsic_put_spread_frac",
        FLOAT,
        "Discounted forward intrinsic of the put spread over its width: how much of its maximum loss is already there.",
    ),
    Column("intrinsic_call_spread_frac", FLOAT, "The same of the call spread."),
    Column(
        "long_put_cover_ratio",
        FLOAT,
        "Delta of the long puts over that of the short ones: 1 = the wing moves one for one, the loss is nearly capped.",
        "ratio",
    ),
    Column("long_call_cover_ratio", FLOAT, "The same of the calls.", "ratio"),
    Column(
        "put_wing_reading",
        TEXT,
        "While the short put is in the money: `loss still accelerating` (cover under 0.6), `wing reached` (over 0.9); else null.",
    ),
    Column("call_wing_reading", TEXT, "The same of the call side."),
    Column("put_side_credit_pts", FLOAT, "Entry credit of the put spread per short put, this condor's own."),
    Column("call_side_credit_pts", FLOAT, "Entry credit of the call spread per short call, this condor's own."),
    Column(
        "side_credit_method",
        TEXT,
        "fills, or entry_mids where fills price the condor as a whole: its credit in the proportion of that session's mids; null with reason.",
    ),
    Column("put_side_residual_pts", FLOAT, "What buying the put spread back costs at the marks, per short put."),
    Column("call_side_residual_pts", FLOAT, "What buying the call spread back costs at the marks, per short call."),
    Column(
        "put_side_captured_frac",
        FLOAT,
        "1 - residual / entry credit; negative once the side costs more than it brought.",
    ),
    Column("call_side_captured_frac", FLOAT, "The same of the call side."),
    Column(
        "is_put_side_captured",
        BOOL,
        "80% or more of the put side's credit is earned: a candidate to close for a nickel.",
    ),
    Column("is_call_side_captured", BOOL, "The same of the call side."),
    Column("short_put_extrinsic_pts", FLOAT, "Mark of the short put less its discounted forward intrinsic."),
    Column("short_call_extrinsic_pts", FLOAT, "The same of the short call."),
    Column(
        "is_put_nothing_left",
        BOOL,
        "The short put is in the money with under 0.50 points of extrinsic: holding on is a bet on delta alone.",
    ),
    Column("is_call_nothing_left", BOOL, "The same of the short call."),
    Column("side_reason", TEXT, "Why a figure of a side is null; null when none is."),
)
_CURVATURE = (
    Column(
        "gamma_usd_per_1pct",
        FLOAT,
        "gamma x (0.01 S)^2: change of the delta per 1% over a move of 1%.",
        "USD per 1% of SPX, per 1%",
    ),
    Column(
        "gamma_accel_ratio",
        FLOAT,
        "- gamma per 1% / |delta per 1%|: how much of today's delta a move of 1% adds; over 1 = unstable.",
        "ratio",
    ),
    Column(
        "dollar_gamma_day_usd",
        FLOAT,
        "0.5 x gamma x EDR^2: what one expected daily range costs by gamma; negative when short.",
    ),
    Column(
        "gamma_theta_ratio",
        FLOAT,
        "|dollar gamma of a day| / (theta x 365/252): a session's range against a session's theta; a fairly priced straddle scores 1.",
        "ratio",
    ),
    *(
        Column(f"delta_at_{name}_usd_per_pt", FLOAT, f"Delta repriced right after SPX {move}, each strike's vol held.")
        for name, move in (("m1", "-1%"), ("m2", "-2%"), ("m3", "-3%"), ("m5", "-5%"))
    ),
    Column(
        "pnl_at_m1_usd",
        FLOAT,
        "P&L of SPX -1% at once, repriced with each strike's vol held: read it instead of gamma below 2 days.",
    ),
    Column("pnl_at_p1_usd", FLOAT, "P&L of SPX +1% at once, likewise."),
    Column("curvature_reason", TEXT, "Why a figure of gamma or repricing is null; null when none is."),
)
_SET_PAYOFFS = (
    *(
        Column(
            f"set_payoff_{name}_usd",
            FLOAT,
            f"AM series on its last trading evening: payoff of the legs should SET be {where}; at most 0, without credit.",
        )
        for name, where in (
            ("m2", "2% below tonight's spot"),
            ("m1", "1% below"),
            ("0", "tonight's spot"),
            ("p1", "1% above"),
            ("p2", "2% above"),
        )
    ),
    Column("set_payoff_reason", TEXT, "Why there are no payoffs at SET; null when there are."),
)
_OUTLOOK = (
    Column(
        "pop_frac",
        FLOAT,
        "Risk-neutral chance to end between the break-evens, the smile's slope included; no win rate.",
    ),
    Column("pop_flat_frac", FLOAT, "The same by N(d2) at each break-even's own vol: the difference is the skew."),
    Column("put_itm_frac", FLOAT, "Risk-neutral chance that the short put ends in the money."),
    Column("call_itm_frac", FLOAT, "Risk-neutral chance that the short call ends in the money."),
    Column("put_touch_frac", FLOAT, "Chance that the short put is touched: min(1, 2 x ends in the money)."),
    Column("call_touch_frac", FLOAT, "Chance that the short call is touched."),
    Column(
        "ev_q_payoff_usd",
        FLOAT,
        "Risk-neutral expected payoff of the legs at settlement, at most 0, undiscounted, without credit.",
    ),
    Column("ev_p_payoff_usd", FLOAT, "The same with every vol scaled by realised over implied: a model assumption."),
    Column("ev_p_vol_ratio", FLOAT, "HV20 over ATM vol of the expiry, clipped: the scale of EV_P.", "ratio"),
    Column("ev_p_total_usd", FLOAT, "Credit of the campaign + EV_P of the legs, without fees."),
    Column(
        "hold_edge_usd",
        FLOAT,
        "EV_P of the legs less what closing at the quotes brings now: positive = waiting is worth that much.",
    ),
    Column("prob_method", TEXT, "fitted, quoted or flat: the smile the odds are read on; null with reason."),
    Column("prob_reason", TEXT, "Why odds or expectations are null, or not of the first kind."),
)
_MARGIN = (
    Column(
        "margin_usd",
        FLOAT,
        "Strategy-based requirement: the larger of the two sides' widths x 100 x contracts, credit not deducted.",
    ),
    Column("buying_power_usd", FLOAT, "Margin less this condor's own credit before fees: what it ties up."),
    Column("margin_reason", TEXT, "Why margin is null; null when it is not."),
    Column("opened_at", INSTANT, "First fill of what is held."),
    Column("profile", TEXT, "1dte when opened within 7 days of its expiry, else monthly."),
    Column(
        "tier",
        TEXT,
        "CONSERVATIVE, BALANCED, AGGRESSIVE by the nearest vendor credit within 20%, else OTHER; 1dte only.",
    ),
    Column("state_since_date", DATE, "Session in which the present state began."),
    Column(
        "worst_state_in_campaign",
        TEXT,
        "Worst state either side of any condor of the campaign has been in up to tonight, settlement included.",
    ),
)
CONDOR_MEASURES = (*_DISTANCES, *_SIDES, *_CURVATURE, *_SET_PAYOFFS, *_OUTLOOK, *_MARGIN)
CONDOR_AUDITS = (
    Audit("margin_or_reason", "(margin_usd is null) = (margin_reason is null)", "A margin or a reason."),
    Audit("odds_or_reason", "pop_frac is null and prob_reason is null", "A probability of profit or a reason."),
    Audit("set_payoff_or_reason", "(set_payoff_0_usd is null) = (set_payoff_reason is null)", "Payoffs or a reason."),
    Audit(
        "curvature_or_reason",
        "(gamma_accel_ratio is null or gamma_theta_ratio is null or pnl_at_m1_usd is null) and curvature_reason is null",
        "Gamma's figures or a reason.",
    ),
)
