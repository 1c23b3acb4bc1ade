-- When states changed: one row per session and condor or hedge layer whose state is not what it was the time before.
create or replace view v_state_transitions as
with
states as (
    select
        session_date,
        account,
        'condor' as kind,
        condor_id as subject,
        state,
        state_reason as reason
    from mart.condors_daily
    union all by name
    select
        session_date,
        account,
        'layer signal' as kind,
        layer as subject,
        signal_state as state,
        signal_reason as reason
    from mart.hedge_layers_daily
    union all by name
    select
        session_date,
        account,
        'layer position' as kind,
        layer as subject,
        position_state as state,
        position_reason as reason
    from mart.hedge_layers_daily
),

followed as (
    select
        session_date,
        account,
        kind,
        subject,
        state,
        reason,
        lag(state) over by_subject as state_before,
        lag(session_date) over by_subject as before_date
    from states
    window by_subject as (partition by account, kind, subject order by session_date)
)

select
    session_date,
    account,
    kind,
    subject,
    state_before,
    state,
    before_date,
    reason
from followed
where before_date is not null and state is distinct from state_before
order by session_date desc, account asc, kind asc, subject asc;
