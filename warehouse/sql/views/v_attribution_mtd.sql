-- What moved the P&L since the month began: one row per session, account and part of the book, by cause.
create or replace view v_attribution_mtd as
with
periods as (
    select * from mart.attribution_periods_daily
    where period = 'month'
)

select
    session_date,
    account,
    part,
    from_date,
    sessions_qty,
    actual_usd,
    delta_usd,
    gamma_usd,
    vega_usd,
    volvol_usd,
    vanna_volga_usd,
    theta_usd,
    rolldown_usd,
    curve_shift_usd,
    curve_shift_spx_usd,
    rates_usd,
    trades_usd,
    fees_usd,
    unexplained_usd,
    reason
from periods
order by session_date desc, account asc, part asc;
