-- What did the hedge pay while a short put was in the money? One row per session and account with such a condor.
with
condors as (
    select
        session_date,
        account,
        count(*) as condors_itm_qty,
        sum(pnl_usd) as itm_condors_pnl_usd
    from mart.condors_daily
    where short_put_distance_pts < 0
    group by session_date, account
),

books as (
    select * from mart.book_daily
)

select
    condors.session_date,
    condors.account,
    condors.condors_itm_qty,
    condors.itm_condors_pnl_usd,
    books.hedge_pnl_usd,
    books.day_pnl_usd,
    books.offset_m5_frac
from condors
inner join books on condors.session_date = books.session_date and condors.account = books.account
order by condors.session_date, condors.account;
