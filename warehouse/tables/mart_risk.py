"""What the book loses elsewhere, and the verdict: scenarios, book, alerts. Signs: gain +; SPX-equivalent delta of long VIX calls -."""

from warehouse.tables.core import SESSION
from warehouse.tables.mart_book import ACCOUNT
from warehouse.tables.types import BOOL, DATE, FLOAT, INTEGER, TEXT, Audit, Column, Table

MART_SCENARIOS_DAILY = Table(
    "mart",
    "scenarios_daily",
    "One row per account, part of the book and scenario cell: P&L by full repricing.",
    ("session_date", "account", "part", "spot_shock_frac", "vol_response", "horizon"),
    (
        SESSION,
        ACCOUNT,
        Column("part", TEXT, "condor, L1, L2, L3, hedge (the three layers), second_engine, other or total."),
        Column("spot_shock_frac", FLOAT, "SPX move, e.g. -0.05."),
        Column(
            "vol_response", TEXT, "How VIX answers: muted (half the path), base, severe (twice), inverse (not at all)."
        ),
        Column(
            "horizon",
            TEXT,
            "When SPX jumps: now, 1d, 5d (calendar days ahead) or condor_expiry, the account's nearest.",
        ),
        Column("horizon_days", INTEGER, "Calendar days until then; null where the horizon is not known."),
        Column("spx_pts", FLOAT, "SPX after the shock."),
        Column("vix_pts", FLOAT, "VIX after the shock."),
        Column("vx30_pts", FLOAT, "A VIX future of 30 days after the shock; null without a VX curve."),
        Column("pnl_usd", FLOAT, "P&L against the model price now; null with reason."),
        Column(
            "net_liq_frac", FLOAT, "The same of net liquidation value; null where that is not supplied or not positive."
        ),
        Column(
            "delta_usd_per_1pct",
            FLOAT,
            "SPX delta after the shock, VIX legs by the elasticity they then have; null with pnl_usd.",
        ),
        Column("sticky_strike_pnl_usd", FLOAT, "P&L with each SPX strike's vol held; shown beside."),
        Column(
            "low_elasticity_pnl_usd",
            FLOAT,
            "P&L with the weaker elasticity: a standard error less, or points per 1% held.",
        ),
        Column(
            "high_elasticity_pnl_usd",
            FLOAT,
            "P&L with the stronger elasticity, a standard error more; null with band_reason.",
        ),
        Column(
            "band_reason",
            TEXT,
            "What the low edge is, and why there is no high edge; null when both are a standard error away.",
        ),
        Column(
            "is_worst",
            BOOL,
            "True in the cell of the grid where this part loses most; never for a part without legs.",
        ),
        Column("reason", TEXT, "Why pnl_usd is null; null when it is not."),
    ),
    (Audit("value_or_reason", "(pnl_usd is null) = (reason is null)", "A value or a reason."),),
    partition="session_date",
)
MART_STRESS_SETS_DAILY = Table(
    "mart",
    "stress_sets_daily",
    "One row per account, part of the book, fixed stress set and cell: P&L now by full repricing.",
    ("session_date", "account", "part", "stress_set", "cell"),
    (
        SESSION,
        ACCOUNT,
        Column("part", TEXT, "As in mart.scenarios_daily; in vix_times also short_vix, the short VIX legs alone."),
        Column(
            "stress_set",
            TEXT,
            "tims and broker_range (price points), price_vol, term_response, vix_times, replay (a past day).",
        ),
        Column("cell", TEXT, "The cell of the set: a move of SPX and vol, a multiple of VIX, a date."),
        Column("cell_number", INTEGER, "Its place in the set, from 1.", "number", is_required=True),
        Column("vol_rule", TEXT, "What volatility does in this set.", is_required=True),
        Column("replayed_date", DATE, "The past day; null in the other sets."),
        Column("spot_shock_frac", FLOAT, "SPX move; null where the past day's is not known."),
        Column("vol_shock_frac", FLOAT, "Relative move of vols in price_vol; null in the other sets."),
        Column("spx_pts", FLOAT, "SPX after the move."),
        Column("vix_pts", FLOAT, "VIX after the move; null without a VIX close."),
        Column("pnl_usd", FLOAT, "P&L against the model price now; null with reason."),
        Column(
            "net_liq_frac", FLOAT, "The same of net liquidation value; null where that is not supplied or not positive."
        ),
        Column("delta_usd_per_1pct", FLOAT, "SPX delta after the move; null with pnl_usd."),
        Column(
            "is_worst",
            BOOL,
            "True in the cell of the set where this part loses most; never for a part without legs.",
        ),
        Column("reason", TEXT, "Why pnl_usd is null; null when it is not."),
    ),
    (Audit("value_or_reason", "(pnl_usd is null) = (reason is null)", "A value or a reason."),),
    partition="session_date",
)
MART_BREAK_EVENS_DAILY = Table(
    "mart",
    "break_evens_daily",
    "One row per account, part and SPX level at which its P&L since entry is nil when the account's nearest condor settles.",
    ("session_date", "account", "part", "root_number"),
    (
        SESSION,
        ACCOUNT,
        Column("part", TEXT, "condor (the condors alone) or total (the whole book)."),
        Column(
            "root_number",
            INTEGER,
            "From 1, the lowest level first; 0 in the one row that says why there is none.",
            "number",
        ),
        Column("horizon_days", INTEGER, "Calendar days to that settlement; null without a condor."),
        Column("spot_pts", FLOAT, "SPX at which the P&L since entry, net of fees, is nil; null with reason."),
        Column("distance_frac", FLOAT, "The same against SPX tonight."),
        Column("is_loss_below", BOOL, "True when the part loses just below the level, false when just above."),
        Column("reason", TEXT, "Why there is no level; null when there is one."),
    ),
    (Audit("level_or_reason", "(spot_pts is null) = (reason is null)", "A level or a reason."),),
    partition="session_date",
)
_OFFSET_TEXT = "Hedge gain over condor loss at SPX {shock}, full repricing, three layers; null with reason."
_OFFSETS = tuple(
    column
    for key, shock in (("m3", "-3%"), ("m5", "-5%"), ("m10", "-10%"))
    for column in (
        Column(f"offset_{key}_frac", FLOAT, _OFFSET_TEXT.format(shock=shock)),
        Column(
            f"offset_{key}_with_second_engine_frac",
            FLOAT,
            _OFFSET_TEXT.format(shock=shock) + " Second engine included.",
        ),
        Column(
            f"offset_{key}_reason", TEXT, "Why it, or the figure with the second engine, is null; null when neither is."
        ),
    )
)
MART_BOOK_DAILY = Table(
    "mart",
    "book_daily",
    "One row per account: the verdict of the night.",
    ("session_date", "account"),
    (
        SESSION,
        ACCOUNT,
        Column("status", TEXT, "OK, WATCH, ALERT, CRITICAL or DATA_HOLD.", is_required=True),
        Column("status_reason", TEXT, "Why.", is_required=True),
        Column("is_data_hold", BOOL, "True when a critical check failed.", is_required=True),
        Column("spot_pts", FLOAT, "SPX at the quotes' instant."),
        Column("condors_qty", INTEGER, "Condor structures held.", "structures", is_required=True),
        Column("condors_itm_qty", INTEGER, "Of them ITM, BREACHED or WING.", "structures", is_required=True),
        Column("unpriced_legs_qty", INTEGER, "Legs without a mark.", "legs", is_required=True),
        Column("condor_delta_usd_per_pt", FLOAT, "SPX delta of the condors; null when a leg is unpriced."),
        Column("hedge_delta_usd_per_pt", FLOAT, "SPX-equivalent delta of the three layers."),
        Column("second_engine_delta_usd_per_pt", FLOAT, "SPX-equivalent delta of the second engine."),
        Column("other_delta_usd_per_pt", FLOAT, "Delta of everything else."),
        Column("net_delta_usd_per_pt", FLOAT, "Sum of the four; null when any leg is unpriced."),
        Column("net_delta_usd_per_1pct", FLOAT, "0.01 x S x net delta."),
        Column("net_delta_reason", TEXT, "Why the net delta is null; null when it is not."),
        Column(
            "offset_local_frac",
            FLOAT,
            "-hedge delta / condor delta where the condor is long delta and a put side is threatened; else null.",
        ),
        Column("offset_local_reason", TEXT, "Why it is null; null when it is not."),
        *_OFFSETS,
        Column("condor_pnl_usd", FLOAT, "P&L of the condors since entry, net of fees."),
        Column("hedge_pnl_usd", FLOAT, "P&L of the three layers."),
        Column("second_engine_pnl_usd", FLOAT, "P&L of the second engine."),
        Column("other_pnl_usd", FLOAT, "P&L of everything else."),
        Column(
            "pnl_usd",
            FLOAT,
            "P&L since entry of the structures held, their closed and settled legs included, net of fees; null with reason.",
        ),
        Column(
            "pnl_reason",
            TEXT,
            "Which legs leave it, or the P&L of their part, null: no mark or, settled, no settlement value; null when none.",
        ),
        Column("fees_usd", FLOAT, "Fees.", is_required=True),
        Column(
            "day_pnl_usd",
            FLOAT,
            "P&L of the session: change since the previous mark, legs closed or settled in between included; null with reason.",
        ),
        Column("day_pnl_reason", TEXT, "Why it is null; null when it is not."),
        Column("max_loss_usd", FLOAT, "Sum of the condors' maximum losses.", is_required=True),
        Column("theta_usd_per_day", FLOAT, "Theta of the book."),
        Column("vega_usd_per_volpt", FLOAT, "SPX vega of the book; VIX-option vega is not in it."),
        Column("net_liq_usd", FLOAT, "Net liquidation value from the accounts file; null when not supplied."),
        Column("margin_used_usd", FLOAT, "Margin in use, from the accounts file."),
    ),
    (
        Audit(
            "net_is_the_sum",
            "abs(net_delta_usd_per_pt - (condor_delta_usd_per_pt + hedge_delta_usd_per_pt + second_engine_delta_usd_per_pt + other_delta_usd_per_pt)) > 1e-6",
            "Net delta is the sum of its parts.",
        ),
    ),
    partition="session_date",
)
MART_ALERTS_DAILY = Table(
    "mart",
    "alerts_daily",
    "One row per alert of the session.",
    ("session_date", "account", "rule_id", "subject"),
    (
        SESSION,
        ACCOUNT,
        Column("rule_id", TEXT, "The rule."),
        Column("subject", TEXT, "What it is about: a condor, a layer, a leg."),
        Column("severity", TEXT, "RED, AMBER or INFO.", is_required=True),
        Column("value", FLOAT, "Measured.", "in `unit`"),
        Column("threshold", FLOAT, "Threshold.", "in `unit`"),
        Column("unit", TEXT, "Unit of value and threshold."),
        Column("source_tier", TEXT, "vendor rule or house default.", is_required=True),
        Column("message", TEXT, "One sentence.", is_required=True),
        Column("first_seen_date", DATE, "First session of an unbroken run of this alert.", is_required=True),
    ),
    (Audit("severity_known", "severity not in ('RED', 'AMBER', 'INFO')", "Severity is RED, AMBER or INFO."),),
    partition="session_date",
)

