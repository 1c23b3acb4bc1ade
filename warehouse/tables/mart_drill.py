"""What the hedge does on the way to the wing, and what it has done so far. Signs: gain +; short put delta +."""

from warehouse.tables.core import SESSION
from warehouse.tables.mart_book import ACCOUNT
from warehouse.tables.mart_engine import ENGINE_STATE
from warehouse.tables.types import BOOL, DATE, FLOAT, INTEGER, TEXT, Audit, Column, Table

_LAYER_PNL = tuple(
    Column(f"{layer}_pnl_usd", FLOAT, f"P&L of layer {layer.upper()} since tonight; 0 in a late row, bought here.")
    for layer in ("l1", "l2", "l3")
)
_CURVE = tuple(
    Column(f"vx_{days}d_pts", FLOAT, f"A VIX future of {days} days there; null beyond tonight's curve.")
    for days in (30, 60, 110, 220)
)
MART_ITM_DRILLS_DAILY = Table(
    "mart",
    "itm_drills_daily",
    "One row per account, condor, side, level SPX may reach, horizon and hedge (held, or bought late at that level).",
    ("session_date", "account", "condor_account", "condor_id", "side", "level", "horizon", "hedge"),
    (
        SESSION,
        ACCOUNT,
        Column("condor_account", TEXT, "The account the condor is in."),
        Column("condor_id", TEXT, "The condor whose levels these are."),
        Column("side", TEXT, "PUT or CALL: the side SPX moves to."),
        Column(
            "level",
            TEXT,
            "NOW, WATCH, TESTED, ITM (short strike), BREACHED (break-even of the campaign), WING (long strike).",
        ),
        Column("horizon", TEXT, "When SPX stands there: now, 5_sessions, condor_expiry (this condor's)."),
        Column(
            "hedge",
            TEXT,
            "held: the account's layers, since tonight. late: the same contracts bought at this level only.",
        ),
        Column("hedge_is", TEXT, "held layers, none held, or one hedge unit of tonight (late, where none is held)."),
        Column("is_hedged_by_alvh", BOOL, "False on the call side: VIX calls do not pay on a rise.", is_required=True),
        Column("horizon_days", INTEGER, "Calendar days until then; null where not known."),
        Column("spx_pts", FLOAT, "SPX at the level; null with reason."),
        Column("spot_shock_frac", FLOAT, "The way there from SPX tonight."),
        Column("level_rule", TEXT, "The rule that sets the level; of several the one met first."),
        Column("vix_pts", FLOAT, "VIX there, base response."),
        *_CURVE,
        Column("condor_pnl_usd", FLOAT, "P&L of this condor since tonight's model price."),
        Column("condors_pnl_usd", FLOAT, "The same of all condors of the account: what the hedge is shared by."),
        *_LAYER_PNL,
        Column("hedge_pnl_usd", FLOAT, "The three layers together."),
        Column("net_pnl_usd", FLOAT, "All condors of the account and its hedge; null with reason."),
        Column("condor_delta_usd_per_pt", FLOAT, "SPX delta of this condor there."),
        Column("condors_delta_usd_per_pt", FLOAT, "SPX delta of all condors of the account: before the hedge."),
        Column("hedge_delta_usd_per_pt", FLOAT, "SPX-equivalent delta of the hedge there, at the elasticity it has."),
        Column("net_delta_usd_per_pt", FLOAT, "Condors and hedge: after the hedge."),
        Column("delta_offset_frac", FLOAT, "-hedge delta / condors' delta; null where the condors are not long delta."),
        Column("offset_frac", FLOAT, "-hedge P&L / condors' P&L since tonight; null with reason."),
        Column("offset_reason", TEXT, "Why offset_frac is null; null when it is not."),
        Column("hedge_cost_usd", FLOAT, "What the hedge is worth when bought: tonight if held, at the level if late."),
        Column("to_wing_condors_pnl_usd", FLOAT, "What all condors make from this level to the WING, same time."),
        Column("to_wing_hedge_pnl_usd", FLOAT, "What the hedge makes from this level to the WING."),
        Column("net_at_wing_usd", FLOAT, "Net P&L at the WING with this hedge: late, without the gain on the way."),
        Column("offset_at_wing_frac", FLOAT, "-hedge P&L / condors' P&L at the WING with this hedge."),
        Column("wing_reason", TEXT, "Why the figures at the WING are null; null when none is."),
        Column(
            "units_to_target",
            FLOAT,
            "Units more, bought at the level, until the hedge repays the target share of a further sizing shock.",
            "hedge units",
        ),
        Column(
            "cost_to_target_usd",
            FLOAT,
            "What those units cost there: tonight's unit repriced, plus half the spread it has tonight.",
        ),
        Column("target_reason", TEXT, "Why the units are null; null when they are not."),
        Column("reason", TEXT, "Why net_pnl_usd is null; null when it is not."),
    ),
    (
        Audit("value_or_reason", "(net_pnl_usd is null) = (reason is null)", "A value or a reason."),
        Audit("offset_or_reason", "(offset_frac is null) = (offset_reason is null)", "An offset or a reason."),
        Audit("units_or_reason", "(units_to_target is null) = (target_reason is null)", "Units or a reason."),
    ),
    partition="session_date",
)
MART_CUSHIONS_DAILY = Table(
    "mart",
    "cushions_daily",
    "One row per account: what the hedge has repaid since the breach, and over the last sessions.",
    ("session_date", "account"),
    (
        SESSION,
        ACCOUNT,
        Column("breach_date", DATE, "First session of the present stretch with a put side BREACHED or WING."),
        Column("since_breach_sessions", INTEGER, "Sessions after it.", "trading sessions"),
        Column("since_breach_condor_pnl_usd", FLOAT, "P&L of the condors over those sessions, net of fees."),
        Column("since_breach_hedge_pnl_usd", FLOAT, "P&L of the three layers over those sessions, net of fees."),
        Column("mtm_cushion_frac", FLOAT, "-hedge P&L / condor P&L since the breach, where the condors lost."),
        Column("cushion_reason", TEXT, "Why mtm_cushion_frac is null; null when it is not."),
        Column("window_sessions", INTEGER, "Sessions the effectiveness is measured over.", is_required=True),
        Column("losing_sessions", INTEGER, "Of them, those on which the condors lost."),
        Column("effectiveness_frac", FLOAT, "-hedge P&L / condor P&L, summed over the losing sessions."),
        Column("hedge_beta", FLOAT, "Slope of the hedge's daily P&L on the condors'; -0.4: it repays 40%.", "USD/USD"),
        Column("effectiveness_reason", TEXT, "Why either is null; null when neither is."),
    ),
    (
        Audit("cushion_or_reason", "(mtm_cushion_frac is null) = (cushion_reason is null)", "A value or a reason."),
        Audit(
            "effectiveness_or_reason",
            "(effectiveness_frac is null or hedge_beta is null) = (effectiveness_reason is null)",
            "Values or a reason.",
        ),
    ),
    partition="session_date",
)
MART_SECOND_ENGINE_STATES_DAILY = Table(
    "mart",
    "second_engine_states_daily",
    "One row per account: the state of its second engine, with or without a position.",
    ("session_date", "account"),
    (
        SESSION,
        ACCOUNT,
        Column(
            "state", TEXT, "OFF, CANDIDATE, ON, EXPIRING or STRESSED, the worst of its diagonals; null with reason."
        ),
        *ENGINE_STATE,
        Column("structure_id", TEXT, "The diagonal the state comes from; null without a position."),
        Column("reason", TEXT, "Why the state is null; null when it is not."),
    ),
    (Audit("state_or_reason", "(state is null) = (reason is null)", "A state or a reason."),),
    partition="session_date",
)
MART_PAYOFFS_DAILY = Table(
    "mart",
    "payoffs_daily",
    "One row per account, threatened condor (TESTED or worse), horizon and SPX level: P&L with and without the hedge.",
    ("session_date", "account", "condor_account", "condor_id", "horizon", "spx_pts"),
    (
        SESSION,
        ACCOUNT,
        Column("condor_account", TEXT, "The account the condor is in."),
        Column("condor_id", TEXT, "The condor whose strikes the levels span."),
        Column("horizon", TEXT, "When SPX stands there: now, 5_sessions, condor_expiry (this condor's)."),
        Column("spx_pts", FLOAT, "SPX: even steps, the strikes and tonight's spot."),
        Column("horizon_days", INTEGER, "Calendar days until then; null where not known."),
        Column("spot_shock_frac", FLOAT, "The way there from SPX tonight."),
        Column("vix_pts", FLOAT, "VIX there, base response."),
        Column("condor_pnl_usd", FLOAT, "P&L of this condor since tonight's model price."),
        Column("condors_pnl_usd", FLOAT, "The same of all condors of the account: what the hedge is shared by."),
        Column("hedge_pnl_usd", FLOAT, "The same of the three layers."),
        Column("net_pnl_usd", FLOAT, "All condors of the account and its hedge; null with reason."),
        Column("reason", TEXT, "Why net_pnl_usd is null; null when it is not."),
    ),
    (Audit("value_or_reason", "(net_pnl_usd is null) = (reason is null)", "A value or a reason."),),
    partition="session_date",
)
MART_DRILL_TABLES = (
    MART_ITM_DRILLS_DAILY,
    MART_PAYOFFS_DAILY,
    MART_CUSHIONS_DAILY,
    MART_SECOND_ENGINE_STATES_DAILY,
)
