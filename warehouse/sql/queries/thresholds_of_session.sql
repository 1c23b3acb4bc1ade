-- Which thresholds were in force, and whose are they? One row per threshold of a session, the overridden ones first.
select
    rule_id,
    says,
    value,
    value_text,
    unit,
    source_tier,
    source_ref,
    default_text,
    is_overridden
from meta.thresholds
where session_date = $session_date
order by is_overridden desc, rule_id asc;
