comment on column meta.loads."load_id" is 'First 16 hex digits of SHA-256 over kind, series and content (and part and read_by where there are any): the same content is the same load.';

comment on column meta.loads."kind" is 'What the file holds: option_chain, vx_futures, index_levels, breadth, rates, valuation, events, fills, accounts, settlement_values.';

alter table meta.loads add column "last_print_at" timestamptz;
comment on column meta.loads."last_print_at" is 'Instant of the underlying''s last print the content states (Cboe JSON: data.last_trade_time); null when it states none. [instant, UTC]';

alter table meta.loads add column "read_by" varchar;
comment on column meta.loads."read_by" is 'What of the configuration the rows depend on, e.g. a chain mapping and its fingerprint; null where the content alone decides.';

comment on column meta.refused_files."source_line" is 'Line (JSON: contract, Parquet: row) of the finding, from 1; null when the whole file is at fault. [line]';

comment on column meta.rejected_rows."source_line" is 'Line of the file, from 1; of a JSON the contract''s place in its list, of a Parquet file the row. [line]';

comment on table raw.option_quotes is 'One row per option contract of a chain file, fields as the vendor wrote them (a mapped file''s after the mapping''s scale). A quote table''s line holds a call and a put, so the right is part of the key. Of a JSON, source_line is the contract''s place in its list, of a Parquet file the row. Grain: load_id, source_line, option_right.';

comment on column raw.vx_settlements."trade_date" is 'Trade date as written; of a daily settlement file the session it was shown to be of. [as received]';

alter table raw.vx_settlements add column "symbol" varchar;
comment on column raw.vx_settlements."symbol" is 'Symbol where the file has one: VX/V6 of the month, VX38/U6 of a week. [as received]';

comment on column raw.treasury_yields."tenor" is 'Tenor label, e.g. 3 Mo; FRED''s series name, e.g. DGS3MO. [as received]';

create table raw.valuation (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "date" varchar,
    "measure" varchar not null,
    "value" varchar
);
comment on table raw.valuation is 'One row per month and measure of a valuation file, blank values left out; of Shiller''s table price, earnings and ten-year P/E. Grain: load_id, source_line, measure.';
comment on column raw.valuation."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.valuation."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.valuation."date" is 'Month or date as written; a date stands for its month. [as received]';
comment on column raw.valuation."measure" is 'Column as written: pcf, pe, pe10, ...; SP500, Earnings and PE10 of Shiller''s table. [as received]';
comment on column raw.valuation."value" is 'Value as written; 0 where Shiller''s table has none. [as received]';

comment on column core.option_chains."session_from" is 'date_line, last_print, quote_date_column, first_expiry, vx_parity; null with session_date.';

comment on column core.option_chains."quote_at" is 'Instant of the quotes: 15 minutes after the close for an end of day, or earlier where a quote-time column says so; else what the date line or the quote clock says; null when unknown. [instant, UTC]';

comment on column core.option_chains."end_of_day_reason" is 'What said so: date_line, last_print, quote_clock, quote_time, eod_columns or no_evidence_against.';

comment on table core.option_chains is 'One row per loaded chain (a file of many sessions is so many loads): which session its content belongs to, whether it is an end of day, and why. Grain: load_id.';

alter table core.option_marks_daily add column "fit_vol" double;
comment on column core.option_marks_daily."fit_vol" is 'Vol of the fitted surface at this strike; null where the expiry is not fitted or the strike lies beyond its out-of-the-money quotes. SPX only. [annualised volatility, decimal]';

alter table core.option_marks_daily add column "fit_residual_pts" double;
comment on column core.option_marks_daily."fit_residual_pts" is 'mid - the fitted price; null as fit_vol, and without a mid. [index points]';

