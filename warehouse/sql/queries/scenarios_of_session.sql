-- What happens to each part of the book when SPX moves? One row per part and shock of a session.
select
    account,
    part,
    spot_shock_frac,
    vol_response,
    horizon,
    spx_pts,
    vix_pts,
    pnl_usd,
    sticky_strike_pnl_usd,
    reason
from mart.scenarios_daily
where session_date = $session_date
order by account, part, vol_response, horizon, spot_shock_frac;
