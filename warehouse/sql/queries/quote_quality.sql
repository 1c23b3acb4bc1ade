-- Which expiries have bad quotes, of which kinds, and how bad? One row per root, expiry and kind, zero bids left out.
select
    root,
    expiry_date,
    flag,
    count(*) as contracts_qty,
    max(abs(size_pts)) as worst_pts,
    min(strike_pts) as lowest_strike_pts,
    max(strike_pts) as highest_strike_pts
from mart.quote_flags_daily
where session_date = $session_date and flag <> 'zero_bid'
group by root, expiry_date, flag
order by root, expiry_date, flag;
