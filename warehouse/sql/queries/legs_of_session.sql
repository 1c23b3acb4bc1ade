-- What is held, what is it worth, what does it do? One row per leg of a session.
select
    account,
    part,
    structure_id,
    instrument_id,
    quantity_qty,
    dte_days,
    entry_price_pts,
    mark_pts,
    mark_quality,
    value_usd,
    pnl_usd,
    delta_usd_per_pt,
    theta_usd_per_day,
    unpriced_reason
from mart.legs_daily
where session_date = $session_date
order by account, part, structure_id, instrument_id;
