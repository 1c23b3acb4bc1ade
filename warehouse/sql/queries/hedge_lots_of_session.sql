-- What does each lot of the hedge gain and cost, and what cover is left if half is sold? One row per lot of a session.
select
    account,
    lot_id,
    instrument_id,
    entry_layer,
    current_layer,
    quantity_qty,
    entry_price_pts,
    mark_pts,
    gain_frac,
    extrinsic_frac,
    forward_pts,
    eps,
    spx_delta_low_usd_per_pt,
    spx_delta_usd_per_pt,
    spx_delta_high_usd_per_pt,
    decay_30d_usd,
    rolldown_30d_usd,
    roll_date,
    monetise_reason,
    offset_after_sale_frac
from mart.hedge_lots_daily
where session_date = $session_date
order by account, current_layer, lot_id;
