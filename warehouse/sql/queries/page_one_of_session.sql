-- Every figure of page one: which table and column does it stand in, and what is it? One row per account and figure.
with
verdicts as (
    select * from mart.book_daily
    where session_date = $session_date
),

books as (
    select
        account,
        net_delta_usd_per_pt,
        net_delta_usd_per_1pct,
        condor_delta_usd_per_pt,
        hedge_delta_usd_per_pt,
        second_engine_delta_usd_per_pt,
        other_delta_usd_per_pt,
        pnl_usd,
        day_pnl_usd,
        condor_pnl_usd,
        hedge_pnl_usd,
        second_engine_pnl_usd,
        other_pnl_usd,
        max_loss_usd,
        theta_usd_per_day,
        vega_usd_per_volpt,
        net_liq_usd,
        case when not is_data_hold then offset_local_frac end as offset_local_frac,
        case when not is_data_hold then offset_m3_frac end as offset_m3_frac,
        case when not is_data_hold then offset_m5_frac end as offset_m5_frac,
        case when not is_data_hold then offset_m10_frac end as offset_m10_frac,
        case when not is_data_hold then offset_m3_with_second_engine_frac end as offset_m3_with_second_engine_frac,
        case when not is_data_hold then offset_m5_with_second_engine_frac end as offset_m5_with_second_engine_frac,
        case when not is_data_hold then offset_m10_with_second_engine_frac end as offset_m10_with_second_engine_frac
    from verdicts
),

layers_tonight as (
    select * from mart.hedge_layers_daily
    where session_date = $session_date
),

layers as (
    select
        layers.account,
        layers.layer as subject,
        layers.units_held,
        layers.contracts_qty,
        layers.legs_qty,
        layers.value_usd,
        layers.pnl_usd,
        layers.spx_delta_usd_per_pt,
        case when not books.is_data_hold then layers.units_target end as units_target,
        case when not books.is_data_hold then layers.gap_units end as gap_units,
        case when not books.is_data_hold then layers.gap_cost_usd end as gap_cost_usd
    from layers_tonight as layers
    inner join verdicts as books on layers.account = books.account
),

condors as (
    select
        account,
        condor_id as subject,
        quantity_qty,
        dte_days,
        short_put_distance_pts,
        short_put_distance_frac,
        short_call_distance_pts,
        short_call_distance_frac,
        break_even_put_pts,
        break_even_call_pts,
        days_in_state_sessions,
        pnl_usd,
        pnl_to_max_loss_frac,
        max_loss_usd,
        credit_pts,
        short_put_delta,
        short_call_delta,
        delta_usd_per_pt,
        gamma_usd_per_pt2,
        vega_usd_per_volpt,
        theta_usd_per_day,
        extrinsic_usd
    from mart.condors_daily
    where session_date = $session_date
),

signals as (
    select * from mart.signals_daily
    where session_date = $session_date
),

market as (
    select
        signals.spot_pts,
        signals.index_close_pts,
        signals.spx_return_frac,
        signals.vix_pts,
        signals.vix_change_frac,
        signals.contango_frac,
        signals.edr_frac,
        signals.edr_pts,
        vix.vix_recomputed_pts,
        vix.difference_pts,
        events.days_to_days,
        events.implied_move_pts
    from signals
    left join mart.vix_checks_daily as vix on signals.session_date = vix.session_date
    left join mart.upcoming_events_daily as events
        on
            signals.session_date = events.session_date
            and signals.next_event_kind = events.kind
            and events.is_next_of_kind
),

months as (
    select
        account,
        actual_usd
    from mart.attribution_periods_daily
    where session_date = $session_date and part = 'total' and period = 'month'
),

diagonals as (
    select * from mart.second_engine_daily
    where session_date = $session_date
),

-- A sum is unknown when a part of it is.
engines as (
    select
        verdicts.account,
        if(count(*) = count(diagonals.debit_usd), sum(diagonals.debit_usd), null) as debit_usd,
        if(count(*) = count(diagonals.value_usd), sum(diagonals.value_usd), null) as value_usd,
        if(count(*) = count(diagonals.pnl_usd), sum(diagonals.pnl_usd), null) as pnl_usd,
        if(count(*) = count(diagonals.spx_delta_usd_per_pt), sum(diagonals.spx_delta_usd_per_pt), null)
            as spx_delta_usd_per_pt,
        if(
            count(*) = count(diagonals.worst_grid_loss_usd) and not any_value(verdicts.is_data_hold),
            sum(diagonals.worst_grid_loss_usd),
            null
        ) as worst_grid_loss_usd,
        if(
            count(*) = count(diagonals.margin_usd) and not any_value(verdicts.is_data_hold),
            sum(diagonals.margin_usd),
            null
        ) as margin_usd
    from verdicts
    inner join diagonals on verdicts.account in (diagonals.account, 'ALL')
    group by verdicts.account
),

