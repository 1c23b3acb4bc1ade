-- What does each threatened condor make across SPX since entry, with and without the hedge? One row a level.
with
payoffs as (
    select * from mart.payoffs_daily
    where session_date = $session_date
),

condors as (
    select * from mart.condors_daily
),

books as (
    select * from mart.book_daily
)

select
    payoffs.account,
    payoffs.condor_account,
    payoffs.condor_id,
    payoffs.horizon,
    payoffs.spx_pts,
    payoffs.vix_pts,
    condors.pnl_usd + payoffs.condor_pnl_usd as condor_pnl_usd,
    books.condor_pnl_usd + payoffs.condors_pnl_usd as condors_pnl_usd,
    books.hedge_pnl_usd + payoffs.hedge_pnl_usd as hedge_pnl_usd,
    books.condor_pnl_usd + books.hedge_pnl_usd + payoffs.net_pnl_usd as net_pnl_usd,
    payoffs.reason
from payoffs
inner join condors
    on
        payoffs.session_date = condors.session_date
        and payoffs.condor_account = condors.account
        and payoffs.condor_id = condors.condor_id
inner join books on payoffs.session_date = books.session_date and payoffs.account = books.account
order by
    payoffs.account asc,
    payoffs.condor_account asc,
    payoffs.condor_id asc,
    case payoffs.horizon when 'now' then 1 when '5_sessions' then 2 else 3 end asc,
    payoffs.spx_pts asc;
