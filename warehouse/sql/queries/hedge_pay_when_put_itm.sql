-- What did the hedge pay while a short put was in the money? One row per session and account with such a condor.
with
-- A sum is unknown when a part of it is.
condors as (
    select
        session_date,
        account,
        count(*) as condors_itm_qty,
        if(count(*) = count(pnl_usd), sum(pnl_usd), null) as itm_condors_pnl_usd
    from mart.condors_daily
    where short_put_distance_pts < 0
    group by session_date, account
),

books as (
    select * from mart.book_daily
),

hedge_days as (
    select * from mart.attribution_periods_daily
    where period = 'day' and part = 'hedge'
)

select
    condors.session_date,
    condors.account,
    condors.condors_itm_qty,
    condors.itm_condors_pnl_usd,
    books.hedge_pnl_usd,
    hedge_days.actual_usd as hedge_day_pnl_usd,
    books.day_pnl_usd,
    books.offset_m5_frac
from condors
inner join books on condors.session_date = books.session_date and condors.account = books.account
left join hedge_days on condors.session_date = hedge_days.session_date and condors.account = hedge_days.account
order by condors.session_date, condors.account;
