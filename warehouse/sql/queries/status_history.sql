-- How did the verdict on each account change, and what did the day bring? One row per session and account.
select
    session_date,
    account,
    status,
    lag(status) over (partition by account order by session_date) as status_before,
    condors_itm_qty,
    net_delta_usd_per_1pct,
    day_pnl_usd,
    sum(day_pnl_usd) over (partition by account order by session_date) as pnl_since_first_usd
from mart.book_daily
order by session_date, account;
