-- What happens to each part of the book when SPX moves at once? One row per part and shock of a session.
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
    fitted_surface_pnl_usd,
    low_elasticity_pnl_usd,
    high_elasticity_pnl_usd,
    delta_usd_per_1pct,
    reason
from mart.scenarios_daily
where session_date = $session_date and vol_response = 'base' and horizon = 'now'
order by account, part, spot_shock_frac;
