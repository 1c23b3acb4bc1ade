-- What stands in the way of the rolls of a session? One row per account, condor, move and combination of reasons.
select
    account,
    condor_id,
    move,
    reason,
    count(*) as candidates_qty,
    max(roll_net_usd) as best_net_usd,
    min(max_loss_after_usd) as least_max_loss_usd
from mart.roll_candidates_daily
where session_date = $session_date and status = 'BLOCKED'
group by account, condor_id, move, reason
order by account, condor_id, move, reason;
