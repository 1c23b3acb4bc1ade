-- What the hedge cost, night by night: one row per session and account, beside the credit and in quiet markets.
-- amortised_reason: Why the amortised cost is null; null when it is not.
create or replace view v_hedge_cost_history as
with
costs as (
    select * from mart.hedge_costs_daily
    where condor_id = 'ALL'
),

capital as (
    select * from mart.capital_daily
)

select
    capital.session_date,
    capital.account,
    costs.gross_frac,
    costs.amortised_frac,
    costs.net_credit_to_hedge,
    costs.band,
    costs.reason as amortised_reason,
    costs.carry_usd_per_day,
    capital.realised_cost_frac,
    capital.realised_cost_band,
    capital.realised_cost_reason,
    capital.is_quiet,
    capital.hedge_day_pnl_usd,
    capital.quiet_drag_bp_per_week,
    capital.quiet_drag_frac_per_year,
    capital.quiet_drag_band,
    capital.quiet_drag_reason,
    capital.hedge_pnl_to_date_usd,
    capital.irr_drag_frac,
    capital.irr_drag_reason
from capital
left join costs on capital.session_date = costs.session_date and capital.account = costs.account
order by capital.session_date desc, capital.account asc;
