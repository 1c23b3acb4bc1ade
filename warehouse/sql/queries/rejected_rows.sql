-- What was rejected, and why? One row per load and rule, with the first line it happened on.
with
rejects as (
    select * from meta.rejected_rows
),

loads as (
    select * from meta.loads
)

select
    loads.kind,
    loads.source_file,
    rejects.rule_id,
    count(*) as rejected_qty,
    min(rejects.source_line) as first_line,
    arg_min(rejects.reason, rejects.source_line) as first_reason
from rejects
inner join loads on rejects.load_id = loads.load_id
group by loads.kind, loads.source_file, rejects.rule_id
order by rejected_qty desc, loads.kind asc, loads.source_file asc, rejects.rule_id asc;
