-- The verdict of the latest session: one row per account.
create or replace view v_today as
with
books as (
    select * from mart.book_daily
),

signals as (
    select * from mart.signals_daily
),

latest as (
    select max(session_date) as session_date
    from books
)

select
    books.session_date,
    books.account,
    books.status,
    books.status_reason,
    books.is_data_hold,
    books.spot_pts,
    signals.index_close_pts,
    signals.vix_pts,
    signals.contango_frac,
    books.condors_qty,
    books.condors_itm_qty,
    books.condor_delta_usd_per_pt,
    books.hedge_delta_usd_per_pt,
    books.net_delta_usd_per_pt,
    books.offset_m3_frac,
    books.offset_m5_frac,
    books.offset_m10_frac,
    books.pnl_usd,
    books.day_pnl_usd,
    books.max_loss_usd,
    books.unpriced_legs_qty,
    signals.next_event_kind,
    signals.next_event_at
from books
inner join latest on books.session_date = latest.session_date
left join signals on books.session_date = signals.session_date
order by books.account;
