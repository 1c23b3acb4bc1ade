-- What did each breach cost, what did the hedge repay, and how did it end? One row per condor and breach.
select
    account,
    condor_id,
    breach_date,
    last_breach_date,
    end_date,
    breached_sessions,
    worst_state,
    condors_pnl_usd,
    hedge_pnl_usd,
    mtm_cushion_frac,
    rolls_qty,
    outcome,
    outcome_state
from v_breach_episodes
order by breach_date, account, condor_id;
