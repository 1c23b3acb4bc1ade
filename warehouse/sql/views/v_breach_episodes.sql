-- What each breach of a put side brought: one row per account, condor and unbroken run of sessions BREACHED or WING.
-- breach_date: First session of the run.
-- last_breach_date: Last session of the run.
-- end_date: Session after it; the last one of the run where that is the newest session.
-- breached_sessions: Sessions of the run.
-- worst_state: BREACHED, or WING where spot was at or under the long put on one of them.
-- condors_pnl_usd: P&L of the account's condors after breach_date, to end_date; null where a session's is unknown.
-- hedge_pnl_usd: P&L of the account's three layers over the same sessions; null where a session's is unknown.
-- mtm_cushion_frac: -hedge P&L / condor P&L, where the condors lost.
-- rolls_qty: Condors of the same campaign that first stood in the book after breach_date, to end_date.
-- outcome: STILL BREACHED, RECOVERED, SETTLED, ROLLED (gone, and another one of the campaign came) or CLOSED.
-- outcome_state: State on end_date; null where the condor is gone.
create or replace view v_breach_episodes as
with
condors as (
    select
        session_date,
        account,
        condor_id,
        campaign_id,
        state,
        put_state,
        put_state in ('BREACHED', 'WING') and coalesce(state, '') <> 'SETTLED' as is_breached
    from mart.condors_daily
),

sessions as (
    select
        session_date,
        row_number() over (order by session_date) as session_number,
        lead(session_date) over (order by session_date) as next_date
    from (select distinct session_date from mart.book_daily) as nights
),

days as (
    select
        session_date,
        account,
        max(actual_usd) filter (where part = 'condor') as condor_usd,
        max(actual_usd) filter (where part = 'hedge') as hedge_usd
    from mart.attribution_periods_daily
    where period = 'day'
    group by session_date, account
),

-- Within an unbroken run the session's number and the number of the breach grow alike.
breaches as (
    select
        condors.account,
        condors.condor_id,
        condors.campaign_id,
        condors.put_state,
        sessions.session_date,
        sessions.next_date,
        sessions.session_number
        - row_number() over (partition by condors.account, condors.condor_id order by sessions.session_number)
            as run_number
    from condors
    inner join sessions on condors.session_date = sessions.session_date
    where condors.is_breached
),

runs as (
    select
        account,
        condor_id,
        min(session_date) as breach_date,
        max(session_date) as last_breach_date,
        arg_max(next_date, session_date) as next_date,
        coalesce(arg_max(next_date, session_date), max(session_date)) as end_date,
        arg_max(campaign_id, session_date) as campaign_id,
        count(*) as breached_sessions,
        if(bool_or(put_state = 'WING'), 'WING', 'BREACHED') as worst_state
    from breaches
    group by account, condor_id, run_number
),

pnl as (
    select
        runs.account,
        runs.condor_id,
        runs.breach_date,
        if(count(*) = count(days.condor_usd), sum(days.condor_usd), null) as condors_pnl_usd,
        if(count(*) = count(days.hedge_usd), sum(days.hedge_usd), null) as hedge_pnl_usd
    from runs
    inner join sessions on runs.breach_date < sessions.session_date and runs.end_date >= sessions.session_date
    left join days on sessions.session_date = days.session_date and runs.account = days.account
    group by runs.account, runs.condor_id, runs.breach_date
),

first_nights as (
    select
        account,
        campaign_id,
        condor_id,
        min(session_date) as first_date
    from condors
    group by account, campaign_id, condor_id
),

rolls as (
    select
        runs.account,
        runs.condor_id,
        runs.breach_date,
        count(*) as rolls_qty
    from runs
    inner join first_nights
        on
            runs.account = first_nights.account
            and runs.campaign_id = first_nights.campaign_id
            and runs.condor_id <> first_nights.condor_id
            and runs.breach_date < first_nights.first_date
            and runs.end_date >= first_nights.first_date
    group by runs.account, runs.condor_id, runs.breach_date
)

select
    runs.account,
    runs.condor_id,
    runs.campaign_id,
    runs.breach_date,
    runs.last_breach_date,
    runs.end_date,
    runs.breached_sessions,
    runs.worst_state,
    pnl.condors_pnl_usd,
    pnl.hedge_pnl_usd,
    case when pnl.condors_pnl_usd < 0 then -pnl.hedge_pnl_usd / pnl.condors_pnl_usd end as mtm_cushion_frac,
    coalesce(rolls.rolls_qty, 0) as rolls_qty,
    case
        when runs.next_date is null then 'STILL BREACHED'
        when after.state = 'SETTLED' then 'SETTLED'
        when after.state is not null then 'RECOVERED'
        when rolls.rolls_qty > 0 then 'ROLLED'
        else 'CLOSED'
    end as outcome,
    after.state as outcome_state
from runs
left join pnl
    on runs.account = pnl.account and runs.condor_id = pnl.condor_id and runs.breach_date = pnl.breach_date
left join rolls
    on runs.account = rolls.account and runs.condor_id = rolls.condor_id and runs.breach_date = rolls.breach_date
left join condors as after
    on runs.account = after.account and runs.condor_id = after.condor_id and runs.end_date = after.session_date
order by runs.breach_date desc, runs.account asc, runs.condor_id asc;
