-- What has the implied volatility at the money been? One row per session, underlying and constant maturity.
select
    session_date,
    underlying,
    tenor_days,
    atm_iv_vol,
    skew_25d_vol
from mart.smile_tenors_daily
where atm_iv_vol is not null
order by session_date, underlying, tenor_days;
