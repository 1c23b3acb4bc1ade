-- How each condor stands: one row per session, account and condor, the worst first.
create or replace view v_condor_status as
with
condors as (
    select * from mart.condors_daily
),

state_ranks (state, severity_rank) as (
    values ('OK', 0), ('WATCH', 1), ('TESTED', 2), ('ITM', 3), ('BREACHED', 4), ('WING', 5), ('SETTLED', 6)
)

select
    condors.session_date,
    condors.account,
    condors.condor_id,
    condors.state,
    condors.side,
    condors.state_reason,
    condors.flags,
    condors.days_in_state_sessions,
    condors.root,
    condors.expiry_date,
    condors.settlement,
    condors.dte_days,
    condors.quantity_qty,
    condors.spot_pts,
    condors.long_put_pts,
    condors.short_put_pts,
    condors.short_call_pts,
    condors.long_call_pts,
    condors.short_put_distance_pts,
    condors.short_put_distance_frac,
    condors.short_call_distance_pts,
    condors.short_call_distance_frac,
    condors.chain_credit_pts,
    condors.break_even_put_pts,
    condors.break_even_call_pts,
    condors.pnl_usd,
    condors.max_loss_usd,
    condors.pnl_to_max_loss_frac,
    condors.delta_usd_per_pt,
    condors.unpriced_reason
from condors
left join state_ranks on condors.state = state_ranks.state
order by
    condors.session_date desc,
    condors.account asc,
    state_ranks.severity_rank desc nulls first,
    condors.condor_id asc;
