-- When states changed, and by which rule: one row per session and condor, layer, diagonal, gate or book that moved.
-- kind: condor, layer signal, layer position, diagonal, second_engine, gate or book.
-- state_before: State before; null where it was not known.
-- state: State tonight; null where it is not known, or nothing is held any more.
-- before_date: Session the state before was entered on.
create or replace view v_state_transitions as
with
moves as (
    select * from mart.state_changes_daily
)

select
    session_date,
    account,
    subject_kind as kind,
    subject,
    from_state as state_before,
    to_state as state,
    from_date as before_date,
    rule_id,
    value,
    threshold,
    unit,
    source_tier,
    reason
from moves
where from_date is not null
order by session_date desc, account asc, kind asc, subject asc;