create table core.expiries (
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "settle_at" timestamptz not null,
    "last_trade_at" timestamptz not null,
    "vx_symbol" varchar,
    "is_monthly" boolean not null
);
comment on table core.expiries is 'One row per series quoted or held on any night: how and when it settles, by the frozen calendar (docs/calendar.md). Grain: root, expiry_date, settlement.';
comment on column core.expiries."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.expiries."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column core.expiries."settlement" is 'AM or PM. Third-Friday SPX (AM) and SPXW (PM) are two instruments.';
comment on column core.expiries."settle_at" is 'Settlement instant: AM 09:30 ET, PM the close. [instant, UTC]';
comment on column core.expiries."last_trade_at" is 'Last instant it trades: AM options 16:15 ET on the eve, PM options the close, VX futures 09:00 ET of the day (before November 2014 the eve). [instant, UTC]';
comment on column core.expiries."vx_symbol" is 'The VX future that settles with it, as CFE spells it: VX/V6, weekly VX38/U6; null for SPX, SPXW and a date on which none settles.';
comment on column core.expiries."is_monthly" is 'True for SPX (AM) of the month''s third Friday or its stand-in, and for VIX and VX of the month. Never for SPXW.';

create table core.smile_fits_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "underlying" varchar not null,
    "t_years" double not null,
    "dte_days" bigint not null,
    "method" varchar,
    "reason" varchar,
    "forward_pts" double,
    "atm_iv_vol" double,
    "fit_atm_iv_vol" double,
    "low_strike_pts" double,
    "high_strike_pts" double,
    "quotes_qty" bigint,
    "inside_bid_ask_frac" double,
    "otm_quotes_qty" bigint,
    "otm_inside_bid_ask_frac" double,
    "residual_rms_half_spreads" double,
    "worst_residual_pts" double,
    "calendar_lift_pts" double,
    "mass_frac" double
);
comment on table core.smile_fits_daily is 'One row per SPX root and expiry: the fitted, arbitrage-free curve beside the quoted smile, and how well it meets the quotes. Grain: session_date, root, expiry_date, settlement.';
comment on column core.smile_fits_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.smile_fits_daily."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.smile_fits_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column core.smile_fits_daily."settlement" is 'AM or PM. Third-Friday SPX (AM) and SPXW (PM) are two instruments.';
comment on column core.smile_fits_daily."underlying" is 'SPX.';
comment on column core.smile_fits_daily."t_years" is 'Minutes from the quotes to settlement / 525,600. [years of 525,600 minutes]';
comment on column core.smile_fits_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column core.smile_fits_daily."method" is 'call_spline: convex cubic spline of call prices in K/F; null when not fitted.';
comment on column core.smile_fits_daily."reason" is 'Why the expiry is not fitted; null when it is.';
comment on column core.smile_fits_daily."forward_pts" is 'Forward the curve is scaled by. [index points]';
comment on column core.smile_fits_daily."atm_iv_vol" is 'Quoted smile vol at k = 0, for comparison. [annualised volatility, decimal]';
comment on column core.smile_fits_daily."fit_atm_iv_vol" is 'Fitted vol at k = 0. [annualised volatility, decimal]';
comment on column core.smile_fits_daily."low_strike_pts" is 'Lowest strike with an out-of-the-money quote: below it the fit extrapolates. [index points]';
comment on column core.smile_fits_daily."high_strike_pts" is 'Highest such strike: above it the fit extrapolates. [index points]';
comment on column core.smile_fits_daily."quotes_qty" is 'Contracts quoted on both sides, in and out of the money. [quotes]';
comment on column core.smile_fits_daily."inside_bid_ask_frac" is 'Share of them whose fitted price lies inside bid and ask. [fraction (0.01 = 1%)]';
comment on column core.smile_fits_daily."otm_quotes_qty" is 'Those out of the money. [quotes]';
comment on column core.smile_fits_daily."otm_inside_bid_ask_frac" is 'Share of those inside bid and ask. [fraction (0.01 = 1%)]';
comment on column core.smile_fits_daily."residual_rms_half_spreads" is 'Root mean square of (mid - fitted) over half the spread, out of the money. [half spreads]';
comment on column core.smile_fits_daily."worst_residual_pts" is 'Largest |mid - fitted| out of the money. [index points]';
comment on column core.smile_fits_daily."calendar_lift_pts" is 'Most that any point was lifted so that no earlier expiry is worth more. [index points]';
comment on column core.smile_fits_daily."mass_frac" is 'Integral of the density: 1 but for rounding. [fraction (0.01 = 1%)]';

