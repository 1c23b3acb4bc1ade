-- What the vendor claims beside what was measured: one row per account and claim of the latest session, none verified.
-- measured_lies: below, within or above the claim; null where nothing is measured or no number claimed.
create or replace view v_vendor_vs_measured as
with
claims as (
    select * from mart.vendor_claims_daily
),

latest as (
    select max(session_date) as session_date
    from claims
)

select
    claims.session_date,
    claims.account,
    claims.claim_id,
    claims.status,
    claims.claim_text,
    claims.claimed_low,
    claims.claimed_high,
    claims.measured,
    case
        when claims.measured is null or claims.claimed_low is null then null
        when claims.measured < claims.claimed_low then 'below the claim'
        when claims.measured > claims.claimed_high then 'above the claim'
        else 'within the claim'
    end as measured_lies,
    claims.unit,
    claims.sessions_qty,
    claims.measured_as,
    claims.reason,
    claims.source_ref
from claims
inner join latest on claims.session_date = latest.session_date
order by claims.account asc, claims.claim_id asc;
