-- What the hedge offsets: one row per session and account, deltas and offset ratios, each with why it is unknown.
create or replace view v_delta_offset as
with
books as (
    select * from mart.book_daily
)

select
    session_date,
    account,
    spot_pts,
    condor_delta_usd_per_pt,
    hedge_delta_usd_per_pt,
    second_engine_delta_usd_per_pt,
    other_delta_usd_per_pt,
    net_delta_usd_per_pt,
    net_delta_usd_per_1pct,
    net_delta_reason,
    offset_local_frac,
    offset_local_reason,
    offset_m3_frac,
    offset_m3_reason,
    offset_m5_frac,
    offset_m5_reason,
    offset_m10_frac,
    offset_m10_reason,
    offset_m3_with_second_engine_frac,
    offset_m5_with_second_engine_frac,
    offset_m10_with_second_engine_frac
from books
order by session_date desc, account asc;
