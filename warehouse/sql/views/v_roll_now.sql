-- What to hold a threatened condor's future against: its first three rolls, closing and holding, best first.
create or replace view v_roll_now as
with
candidates as (
    select * from mart.roll_candidates_daily
)

select
    session_date,
    account,
    condor_id,
    state,
    candidate,
    move,
    untested_side,
    status,
    rank,
    reason_text,
    new_expiry_date,
    is_settlement_change,
    close_debit_usd,
    open_credit_usd,
    fees_usd,
    roll_net_usd,
    break_even_put_pts,
    break_even_call_pts,
    pop_frac,
    pop_change_frac,
    margin_change_usd,
    delta_change_usd_per_pt,
    days_added_days,
    credit_per_day_usd,
    max_loss_after_usd,
    hedge_funded_ratio
from candidates
where is_shown
order by session_date desc, account asc, condor_id asc, rank asc nulls last, move asc;
