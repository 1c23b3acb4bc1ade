-- How much of the condors' delta did the hedge offset, day by day over the last breach? One row per account and day.
with
breaches as (
    select
        account,
        max(breach_date) as breach_date,
        arg_max(end_date, breach_date) as end_date
    from v_breach_episodes
    group by account
),

books as (
    select * from mart.book_daily
)

select
    books.session_date,
    books.account,
    breaches.breach_date,
    books.spot_pts,
    books.condor_delta_usd_per_pt,
    books.hedge_delta_usd_per_pt,
    books.offset_local_frac,
    books.offset_local_reason,
    books.offset_m5_frac,
    books.offset_m5_reason
from books
inner join breaches on books.account = breaches.account
where books.session_date between breaches.breach_date and breaches.end_date
order by books.session_date, books.account;
