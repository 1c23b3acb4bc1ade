-- What is lost where, over every move of SPX, response and horizon? One row per part and cell of a session.
select
    account,
    part,
    horizon,
    horizon_days,
    vol_response,
    spot_shock_frac,
    spx_pts,
    vix_pts,
    vx30_pts,
    pnl_usd,
    net_liq_frac,
    delta_usd_per_1pct,
    is_worst,
    reason
from mart.scenarios_daily
where session_date = $session_date
order by account, part, horizon_days, horizon, vol_response, spot_shock_frac;