create table core.smile_nodes_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "node" bigint not null,
    "moneyness_frac" double not null,
    "control_frac" double not null,
    "mass_frac" double not null
);
comment on table core.smile_nodes_daily is 'One row per fitted expiry and node of its call curve. The curve is the cubic B-spline with these control values; mass_frac over moneyness_frac is its density as a histogram. Grain: session_date, root, expiry_date, settlement, node.';
comment on column core.smile_nodes_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.smile_nodes_daily."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.smile_nodes_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column core.smile_nodes_daily."settlement" is 'AM or PM. Third-Friday SPX (AM) and SPXW (PM) are two instruments.';
comment on column core.smile_nodes_daily."node" is 'Node, from 0, the same moneyness in every expiry and session. [rank]';
comment on column core.smile_nodes_daily."moneyness_frac" is 'K/F of the node. [fraction (0.01 = 1%)]';
comment on column core.smile_nodes_daily."control_frac" is 'Control value: undiscounted call over the forward. [fraction (0.01 = 1%)]';
comment on column core.smile_nodes_daily."mass_frac" is 'Risk-neutral probability that belongs to the node. [fraction (0.01 = 1%)]';

comment on column core.vx_settlements_daily."settle_method" is 'settle; last_trade (vendor had no settlement); final (the contract''s expiry-day row: VRO); fill (a weekly without a price of its own, printed at a monthly''s).';

comment on table core.treasury_yields_daily is 'One row per curve date and tenor of the Treasury par curve, from the Treasury''s own file where it has the pair, else from FRED. Grain: curve_date, tenor_days.';

create table core.valuation_monthly (
    "period_end_date" date not null,
    "measure" varchar not null,
    "value" double not null,
    "known_from_date" date not null,
    "vendor" varchar not null,
    "load_id" varchar
);
comment on table core.valuation_monthly is 'One row per month and measure of what the market costs. A night uses a month from its known_from_date on, never before. Grain: period_end_date, measure.';
comment on column core.valuation_monthly."period_end_date" is 'Last day of the month. [date, exchange-local]';
comment on column core.valuation_monthly."measure" is 'pcf (price over a year''s operating cash flow), pe (over a year''s earnings) or pe10 (over ten years'' average real earnings).';
comment on column core.valuation_monthly."value" is 'How many times the denominator the index costs. [ratio]';
comment on column core.valuation_monthly."known_from_date" is 'First day a night may use it: the day after the month, for Shiller''s table 90 days more, because its earnings are those reported later. [date, exchange-local]';
comment on column core.valuation_monthly."vendor" is 'Format of the file: valuation_csv (believed first) or shiller_csv.';
comment on column core.valuation_monthly."load_id" is 'The load the fact came from: meta.loads.';

