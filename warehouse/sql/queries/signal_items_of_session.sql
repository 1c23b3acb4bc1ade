-- Which items of the scores were hit on a session, by which figure, and which could not be looked at?
with
items as (
    select * from mart.signal_items_daily
)

select
    score,
    item,
    is_hit,
    figure,
    value,
    comparison,
    threshold,
    unit,
    has_measured_information,
    reason
from items
where session_date = $session_date
order by score, item;
