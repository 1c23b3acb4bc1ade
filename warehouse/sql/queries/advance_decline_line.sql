-- How far has the advance-decline line come since the first session on record, beside SPX? One row per session.
select
    session_date,
    index_close_pts,
    net_advances_qty,
    sum(net_advances_qty) over (order by session_date) as advance_decline_line_qty
from mart.signals_daily
where session_date <= $session_date
order by session_date;