create table mart.smiles_daily (
    "session_date" date not null,
    "underlying" varchar not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "t_years" double not null,
    "dte_days" bigint not null,
    "forward_pts" double,
    "smile_quotes_qty" bigint,
    "atm_iv_vol" double,
    "put_25d_iv_vol" double,
    "call_25d_iv_vol" double,
    "put_10d_iv_vol" double,
    "call_10d_iv_vol" double,
    "skew_25d_vol" double,
    "skew_slope" double,
    "put_wing_ratio" double,
    "expected_move_pts" double,
    "straddle_pts" double,
    "reason" varchar
);
comment on table mart.smiles_daily is 'One row per root and expiry: the quoted smile in a few numbers. Delta is N(d1) on the forward, undiscounted. Grain: session_date, root, expiry_date, settlement.';
comment on column mart.smiles_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.smiles_daily."underlying" is 'SPX or VIX.';
comment on column mart.smiles_daily."root" is 'SPX, SPXW, VIX or VIXW.';
comment on column mart.smiles_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.smiles_daily."settlement" is 'AM or PM.';
comment on column mart.smiles_daily."t_years" is 'Minutes from the quotes to settlement / 525,600. [years of 525,600 minutes]';
comment on column mart.smiles_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.smiles_daily."forward_pts" is 'Forward of the expiry. [index points]';
comment on column mart.smiles_daily."smile_quotes_qty" is 'Out-of-the-money quotes in the smile. [quotes]';
comment on column mart.smiles_daily."atm_iv_vol" is 'Vol at the forward. [annualised volatility, decimal]';
comment on column mart.smiles_daily."put_25d_iv_vol" is 'Vol of the 25-delta put, linear in delta between two quotes. [annualised volatility, decimal]';
comment on column mart.smiles_daily."call_25d_iv_vol" is 'Vol of the 25-delta call. [annualised volatility, decimal]';
comment on column mart.smiles_daily."put_10d_iv_vol" is 'Vol of the 10-delta put. [annualised volatility, decimal]';
comment on column mart.smiles_daily."call_10d_iv_vol" is 'Vol of the 10-delta call. [annualised volatility, decimal]';
comment on column mart.smiles_daily."skew_25d_vol" is '25-delta put less 25-delta call; of SPX as a rule positive. [annualised volatility, decimal]';
comment on column mart.smiles_daily."skew_slope" is 'dIV/dk at k = ln(K/F) = 0, of a parabola through the quotes within half a standard deviation. [vol per unit of ln(K/F)]';
comment on column mart.smiles_daily."put_wing_ratio" is '10-delta put vol over ATM vol. [multiple]';
comment on column mart.smiles_daily."expected_move_pts" is 'F x ATM vol x sqrt(T): one standard deviation to settlement. [index points]';
comment on column mart.smiles_daily."straddle_pts" is 'The at-the-money straddle beside it: 0.798 of the expected move, undiscounted. [index points]';
comment on column mart.smiles_daily."reason" is 'Which measures are missing and why; null when none is.';

create table mart.smile_tenors_daily (
    "session_date" date not null,
    "underlying" varchar not null,
    "tenor_days" bigint not null,
    "atm_iv_vol" double,
    "put_25d_iv_vol" double,
    "call_25d_iv_vol" double,
    "skew_25d_vol" double,
    "near_root" varchar,
    "near_expiry_date" date,
    "near_t_years" double,
    "next_root" varchar,
    "next_expiry_date" date,
    "next_t_years" double,
    "reason" varchar
);
comment on table mart.smile_tenors_daily is 'One row per constant maturity of SPX: quoted vols between two expiries, linear in total variance. Grain: session_date, underlying, tenor_days.';
comment on column mart.smile_tenors_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.smile_tenors_daily."underlying" is 'SPX.';
comment on column mart.smile_tenors_daily."tenor_days" is 'Constant maturity: 7, 14, 30, 60, 90, 180 or 365. [calendar days]';
comment on column mart.smile_tenors_daily."atm_iv_vol" is 'ATM vol. [annualised volatility, decimal]';
comment on column mart.smile_tenors_daily."put_25d_iv_vol" is 'Vol of the 25-delta put. [annualised volatility, decimal]';
comment on column mart.smile_tenors_daily."call_25d_iv_vol" is 'Vol of the 25-delta call. [annualised volatility, decimal]';
comment on column mart.smile_tenors_daily."skew_25d_vol" is '25-delta put less 25-delta call. [annualised volatility, decimal]';
comment on column mart.smile_tenors_daily."near_root" is 'Root of the expiry at or before the tenor; SPXW where both roots settle that date.';
comment on column mart.smile_tenors_daily."near_expiry_date" is 'Its date. [date, exchange-local]';
comment on column mart.smile_tenors_daily."near_t_years" is 'Its time to settlement. [years of 525,600 minutes]';
comment on column mart.smile_tenors_daily."next_root" is 'Root of the expiry at or after the tenor.';
comment on column mart.smile_tenors_daily."next_expiry_date" is 'Its date. [date, exchange-local]';
comment on column mart.smile_tenors_daily."next_t_years" is 'Its time to settlement. [years of 525,600 minutes]';
comment on column mart.smile_tenors_daily."reason" is 'Why there are no vols; null when there are.';