_FACTORS = (
    Column("delta_usd", FLOAT, "SPX options: delta x the move of SPX. VIX legs: 0, see curve_shift_usd."),
    Column("gamma_usd", FLOAT, "Second order in the leg's own underlying; by step, all higher orders too."),
    Column("vega_usd", FLOAT, "SPX options: the move of the vol at the leg's own strike."),
    Column("volvol_usd", FLOAT, "VIX options: the move of the leg's own vol; never added to SPX vega."),
    Column("vanna_volga_usd", FLOAT, "Vol with forward, and vol squared; 0 by step, where vega holds them."),
    Column("theta_usd", FLOAT, "Time at the same forward and vol, by repricing over the calendar days that passed."),
    Column("rolldown_usd", FLOAT, "VIX legs: the leg's future moving along last night's curve."),
    Column("curve_shift_usd", FLOAT, "VIX legs: what its future moved beyond that roll."),
    Column(
        "curve_shift_spx_usd", FLOAT, "Of the curve shift, what the move of SPX explains at last night's elasticity."
    ),
    Column("rates_usd", FLOAT, "Carry of the SPX forward and discounting beyond last night's rate."),
    Column("trades_usd", FLOAT, "Fills since last night against tonight's mark (else last night's), before fees."),
    Column("fees_usd", FLOAT, "Fees paid since last night; a cost is negative."),
    Column("unexplained_usd", FLOAT, "actual_usd less all factors: marks off the smile, and what the method leaves."),
)
MART_ATTRIBUTION_DAILY = Table(
    "mart",
    "attribution_daily",
    "One row per account, structure and leg held or traded since the last session: its P&L by cause.",
    ("session_date", "account", "structure_id", "instrument_id"),
    (
        SESSION,
        ACCOUNT,
        Column("structure_id", TEXT, "Structure."),
        Column("instrument_id", TEXT, "Readable key."),
        Column("part", TEXT, "condor, L1, L2, L3, second_engine or other.", is_required=True),
        Column("method", TEXT, "taylor, step (revalued), or trade (not held over night); null with reason."),
        Column("quantity_before_qty", INTEGER, "Signed contracts held last night.", is_required=True),
        Column("actual_usd", FLOAT, "P&L of the session, net of fees; null with reason."),
        *_FACTORS,
        Column("reason", TEXT, "Why the row is null; null when it is not."),
    ),
    (
        Audit("value_or_reason", "(actual_usd is null) = (reason is null)", "A value or a reason."),
        Audit(
            "factors_add_up",
            "abs(actual_usd - (delta_usd + gamma_usd + vega_usd + volvol_usd + vanna_volga_usd + theta_usd + rolldown_usd"
            " + curve_shift_usd + rates_usd + trades_usd + fees_usd + unexplained_usd)) > 1e-6",
            "The factors and what is unexplained are the P&L.",
        ),
    ),
    partition="session_date",
)
MART_ATTRIBUTION_PERIODS_DAILY = Table(
    "mart",
    "attribution_periods_daily",
    "One row per account, part of the book and period up to the session: P&L by cause, added up over its sessions.",
    ("session_date", "account", "part", "period"),
    (
        SESSION,
        ACCOUNT,
        Column("part", TEXT, "condor, L1, L2, L3, hedge (the three layers), second_engine, other or total."),
        Column("period", TEXT, "day, week or month: since the last close before it began."),
        Column("from_date", DATE, "First session the row holds.", is_required=True),
        Column("sessions_qty", INTEGER, "Sessions added up.", "sessions", is_required=True),
        Column("actual_usd", FLOAT, "P&L of the period, net of fees; null with reason."),
        *_FACTORS,
        Column("unexplained_limit_usd", FLOAT, "What may stay unexplained of a day: max(50, 10% of the P&L)."),
        Column("reason", TEXT, "Which sessions or legs leave it null; null when it is not."),
    ),
    (Audit("value_or_reason", "(actual_usd is null) = (reason is null)", "A value or a reason."),),
    partition="session_date",
)

MART_RISK_TABLES = (
    MART_SCENARIOS_DAILY,
    MART_STRESS_SETS_DAILY,
    MART_BREAK_EVENS_DAILY,
    MART_BOOK_DAILY,
    MART_ALERTS_DAILY,
    MART_ATTRIBUTION_DAILY,
    MART_ATTRIBUTION_PERIODS_DAILY,
)
