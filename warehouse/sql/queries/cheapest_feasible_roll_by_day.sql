-- What was the cheapest feasible roll of each threatened condor, day by day? One row per session, account and condor.
with
feasible as (
    select * from mart.roll_candidates_daily
    where status = 'FEASIBLE'
)

select
    session_date,
    account,
    condor_id,
    state,
    candidate,
    rank,
    roll_net_usd,
    close_debit_usd,
    open_credit_usd,
    fees_usd,
    break_even_put_pts,
    break_even_call_pts,
    pop_frac,
    pop_change_frac,
    max_loss_after_usd,
    days_added_days,
    credit_per_day_usd
from feasible
qualify
    row_number() over (
        partition by session_date, account, condor_id order by roll_net_usd desc, rank asc
    ) = 1
order by session_date, account, condor_id;
