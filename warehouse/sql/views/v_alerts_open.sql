-- What needs attention now: one row per alert of the latest session, RED first.
create or replace view v_alerts_open as
with
alerts as (
    select * from mart.alerts_daily
),

latest as (
    select max(session_date) as session_date
    from mart.book_daily
),

severity_ranks (severity, severity_rank) as (
    values ('RED', 0), ('AMBER', 1), ('INFO', 2)
)

select
    alerts.session_date,
    alerts.account,
    alerts.severity,
    alerts.rule_id,
    alerts.subject,
    alerts.message,
    alerts.value,
    alerts.threshold,
    alerts.unit,
    alerts.source_tier,
    alerts.first_seen_date,
    alerts.first_seen_date = alerts.session_date as is_new
from alerts
inner join latest on alerts.session_date = latest.session_date
inner join severity_ranks on alerts.severity = severity_ranks.severity
order by severity_ranks.severity_rank asc, alerts.account asc, alerts.rule_id asc, alerts.subject asc;
