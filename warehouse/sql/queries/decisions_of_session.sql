-- What can be done about each threatened condor, side by side? One row per condor and decision of a session.
select
    account,
    condor_id,
    state,
    decision,
    candidate,
    cash_today_usd,
    realised_pnl_usd,
    max_loss_after_usd,
    pop_frac,
    ev_p_usd,
    ev_p_low_usd,
    ev_p_high_usd,
    net_delta_usd_per_1pct,
    margin_usd,
    offset_m5_frac,
    pnl_m5_tomorrow_usd,
    pnl_p3_tomorrow_usd,
    dte_days,
    dominated_by,
    is_ranked,
    is_stop_hit,
    stop_fired_date,
    reason
from mart.decisions_daily
where session_date = $session_date
order by account, condor_id, decision;
