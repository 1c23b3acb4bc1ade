-- What moved the P&L since the month began, up to a session? One row per account and part, causes in USD.
select
    account,
    part,
    from_date,
    sessions_qty,
    actual_usd,
    delta_usd + gamma_usd + vanna_volga_usd as spot_usd,
    vega_usd + volvol_usd as vol_usd,
    theta_usd + rolldown_usd as time_usd,
    curve_shift_usd,
    trades_usd + fees_usd as trades_and_fees_usd,
    unexplained_usd,
    reason
from v_attribution_mtd
where session_date = $session_date
order by account, part;