create table mart.attribution_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "instrument_id" varchar not null,
    "part" varchar not null,
    "method" varchar,
    "quantity_before_qty" bigint not null,
    "actual_usd" double,
    "delta_usd" double,
    "gamma_usd" double,
    "vega_usd" double,
    "volvol_usd" double,
    "vanna_volga_usd" double,
    "theta_usd" double,
    "rolldown_usd" double,
    "curve_shift_usd" double,
    "curve_shift_spx_usd" double,
    "rates_usd" double,
    "trades_usd" double,
    "fees_usd" double,
    "unexplained_usd" double,
    "reason" varchar
);
comment on table mart.attribution_daily is 'One row per account, structure and leg held or traded since the last session: its P&L by cause. Grain: session_date, account, structure_id, instrument_id.';
comment on column mart.attribution_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.attribution_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.attribution_daily."structure_id" is 'Structure.';
comment on column mart.attribution_daily."instrument_id" is 'Readable key.';
comment on column mart.attribution_daily."part" is 'condor, L1, L2, L3, second_engine or other.';
comment on column mart.attribution_daily."method" is 'taylor, step (revalued), or trade (not held over night); null with reason.';
comment on column mart.attribution_daily."quantity_before_qty" is 'Signed contracts held last night. [count; contracts are signed, + long]';
comment on column mart.attribution_daily."actual_usd" is 'P&L of the session, net of fees; null with reason. [USD]';
comment on column mart.attribution_daily."delta_usd" is 'SPX options: delta x the move of SPX. VIX legs: 0, see curve_shift_usd. [USD]';
comment on column mart.attribution_daily."gamma_usd" is 'Second order in the leg''s own underlying; by step, all higher orders too. [USD]';
comment on column mart.attribution_daily."vega_usd" is 'SPX options: the move of the vol at the leg''s own strike. [USD]';
comment on column mart.attribution_daily."volvol_usd" is 'VIX options: the move of the leg''s own vol; never added to SPX vega. [USD]';
comment on column mart.attribution_daily."vanna_volga_usd" is 'Vol with forward, and vol squared; 0 by step, where vega holds them. [USD]';
comment on column mart.attribution_daily."theta_usd" is 'Time at the same forward and vol, by repricing over the calendar days that passed. [USD]';
comment on column mart.attribution_daily."rolldown_usd" is 'VIX legs: the leg''s future moving along last night''s curve. [USD]';
comment on column mart.attribution_daily."curve_shift_usd" is 'VIX legs: what its future moved beyond that roll. [USD]';
comment on column mart.attribution_daily."curve_shift_spx_usd" is 'Of the curve shift, what the move of SPX explains at last night''s elasticity. [USD]';
comment on column mart.attribution_daily."rates_usd" is 'Carry of the SPX forward and discounting beyond last night''s rate. [USD]';
comment on column mart.attribution_daily."trades_usd" is 'Fills since last night against tonight''s mark (else last night''s), before fees. [USD]';
comment on column mart.attribution_daily."fees_usd" is 'Fees paid since last night; a cost is negative. [USD]';
comment on column mart.attribution_daily."unexplained_usd" is 'actual_usd less all factors: marks off the smile, and what the method leaves. [USD]';
comment on column mart.attribution_daily."reason" is 'Why the row is null; null when it is not.';

