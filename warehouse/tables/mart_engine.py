"""What a VIX call diagonal can lose and whether it earns its name: columns of mart.second_engine_daily beside the book's.

Signs: gain +. Its loss is not limited to the debit (METHODOLOGY C3, R8).
"""

from warehouse.tables.types import BOOL, FLOAT, TEXT, Column

_SHARE = "P&L per USD of capital at risk"
ENGINE_STATE = (
    Column("state_rule", TEXT, "The rule that set the state."),
    Column("state_value", FLOAT, "Its value; null where the rule has none.", "in `state_unit`"),
    Column("state_threshold", FLOAT, "What it was held against.", "in `state_unit`"),
    Column("state_unit", TEXT, "Unit of value and threshold."),
    Column("is_state_stale", BOOL, "True: last night's state, carried forward on DATA_HOLD. Null or false: tonight's."),
    Column("state_source_tier", TEXT, "Whose rule it is: house default, or your setting."),
    Column("state_reason", TEXT, "The state in a sentence: its rule and, of a diagonal, its worst loss and margin."),
)
_PATHS = tuple(
    column
    for name, times in (("x15", "1.5"), ("x20", "2"), ("x30", "3"))
    for column in (
        Column(f"path_{name}_far_pts", FLOAT, f"The far future when the near one settles at {times} times its price."),
        Column(f"path_{name}_pnl_usd", FLOAT, f"P&L since tonight at near expiry, the near future at {times} times."),
    )
)
ENGINE_RISK = (
    Column("near_future_pts", FLOAT, "The near leg's own future."),
    Column("far_future_pts", FLOAT, "The far leg's own future."),
    Column("steepening_exposure_usd_per_vx_pt", FLOAT, "Far future up a point, the near one not: the far delta."),
    Column("parallel_exposure_usd_per_vx_pt", FLOAT, "Both futures up a point, which they do not do: the sum."),
    Column("rolldown_usd_per_day", FLOAT, "What a day's roll down tonight's curve earns."),
    Column("path_exponent", FLOAT, "Elasticity of the far future over the near one's: the path between them.", "ratio"),
    *_PATHS,
    Column("shock_m5_pnl_usd", FLOAT, "P&L now at SPX -5%, base response."),
    Column("shock_m10_pnl_usd", FLOAT, "P&L now at SPX -10%, base response."),
    Column("worst_path_loss_usd", FLOAT, "The worst of the paths, negative; 0 where none loses."),
    Column("worst_grid_loss_usd", FLOAT, "The worst cell of the grid and the paths, negative; null with risk_reason."),
    Column("worst_cell", TEXT, "Which cell that is."),
    Column("loss_multiple", FLOAT, "Worst loss over the debit; null for a credit.", "times the debit"),
    Column("capital_at_risk_usd", FLOAT, "The larger of debit and worst loss."),
    Column(
        "convexity_ratio", FLOAT, "P&L at -10% over twice that at -5%, where the latter gains; > 1 convex.", "ratio"
    ),
    Column("asymmetry", FLOAT, "Best over worst cell of the grid.", "ratio"),
    Column(
        "reference_spread", TEXT, "The plain debit spread it is held against: the long leg, a short strike about 8 up."
    ),
    Column("reference_debit_usd", FLOAT, "Model price of that spread, as many as long legs."),
    Column("payoff_per_risk_m5_frac", FLOAT, f"{_SHARE} at -5%."),
    Column("payoff_per_risk_m10_frac", FLOAT, f"{_SHARE} at -10%."),
    Column("convexity_excess_m5_frac", FLOAT, f"{_SHARE} at -5%, less the debit spread's."),
    Column("convexity_excess_m10_frac", FLOAT, f"{_SHARE} at -10%, less the debit spread's."),
    Column(
        "is_convexity_claimed", BOOL, "Whether convexity exceeds a debit spread: both excesses positive; else null."
    ),
    Column("convexity_reason", TEXT, "Why an excess is null; null when neither is."),
    Column("margin_usd", FLOAT, "Strategy margin; the short leg is naked by default. Null with reason."),
    Column("margin_reason", TEXT, "Why there is none; null when there is."),
    Column("state", TEXT, "ON, EXPIRING or STRESSED; null with risk_reason."),
    *ENGINE_STATE,
    Column("risk_reason", TEXT, "Why the worst loss or the state is null; null when neither is."),
)
