-- Which states moved in a session, from what to what, by which rule? One row per move, first nights on record included.
with
moves as (
    select * from mart.state_changes_daily
)

select
    account,
    subject_kind,
    subject,
    from_state,
    from_date,
    to_state,
    rule_id,
    value,
    threshold,
    unit,
    source_tier,
    reason
from moves
where session_date = $session_date
order by account, subject_kind, subject;