create table mart.attribution_periods_daily (
    "session_date" date not null,
    "account" varchar not null,
    "part" varchar not null,
    "period" varchar not null,
    "from_date" date not null,
    "sessions_qty" bigint not null,
    "actual_usd" double,
    "delta_usd" double,
    "gamma_usd" double,
    "vega_usd" double,
    "volvol_usd" double,
    "vanna_volga_usd" double,
    "theta_usd" double,
    "rolldown_usd" double,
    "curve_shift_usd" double,
    "curve_shift_spx_usd" double,
    "rates_usd" double,
    "trades_usd" double,
    "fees_usd" double,
    "unexplained_usd" double,
    "unexplained_limit_usd" double,
    "reason" varchar
);
comment on table mart.attribution_periods_daily is 'One row per account, part of the book and period up to the session: P&L by cause, added up over its sessions. Grain: session_date, account, part, period.';
comment on column mart.attribution_periods_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.attribution_periods_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.attribution_periods_daily."part" is 'condor, L1, L2, L3, hedge (the three layers), second_engine, other or total.';
comment on column mart.attribution_periods_daily."period" is 'day, week or month: since the last close before it began.';
comment on column mart.attribution_periods_daily."from_date" is 'First session the row holds. [date, exchange-local]';
comment on column mart.attribution_periods_daily."sessions_qty" is 'Sessions added up. [sessions]';
comment on column mart.attribution_periods_daily."actual_usd" is 'P&L of the period, net of fees; null with reason. [USD]';
comment on column mart.attribution_periods_daily."delta_usd" is 'SPX options: delta x the move of SPX. VIX legs: 0, see curve_shift_usd. [USD]';
comment on column mart.attribution_periods_daily."gamma_usd" is 'Second order in the leg''s own underlying; by step, all higher orders too. [USD]';
comment on column mart.attribution_periods_daily."vega_usd" is 'SPX options: the move of the vol at the leg''s own strike. [USD]';
comment on column mart.attribution_periods_daily."volvol_usd" is 'VIX options: the move of the leg''s own vol; never added to SPX vega. [USD]';
comment on column mart.attribution_periods_daily."vanna_volga_usd" is 'Vol with forward, and vol squared; 0 by step, where vega holds them. [USD]';
comment on column mart.attribution_periods_daily."theta_usd" is 'Time at the same forward and vol, by repricing over the calendar days that passed. [USD]';
comment on column mart.attribution_periods_daily."rolldown_usd" is 'VIX legs: the leg''s future moving along last night''s curve. [USD]';
comment on column mart.attribution_periods_daily."curve_shift_usd" is 'VIX legs: what its future moved beyond that roll. [USD]';
comment on column mart.attribution_periods_daily."curve_shift_spx_usd" is 'Of the curve shift, what the move of SPX explains at last night''s elasticity. [USD]';
comment on column mart.attribution_periods_daily."rates_usd" is 'Carry of the SPX forward and discounting beyond last night''s rate. [USD]';
comment on column mart.attribution_periods_daily."trades_usd" is 'Fills since last night against tonight''s mark (else last night''s), before fees. [USD]';
comment on column mart.attribution_periods_daily."fees_usd" is 'Fees paid since last night; a cost is negative. [USD]';
comment on column mart.attribution_periods_daily."unexplained_usd" is 'actual_usd less all factors: marks off the smile, and what the method leaves. [USD]';
comment on column mart.attribution_periods_daily."unexplained_limit_usd" is 'What may stay unexplained of a day: max(50, 10% of the P&L). [USD]';
comment on column mart.attribution_periods_daily."reason" is 'Which sessions or legs leave it null; null when it is not.';
