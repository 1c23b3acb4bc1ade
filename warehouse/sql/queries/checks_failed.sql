-- Which data checks failed? One row per failed check of a session, critical first.
select
    severity,
    check_id,
    subject,
    value,
    limit_value,
    unit,
    rows_qty,
    message
from v_dq
where session_date = $session_date and outcome = 'failed'
order by severity, check_id, subject;
