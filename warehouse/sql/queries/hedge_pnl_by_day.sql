-- On which days did the hedge pay, and what did the condors do then? One row per session and account.
with
days as (
    select * from mart.attribution_periods_daily
    where period = 'day'
),

signals as (
    select * from mart.signals_daily
)

select
    days.session_date,
    days.account,
    any_value(signals.spx_return_frac) as spx_return_frac,
    any_value(signals.vix_change_frac) as vix_change_frac,
    max(days.actual_usd) filter (where days.part = 'condor') as condor_day_pnl_usd,
    max(days.actual_usd) filter (where days.part = 'hedge') as hedge_day_pnl_usd,
    max(days.actual_usd) filter (where days.part = 'total') as book_day_pnl_usd
from days
left join signals on days.session_date = signals.session_date
group by days.session_date, days.account
order by days.session_date, days.account;
