-- Where does the book come out even when the nearest condor settles, without and with the hedge? One row per level.
select
    account,
    part,
    root_number,
    horizon_days,
    spot_pts,
    distance_frac,
    is_loss_below,
    reason
from mart.break_evens_daily
where session_date = $session_date
order by account, part, root_number;