engine_states as (
    select
        states.account,
        states.state_value,
        states.state_threshold
    from mart.second_engine_states_daily as states
    inner join verdicts on states.session_date = verdicts.session_date and states.account = verdicts.account
    where not verdicts.is_data_hold
),

candidates as (
    select
        verdicts.account,
        rolls.account as held_in,
        rolls.condor_id,
        rolls.rank,
        rolls.status,
        rolls.roll_net_usd,
        rolls.pop_frac,
        rolls.days_added_days,
        rolls.quantity_qty,
        rolls.break_even_put_pts,
        rolls.break_even_call_pts,
        rolls.max_loss_after_usd
    from verdicts
    inner join mart.roll_candidates_daily as rolls
        on verdicts.session_date = rolls.session_date and verdicts.account in (rolls.account, 'ALL')
    where not verdicts.is_data_hold
),

rolls as (
    select
        account,
        'best' as subject,
        roll_net_usd,
        pop_frac,
        days_added_days,
        quantity_qty,
        break_even_put_pts,
        break_even_call_pts,
        max_loss_after_usd
    from candidates
    where rank = 1
    qualify row_number() over (partition by account order by roll_net_usd desc, held_in asc, condor_id asc) = 1
    union all
    select
        account,
        'cheapest' as subject,
        roll_net_usd,
        pop_frac,
        days_added_days,
        quantity_qty,
        break_even_put_pts,
        break_even_call_pts,
        max_loss_after_usd
    from candidates
    where status = 'FEASIBLE'
    qualify row_number() over (
        partition by account order by roll_net_usd desc, rank asc nulls last, held_in asc, condor_id asc
    ) = 1
),

sizes as (
    select
        sizes.account,
        sizes.units_recommended,
        sizes.units_by_offset,
        sizes.target_offset_frac
    from mart.hedge_sizing_daily as sizes
    inner join verdicts on sizes.session_date = verdicts.session_date and sizes.account = verdicts.account
    where not verdicts.is_data_hold
),

shocks as (
    select
        cells.account,
        cells.part || ' m' || round(-100 * cells.spot_shock_frac)::integer as subject,
        cells.pnl_usd,
        cells.vix_pts
    from mart.scenarios_daily as cells
    inner join verdicts on cells.session_date = verdicts.session_date and cells.account = verdicts.account
    where
        not verdicts.is_data_hold
        and cells.horizon = 'now'
        and cells.vol_response = 'base'
        and cells.part in ('condor', 'hedge')
        and round(cells.spot_shock_frac, 4) in (-0.03, -0.05, -0.1)
),

alerts as (
    select
        alerts.account,
        alerts.rule_id || ' ' || alerts.subject as subject,
        alerts.value as measured_value,
        alerts.threshold
    from mart.alerts_daily as alerts
    inner join verdicts on alerts.session_date = verdicts.session_date and alerts.account = verdicts.account
    where not verdicts.is_data_hold
)

select
    account,
    'mart.book_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot books on columns(* exclude (account)) into name figure value value)
union all
select
    account,
    'mart.hedge_layers_daily' as table_name,
    subject,
    figure,
    value
from (unpivot layers on columns(* exclude (account, subject)) into name figure value value)
union all
select
    account,
    'mart.condors_daily' as table_name,
    subject,
    figure,
    value
from (unpivot condors on columns(* exclude (account, subject)) into name figure value value)
union all
select
    '' as account,
    'mart.signals_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot market on columns(*) into name figure value value)
union all
select
    account,
    'mart.attribution_periods_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot months on columns(* exclude (account)) into name figure value value)
union all
select
    account,
    'mart.second_engine_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot engines on columns(* exclude (account)) into name figure value value)
union all
select
    account,
    'mart.second_engine_states_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot engine_states on columns(* exclude (account)) into name figure value value)
union all
select
    account,
    'mart.roll_candidates_daily' as table_name,
    subject,
    figure,
    value
from (unpivot rolls on columns(* exclude (account, subject)) into name figure value value)
union all
select
    account,
    'mart.alerts_daily' as table_name,
    subject,
    figure,
    value
from (unpivot alerts on columns(* exclude (account, subject)) into name figure value value)
union all
select
    account,
    'mart.hedge_sizing_daily' as table_name,
    '' as subject,
    figure,
    value
from (unpivot sizes on columns(* exclude (account)) into name figure value value)
union all
select
    account,
    'mart.scenarios_daily' as table_name,
    subject,
    figure,
    value
from (unpivot shocks on columns(* exclude (account, subject)) into name figure value value)
order by account, table_name, subject, figure;
