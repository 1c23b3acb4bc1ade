-- Signals over time: one row per session with regime, breadth, events and scores.
create or replace view v_signal_history as
with
signals as (
    select * from mart.signals_daily
)

select
    session_date,
    index_close_pts,
    spx_return_frac,
    vix_pts,
    vix_change_frac,
    edr_frac,
    contango_frac,
    vx_regime,
    rsi14_vix,
    macd_histogram_pts,
    macd_cross,
    mcclellan_osc,
    ad_z,
    breadth_state,
    skew_25d_vol,
    valuation_state,
    event_state,
    gate,
    arm_score,
    arm_effective_score,
    arm_n_available,
    accel_score,
    accel_n_available,
    press_score,
    vol_expansion_score
from signals
order by session_date;
