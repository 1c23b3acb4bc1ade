-- P&L by full repricing as a matrix: one row per session, account, part, vol response and horizon; one column a shock.
-- pnl_m20_usd: P&L by full repricing with SPX moved by -20%; null where it is unknown.
-- pnl_m15_usd: P&L by full repricing with SPX moved by -15%; null where it is unknown.
-- pnl_m10_usd: P&L by full repricing with SPX moved by -10%; null where it is unknown.
-- pnl_m7_usd: P&L by full repricing with SPX moved by -7%; null where it is unknown.
-- pnl_m5_usd: P&L by full repricing with SPX moved by -5%; null where it is unknown.
-- pnl_m3_usd: P&L by full repricing with SPX moved by -3%; null where it is unknown.
-- pnl_m2_usd: P&L by full repricing with SPX moved by -2%; null where it is unknown.
-- pnl_m1_usd: P&L by full repricing with SPX moved by -1%; null where it is unknown.
-- pnl_0_usd: P&L by full repricing with SPX moved by 0; null where it is unknown.
-- pnl_p1_usd: P&L by full repricing with SPX moved by +1%; null where it is unknown.
-- pnl_p2_usd: P&L by full repricing with SPX moved by +2%; null where it is unknown.
-- pnl_p3_usd: P&L by full repricing with SPX moved by +3%; null where it is unknown.
-- pnl_p5_usd: P&L by full repricing with SPX moved by +5%; null where it is unknown.
-- pnl_p7_usd: P&L by full repricing with SPX moved by +7%; null where it is unknown.
-- pnl_p10_usd: P&L by full repricing with SPX moved by +10%; null where it is unknown.
create or replace view v_scenario_matrix as
with
scenarios as (
    select
        session_date,
        account,
        part,
        vol_response,
        horizon,
        pnl_usd,
        cast(round(spot_shock_frac * 100) as integer) as shock_pct
    from mart.scenarios_daily
)

select
    session_date,
    account,
    part,
    vol_response,
    horizon,
    max(pnl_usd) filter (where shock_pct = -20) as pnl_m20_usd,
    max(pnl_usd) filter (where shock_pct = -15) as pnl_m15_usd,
    max(pnl_usd) filter (where shock_pct = -10) as pnl_m10_usd,
    max(pnl_usd) filter (where shock_pct = -7) as pnl_m7_usd,
    max(pnl_usd) filter (where shock_pct = -5) as pnl_m5_usd,
    max(pnl_usd) filter (where shock_pct = -3) as pnl_m3_usd,
    max(pnl_usd) filter (where shock_pct = -2) as pnl_m2_usd,
    max(pnl_usd) filter (where shock_pct = -1) as pnl_m1_usd,
    max(pnl_usd) filter (where shock_pct = 0) as pnl_0_usd,
    max(pnl_usd) filter (where shock_pct = 1) as pnl_p1_usd,
    max(pnl_usd) filter (where shock_pct = 2) as pnl_p2_usd,
    max(pnl_usd) filter (where shock_pct = 3) as pnl_p3_usd,
    max(pnl_usd) filter (where shock_pct = 5) as pnl_p5_usd,
    max(pnl_usd) filter (where shock_pct = 7) as pnl_p7_usd,
    max(pnl_usd) filter (where shock_pct = 10) as pnl_p10_usd
from scenarios
group by session_date, account, part, vol_response, horizon
order by session_date desc, account asc, part asc, vol_response asc, horizon asc;
