-- On how many sessions was a layer ACTIVE with nothing held? One row per account and layer.
with
layers as (
    select * from mart.hedge_layers_daily
)

select
    account,
    layer,
    count(*) filter (where signal_state = 'ACTIVE') as active_sessions,
    count(*) filter (where signal_state = 'ACTIVE' and position_state = 'NONE') as uncovered_sessions,
    max(session_date) filter (where signal_state = 'ACTIVE' and position_state = 'NONE') as last_uncovered_date
from layers
group by account, layer
order by account, layer;
