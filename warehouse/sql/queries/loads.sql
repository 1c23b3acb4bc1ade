-- What has been loaded? One row per file content, the newest first.
select
    kind,
    format,
    series,
    source_file,
    rows_qty,
    rejected_qty,
    first_date,
    last_date,
    is_simulated,
    loaded_at
from meta.loads
order by loaded_at desc, kind asc, source_file asc, load_id asc;
