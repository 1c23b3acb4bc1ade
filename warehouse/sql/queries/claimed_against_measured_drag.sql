-- What drag does the vendor claim, and what has it been, night by night? One row per session, account and claim.
select
    session_date,
    account,
    claim_id,
    claimed_low,
    claimed_high,
    measured,
    unit,
    measured < claimed_low as is_below_claim,
    measured > claimed_high as is_above_claim,
    sessions_qty,
    reason
from mart.vendor_claims_daily
where claim_id in ('annual_cost', 'cost_of_credit', 'irr_not_dragged', 'weekly_drag')
order by session_date, account, claim_id;
