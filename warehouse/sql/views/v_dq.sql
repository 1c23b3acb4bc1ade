-- Can the night's data be trusted: one row per session, check and subject, failed critical checks first.
-- outcome: passed, failed, or not applicable (a first night has no yesterday).
create or replace view v_dq as
with
checks as (
    select * from meta.checks
)

select
    session_date,
    check_id,
    subject,
    severity,
    case
        when not is_applicable then 'not applicable'
        when is_passed then 'passed'
        else 'failed'
    end as outcome,
    value,
    limit_value,
    unit,
    rows_qty,
    message
from checks
order by session_date desc, is_passed asc, severity asc, check_id asc, subject asc;
