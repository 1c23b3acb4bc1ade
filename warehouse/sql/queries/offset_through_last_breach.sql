-- How much of the condors' delta did the hedge offset, day by day, from the last breach on? One row per session.
with
breaches as (
    select
        account,
        max(session_date) as last_breach_date
    from mart.condors_daily
    where state in ('BREACHED', 'WING')
    group by account
),

books as (
    select * from mart.book_daily
)

select
    books.session_date,
    books.account,
    books.spot_pts,
    books.condor_delta_usd_per_pt,
    books.hedge_delta_usd_per_pt,
    books.offset_local_frac,
    books.offset_m5_frac
from books
inner join breaches on books.account = breaches.account
where books.session_date >= breaches.last_breach_date
order by books.session_date, books.account;
