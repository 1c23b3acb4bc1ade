-- What would each SPX level of the put side cost, and what would the hedge repay, held or bought late? One row a stop.
select
    account,
    condor_id,
    horizon,
    hedge,
    level,
    spx_pts,
    vix_pts,
    vx_30d_pts,
    condors_pnl_usd,
    hedge_pnl_usd,
    net_pnl_usd,
    condors_delta_usd_per_pt,
    net_delta_usd_per_pt,
    offset_frac,
    offset_at_wing_frac,
    units_to_target,
    cost_to_target_usd,
    reason
from mart.itm_drills_daily
where
    session_date = $session_date
    and side = 'PUT'
order by
    account asc,
    condor_account asc,
    condor_id asc,
    case horizon when 'now' then 1 when '5_sessions' then 2 else 3 end asc,
    hedge asc,
    spx_pts desc nulls last,
    level asc;
