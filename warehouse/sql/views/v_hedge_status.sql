-- How each hedge layer stands: one row per session, account and layer, with how much of its target is held.
-- coverage_frac: Units held / units wanted; null where none are wanted.
create or replace view v_hedge_status as
with
layers as (
    select * from mart.hedge_layers_daily
)

select
    session_date,
    account,
    layer,
    signal_state,
    signal_reason,
    signal_since_date,
    put_side,
    position_state,
    position_reason,
    units_held,
    units_target,
    gap_units,
    gap_cost_usd,
    target_reason,
    units_held / nullif(units_target, 0) as coverage_frac,
    contracts_qty,
    value_usd,
    cost_usd,
    pnl_usd,
    spx_delta_usd_per_pt,
    spx_delta_low_usd_per_pt,
    spx_delta_high_usd_per_pt,
    vix_delta_usd_per_vx_pt,
    theta_usd_per_day,
    carry_30d_usd,
    next_roll_date,
    is_monetise_candidate,
    unpriced_legs_qty,
    unpriced_reason
from layers
order by session_date desc, account asc, layer asc;
