-- What do brokers' grids and past crashes do to the book tonight? One row per part, stress set and cell of a session.
select
    account,
    part,
    stress_set,
    cell,
    spot_shock_frac,
    vix_pts,
    pnl_usd,
    net_liq_frac,
    delta_usd_per_1pct,
    is_worst,
    vol_rule,
    reason
from mart.stress_sets_daily
where session_date = $session_date
order by account, part, stress_set, cell_number;
