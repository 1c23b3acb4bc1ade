comment on column meta.loads."load_id" is 'First 16 hex digits of SHA-256 over kind, series and content (and part and read_by where there are any): the same content is the same load.';

comment on column meta.loads."kind" is 'What the file holds: option_chain, vx_futures, index_levels, breadth, rates, valuation, events, fills, accounts, settlement_values.';

alter table meta.loads add column "last_print_at" timestamptz;
comment on column meta.loads."last_print_at" is 'Instant of the underlying''s last print the content states (Cboe JSON: data.last_trade_time); null when it states none. [instant, UTC]';

alter table meta.loads add column "read_by" varchar;
comment on column meta.loads."read_by" is 'What of the configuration the rows depend on, e.g. a chain mapping and its fingerprint; null where the content alone decides.';

create table meta.withdrawn_loads (
    "load_id" varchar not null,
    "withdrawn_at" timestamptz not null
);
comment on table meta.withdrawn_loads is 'One row per load that was taken back: its rows stay on record, and no fact and no figure comes from them. Grain: load_id.';
comment on column meta.withdrawn_loads."load_id" is 'The load.';
comment on column meta.withdrawn_loads."withdrawn_at" is 'When it was withdrawn. [instant, UTC]';

comment on column meta.refused_files."source_line" is 'Line (JSON: contract, Parquet: row) of the finding, from 1; null when the whole file is at fault. [line]';

comment on column meta.rejected_rows."source_line" is 'Line of the file, from 1; of a JSON the contract''s place in its list, of a Parquet file the row. [line]';

create table meta.live_answers (
    "session_date" date not null,
    "source" varchar not null,
    "kind" varchar not null,
    "series" varchar,
    "address" varchar not null,
    "outcome" varchar not null,
    "reason" varchar,
    "hint" varchar,
    "latest_date" date,
    "asked_at" timestamptz not null
);
comment on table meta.live_answers is 'One row per live source asked for a session, by the latest round of asking: what became of it, and up to which date the warehouse holds what it supplies. Grain: session_date, source.';
comment on column meta.live_answers."session_date" is 'Session it was asked for. [date, exchange-local]';
comment on column meta.live_answers."source" is 'The source, e.g. SPX chain, VIX history, VX future 2026-05-19, Treasury rates 2026.';
comment on column meta.live_answers."kind" is 'What it supplies, as meta.loads.kind names it.';
comment on column meta.live_answers."series" is 'Which series it supplies; null where the rows say it themselves.';
comment on column meta.live_answers."address" is 'Where it was asked, without user, password and keys.';
comment on column meta.live_answers."outcome" is 'new: it sent a file; unchanged: the file known is still its newest; none: it gave nothing that can be used.';
comment on column meta.live_answers."reason" is 'Why it gave nothing; null where it gave a file.';
comment on column meta.live_answers."hint" is 'What to do about it; null where it gave a file.';
comment on column meta.live_answers."latest_date" is 'Latest date up to the session of what the warehouse holds of this kind and series, from whatever file; null where it holds none. [date, exchange-local]';
comment on column meta.live_answers."asked_at" is 'When the round of asking began. [instant, UTC]';

create table meta.thresholds (
    "session_date" date not null,
    "rule_id" varchar not null,
    "value" double,
    "value_text" varchar,
    "default_text" varchar not null,
    "unit" varchar not null,
    "says" varchar not null,
    "source_tier" varchar not null,
    "source_ref" varchar,
    "is_overridden" boolean not null
);
comment on table meta.thresholds is 'One row per threshold in force on a session: its value, its default, and whose rule it is. Grain: session_date, rule_id.';
comment on column meta.thresholds."session_date" is 'Session. [date, exchange-local]';
comment on column meta.thresholds."rule_id" is 'Rule set and threshold, as the configuration names it: condor_states.watch_delta.';
comment on column meta.thresholds."value" is 'The number in force; null where it is a text or several numbers. [in `unit`]';
comment on column meta.thresholds."value_text" is 'The text or the numbers in force, e.g. 15, 70, 165; null where it is one number.';
comment on column meta.thresholds."default_text" is 'The default, as the configuration would spell it.';
comment on column meta.thresholds."unit" is 'Unit of value and default; empty for a text.';
comment on column meta.thresholds."says" is 'What it decides, as a phrase before the value.';
comment on column meta.thresholds."source_tier" is 'vendor rule, standard or house default.';
comment on column meta.thresholds."source_ref" is 'Where the rule stands, e.g. METHODOLOGY 6.1 or V20; empty where it has no text.';
comment on column meta.thresholds."is_overridden" is 'True when the configuration gave another value than the default.';

create table meta.issued_figures (
    "session_date" date not null,
    "account" varchar not null,
    "figure" varchar not null,
    "subject" varchar not null,
    "value" double,
    "state" varchar,
    "issued_at" timestamptz not null
);
comment on table meta.issued_figures is 'One row per figure or state of page one, as the session was first issued; a later issue is held against it. Grain: session_date, account, figure, subject.';
comment on column meta.issued_figures."session_date" is 'Session. [date, exchange-local]';
comment on column meta.issued_figures."account" is 'Account, or ALL; empty for a figure of the market.';
comment on column meta.issued_figures."figure" is 'The figure as the report''s JSON names it, e.g. totals.net_delta.';
comment on column meta.issued_figures."subject" is 'What it is of where page one has several: a condor (and side), a layer, an alert, best or cheapest roll; else empty.';
comment on column meta.issued_figures."value" is 'The figure; null for a state. [of the figure, see docs/metrics.md]';
comment on column meta.issued_figures."state" is 'The state, e.g. WATCH; null for a figure.';
comment on column meta.issued_figures."issued_at" is 'When the session was first issued. [instant, UTC]';

create table meta.outbox (
    "message_id" varchar not null,
    "session_date" date not null,
    "account" varchar not null,
    "content_kind" varchar not null,
    "report_sha256" varchar not null,
    "recipients_sha256" varchar not null,
    "subject" varchar not null,
    "state" varchar not null,
    "state_reason" varchar,
    "attempts_qty" bigint not null,
    "accepted_qty" bigint not null,
    "queued_at" timestamptz not null,
    "state_at" timestamptz not null
);
comment on table meta.outbox is 'One row per e-mail: a session, an account, its recipients and a report. A row in state sending whose process is gone counts as unknown. Grain: message_id.';
comment on column meta.outbox."message_id" is 'Message-ID, from session, account, content kind, sender, recipients and report: the same e-mail has the same one, sent again too.';
comment on column meta.outbox."session_date" is 'Session of the report. [date, exchange-local]';
comment on column meta.outbox."account" is 'Whose report, as the configuration names it: an account, or ALL.';
comment on column meta.outbox."content_kind" is 'What the e-mail holds: hedge_status.';
comment on column meta.outbox."report_sha256" is 'SHA-256 of the report''s JSON.';
comment on column meta.outbox."recipients_sha256" is 'SHA-256 of the addresses in To, Cc and Bcc.';
comment on column meta.outbox."subject" is 'Subject line.';
comment on column meta.outbox."state" is 'queued, sending (DATA has begun), accepted (by the server, for every recipient), failed (a recipient has not got it), unknown (it may have arrived), cancelled (nobody is left to send it to).';
comment on column meta.outbox."state_reason" is 'One sentence: why it is in this state; null when there is nothing to say.';
comment on column meta.outbox."attempts_qty" is 'How often DATA has begun. [attempts]';
comment on column meta.outbox."accepted_qty" is 'How often a server has accepted it. [attempts]';
comment on column meta.outbox."queued_at" is 'When it was first put into the outbox. [instant, UTC]';
comment on column meta.outbox."state_at" is 'When it came into its state. [instant, UTC]';

create table meta.outbox_recipients (
    "message_id" varchar not null,
    "address" varchar not null,
    "field" varchar not null,
    "state" varchar not null,
    "smtp_code" bigint,
    "smtp_reply" varchar,
    "state_at" timestamptz not null
);
comment on table meta.outbox_recipients is 'One row per recipient of an e-mail, with what the mail server said about it last. Grain: message_id, address.';
comment on column meta.outbox_recipients."message_id" is 'The e-mail.';
comment on column meta.outbox_recipients."address" is 'Address, as configured.';
comment on column meta.outbox_recipients."field" is 'to, cc or bcc.';
comment on column meta.outbox_recipients."state" is 'queued, sending, accepted, failed, unknown or cancelled.';
comment on column meta.outbox_recipients."smtp_code" is 'The server''s reply code; null when it gave none. [SMTP reply code]';
comment on column meta.outbox_recipients."smtp_reply" is 'The server''s reply, or what went wrong without one; null before the first.';
comment on column meta.outbox_recipients."state_at" is 'When it came into its state. [instant, UTC]';

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

create table raw.broker_rows (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "fill_id" varchar not null,
    "account" varchar,
    "filled_at" varchar,
    "root" varchar,
    "expiry" varchar,
    "option_right" varchar,
    "strike" varchar,
    "quantity" varchar,
    "price" varchar,
    "fees" varchar,
    "broker" varchar,
    "event" varchar,
    "effect" varchar,
    "trade_ref" varchar,
    "cancels_ref" varchar,
    "order_ref" varchar,
    "amount" varchar,
    "place" varchar
);
comment on table raw.broker_rows is 'One row per execution, cancellation or settlement row of a broker statement, its symbols and signs taken apart into the fields of a fills file. Lines about other instruments are rejected rows. Grain: load_id, source_line, fill_id.';
comment on column raw.broker_rows."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.broker_rows."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.broker_rows."fill_id" is 'Lasting name of the row: broker, account and the broker''s number, else a hash of what it says. [as received]';
comment on column raw.broker_rows."account" is 'Account. [as received]';
comment on column raw.broker_rows."filled_at" is 'ISO 8601 with offset; the date alone where the broker gives no time. [as received]';
comment on column raw.broker_rows."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM. [as received]';
comment on column raw.broker_rows."expiry" is 'Expiration date. [as received]';
comment on column raw.broker_rows."option_right" is 'C or P; empty for a future. [as received]';
comment on column raw.broker_rows."strike" is 'Strike; empty for a future. [as received]';
comment on column raw.broker_rows."quantity" is 'Signed: + bought, - sold; of a settlement row as the broker signs it. [as received]';
comment on column raw.broker_rows."price" is 'Points; empty on a settlement row. [as received]';
comment on column raw.broker_rows."fees" is 'USD paid; negative for a rebate. [as received]';
comment on column raw.broker_rows."broker" is 'tastytrade, schwab or ibkr. [as received]';
comment on column raw.broker_rows."event" is 'fill, correction, cancel, expiration, assignment, exercise or cash_settlement. [as received]';
comment on column raw.broker_rows."effect" is 'open or close, where the broker says so. [as received]';
comment on column raw.broker_rows."trade_ref" is 'The broker''s number of the execution, which a later cancellation names. [as received]';
comment on column raw.broker_rows."cancels_ref" is 'The execution a cancellation takes back or a correction replaces. [as received]';
comment on column raw.broker_rows."order_ref" is 'The broker''s number of the order. [as received]';
comment on column raw.broker_rows."amount" is 'Cash the row moved in USD, + received, before fees. [as received]';
comment on column raw.broker_rows."place" is 'Place among the account''s rows of one instant, in the order they were traded, from 0. [as received]';

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

comment on column core.fills."fees_usd" is 'Fees paid; negative only for a rebate of a broker. [USD]';

alter table core.fills add column "broker" varchar;
comment on column core.fills."broker" is 'tastytrade, schwab or ibkr; null for a fills file of our own.';

alter table core.fills add column "effect" varchar;
comment on column core.fills."effect" is 'OPEN or CLOSE as the broker says; null where nothing says.';

alter table core.fills add column "order_ref" varchar;
comment on column core.fills."order_ref" is 'The broker''s number of the order; null without one.';

alter table core.fills add column "is_time_known" boolean;
comment on column core.fills."is_time_known" is 'False where the statement gives only the date: such a fill counts from the close of that session.';

alter table core.fills add column "place" bigint;
comment on column core.fills."place" is 'Place among the account''s fills of one instant, as they were traded. [rank from 0]';

comment on table core.fills is 'One row per fill, of our own files and of broker statements; what a broker has cancelled is not among them. Grain: fill_id.';

create table core.broker_events (
    "event_id" varchar not null,
    "account" varchar not null,
    "broker" varchar not null,
    "event" varchar not null,
    "event_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "amount_usd" double,
    "fees_usd" double not null,
    "load_id" varchar
);
comment on table core.broker_events is 'One row per expiration, assignment, exercise or cash settlement a broker states, and per cancelled fill whose fees it kept. None is a fill: positions settle by our settlement values, and the broker''s cash is held against them. Grain: event_id.';
comment on column core.broker_events."event_id" is 'The row''s own name: broker, account, and the broker''s number or a hash.';
comment on column core.broker_events."account" is 'Account.';
comment on column core.broker_events."broker" is 'tastytrade, schwab or ibkr.';
comment on column core.broker_events."event" is 'expiration, assignment, exercise, cash_settlement or cancel.';
comment on column core.broker_events."event_date" is 'Date of the row, America/New_York. [date, exchange-local]';
comment on column core.broker_events."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.broker_events."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column core.broker_events."settlement" is 'AM or PM.';
comment on column core.broker_events."right" is 'C or P; null for a future.';
comment on column core.broker_events."strike_pts" is 'Strike; null for a future. [index points]';
comment on column core.broker_events."quantity_qty" is 'Contracts the row took off the position, as the broker signs them. [count; contracts are signed, + long]';
comment on column core.broker_events."amount_usd" is 'Cash received (+) or paid (-), before fees; null where the broker states none. [USD]';
comment on column core.broker_events."fees_usd" is 'Fees of the row. [USD]';
comment on column core.broker_events."load_id" is 'The load the fact came from: meta.loads.';

create table mart.vx_constant_maturities_daily (
    "session_date" date not null,
    "tenor_days" bigint not null,
    "price_pts" double,
    "log_return" double,
    "method" varchar,
    "near_expiry_date" date,
    "far_expiry_date" date,
    "near_weight_frac" double,
    "reason" varchar
);
comment on table mart.vx_constant_maturities_daily is 'One row per session and tenor: the VIX future of constant maturity, and what it returned without a roll. Grain: session_date, tenor_days.';
comment on column mart.vx_constant_maturities_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.vx_constant_maturities_daily."tenor_days" is 'Calendar days of the constant maturity. [calendar days]';
comment on column mart.vx_constant_maturities_daily."price_pts" is 'Linear in days between the two monthlies around the tenor; null with reason. [index points]';
comment on column mart.vx_constant_maturities_daily."log_return" is 'Weighted log return of the same two contracts since the session before; null with reason. [log return]';
comment on column mart.vx_constant_maturities_daily."method" is 'bracket, or extrapolated (30 days only: through M1 and M2); null with price_pts.';
comment on column mart.vx_constant_maturities_daily."near_expiry_date" is 'Nearer contract. [date, exchange-local]';
comment on column mart.vx_constant_maturities_daily."far_expiry_date" is 'Farther contract; the same where one has exactly the tenor. [date, exchange-local]';
comment on column mart.vx_constant_maturities_daily."near_weight_frac" is 'Weight of the nearer contract; above 1 where extrapolated. [fraction (0.01 = 1%)]';
comment on column mart.vx_constant_maturities_daily."reason" is 'Why price or return is null.';

create table mart.elasticities_daily (
    "session_date" date not null,
    "tenor_days" bigint not null,
    "sessions_qty" bigint not null,
    "a_ols" double,
    "a_standard_error" double,
    "r2_frac" double,
    "n_eff" double,
    "a_down" double,
    "a_prior" double not null,
    "a_estimated" double,
    "a_low" double,
    "a_high" double,
    "a_used" double not null,
    "source" varchar not null,
    "reason" varchar,
    "cm_price_pts" double,
    "eps_at_cm" double,
    "price_reason" varchar,
    "vx_log_return" double,
    "spx_log_return" double,
    "realised_eps" double,
    "realised_reason" varchar
);
comment on table mart.elasticities_daily is 'One row per session and VX tenor: A, the elasticity dlnF/dlnS the tenor has at 20 points, estimated and prior; eps = A x 20/F. Grain: session_date, tenor_days.';
comment on column mart.elasticities_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.elasticities_daily."tenor_days" is 'Calendar days to settlement: 30, 60, 90, 120, 150, 180 or 220. [calendar days]';
comment on column mart.elasticities_daily."sessions_qty" is 'Sessions of the last 252 that have a return. [sessions]';
comment on column mart.elasticities_daily."a_ols" is 'Slope of the VX return on 20/F x SPX return, exponential weights; null with reason. [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_standard_error" is 'Its Newey-West standard error, lag 5. [elasticity at 20 points]';
comment on column mart.elasticities_daily."r2_frac" is 'Share of the variance the line explains. [fraction (0.01 = 1%)]';
comment on column mart.elasticities_daily."n_eff" is 'Effective number of sessions: (sum of weights)^2 / sum of squared weights. [sessions]';
comment on column mart.elasticities_daily."a_down" is 'The slope on days SPX fell, through the origin. [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_prior" is 'The law: -6.0 x (1 + tenor/25)^-0.67. [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_estimated" is 'Slope drawn to the prior: w x a_ols + (1 - w) x a_prior, w = n_eff/(n_eff + 60). [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_low" is 'a_estimated less a standard error: the stronger answer. [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_high" is 'a_estimated plus a standard error: the weaker answer. [elasticity at 20 points]';
comment on column mart.elasticities_daily."a_used" is 'What tonight''s deltas and scenarios use. [elasticity at 20 points]';
comment on column mart.elasticities_daily."source" is 'Where a_used comes from: prior or estimated.';
comment on column mart.elasticities_daily."reason" is 'Why there is no estimate; null when there is one.';
comment on column mart.elasticities_daily."cm_price_pts" is 'VX price at this constant maturity tonight. [index points]';
comment on column mart.elasticities_daily."eps_at_cm" is 'a_used x 20 / cm_price_pts. [elasticity]';
comment on column mart.elasticities_daily."price_reason" is 'Why there is no price; null when there is one.';
comment on column mart.elasticities_daily."vx_log_return" is 'Return of the same contracts since the session before. [log return]';
comment on column mart.elasticities_daily."spx_log_return" is 'Return of SPX closes. [log return]';
comment on column mart.elasticities_daily."realised_eps" is 'What today showed: vx_log_return / spx_log_return; noise on a day of a small move. [elasticity]';
comment on column mart.elasticities_daily."realised_reason" is 'Why it is null; null when it is not.';

alter table mart.signals_daily add column "spx_return_3_frac" double;
comment on column mart.signals_daily."spx_return_3_frac" is 'SPX close over the close three sessions before, less 1. [fraction (0.01 = 1%)]';

alter table mart.signals_daily add column "spx_return_edr" double;
comment on column mart.signals_daily."spx_return_edr" is 'SPX return over the expected daily range of the previous close. [previous expected daily ranges]';

alter table mart.signals_daily add column "vix_high_pts" double;
comment on column mart.signals_daily."vix_high_pts" is 'VIX high of the day: a spike that faded by the close is seen here only. [index points]';

alter table mart.signals_daily add column "vix_mean_5_pts" double;
comment on column mart.signals_daily."vix_mean_5_pts" is 'Mean of the last 5 VIX closes. [index points]';

alter table mart.signals_daily add column "vix_mean_200_pts" double;
comment on column mart.signals_daily."vix_mean_200_pts" is 'Mean of the last 200 VIX closes. [index points]';

alter table mart.signals_daily add column "vix_deviations_20" double;
comment on column mart.signals_daily."vix_deviations_20" is 'VIX less its 20-session mean, over the standard deviation of the same 20 (ddof 1). [standard deviations]';

alter table mart.signals_daily add column "vix6m_pts" double;
comment on column mart.signals_daily."vix6m_pts" is 'VIX6M close. [index points]';

alter table mart.signals_daily add column "skew_index_pts" double;
comment on column mart.signals_daily."skew_index_pts" is 'Cboe SKEW close. [index points]';

alter table mart.signals_daily add column "vix9d_to_vix" double;
comment on column mart.signals_daily."vix9d_to_vix" is 'VIX9D / VIX; above 1 the nearest days are feared most. [ratio]';

alter table mart.signals_daily add column "vix_to_vix3m" double;
comment on column mart.signals_daily."vix_to_vix3m" is 'VIX / VIX3M; above 1 the curve of spot vols is inverted. [ratio]';

alter table mart.signals_daily add column "hv30_vol" double;
comment on column mart.signals_daily."hv30_vol" is '30-day realised vol of SPX closes. [annualised volatility, decimal]';

alter table mart.signals_daily add column "m1_days" bigint;
comment on column mart.signals_daily."m1_days" is 'Its calendar days to settlement. [calendar days]';

alter table mart.signals_daily add column "m1_mean_pts" double;
comment on column mart.signals_daily."m1_mean_pts" is 'Mean of the last 21 settlements of the same contract. [index points]';

alter table mart.signals_daily add column "m2_days" bigint;
comment on column mart.signals_daily."m2_days" is 'Its calendar days to settlement. [calendar days]';

alter table mart.signals_daily add column "annual_roll_frac" double;
comment on column mart.signals_daily."annual_roll_frac" is 'contango_frac x 365 / days between M1 and M2. [fraction (0.01 = 1%)]';

alter table mart.signals_daily add column "basis_pts" double;
comment on column mart.signals_daily."basis_pts" is 'M1 less VIX. [index points]';

alter table mart.signals_daily add column "basis_pts_per_day" double;
comment on column mart.signals_daily."basis_pts_per_day" is 'basis_pts / calendar days of M1 to settlement. [index points per calendar day]';

alter table mart.signals_daily add column "curve_slope_frac" double;
comment on column mart.signals_daily."curve_slope_frac" is '150-day over 30-day constant-maturity price, less 1. [fraction (0.01 = 1%)]';

alter table mart.signals_daily add column "vx_regime" varchar;
comment on column mart.signals_daily."vx_regime" is 'EXTREME_CONTANGO, STEEP, NORMAL, FLAT, INVERTED or STRESS.';

alter table mart.signals_daily add column "vx_reason" varchar;
comment on column mart.signals_daily."vx_reason" is 'Why contango and regime are null.';

alter table mart.signals_daily add column "cm30_pts" double;
comment on column mart.signals_daily."cm30_pts" is '30-day constant-maturity VX price. [index points]';

alter table mart.signals_daily add column "cm30_method" varchar;
comment on column mart.signals_daily."cm30_method" is 'bracket or extrapolated (through M1 and M2).';

alter table mart.signals_daily add column "cm_spread_pts" double;
comment on column mart.signals_daily."cm_spread_pts" is '30-day less 60-day constant-maturity price. [index points]';

alter table mart.signals_daily add column "macd_pts" double;
comment on column mart.signals_daily."macd_pts" is 'EMA12 less EMA26 of cm30_pts; null before 135 sessions. [index points]';

alter table mart.signals_daily add column "macd_signal_pts" double;
comment on column mart.signals_daily."macd_signal_pts" is 'EMA9 of macd_pts. [index points]';

alter table mart.signals_daily add column "macd_histogram_pts" double;
comment on column mart.signals_daily."macd_histogram_pts" is 'macd_pts less macd_signal_pts. [index points]';

alter table mart.signals_daily add column "macd_histogram_previous_pts" double;
comment on column mart.signals_daily."macd_histogram_previous_pts" is 'The histogram on the session before. [index points]';

alter table mart.signals_daily add column "macd_cross" varchar;
comment on column mart.signals_daily."macd_cross" is 'UP or DOWN where the histogram changes sign at this close, else NONE.';

alter table mart.signals_daily add column "macd_bars_since_cross_sessions" bigint;
comment on column mart.signals_daily."macd_bars_since_cross_sessions" is 'Sessions since the last cross; 0 on its own. [trading sessions]';

alter table mart.signals_daily add column "is_macd_bull" boolean;
comment on column mart.signals_daily."is_macd_bull" is 'Histogram above 0 and crossed at most 5 sessions ago. A vendor item without measured information.';

alter table mart.signals_daily add column "is_macd_confirmed" boolean;
comment on column mart.signals_daily."is_macd_confirmed" is 'Bull, and the histogram rising for two sessions. As above.';

alter table mart.signals_daily add column "slope_macd_pts" double;
comment on column mart.signals_daily."slope_macd_pts" is 'MACD of cm_spread_pts: momentum of the curve''s slope. [index points]';

alter table mart.signals_daily add column "slope_macd_signal_pts" double;
comment on column mart.signals_daily."slope_macd_signal_pts" is 'Its signal line. [index points]';

alter table mart.signals_daily add column "slope_macd_histogram_pts" double;
comment on column mart.signals_daily."slope_macd_histogram_pts" is 'Its histogram; above 0 the front gains on the back. [index points]';

alter table mart.signals_daily add column "macd_reason" varchar;
comment on column mart.signals_daily."macd_reason" is 'Why MACD is null.';

alter table mart.signals_daily add column "rsi14_vix" double;
comment on column mart.signals_daily."rsi14_vix" is 'Wilder RSI(14) of VIX closes; null before 100 sessions. [RSI points]';

alter table mart.signals_daily add column "rsi14_vix_change_5" double;
comment on column mart.signals_daily."rsi14_vix_change_5" is 'Change of rsi14_vix over 5 sessions. [RSI points]';

alter table mart.signals_daily add column "rsi14_vix_zone" varchar;
comment on column mart.signals_daily."rsi14_vix_zone" is 'CALM (to 30), NEUTRAL, RISING (from 60) or STRESS (from 70): a high RSI of VIX is stress.';

alter table mart.signals_daily add column "rsi14_spx" double;
comment on column mart.signals_daily."rsi14_spx" is 'Wilder RSI(14) of SPX closes. [RSI points]';

alter table mart.signals_daily add column "rsi_reason" varchar;
comment on column mart.signals_daily."rsi_reason" is 'Why RSI of VIX is null.';

alter table mart.signals_daily add column "unchanged_qty" bigint;
comment on column mart.signals_daily."unchanged_qty" is 'NYSE unchanged issues. [issues]';

alter table mart.signals_daily add column "net_advances_qty" bigint;
comment on column mart.signals_daily."net_advances_qty" is 'Advances less declines. [issues]';

alter table mart.signals_daily add column "rana" double;
comment on column mart.signals_daily."rana" is 'Ratio-adjusted net advances: 1000 x (advances - declines) / (advances + declines). [per thousand issues]';

alter table mart.signals_daily add column "mcclellan_osc" double;
comment on column mart.signals_daily."mcclellan_osc" is 'Average of rana with weight 0.10 less that with weight 0.05, seeded by the first value; null before 150 sessions. [per thousand issues]';

alter table mart.signals_daily add column "mcclellan_raw_osc" double;
comment on column mart.signals_daily."mcclellan_raw_osc" is 'The same of net advances, unadjusted. [issues]';

alter table mart.signals_daily add column "mcclellan_summation" double;
comment on column mart.signals_daily."mcclellan_summation" is 'Running sum of mcclellan_osc, 0 where both averages are: 19 x slow less 9 x fast. [per thousand issues]';

alter table mart.signals_daily add column "ad_z" double;
comment on column mart.signals_daily."ad_z" is 'A/D line less its 50-session mean, over the standard deviation of that distance in 252 sessions. [standard deviations]';

alter table mart.signals_daily add column "divergence_sessions" bigint;
comment on column mart.signals_daily."divergence_sessions" is 'Sessions in a row with SPX near its 50-session high and the A/D line well below its own. [trading sessions]';

alter table mart.signals_daily add column "breadth_state" varchar;
comment on column mart.signals_daily."breadth_state" is 'DISTRIBUTION, DETERIORATING, DIVERGING, THRUST, CONFIRMING or NEUTRAL.';

alter table mart.signals_daily add column "breadth_reason" varchar;
comment on column mart.signals_daily."breadth_reason" is 'Why the state is null.';

alter table mart.signals_daily add column "skew_25d_vol" double;
comment on column mart.signals_daily."skew_25d_vol" is '30-day 25-delta put vol less call vol of SPX. [annualised volatility, decimal]';

alter table mart.signals_daily add column "skew_change_vol" double;
comment on column mart.signals_daily."skew_change_vol" is 'Its change since the session before. [annualised volatility, decimal]';

alter table mart.signals_daily add column "skew_percentile_frac" double;
comment on column mart.signals_daily."skew_percentile_frac" is 'Share of the last 252 values not above tonight''s. [fraction (0.01 = 1%)]';

alter table mart.signals_daily add column "skew_reason" varchar;
comment on column mart.signals_daily."skew_reason" is 'Why skew, its change or its percentile is null.';

alter table mart.signals_daily add column "valuation_measure" varchar;
comment on column mart.signals_daily."valuation_measure" is 'The valuation that speaks for the market.';

alter table mart.signals_daily add column "valuation_percentile_5y_frac" double;
comment on column mart.signals_daily."valuation_percentile_5y_frac" is 'Share of its values of five years not above the latest known. [fraction (0.01 = 1%)]';

alter table mart.signals_daily add column "valuation_state" varchar;
comment on column mart.signals_daily."valuation_state" is 'RICH, CHEAP or NEUTRAL; never a daily trigger.';

alter table mart.signals_daily add column "valuation_staleness_days" bigint;
comment on column mart.signals_daily."valuation_staleness_days" is 'Calendar days since the latest value was known. [calendar days]';

alter table mart.signals_daily add column "valuation_reason" varchar;
comment on column mart.signals_daily."valuation_reason" is 'Why it is null.';

alter table mart.signals_daily add column "is_hedge_refresh" boolean;
comment on column mart.signals_daily."is_hedge_refresh" is 'Vendor rule: hedges are opened or refreshed while VIX is below 15.';

alter table mart.signals_daily add column "event_state" varchar;
comment on column mart.signals_daily."event_state" is 'PRE, EVENT_DAY, POST or CLEAR beside high-impact events.';

alter table mart.signals_daily add column "event_reason" varchar;
comment on column mart.signals_daily."event_reason" is 'Why it is null.';

alter table mart.signals_daily add column "arm_score" bigint;
comment on column mart.signals_daily."arm_score" is 'Items of the arming score hit, 0 to 7. [items]';

alter table mart.signals_daily add column "arm_effective_score" bigint;
comment on column mart.signals_daily."arm_effective_score" is 'arm_score where a hit has measured information behind it, else 0: what is held against a threshold. [items]';

alter table mart.signals_daily add column "arm_n_available" bigint;
comment on column mart.signals_daily."arm_n_available" is 'Its items that could be looked at. [items]';

alter table mart.signals_daily add column "accel_score" bigint;
comment on column mart.signals_daily."accel_score" is 'Items of the acceleration score hit, 0 to 6. [items]';

alter table mart.signals_daily add column "accel_n_available" bigint;
comment on column mart.signals_daily."accel_n_available" is 'Its items that could be looked at. [items]';

alter table mart.signals_daily add column "press_score" bigint;
comment on column mart.signals_daily."press_score" is 'Checks of the vendor''s cash press met, 0 to 5: a checklist, no trigger. [items]';

alter table mart.signals_daily add column "press_n_available" bigint;
comment on column mart.signals_daily."press_n_available" is 'Its checks that could be looked at. [items]';

alter table mart.signals_daily add column "vol_expansion_score" bigint;
comment on column mart.signals_daily."vol_expansion_score" is 'Items of the volatility-expansion list hit, 0 to 10. [items]';

alter table mart.signals_daily add column "vol_expansion_n_available" bigint;
comment on column mart.signals_daily."vol_expansion_n_available" is 'Its items that could be looked at. [items]';

create table mart.signal_items_daily (
    "session_date" date not null,
    "score" varchar not null,
    "item" varchar not null,
    "figure" varchar not null,
    "value" double,
    "comparison" varchar not null,
    "threshold" double not null,
    "unit" varchar not null,
    "is_hit" boolean not null,
    "is_available" boolean not null,
    "has_measured_information" boolean not null,
    "reason" varchar
);
comment on table mart.signal_items_daily is 'One row per session, score and item: the figure that decided it, its threshold, and whether it was hit. Grain: session_date, score, item.';
comment on column mart.signal_items_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.signal_items_daily."score" is 'arm, accel, press or vol_expansion.';
comment on column mart.signal_items_daily."item" is 'Item of the score.';
comment on column mart.signal_items_daily."figure" is 'What decided it: a column of mart.signals_daily, or what follows from its columns.';
comment on column mart.signal_items_daily."value" is 'The figure; null where it is missing. [in unit]';
comment on column mart.signal_items_daily."comparison" is 'How it is held against the threshold: >, >=, < or <=.';
comment on column mart.signal_items_daily."threshold" is 'The threshold. [in unit]';
comment on column mart.signal_items_daily."unit" is 'Unit of value and threshold.';
comment on column mart.signal_items_daily."is_hit" is 'Whether it counts 1; a missing item counts 0.';
comment on column mart.signal_items_daily."is_available" is 'Whether it could be looked at.';
comment on column mart.signal_items_daily."has_measured_information" is 'False for vendor items that foretold nothing in measured history.';
comment on column mart.signal_items_daily."reason" is 'Why it could not be looked at.';

create table mart.valuations_daily (
    "session_date" date not null,
    "measure" varchar not null,
    "value" double,
    "known_from_date" date,
    "staleness_days" bigint,
    "median_5y" double,
    "percentile_5y_frac" double,
    "valuation_state" varchar,
    "reason" varchar
);
comment on table mart.valuations_daily is 'One row per session and valuation measure: the latest value known, and its place in five years. Grain: session_date, measure.';
comment on column mart.valuations_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.valuations_daily."measure" is 'The measure: price over cash flow, over earnings, ...';
comment on column mart.valuations_daily."value" is 'Latest value known on the session. [multiple]';
comment on column mart.valuations_daily."known_from_date" is 'From when it was known. [date, exchange-local]';
comment on column mart.valuations_daily."staleness_days" is 'Calendar days since then. [calendar days]';
comment on column mart.valuations_daily."median_5y" is 'Median of the values known in the five years up to then. [multiple]';
comment on column mart.valuations_daily."percentile_5y_frac" is 'Share of those values not above the latest; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.valuations_daily."valuation_state" is 'RICH from 0.80, CHEAP to 0.20, else NEUTRAL; null with the percentile.';
comment on column mart.valuations_daily."reason" is 'Why the percentile is null.';

create table mart.upcoming_events_daily (
    "session_date" date not null,
    "event_id" varchar not null,
    "kind" varchar not null,
    "event_date" date not null,
    "event_at" timestamptz,
    "days_to_days" bigint not null,
    "is_past" boolean not null,
    "is_next_of_kind" boolean not null,
    "is_high_impact" boolean not null,
    "implied_move_pts" double,
    "implied_bracket_days" double,
    "implied_move_reason" varchar
);
comment on table mart.upcoming_events_daily is 'One row per session and event of the calendar from its own day to 45 days ahead, and the next of every kind. Grain: session_date, event_id.';
comment on column mart.upcoming_events_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.upcoming_events_daily."event_id" is 'The event: core.events.';
comment on column mart.upcoming_events_daily."kind" is 'fomc_decision, fomc_minutes, cpi, ppi, nfp, vix_expiry, opex, ...';
comment on column mart.upcoming_events_daily."event_date" is 'Date, America/New_York. [date, exchange-local]';
comment on column mart.upcoming_events_daily."event_at" is 'Instant; null when no time is given. [instant, UTC]';
comment on column mart.upcoming_events_daily."days_to_days" is 'Calendar days from the session; 0 on the day. [calendar days]';
comment on column mart.upcoming_events_daily."is_past" is 'True where it came at or before tonight''s mark.';
comment on column mart.upcoming_events_daily."is_next_of_kind" is 'True for the first of its kind after the mark.';
comment on column mart.upcoming_events_daily."is_high_impact" is 'True for the Fed''s decisions and minutes, CPI, PPI and NFP.';
comment on column mart.upcoming_events_daily."implied_move_pts" is 'SPX move that options price for the event beyond a usual day''s; high-impact events ahead only, null with reason. [index points]';
comment on column mart.upcoming_events_daily."implied_bracket_days" is 'Days between the two expiries it is read from: the fewer, the surer. [calendar days]';
comment on column mart.upcoming_events_daily."implied_move_reason" is 'Why a high-impact event ahead has no implied move, or one of 0.';

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

create table mart.quote_flags_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar not null,
    "strike_pts" double not null,
    "flag" varchar not null,
    "underlying" varchar not null,
    "bid_pts" double,
    "ask_pts" double,
    "size_pts" double
);
comment on table mart.quote_flags_daily is 'One row per contract and kind of fault in its quote; a sound quote has no row. The kinds are the counted columns of mart.quote_quality_daily. Grain: session_date, root, expiry_date, settlement, right, strike_pts, flag.';
comment on column mart.quote_flags_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.quote_flags_daily."root" is 'SPX, SPXW, VIX or VIXW.';
comment on column mart.quote_flags_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column mart.quote_flags_daily."settlement" is 'AM or PM.';
comment on column mart.quote_flags_daily."right" is 'C or P.';
comment on column mart.quote_flags_daily."strike_pts" is 'Strike. [index points]';
comment on column mart.quote_flags_daily."flag" is 'crossed, locked, no_quote, zero_bid, one_sided, wide, unpaired, parity, vertical, butterfly, calendar, stale or missing: the rule of each is that of its column in mart.quote_quality_daily.';
comment on column mart.quote_flags_daily."underlying" is 'SPX or VIX.';
comment on column mart.quote_flags_daily."bid_pts" is 'Bid; of a missing contract the last one. [index points]';
comment on column mart.quote_flags_daily."ask_pts" is 'Ask; of a missing contract the last one. [index points]';
comment on column mart.quote_flags_daily."size_pts" is 'How bad: what one unit of the best trade earns (parity, vertical, butterfly, calendar), how far the strikes beside have moved (stale), ask less bid (crossed, locked, wide), the ask (zero_bid, one_sided); null for the rest. [index points]';

create table mart.quote_quality_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "underlying" varchar not null,
    "dte_days" bigint not null,
    "contracts_qty" bigint not null,
    "crossed_qty" bigint not null,
    "locked_qty" bigint not null,
    "no_quote_qty" bigint not null,
    "zero_bid_qty" bigint not null,
    "one_sided_qty" bigint not null,
    "wide_qty" bigint not null,
    "unpaired_qty" bigint not null,
    "parity_qty" bigint,
    "vertical_qty" bigint,
    "butterfly_qty" bigint,
    "calendar_qty" bigint,
    "bounds_reason" varchar,
    "stale_qty" bigint,
    "missing_qty" bigint,
    "before_date" date,
    "before_qty" bigint,
    "compared_qty" bigint,
    "unchanged_qty" bigint,
    "history_reason" varchar
);
comment on table mart.quote_quality_daily is 'One row per root and expiry of the session''s chains: how many quotes of which kind, each kind by its own rule; one contract may count under several. An expiry listed the session before and gone tonight has a row with 0 contracts. Grain: session_date, root, expiry_date, settlement.';
comment on column mart.quote_quality_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.quote_quality_daily."root" is 'SPX, SPXW, VIX or VIXW.';
comment on column mart.quote_quality_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column mart.quote_quality_daily."settlement" is 'AM or PM.';
comment on column mart.quote_quality_daily."underlying" is 'SPX or VIX.';
comment on column mart.quote_quality_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.quote_quality_daily."contracts_qty" is 'Contracts listed. [contracts]';
comment on column mart.quote_quality_daily."crossed_qty" is 'Bid above an ask that is above 0. [contracts]';
comment on column mart.quote_quality_daily."locked_qty" is 'Bid equal to an ask that is above 0. [contracts]';
comment on column mart.quote_quality_daily."no_quote_qty" is 'Ask 0, whatever the bid. [contracts]';
comment on column mart.quote_quality_daily."zero_bid_qty" is 'Bid 0 under an ask above 0. [contracts]';
comment on column mart.quote_quality_daily."one_sided_qty" is 'Bid 0 under an ask above 0.30. [contracts]';
comment on column mart.quote_quality_daily."wide_qty" is 'Ask less bid above the mid, mid above 1, bid above 0. [contracts]';
comment on column mart.quote_quality_daily."unpaired_qty" is 'Listed without the other right at its strike. [contracts]';
comment on column mart.quote_quality_daily."parity_qty" is 'Breaks put-call parity: a conversion or reversal at the quotes earns for certain, and this right is the one that is off. [contracts]';
comment on column mart.quote_quality_daily."vertical_qty" is 'Breaks a vertical: two neighbouring strikes at the quotes cost less than nothing or bring more than their width, and this quote is the one that is off. [contracts]';
comment on column mart.quote_quality_daily."butterfly_qty" is 'Breaks a butterfly: three neighbouring strikes at the quotes cost less than nothing, and this quote is the one that is off. [contracts]';
comment on column mart.quote_quality_daily."calendar_qty" is 'Asks for less total variance than the expiry before bids at its moneyness, or bids for more than the expiry after asks, by more than 0.5%; this expiry is the one that is off. SPX, out-of-the-money quotes with a bid. [contracts]';
comment on column mart.quote_quality_daily."bounds_reason" is 'Why the four bounds were not all tested; null where they were.';
comment on column mart.quote_quality_daily."stale_qty" is 'Repeats bid and ask of the chain before, while the nearest strikes that changed, on both sides, moved the same way: by their line at this strike more than 3 ticks and a quarter of its spread. [contracts]';
comment on column mart.quote_quality_daily."missing_qty" is 'Listed in the chain before, expires after tonight, and not listed. [contracts]';
comment on column mart.quote_quality_daily."before_date" is 'Session of the chain before: the latest of the 5 sessions before that has one. [date, exchange-local]';
comment on column mart.quote_quality_daily."before_qty" is 'Contracts of this expiry listed in the chain before. [contracts]';
comment on column mart.quote_quality_daily."compared_qty" is 'Contracts with a bid in both chains and a mid above 1 (SPX) or 0.50 (VIX): those that tell whether a chain has changed. [contracts]';
comment on column mart.quote_quality_daily."unchanged_qty" is 'Of these, how many repeat bid and ask. [contracts]';
comment on column mart.quote_quality_daily."history_reason" is 'Why there is nothing to compare with; null where there is.';

alter table mart.positions_daily add column "kind" varchar;
comment on column mart.positions_daily."kind" is 'What the structure is: CONDOR, BROKEN_WING_CONDOR (unequal widths or quantities), PUT_VERTICAL, CALL_VERTICAL, VIX_CALL, VIX_CALL_SPREAD, VX_FUTURE, DIAGONAL or OTHER.';

create table mart.lots_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "lot_id" varchar not null,
    "instrument_id" varchar not null,
    "campaign_id" varchar,
    "part" varchar not null,
    "kind" varchar not null,
    "grouping" varchar not null,
    "entry_layer" varchar,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "multiplier_usd" double not null,
    "entry_price_pts" double not null,
    "opened_at" timestamptz not null,
    "fees_usd" double not null
);
comment on table mart.lots_daily is 'One row per open lot: what is left of one opening fill, first in first out. The lots of a position add up to it. Grain: session_date, account, structure_id, lot_id.';
comment on column mart.lots_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.lots_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.lots_daily."structure_id" is 'Structure the lot belongs to.';
comment on column mart.lots_daily."lot_id" is 'The fill that opened it: core.fills.';
comment on column mart.lots_daily."instrument_id" is 'Readable key.';
comment on column mart.lots_daily."campaign_id" is 'Campaign.';
comment on column mart.lots_daily."part" is 'condor, L1, L2, L3, second_engine or other.';
comment on column mart.lots_daily."kind" is 'What the structure is: CONDOR, BROKEN_WING_CONDOR (unequal widths or quantities), PUT_VERTICAL, CALL_VERTICAL, VIX_CALL, VIX_CALL_SPREAD, VX_FUTURE, DIAGONAL or OTHER.';
comment on column mart.lots_daily."grouping" is 'DECLARED or INFERRED.';
comment on column mart.lots_daily."entry_layer" is 'Layer by days to expiry on the day it was opened; null unless a VIX layer leg.';
comment on column mart.lots_daily."root" is 'Root.';
comment on column mart.lots_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.lots_daily."settlement" is 'AM or PM.';
comment on column mart.lots_daily."right" is 'C or P; null for a future.';
comment on column mart.lots_daily."strike_pts" is 'Strike; null for a future. [index points]';
comment on column mart.lots_daily."quantity_qty" is 'Signed contracts still open. [count; contracts are signed, + long]';
comment on column mart.lots_daily."multiplier_usd" is 'USD per point of the contract. [USD]';
comment on column mart.lots_daily."entry_price_pts" is 'Price of the opening fill. [index points]';
comment on column mart.lots_daily."opened_at" is 'Instant of the opening fill. [instant, UTC]';
comment on column mart.lots_daily."fees_usd" is 'Fees of the opening fill, the share of what is still open. [USD]';

alter table mart.legs_daily add column "eps_source" varchar;
comment on column mart.legs_daily."eps_source" is 'Where eps comes from: prior or estimated; VIX instruments only.';

alter table mart.legs_daily add column "eps_estimated" double;
comment on column mart.legs_daily."eps_estimated" is 'The estimate at this leg''s tenor and price, used or not; null without one. [elasticity]';

alter table mart.legs_daily add column "eps_low" double;
comment on column mart.legs_daily."eps_low" is 'The estimate less a standard error: the stronger answer. [elasticity]';

alter table mart.legs_daily add column "eps_high" double;
comment on column mart.legs_daily."eps_high" is 'The estimate plus a standard error: the weaker answer. [elasticity]';

alter table mart.legs_daily add column "delta_low_usd_per_pt" double;
comment on column mart.legs_daily."delta_low_usd_per_pt" is 'SPX delta with eps_low; VIX legs only, null without an estimate. [USD per SPX point]';

alter table mart.legs_daily add column "delta_high_usd_per_pt" double;
comment on column mart.legs_daily."delta_high_usd_per_pt" is 'SPX delta with eps_high; VIX legs only, null without an estimate. [USD per SPX point]';

create table mart.structures_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "kind" varchar not null,
    "status" varchar not null,
    "status_reason" varchar,
    "grouping" varchar not null,
    "campaign_id" varchar,
    "campaign_grouping" varchar,
    "part_reason" varchar,
    "legs" varchar not null,
    "legs_qty" bigint not null,
    "quantity_qty" bigint not null,
    "opened_at" timestamptz not null,
    "first_expiry_date" date not null,
    "last_expiry_date" date not null,
    "entry_credit_usd" double not null,
    "chain_credit_pts" double,
    "max_loss_usd" double,
    "max_loss_reason" varchar,
    "max_loss_put_usd" double,
    "max_loss_call_usd" double,
    "break_even_put_pts" double,
    "break_even_call_pts" double,
    "value_usd" double,
    "realised_pnl_usd" double,
    "fees_usd" double not null,
    "pnl_usd" double,
    "pnl_reason" varchar,
    "state" varchar,
    "side" varchar,
    "state_reason" varchar
);
comment on table mart.structures_daily is 'One row per account, structure and kind held, settled today, or expired and waiting for its settlement value. A label may bind a condor and its hedge: two rows. Grain: session_date, account, structure_id, kind.';
comment on column mart.structures_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.structures_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.structures_daily."structure_id" is 'Declared label, or the name its legs imply.';
comment on column mart.structures_daily."kind" is 'What the structure is: CONDOR, BROKEN_WING_CONDOR (unequal widths or quantities), PUT_VERTICAL, CALL_VERTICAL, VIX_CALL, VIX_CALL_SPREAD, VX_FUTURE, DIAGONAL or OTHER.';
comment on column mart.structures_daily."status" is 'OPEN, AWAITING_SETTLEMENT or SETTLED (on the session it settled).';
comment on column mart.structures_daily."status_reason" is 'Which settlement value is not supplied; null otherwise.';
comment on column mart.structures_daily."grouping" is 'DECLARED, or INFERRED where no label binds the legs.';
comment on column mart.structures_daily."campaign_id" is 'Campaign.';
comment on column mart.structures_daily."campaign_grouping" is 'DECLARED, or INFERRED from orders that close one spread and open another; null without a campaign.';
comment on column mart.structures_daily."part_reason" is 'Why it is OTHER, or its legs are in no layer; null otherwise.';
comment on column mart.structures_daily."legs" is 'Signed contracts and instruments, in order of expiry, right and strike.';
comment on column mart.structures_daily."legs_qty" is 'Legs. [legs]';
comment on column mart.structures_daily."quantity_qty" is 'Size (positive): short contracts of the larger side of an SPX spread, else the largest leg. [count; contracts are signed, + long]';
comment on column mart.structures_daily."opened_at" is 'First fill of what is held. [instant, UTC]';
comment on column mart.structures_daily."first_expiry_date" is 'Earliest expiration of its legs. [date, exchange-local]';
comment on column mart.structures_daily."last_expiry_date" is 'Latest expiration of its legs. [date, exchange-local]';
comment on column mart.structures_daily."entry_credit_usd" is 'Received (+) or paid (-) for the legs listed, before fees; a future costs nothing. [USD]';
comment on column mart.structures_daily."chain_credit_pts" is 'Credit of the whole campaign per condor; SPX spreads only. [index points]';
comment on column mart.structures_daily."max_loss_usd" is 'Most it can lose at expiry from entry, without fees; of SPX spreads with the chain credit. Null with reason. [USD]';
comment on column mart.structures_daily."max_loss_reason" is 'Why it is null; null when it is not.';
comment on column mart.structures_daily."max_loss_put_usd" is 'Of the put side; SPX spreads only. [USD]';
comment on column mart.structures_daily."max_loss_call_usd" is 'Of the call side; SPX spreads only. [USD]';
comment on column mart.structures_daily."break_even_put_pts" is 'Lower break-even at expiry; SPX spreads with a put side only. [index points]';
comment on column mart.structures_daily."break_even_call_pts" is 'Upper break-even at expiry; SPX spreads with a call side only. [index points]';
comment on column mart.structures_daily."value_usd" is 'Value at the mark, or what it paid; of a future its open profit. [USD]';
comment on column mart.structures_daily."realised_pnl_usd" is 'What closed and settled contracts of the structure have earned, before fees. [USD]';
comment on column mart.structures_daily."fees_usd" is 'Fees of all its fills, those of legs that are gone included. [USD]';
comment on column mart.structures_daily."pnl_usd" is 'value + entry credit + realised - fees; null with reason. [USD]';
comment on column mart.structures_daily."pnl_reason" is 'Which legs have no mark or no settlement value; null when none.';
comment on column mart.structures_daily."state" is 'State of an SPX spread: as in mart.condors_daily; null for the rest.';
comment on column mart.structures_daily."side" is 'The side the state comes from.';
comment on column mart.structures_daily."state_reason" is 'The rule that set it.';

alter table mart.condors_daily add column "kind" varchar;
comment on column mart.condors_daily."kind" is 'CONDOR, BROKEN_WING_CONDOR, PUT_VERTICAL or CALL_VERTICAL.';

comment on column mart.condors_daily."put_state" is 'State of the put side; null without a short put.';

comment on column mart.condors_daily."call_state" is 'State of the call side; null without a short call.';

alter table mart.condors_daily add column "trigger_source_tier" varchar;
comment on column mart.condors_daily."trigger_source_tier" is 'Whose rule it is: vendor rule, house default or your setting.';

comment on column mart.condors_daily."flags" is 'AM_GAP, UNHEDGED_BY_ALVH, BROKEN_WING (unequal widths or quantities), NO_EDR (range triggers not evaluated), STALE (state carried forward), CHAIN_CREDIT_INCOMPLETE (a settled structure of the campaign has no settlement value), NO_PROFIT_ZONE (chain credit not above 0: no profitable zone without further credit); comma separated, empty when none.';

comment on column mart.condors_daily."quantity_qty" is 'Condors (positive): the short contracts of the larger side. [count; contracts are signed, + long]';

alter table mart.condors_daily add column "put_quantity_qty" bigint;
comment on column mart.condors_daily."put_quantity_qty" is 'Short puts (positive); null without one. [count; contracts are signed, + long]';

alter table mart.condors_daily add column "call_quantity_qty" bigint;
comment on column mart.condors_daily."call_quantity_qty" is 'Short calls (positive); null without one. [count; contracts are signed, + long]';

alter table mart.condors_daily alter column "long_put_pts" drop not null;

comment on column mart.condors_daily."long_put_pts" is 'K1; null when no put is long. [index points]';

alter table mart.condors_daily alter column "short_put_pts" drop not null;

comment on column mart.condors_daily."short_put_pts" is 'K2; null when no put is short. [index points]';

alter table mart.condors_daily alter column "short_call_pts" drop not null;

comment on column mart.condors_daily."short_call_pts" is 'K3; null when no call is short. [index points]';

alter table mart.condors_daily alter column "long_call_pts" drop not null;

comment on column mart.condors_daily."long_call_pts" is 'K4; null when no call is long. [index points]';

alter table mart.condors_daily alter column "width_put_pts" drop not null;

comment on column mart.condors_daily."width_put_pts" is 'K2 - K1; null without a short put. [index points]';

alter table mart.condors_daily alter column "width_call_pts" drop not null;

comment on column mart.condors_daily."width_call_pts" is 'K4 - K3; null without a short call. [index points]';

alter table mart.condors_daily add column "max_loss_put_usd" double;
comment on column mart.condors_daily."max_loss_put_usd" is 'Width x 100 x short puts less max profit, without fees; null without a put side. [USD]';

alter table mart.condors_daily add column "max_loss_call_usd" double;
comment on column mart.condors_daily."max_loss_call_usd" is 'The same of the call side. [USD]';

comment on column mart.condors_daily."max_loss_usd" is 'The larger of the two: only one side can lose. [USD]';

alter table mart.condors_daily alter column "break_even_put_pts" drop not null;

comment on column mart.condors_daily."break_even_put_pts" is 'K2 - max profit / (100 x short puts), at expiry; null without a put side. [index points]';

alter table mart.condors_daily alter column "break_even_call_pts" drop not null;

comment on column mart.condors_daily."break_even_call_pts" is 'K3 + max profit / (100 x short calls); null without a call side. [index points]';

alter table mart.condors_daily add column "expected_move_pts" double;
comment on column mart.condors_daily."expected_move_pts" is 'One standard deviation to the condor''s expiry: F x ATM vol x sqrt(T). [index points]';

alter table mart.condors_daily add column "short_put_distance_em" double;
comment on column mart.condors_daily."short_put_distance_em" is '(S - K2) over the expected move. [multiples of the expected move]';

alter table mart.condors_daily add column "short_call_distance_em" double;
comment on column mart.condors_daily."short_call_distance_em" is '(K3 - S) over the expected move. [multiples of the expected move]';

alter table mart.condors_daily add column "break_even_put_distance_frac" double;
comment on column mart.condors_daily."break_even_put_distance_frac" is '(S - put break-even) over S. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "break_even_call_distance_frac" double;
comment on column mart.condors_daily."break_even_call_distance_frac" is '(Call break-even - S) over S. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "break_even_put_distance_edr" double;
comment on column mart.condors_daily."break_even_put_distance_edr" is '(S - put break-even) over EDR points. [multiples of EDR]';

alter table mart.condors_daily add column "break_even_call_distance_edr" double;
comment on column mart.condors_daily."break_even_call_distance_edr" is '(Call break-even - S) over EDR points. [multiples of EDR]';

alter table mart.condors_daily add column "break_even_put_distance_em" double;
comment on column mart.condors_daily."break_even_put_distance_em" is '(S - put break-even) over the expected move. [multiples of the expected move]';

alter table mart.condors_daily add column "break_even_call_distance_em" double;
comment on column mart.condors_daily."break_even_call_distance_em" is '(Call break-even - S) over the expected move. [multiples of the expected move]';

alter table mart.condors_daily add column "distance_reason" varchar;
comment on column mart.condors_daily."distance_reason" is 'Why a distance is null; null when none is.';

alter table mart.condors_daily add column "intrinsic_put_spread_frac" double;
comment on column mart.condors_daily."intrinsic_put_spread_frac" is 'Discounted forward intrinsic of the put spread over its width: how much of its maximum loss is already there. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "intrinsic_call_spread_frac" double;
comment on column mart.condors_daily."intrinsic_call_spread_frac" is 'The same of the call spread. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "long_put_cover_ratio" double;
comment on column mart.condors_daily."long_put_cover_ratio" is 'Delta of the long puts over that of the short ones: 1 = the wing moves one for one, the loss is nearly capped. [ratio]';

alter table mart.condors_daily add column "long_call_cover_ratio" double;
comment on column mart.condors_daily."long_call_cover_ratio" is 'The same of the calls. [ratio]';

alter table mart.condors_daily add column "put_wing_reading" varchar;
comment on column mart.condors_daily."put_wing_reading" is 'While the short put is in the money: `loss still accelerating` (cover under 0.6), `wing reached` (over 0.9); else null.';

alter table mart.condors_daily add column "call_wing_reading" varchar;
comment on column mart.condors_daily."call_wing_reading" is 'The same of the call side.';

alter table mart.condors_daily add column "put_side_credit_pts" double;
comment on column mart.condors_daily."put_side_credit_pts" is 'Entry credit of the put spread per short put, this condor''s own. [index points]';

alter table mart.condors_daily add column "call_side_credit_pts" double;
comment on column mart.condors_daily."call_side_credit_pts" is 'Entry credit of the call spread per short call, this condor''s own. [index points]';

alter table mart.condors_daily add column "side_credit_method" varchar;
comment on column mart.condors_daily."side_credit_method" is 'fills, or entry_mids where fills price the condor as a whole: its credit in the proportion of that session''s mids; null with reason.';

alter table mart.condors_daily add column "put_side_residual_pts" double;
comment on column mart.condors_daily."put_side_residual_pts" is 'What buying the put spread back costs at the marks, per short put. [index points]';

alter table mart.condors_daily add column "call_side_residual_pts" double;
comment on column mart.condors_daily."call_side_residual_pts" is 'What buying the call spread back costs at the marks, per short call. [index points]';

alter table mart.condors_daily add column "put_side_captured_frac" double;
comment on column mart.condors_daily."put_side_captured_frac" is '1 - residual / entry credit; negative once the side costs more than it brought. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "call_side_captured_frac" double;
comment on column mart.condors_daily."call_side_captured_frac" is 'The same of the call side. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "is_put_side_captured" boolean;
comment on column mart.condors_daily."is_put_side_captured" is '80% or more of the put side''s credit is earned: a candidate to close for a nickel.';

alter table mart.condors_daily add column "is_call_side_captured" boolean;
comment on column mart.condors_daily."is_call_side_captured" is 'The same of the call side.';

alter table mart.condors_daily add column "short_put_extrinsic_pts" double;
comment on column mart.condors_daily."short_put_extrinsic_pts" is 'Mark of the short put less its discounted forward intrinsic. [index points]';

alter table mart.condors_daily add column "short_call_extrinsic_pts" double;
comment on column mart.condors_daily."short_call_extrinsic_pts" is 'The same of the short call. [index points]';

alter table mart.condors_daily add column "is_put_nothing_left" boolean;
comment on column mart.condors_daily."is_put_nothing_left" is 'The short put is in the money with under 0.50 points of extrinsic: holding on is a bet on delta alone.';

alter table mart.condors_daily add column "is_call_nothing_left" boolean;
comment on column mart.condors_daily."is_call_nothing_left" is 'The same of the short call.';

alter table mart.condors_daily add column "side_reason" varchar;
comment on column mart.condors_daily."side_reason" is 'Why a figure of a side is null; null when none is.';

alter table mart.condors_daily add column "gamma_usd_per_1pct" double;
comment on column mart.condors_daily."gamma_usd_per_1pct" is 'gamma x (0.01 S)^2: change of the delta per 1% over a move of 1%. [USD per 1% of SPX, per 1%]';

alter table mart.condors_daily add column "gamma_accel_ratio" double;
comment on column mart.condors_daily."gamma_accel_ratio" is '- gamma per 1% / |delta per 1%|: how much of today''s delta a move of 1% adds; over 1 = unstable. [ratio]';

alter table mart.condors_daily add column "dollar_gamma_day_usd" double;
comment on column mart.condors_daily."dollar_gamma_day_usd" is '0.5 x gamma x EDR^2: what one expected daily range costs by gamma; negative when short. [USD]';

alter table mart.condors_daily add column "gamma_theta_ratio" double;
comment on column mart.condors_daily."gamma_theta_ratio" is '|dollar gamma of a day| / (theta x 365/252): a session''s range against a session''s theta; a fairly priced straddle scores 1. [ratio]';

alter table mart.condors_daily add column "delta_at_m1_usd_per_pt" double;
comment on column mart.condors_daily."delta_at_m1_usd_per_pt" is 'Delta repriced right after SPX -1%, each strike''s vol held. [USD per SPX point]';

alter table mart.condors_daily add column "delta_at_m2_usd_per_pt" double;
comment on column mart.condors_daily."delta_at_m2_usd_per_pt" is 'Delta repriced right after SPX -2%, each strike''s vol held. [USD per SPX point]';

alter table mart.condors_daily add column "delta_at_m3_usd_per_pt" double;
comment on column mart.condors_daily."delta_at_m3_usd_per_pt" is 'Delta repriced right after SPX -3%, each strike''s vol held. [USD per SPX point]';

alter table mart.condors_daily add column "delta_at_m5_usd_per_pt" double;
comment on column mart.condors_daily."delta_at_m5_usd_per_pt" is 'Delta repriced right after SPX -5%, each strike''s vol held. [USD per SPX point]';

alter table mart.condors_daily add column "pnl_at_m1_usd" double;
comment on column mart.condors_daily."pnl_at_m1_usd" is 'P&L of SPX -1% at once, repriced with each strike''s vol held: read it instead of gamma below 2 days. [USD]';

alter table mart.condors_daily add column "pnl_at_p1_usd" double;
comment on column mart.condors_daily."pnl_at_p1_usd" is 'P&L of SPX +1% at once, likewise. [USD]';

alter table mart.condors_daily add column "curvature_reason" varchar;
comment on column mart.condors_daily."curvature_reason" is 'Why a figure of gamma or repricing is null; null when none is.';

alter table mart.condors_daily add column "set_payoff_m2_usd" double;
comment on column mart.condors_daily."set_payoff_m2_usd" is 'AM series on its last trading evening: payoff of the legs should SET be 2% below tonight''s spot; at most 0, without credit. [USD]';

alter table mart.condors_daily add column "set_payoff_m1_usd" double;
comment on column mart.condors_daily."set_payoff_m1_usd" is 'AM series on its last trading evening: payoff of the legs should SET be 1% below; at most 0, without credit. [USD]';

alter table mart.condors_daily add column "set_payoff_0_usd" double;
comment on column mart.condors_daily."set_payoff_0_usd" is 'AM series on its last trading evening: payoff of the legs should SET be tonight''s spot; at most 0, without credit. [USD]';

alter table mart.condors_daily add column "set_payoff_p1_usd" double;
comment on column mart.condors_daily."set_payoff_p1_usd" is 'AM series on its last trading evening: payoff of the legs should SET be 1% above; at most 0, without credit. [USD]';

alter table mart.condors_daily add column "set_payoff_p2_usd" double;
comment on column mart.condors_daily."set_payoff_p2_usd" is 'AM series on its last trading evening: payoff of the legs should SET be 2% above; at most 0, without credit. [USD]';

alter table mart.condors_daily add column "set_payoff_reason" varchar;
comment on column mart.condors_daily."set_payoff_reason" is 'Why there are no payoffs at SET; null when there are.';

alter table mart.condors_daily add column "pop_frac" double;
comment on column mart.condors_daily."pop_frac" is 'Risk-neutral chance to end between the break-evens, the smile''s slope included; no win rate. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "pop_flat_frac" double;
comment on column mart.condors_daily."pop_flat_frac" is 'The same by N(d2) at each break-even''s own vol: the difference is the skew. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "put_itm_frac" double;
comment on column mart.condors_daily."put_itm_frac" is 'Risk-neutral chance that the short put ends in the money. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "call_itm_frac" double;
comment on column mart.condors_daily."call_itm_frac" is 'Risk-neutral chance that the short call ends in the money. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "put_touch_frac" double;
comment on column mart.condors_daily."put_touch_frac" is 'Chance that the short put is touched: min(1, 2 x ends in the money). [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "call_touch_frac" double;
comment on column mart.condors_daily."call_touch_frac" is 'Chance that the short call is touched. [fraction (0.01 = 1%)]';

alter table mart.condors_daily add column "ev_q_payoff_usd" double;
comment on column mart.condors_daily."ev_q_payoff_usd" is 'Risk-neutral expected payoff of the legs at settlement, at most 0, undiscounted, without credit. [USD]';

alter table mart.condors_daily add column "ev_p_payoff_usd" double;
comment on column mart.condors_daily."ev_p_payoff_usd" is 'The same with every vol scaled by realised over implied: a model assumption. [USD]';

alter table mart.condors_daily add column "ev_p_vol_ratio" double;
comment on column mart.condors_daily."ev_p_vol_ratio" is 'HV20 over ATM vol of the expiry, clipped: the scale of EV_P. [ratio]';

alter table mart.condors_daily add column "ev_p_total_usd" double;
comment on column mart.condors_daily."ev_p_total_usd" is 'Credit of the campaign + EV_P of the legs, without fees. [USD]';

alter table mart.condors_daily add column "hold_edge_usd" double;
comment on column mart.condors_daily."hold_edge_usd" is 'EV_P of the legs less what closing at the quotes brings now: positive = waiting is worth that much. [USD]';

alter table mart.condors_daily add column "prob_method" varchar;
comment on column mart.condors_daily."prob_method" is 'fitted, quoted or flat: the smile the odds are read on; null with reason.';

alter table mart.condors_daily add column "prob_reason" varchar;
comment on column mart.condors_daily."prob_reason" is 'Why odds or expectations are null, or not of the first kind.';

alter table mart.condors_daily add column "margin_usd" double;
comment on column mart.condors_daily."margin_usd" is 'Strategy-based requirement: the larger of the two sides'' widths x 100 x contracts, credit not deducted. [USD]';

alter table mart.condors_daily add column "buying_power_usd" double;
comment on column mart.condors_daily."buying_power_usd" is 'Margin less this condor''s own credit before fees: what it ties up. [USD]';

alter table mart.condors_daily add column "margin_reason" varchar;
comment on column mart.condors_daily."margin_reason" is 'Why margin is null; null when it is not.';

alter table mart.condors_daily add column "opened_at" timestamptz;
comment on column mart.condors_daily."opened_at" is 'First fill of what is held. [instant, UTC]';

alter table mart.condors_daily add column "profile" varchar;
comment on column mart.condors_daily."profile" is '1dte when opened within 7 days of its expiry, else monthly.';

alter table mart.condors_daily add column "tier" varchar;
comment on column mart.condors_daily."tier" is 'CONSERVATIVE, BALANCED, AGGRESSIVE by the nearest vendor credit within 20%, else OTHER; 1dte only.';

alter table mart.condors_daily add column "state_since_date" date;
comment on column mart.condors_daily."state_since_date" is 'Session in which the present state began. [date, exchange-local]';

alter table mart.condors_daily add column "worst_state_in_campaign" varchar;
comment on column mart.condors_daily."worst_state_in_campaign" is 'Worst state either side of any condor of the campaign has been in up to tonight, settlement included.';

comment on table mart.condors_daily is 'One row per condor held, whole or what is left of it (a vertical, a broken wing): geometry, credit, P&L, Greeks, distances and state. Grain: session_date, account, condor_id.';

comment on column mart.hedge_layers_daily."signal_reason" is 'The move of tonight with its rule, or what kept it still, or why it is null.';

alter table mart.hedge_layers_daily add column "signal_since_date" date;
comment on column mart.hedge_layers_daily."signal_since_date" is 'Session on which the state was entered. [date, exchange-local]';

alter table mart.hedge_layers_daily add column "signal_rule_id" varchar;
comment on column mart.hedge_layers_daily."signal_rule_id" is 'Rule that set the state; null for a layer that was never armed.';

alter table mart.hedge_layers_daily add column "signal_value" double;
comment on column mart.hedge_layers_daily."signal_value" is 'What that rule measured on that session. [in its rule''s unit]';

alter table mart.hedge_layers_daily add column "signal_threshold" double;
comment on column mart.hedge_layers_daily."signal_threshold" is 'The threshold it was held against. [in its rule''s unit]';

alter table mart.hedge_layers_daily add column "signal_source_tier" varchar;
comment on column mart.hedge_layers_daily."signal_source_tier" is 'Whose rule it is: vendor rule, house default or your setting.';

alter table mart.hedge_layers_daily add column "is_signal_stale" boolean;
comment on column mart.hedge_layers_daily."is_signal_stale" is 'True where the state is carried forward because tonight cannot be judged.';

alter table mart.hedge_layers_daily add column "put_side" varchar;
comment on column mart.hedge_layers_daily."put_side" is 'Worst put side of the account''s condors, those settled today included; OK without one.';

alter table mart.hedge_layers_daily add column "armed_quiet_closes" bigint;
comment on column mart.hedge_layers_daily."armed_quiet_closes" is 'Closes in a row, tonight included, that lead from ARMED to DORMANT, counted in every state. [closes]';

alter table mart.hedge_layers_daily add column "active_quiet_closes" bigint;
comment on column mart.hedge_layers_daily."active_quiet_closes" is 'Closes in a row, tonight included, that lead from ACTIVE to ARMED, counted in every state. [closes]';

comment on column mart.hedge_layers_daily."units_target" is 'Units the rules ask for, by mode and signal; null with reason. [hedge units]';

alter table mart.hedge_layers_daily add column "target_reason" varchar;
comment on column mart.hedge_layers_daily."target_reason" is 'Why there is no target; null when there is one.';

comment on column mart.hedge_layers_daily."gap_units" is 'max(0, target - held); null without a target. [hedge units]';

alter table mart.hedge_layers_daily add column "gap_cost_usd" double;
comment on column mart.hedge_layers_daily."gap_cost_usd" is 'What the gap costs at the ask of the unit''s call of this layer. [USD]';

alter table mart.hedge_layers_daily add column "gap_instrument_id" varchar;
comment on column mart.hedge_layers_daily."gap_instrument_id" is 'That call: mart.hedge_units_daily.';

alter table mart.hedge_layers_daily add column "spx_delta_low_usd_per_pt" double;
comment on column mart.hedge_layers_daily."spx_delta_low_usd_per_pt" is 'The same with the estimated elasticity less a standard error; null without an estimate. [USD per SPX point]';

alter table mart.hedge_layers_daily add column "spx_delta_high_usd_per_pt" double;
comment on column mart.hedge_layers_daily."spx_delta_high_usd_per_pt" is 'The same with the estimated elasticity plus a standard error; null without an estimate. [USD per SPX point]';

alter table mart.hedge_layers_daily add column "decay_30d_usd" double;
comment on column mart.hedge_layers_daily."decay_30d_usd" is 'What 30 days take at the same forwards and vols; negative is a cost. [USD]';

alter table mart.hedge_layers_daily add column "rolldown_30d_usd" double;
comment on column mart.hedge_layers_daily."rolldown_30d_usd" is 'What rolling down tonight''s VX curve for 30 days adds after that. [USD]';

alter table mart.hedge_layers_daily add column "carry_30d_usd" double;
comment on column mart.hedge_layers_daily."carry_30d_usd" is 'Decay and roll-down together. [USD]';

alter table mart.hedge_layers_daily add column "carry_reason" varchar;
comment on column mart.hedge_layers_daily."carry_reason" is 'Why decay or roll-down is null; null when neither is.';

alter table mart.hedge_layers_daily add column "next_roll_date" date;
comment on column mart.hedge_layers_daily."next_roll_date" is 'First roll date of the lots bought as this layer; null without a lot. [date, exchange-local]';

alter table mart.hedge_layers_daily add column "roll_cost_usd" double;
comment on column mart.hedge_layers_daily."roll_cost_usd" is 'Cost of the rolls that are due, lots bought as this layer; null when none is due, or with reason. [USD]';

alter table mart.hedge_layers_daily add column "roll_cost_reason" varchar;
comment on column mart.hedge_layers_daily."roll_cost_reason" is 'Why the cost of a roll that is due is not known.';

alter table mart.hedge_layers_daily add column "is_monetise_candidate" boolean;
comment on column mart.hedge_layers_daily."is_monetise_candidate" is 'True where a lot bought as this layer has gained enough to sell a part.';

create table mart.hedge_lots_daily (
    "session_date" date not null,
    "account" varchar not null,
    "lot_id" varchar not null,
    "structure_id" varchar not null,
    "instrument_id" varchar not null,
    "entry_layer" varchar,
    "current_layer" varchar not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "multiplier_usd" double not null,
    "dte_days" bigint,
    "opened_at" timestamptz not null,
    "entry_price_pts" double not null,
    "entry_forward_pts" double,
    "entry_forward_reason" varchar,
    "bid_pts" double,
    "ask_pts" double,
    "mark_pts" double,
    "unpriced_reason" varchar,
    "forward_pts" double,
    "forward_method" varchar,
    "iv_vol" double,
    "delta_b76" double,
    "eps" double,
    "eps_source" varchar,
    "eps_estimated" double,
    "eps_low" double,
    "eps_high" double,
    "spx_delta_usd_per_pt" double,
    "spx_delta_low_usd_per_pt" double,
    "spx_delta_high_usd_per_pt" double,
    "vix_delta_usd_per_vx_pt" double,
    "volvol_vega_usd_per_volpt" double,
    "theta_usd_per_day" double,
    "cost_usd" double not null,
    "value_usd" double,
    "liq_value_usd" double,
    "pnl_usd" double,
    "gain_frac" double,
    "extrinsic_frac" double,
    "decay_30d_usd" double,
    "rolldown_30d_usd" double,
    "carry_30d_usd" double,
    "carry_reason" varchar,
    "roll_date" date,
    "is_roll_due" boolean not null,
    "roll_cost_usd" double,
    "roll_cost_reason" varchar,
    "shock_pnl_usd" double,
    "is_monetise_candidate" boolean not null,
    "monetise_qty" bigint,
    "monetise_proceeds_usd" double,
    "offset_after_sale_frac" double,
    "monetise_reason" varchar
);
comment on table mart.hedge_lots_daily is 'One row per account and open lot of the three layers: what one fill bought and nobody has sold yet, oldest first. Grain: session_date, account, lot_id.';
comment on column mart.hedge_lots_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_lots_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.hedge_lots_daily."lot_id" is 'The fill that opened the lot: core.fills.';
comment on column mart.hedge_lots_daily."structure_id" is 'Structure.';
comment on column mart.hedge_lots_daily."instrument_id" is 'Readable key.';
comment on column mart.hedge_lots_daily."entry_layer" is 'Layer by days to expiry when it was bought: counts for gains and rolls.';
comment on column mart.hedge_lots_daily."current_layer" is 'Layer by today''s days to expiry: counts for risk.';
comment on column mart.hedge_lots_daily."root" is 'Root.';
comment on column mart.hedge_lots_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.hedge_lots_daily."settlement" is 'AM or PM.';
comment on column mart.hedge_lots_daily."right" is 'C or P; null for a future.';
comment on column mart.hedge_lots_daily."strike_pts" is 'Strike; null for a future. [index points]';
comment on column mart.hedge_lots_daily."quantity_qty" is 'Signed contracts of the lot. [count; contracts are signed, + long]';
comment on column mart.hedge_lots_daily."multiplier_usd" is 'USD per point. [USD]';
comment on column mart.hedge_lots_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.hedge_lots_daily."opened_at" is 'When it was bought. [instant, UTC]';
comment on column mart.hedge_lots_daily."entry_price_pts" is 'What was paid per contract. [index points]';
comment on column mart.hedge_lots_daily."entry_forward_pts" is 'Settlement of the lot''s own VX future on the day it was bought; null with reason. [index points]';
comment on column mart.hedge_lots_daily."entry_forward_reason" is 'Why it is null; null when it is not.';
comment on column mart.hedge_lots_daily."bid_pts" is 'Bid. [index points]';
comment on column mart.hedge_lots_daily."ask_pts" is 'Ask. [index points]';
comment on column mart.hedge_lots_daily."mark_pts" is 'Mark; null when unpriced. [index points]';
comment on column mart.hedge_lots_daily."unpriced_reason" is 'Why it has no mark; null when it has.';
comment on column mart.hedge_lots_daily."forward_pts" is 'Forward used: the lot''s own VX future, or its labelled stand-in. [index points]';
comment on column mart.hedge_lots_daily."forward_method" is 'future, parity or curve.';
comment on column mart.hedge_lots_daily."iv_vol" is 'Smile vol at the strike. [annualised volatility, decimal]';
comment on column mart.hedge_lots_daily."delta_b76" is 'Discounted Black-76 delta of one contract. [points per point of the forward]';
comment on column mart.hedge_lots_daily."eps" is 'Elasticity dlnF/dlnS used; negative. [elasticity]';
comment on column mart.hedge_lots_daily."eps_source" is 'Where eps comes from: prior or estimated.';
comment on column mart.hedge_lots_daily."eps_estimated" is 'The estimate at this lot''s tenor and price; null without one. [elasticity]';
comment on column mart.hedge_lots_daily."eps_low" is 'The estimate less a standard error: the stronger answer. [elasticity]';
comment on column mart.hedge_lots_daily."eps_high" is 'The estimate plus a standard error: the weaker answer. [elasticity]';
comment on column mart.hedge_lots_daily."spx_delta_usd_per_pt" is 'SPX-equivalent delta, negative for long calls. [USD per SPX point]';
comment on column mart.hedge_lots_daily."spx_delta_low_usd_per_pt" is 'The same with eps_low. [USD per SPX point]';
comment on column mart.hedge_lots_daily."spx_delta_high_usd_per_pt" is 'The same with eps_high. [USD per SPX point]';
comment on column mart.hedge_lots_daily."vix_delta_usd_per_vx_pt" is 'Delta to its own VX future. [USD per point of the option''s own VX future]';
comment on column mart.hedge_lots_daily."volvol_vega_usd_per_volpt" is 'Vega to VIX-option vol; never added to SPX vega. [USD per vol point (0.01)]';
comment on column mart.hedge_lots_daily."theta_usd_per_day" is 'Theta. [USD per calendar day]';
comment on column mart.hedge_lots_daily."cost_usd" is 'Premium paid; 0 for a future. [USD]';
comment on column mart.hedge_lots_daily."value_usd" is 'Value at the mark; of a future its open profit. [USD]';
comment on column mart.hedge_lots_daily."liq_value_usd" is 'At bid for longs, at ask for shorts. [USD]';
comment on column mart.hedge_lots_daily."pnl_usd" is 'Open P&L of the lot, before fees. [USD]';
comment on column mart.hedge_lots_daily."gain_frac" is 'mark / entry - 1, sign turned for a short lot: 1.5 is +150%. [fraction (0.01 = 1%)]';
comment on column mart.hedge_lots_daily."extrinsic_frac" is 'Extrinsic share of the mark; null for a future. [fraction (0.01 = 1%)]';
comment on column mart.hedge_lots_daily."decay_30d_usd" is 'What 30 days take at the same forward and vol; negative is a cost. [USD]';
comment on column mart.hedge_lots_daily."rolldown_30d_usd" is 'What the lot''s future rolling down tonight''s curve for 30 days adds after that. [USD]';
comment on column mart.hedge_lots_daily."carry_30d_usd" is 'Decay and roll-down together. [USD]';
comment on column mart.hedge_lots_daily."carry_reason" is 'Why decay or roll-down is null; null when neither is.';
comment on column mart.hedge_lots_daily."roll_date" is 'First day with the roll days of its entry layer (15, 70, 165) left. [date, exchange-local]';
comment on column mart.hedge_lots_daily."is_roll_due" is 'True from that day on.';
comment on column mart.hedge_lots_daily."roll_cost_usd" is 'Buying the entry layer''s unit call at the ask less selling this lot at the bid; null with reason. [USD]';
comment on column mart.hedge_lots_daily."roll_cost_reason" is 'Why it is null; null when it is not.';
comment on column mart.hedge_lots_daily."shock_pnl_usd" is 'P&L of the lot at the sizing shock (SPX -5%), base response, now. [USD]';
comment on column mart.hedge_lots_daily."is_monetise_candidate" is 'True where an L1 lot has gained 150%, or its future half again, and selling is not blocked.';
comment on column mart.hedge_lots_daily."monetise_qty" is 'Contracts the rule would sell: half of the lot; null when the rule is not met. [count; contracts are signed, + long]';
comment on column mart.hedge_lots_daily."monetise_proceeds_usd" is 'What they bring at the bid. [USD]';
comment on column mart.hedge_lots_daily."offset_after_sale_frac" is 'The offset at the sizing shock after that sale; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.hedge_lots_daily."monetise_reason" is 'Which rule is met, whether selling is blocked, where to redeploy; null when no rule is met.';

alter table mart.second_engine_daily add column "near_future_pts" double;
comment on column mart.second_engine_daily."near_future_pts" is 'The near leg''s own future. [index points]';

alter table mart.second_engine_daily add column "far_future_pts" double;
comment on column mart.second_engine_daily."far_future_pts" is 'The far leg''s own future. [index points]';

alter table mart.second_engine_daily add column "steepening_exposure_usd_per_vx_pt" double;
comment on column mart.second_engine_daily."steepening_exposure_usd_per_vx_pt" is 'Far future up a point, the near one not: the far delta. [USD per point of the option''s own VX future]';

alter table mart.second_engine_daily add column "parallel_exposure_usd_per_vx_pt" double;
comment on column mart.second_engine_daily."parallel_exposure_usd_per_vx_pt" is 'Both futures up a point, which they do not do: the sum. [USD per point of the option''s own VX future]';

alter table mart.second_engine_daily add column "rolldown_usd_per_day" double;
comment on column mart.second_engine_daily."rolldown_usd_per_day" is 'What a day''s roll down tonight''s curve earns. [USD per calendar day]';

alter table mart.second_engine_daily add column "path_exponent" double;
comment on column mart.second_engine_daily."path_exponent" is 'Elasticity of the far future over the near one''s: the path between them. [ratio]';

alter table mart.second_engine_daily add column "path_x15_far_pts" double;
comment on column mart.second_engine_daily."path_x15_far_pts" is 'The far future when the near one settles at 1.5 times its price. [index points]';

alter table mart.second_engine_daily add column "path_x15_pnl_usd" double;
comment on column mart.second_engine_daily."path_x15_pnl_usd" is 'P&L since tonight at near expiry, the near future at 1.5 times. [USD]';

alter table mart.second_engine_daily add column "path_x20_far_pts" double;
comment on column mart.second_engine_daily."path_x20_far_pts" is 'The far future when the near one settles at 2 times its price. [index points]';

alter table mart.second_engine_daily add column "path_x20_pnl_usd" double;
comment on column mart.second_engine_daily."path_x20_pnl_usd" is 'P&L since tonight at near expiry, the near future at 2 times. [USD]';

alter table mart.second_engine_daily add column "path_x30_far_pts" double;
comment on column mart.second_engine_daily."path_x30_far_pts" is 'The far future when the near one settles at 3 times its price. [index points]';

alter table mart.second_engine_daily add column "path_x30_pnl_usd" double;
comment on column mart.second_engine_daily."path_x30_pnl_usd" is 'P&L since tonight at near expiry, the near future at 3 times. [USD]';

alter table mart.second_engine_daily add column "shock_m5_pnl_usd" double;
comment on column mart.second_engine_daily."shock_m5_pnl_usd" is 'P&L now at SPX -5%, base response. [USD]';

alter table mart.second_engine_daily add column "shock_m10_pnl_usd" double;
comment on column mart.second_engine_daily."shock_m10_pnl_usd" is 'P&L now at SPX -10%, base response. [USD]';

alter table mart.second_engine_daily add column "worst_path_loss_usd" double;
comment on column mart.second_engine_daily."worst_path_loss_usd" is 'The worst of the paths, negative; 0 where none loses. [USD]';

alter table mart.second_engine_daily add column "worst_grid_loss_usd" double;
comment on column mart.second_engine_daily."worst_grid_loss_usd" is 'The worst cell of the grid and the paths, negative; null with risk_reason. [USD]';

alter table mart.second_engine_daily add column "worst_cell" varchar;
comment on column mart.second_engine_daily."worst_cell" is 'Which cell that is.';

alter table mart.second_engine_daily add column "loss_multiple" double;
comment on column mart.second_engine_daily."loss_multiple" is 'Worst loss over the debit; null for a credit. [times the debit]';

alter table mart.second_engine_daily add column "capital_at_risk_usd" double;
comment on column mart.second_engine_daily."capital_at_risk_usd" is 'The larger of debit and worst loss. [USD]';

alter table mart.second_engine_daily add column "convexity_ratio" double;
comment on column mart.second_engine_daily."convexity_ratio" is 'P&L at -10% over twice that at -5%, where the latter gains; > 1 convex. [ratio]';

alter table mart.second_engine_daily add column "asymmetry" double;
comment on column mart.second_engine_daily."asymmetry" is 'Best over worst cell of the grid. [ratio]';

alter table mart.second_engine_daily add column "reference_spread" varchar;
comment on column mart.second_engine_daily."reference_spread" is 'The plain debit spread it is held against: the long leg, a short strike about 8 up.';

alter table mart.second_engine_daily add column "reference_debit_usd" double;
comment on column mart.second_engine_daily."reference_debit_usd" is 'Model price of that spread, as many as long legs. [USD]';

alter table mart.second_engine_daily add column "payoff_per_risk_m5_frac" double;
comment on column mart.second_engine_daily."payoff_per_risk_m5_frac" is 'P&L per USD of capital at risk at -5%. [fraction (0.01 = 1%)]';

alter table mart.second_engine_daily add column "payoff_per_risk_m10_frac" double;
comment on column mart.second_engine_daily."payoff_per_risk_m10_frac" is 'P&L per USD of capital at risk at -10%. [fraction (0.01 = 1%)]';

alter table mart.second_engine_daily add column "convexity_excess_m5_frac" double;
comment on column mart.second_engine_daily."convexity_excess_m5_frac" is 'P&L per USD of capital at risk at -5%, less the debit spread''s. [fraction (0.01 = 1%)]';

alter table mart.second_engine_daily add column "convexity_excess_m10_frac" double;
comment on column mart.second_engine_daily."convexity_excess_m10_frac" is 'P&L per USD of capital at risk at -10%, less the debit spread''s. [fraction (0.01 = 1%)]';

alter table mart.second_engine_daily add column "is_convexity_claimed" boolean;
comment on column mart.second_engine_daily."is_convexity_claimed" is 'Whether convexity exceeds a debit spread: both excesses positive; else null.';

alter table mart.second_engine_daily add column "convexity_reason" varchar;
comment on column mart.second_engine_daily."convexity_reason" is 'Why an excess is null; null when neither is.';

alter table mart.second_engine_daily add column "margin_usd" double;
comment on column mart.second_engine_daily."margin_usd" is 'Strategy margin; the short leg is naked by default. Null with reason. [USD]';

alter table mart.second_engine_daily add column "margin_reason" varchar;
comment on column mart.second_engine_daily."margin_reason" is 'Why there is none; null when there is.';

alter table mart.second_engine_daily add column "state" varchar;
comment on column mart.second_engine_daily."state" is 'ON, EXPIRING or STRESSED; null with risk_reason.';

alter table mart.second_engine_daily add column "state_rule" varchar;
comment on column mart.second_engine_daily."state_rule" is 'The rule that set the state.';

alter table mart.second_engine_daily add column "state_value" double;
comment on column mart.second_engine_daily."state_value" is 'Its value; null where the rule has none. [in `state_unit`]';

alter table mart.second_engine_daily add column "state_threshold" double;
comment on column mart.second_engine_daily."state_threshold" is 'What it was held against. [in `state_unit`]';

alter table mart.second_engine_daily add column "state_unit" varchar;
comment on column mart.second_engine_daily."state_unit" is 'Unit of value and threshold.';

alter table mart.second_engine_daily add column "is_state_stale" boolean;
comment on column mart.second_engine_daily."is_state_stale" is 'True: last night''s state, carried forward on DATA_HOLD. Null or false: tonight''s.';

alter table mart.second_engine_daily add column "state_source_tier" varchar;
comment on column mart.second_engine_daily."state_source_tier" is 'Whose rule it is: house default, or your setting.';

alter table mart.second_engine_daily add column "state_reason" varchar;
comment on column mart.second_engine_daily."state_reason" is 'The state in a sentence: its rule and, of a diagonal, its worst loss and margin.';

alter table mart.second_engine_daily add column "risk_reason" varchar;
comment on column mart.second_engine_daily."risk_reason" is 'Why the worst loss or the state is null; null when neither is.';

comment on column mart.scenarios_daily."vol_response" is 'How VIX answers: muted (half the path), base, severe (twice), inverse (not at all).';

comment on column mart.scenarios_daily."horizon" is 'When SPX jumps: now, 1d, 5d (calendar days ahead) or condor_expiry, the account''s nearest.';

alter table mart.scenarios_daily add column "horizon_days" bigint;
comment on column mart.scenarios_daily."horizon_days" is 'Calendar days until then; null where the horizon is not known. [calendar days]';

alter table mart.scenarios_daily add column "vx30_pts" double;
comment on column mart.scenarios_daily."vx30_pts" is 'A VIX future of 30 days after the shock; null without a VX curve. [index points]';

alter table mart.scenarios_daily add column "net_liq_frac" double;
comment on column mart.scenarios_daily."net_liq_frac" is 'The same of net liquidation value; null where that is not supplied or not positive. [fraction (0.01 = 1%)]';

alter table mart.scenarios_daily add column "delta_usd_per_1pct" double;
comment on column mart.scenarios_daily."delta_usd_per_1pct" is 'SPX delta after the shock, VIX legs by the elasticity they then have; null with pnl_usd. [USD per 1% of SPX]';

comment on column mart.scenarios_daily."sticky_strike_pnl_usd" is 'P&L with each SPX strike''s vol held; shown beside. [USD]';

alter table mart.scenarios_daily add column "fitted_surface_pnl_usd" double;
comment on column mart.scenarios_daily."fitted_surface_pnl_usd" is 'P&L with the SPX smile of the fitted surface, both now and after; null where an SPX leg''s expiry has no fit; shown beside. [USD]';

alter table mart.scenarios_daily add column "low_elasticity_pnl_usd" double;
comment on column mart.scenarios_daily."low_elasticity_pnl_usd" is 'P&L with the weaker elasticity: a standard error less, or points per 1% held. [USD]';

alter table mart.scenarios_daily add column "high_elasticity_pnl_usd" double;
comment on column mart.scenarios_daily."high_elasticity_pnl_usd" is 'P&L with the stronger elasticity, a standard error more; null with band_reason. [USD]';

alter table mart.scenarios_daily add column "band_reason" varchar;
comment on column mart.scenarios_daily."band_reason" is 'What the low edge is, and why there is no high edge; null when both are a standard error away.';

alter table mart.scenarios_daily add column "is_worst" boolean;
comment on column mart.scenarios_daily."is_worst" is 'True in the cell of the grid where this part loses most; never for a part without legs.';

comment on column mart.scenarios_daily."reason" is 'Why pnl_usd is null; null when it is not.';

create table mart.hedge_units_daily (
    "session_date" date not null,
    "layer" varchar not null,
    "weight_contracts" double not null,
    "instrument_id" varchar,
    "reason" varchar,
    "root" varchar,
    "expiry_date" date,
    "settlement" varchar,
    "strike_pts" double,
    "dte_days" bigint,
    "forward_pts" double,
    "forward_method" varchar,
    "iv_vol" double,
    "delta" double,
    "bid_pts" double,
    "ask_pts" double,
    "mark_pts" double,
    "eps" double,
    "eps_source" varchar,
    "premium_usd" double,
    "ask_usd" double,
    "spx_delta_usd_per_pt" double,
    "vix_delta_usd_per_vx_pt" double,
    "volvol_vega_usd_per_volpt" double,
    "theta_usd_per_day" double,
    "decay_30d_usd" double,
    "rolldown_30d_usd" double,
    "carry_reason" varchar,
    "shock_gain_usd" double
);
comment on table mart.hedge_units_daily is 'One row per layer: the VIX call a hedge unit (4 + 4 + 2) would be bought with tonight, and what that part of a unit costs and does. Grain: session_date, layer.';
comment on column mart.hedge_units_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_units_daily."layer" is 'L1, L2 or L3.';
comment on column mart.hedge_units_daily."weight_contracts" is 'Contracts of it in a unit. [contracts]';
comment on column mart.hedge_units_daily."instrument_id" is 'Readable key; null with reason.';
comment on column mart.hedge_units_daily."reason" is 'Why there is none; null when there is one.';
comment on column mart.hedge_units_daily."root" is 'VIX or VIXW.';
comment on column mart.hedge_units_daily."expiry_date" is 'Expiry nearest the layer''s target days, within the layer. [date, exchange-local]';
comment on column mart.hedge_units_daily."settlement" is 'AM.';
comment on column mart.hedge_units_daily."strike_pts" is 'Strike whose forward delta is nearest 0.50. [index points]';
comment on column mart.hedge_units_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.hedge_units_daily."forward_pts" is 'Its own VX future, or the labelled stand-in. [index points]';
comment on column mart.hedge_units_daily."forward_method" is 'future, parity or curve.';
comment on column mart.hedge_units_daily."iv_vol" is 'Smile vol at the strike. [annualised volatility, decimal]';
comment on column mart.hedge_units_daily."delta" is 'Forward delta of one contract. [per 1.00 of the forward]';
comment on column mart.hedge_units_daily."bid_pts" is 'Bid. [index points]';
comment on column mart.hedge_units_daily."ask_pts" is 'Ask. [index points]';
comment on column mart.hedge_units_daily."mark_pts" is 'Mark. [index points]';
comment on column mart.hedge_units_daily."eps" is 'Elasticity used. [elasticity]';
comment on column mart.hedge_units_daily."eps_source" is 'prior or estimated.';
comment on column mart.hedge_units_daily."premium_usd" is 'Weight x 100 x mark. [USD]';
comment on column mart.hedge_units_daily."ask_usd" is 'Weight x 100 x ask: what buying it costs. [USD]';
comment on column mart.hedge_units_daily."spx_delta_usd_per_pt" is 'SPX-equivalent delta, negative. [USD per SPX point]';
comment on column mart.hedge_units_daily."vix_delta_usd_per_vx_pt" is 'Delta to its own VX future. [USD per point of the option''s own VX future]';
comment on column mart.hedge_units_daily."volvol_vega_usd_per_volpt" is 'Vega to VIX-option vol. [USD per vol point (0.01)]';
comment on column mart.hedge_units_daily."theta_usd_per_day" is 'Theta; a year of it is the carry the budget pays for. [USD per calendar day]';
comment on column mart.hedge_units_daily."decay_30d_usd" is 'What 30 days take at the same forward and vol. [USD]';
comment on column mart.hedge_units_daily."rolldown_30d_usd" is 'What rolling down tonight''s VX curve adds after that; null with reason. [USD]';
comment on column mart.hedge_units_daily."carry_reason" is 'Why decay or roll-down is null; null when neither is.';
comment on column mart.hedge_units_daily."shock_gain_usd" is 'P&L at the sizing shock (SPX -5%), base response, now. [USD]';

create table mart.hedge_sizing_daily (
    "session_date" date not null,
    "account" varchar not null,
    "mode" varchar not null,
    "unit_premium_usd" double,
    "unit_ask_usd" double,
    "unit_spx_delta_usd_per_pt" double,
    "unit_theta_usd_per_day" double,
    "unit_annual_carry_usd" double,
    "unit_decay_30d_usd" double,
    "unit_rolldown_30d_usd" double,
    "unit_shock_gain_usd" double,
    "unit_reason" varchar,
    "net_liq_usd" double,
    "budget_usd" double,
    "sized_by" varchar not null,
    "shock_frac" double not null,
    "target_offset_frac" double not null,
    "shock_loss_usd" double,
    "units_by_budget" double,
    "budget_reason" varchar,
    "units_by_offset" double,
    "offset_reason" varchar,
    "units_recommended" double,
    "binding" varchar,
    "bought_offset_frac" double,
    "is_below_one_unit" boolean,
    "base_frac" double not null,
    "sizing_reason" varchar,
    "units_to_target" double,
    "units_to_target_usd" double,
    "to_target_reason" varchar,
    "says" varchar
);
comment on table mart.hedge_sizing_daily is 'One row per account: how many hedge units the offset asks for, how many the budget carries, and which of them binds. Grain: session_date, account.';
comment on column mart.hedge_sizing_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_sizing_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.hedge_sizing_daily."mode" is 'always_on, triggered or hybrid.';
comment on column mart.hedge_sizing_daily."unit_premium_usd" is 'Premium of one unit at the marks; null with unit_reason. [USD]';
comment on column mart.hedge_sizing_daily."unit_ask_usd" is 'The same at the asks. [USD]';
comment on column mart.hedge_sizing_daily."unit_spx_delta_usd_per_pt" is 'SPX-equivalent delta of one unit. [USD per SPX point]';
comment on column mart.hedge_sizing_daily."unit_theta_usd_per_day" is 'Theta of one unit. [USD per calendar day]';
comment on column mart.hedge_sizing_daily."unit_annual_carry_usd" is '365 x theta, positive: what keeping one unit at constant maturity costs, before roll-down. [USD]';
comment on column mart.hedge_sizing_daily."unit_decay_30d_usd" is 'Decay of one unit over 30 days. [USD]';
comment on column mart.hedge_sizing_daily."unit_rolldown_30d_usd" is 'Its roll-down over 30 days. [USD]';
comment on column mart.hedge_sizing_daily."unit_shock_gain_usd" is 'P&L of one unit at the sizing shock. [USD]';
comment on column mart.hedge_sizing_daily."unit_reason" is 'Which layer has no call and why; null when all have.';
comment on column mart.hedge_sizing_daily."net_liq_usd" is 'Net liquidation value; null when not supplied. [USD]';
comment on column mart.hedge_sizing_daily."budget_usd" is 'What the hedge may cost a year: 1.5% of it. [USD]';
comment on column mart.hedge_sizing_daily."sized_by" is 'condors, or the reference condor of a book without one.';
comment on column mart.hedge_sizing_daily."shock_frac" is 'SPX move the hedge is sized at. [fraction (0.01 = 1%)]';
comment on column mart.hedge_sizing_daily."target_offset_frac" is 'Part of the loss it should repay. [fraction (0.01 = 1%)]';
comment on column mart.hedge_sizing_daily."shock_loss_usd" is 'What the condors lose there, positive; null with offset_reason. [USD]';
comment on column mart.hedge_sizing_daily."units_by_budget" is 'budget / annual carry of a unit; null with reason. [hedge units]';
comment on column mart.hedge_sizing_daily."budget_reason" is 'Why it is null; null when it is not.';
comment on column mart.hedge_sizing_daily."units_by_offset" is 'target offset x loss / gain of a unit; null with reason. [hedge units]';
comment on column mart.hedge_sizing_daily."offset_reason" is 'Why it is null; null when it is not.';
comment on column mart.hedge_sizing_daily."units_recommended" is 'The smaller of the two; by offset alone where the account is unknown; null with reason. [hedge units]';
comment on column mart.hedge_sizing_daily."binding" is 'budget or offset: which of them is the smaller; null without a recommendation.';
comment on column mart.hedge_sizing_daily."bought_offset_frac" is 'What the recommended units repay of the loss. [fraction (0.01 = 1%)]';
comment on column mart.hedge_sizing_daily."is_below_one_unit" is 'True where the budget carries less than one unit.';
comment on column mart.hedge_sizing_daily."base_frac" is 'Hybrid mode: part of the full hedge held always; more where valuation is RICH. [fraction (0.01 = 1%)]';
comment on column mart.hedge_sizing_daily."sizing_reason" is 'Why there is no recommendation; null when there is one.';
comment on column mart.hedge_sizing_daily."units_to_target" is 'Units more that reach the target offset beside what is held; null with reason. [hedge units]';
comment on column mart.hedge_sizing_daily."units_to_target_usd" is 'What they cost at the asks. [USD]';
comment on column mart.hedge_sizing_daily."to_target_reason" is 'Why they are null; null when they are not.';
comment on column mart.hedge_sizing_daily."says" is 'One sentence; null without a recommendation.';

create table mart.hedge_costs_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_id" varchar not null,
    "credit_usd" double,
    "max_loss_usd" double,
    "share_frac" double,
    "horizon_days" bigint,
    "premium_usd" double,
    "gross_frac" double,
    "amortised_usd" double,
    "amortised_frac" double,
    "credit_to_hedge" double,
    "net_credit_to_hedge" double,
    "band" varchar,
    "reason" varchar,
    "carry_usd_per_day" double
);
comment on table mart.hedge_costs_daily is 'One row per condor, and one per account for all its condors (ALL): the hedge''s cost beside the credit. A cost is positive. Grain: session_date, account, condor_id.';
comment on column mart.hedge_costs_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_costs_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.hedge_costs_daily."condor_id" is 'Condor, or ALL for all condors of the account.';
comment on column mart.hedge_costs_daily."credit_usd" is 'Chain credit x 100 x quantity, without fees; null when no condor is held. [USD]';
comment on column mart.hedge_costs_daily."max_loss_usd" is 'Maximum loss: the hedge is shared in proportion to it. [USD]';
comment on column mart.hedge_costs_daily."share_frac" is 'This condor''s share of the account''s hedge; null for ALL. [fraction (0.01 = 1%)]';
comment on column mart.hedge_costs_daily."horizon_days" is 'Days of the condor, over which the hedge is amortised; null for ALL. [calendar days]';
comment on column mart.hedge_costs_daily."premium_usd" is 'Premium paid for the open hedge, this condor''s share. [USD]';
comment on column mart.hedge_costs_daily."gross_frac" is 'premium / credit. [fraction (0.01 = 1%)]';
comment on column mart.hedge_costs_daily."amortised_usd" is 'What the share costs over the condor''s life: each leg passes the smaller of its days and the condor''s, at the same vol, its future rolled down tonight''s curve. [USD]';
comment on column mart.hedge_costs_daily."amortised_frac" is 'amortised / credit; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.hedge_costs_daily."credit_to_hedge" is 'credit / amortised (CHR); null with reason. [ratio]';
comment on column mart.hedge_costs_daily."net_credit_to_hedge" is '(credit - amortised) / amortised = CHR - 1 (NCHR); null with reason. [ratio]';
comment on column mart.hedge_costs_daily."band" is 'GREEN to 25% of the credit, AMBER to 35%, RED to 50%, OVER beyond; null with reason.';
comment on column mart.hedge_costs_daily."reason" is 'Why the amortised ratio is null; null when it is not.';
comment on column mart.hedge_costs_daily."carry_usd_per_day" is 'What the account''s hedge earns a day over the next 30, decay and roll-down; ALL rows only. [USD per calendar day]';

create table mart.stress_sets_daily (
    "session_date" date not null,
    "account" varchar not null,
    "part" varchar not null,
    "stress_set" varchar not null,
    "cell" varchar not null,
    "cell_number" bigint not null,
    "vol_rule" varchar not null,
    "replayed_date" date,
    "spot_shock_frac" double,
    "vol_shock_frac" double,
    "spx_pts" double,
    "vix_pts" double,
    "pnl_usd" double,
    "net_liq_frac" double,
    "delta_usd_per_1pct" double,
    "is_worst" boolean,
    "reason" varchar
);
comment on table mart.stress_sets_daily is 'One row per account, part of the book, fixed stress set and cell: P&L now by full repricing. Grain: session_date, account, part, stress_set, cell.';
comment on column mart.stress_sets_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.stress_sets_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.stress_sets_daily."part" is 'As in mart.scenarios_daily; in vix_times also short_vix, the short VIX legs alone.';
comment on column mart.stress_sets_daily."stress_set" is 'tims and broker_range (price points), price_vol, term_response, vix_times, replay (a past day).';
comment on column mart.stress_sets_daily."cell" is 'The cell of the set: a move of SPX and vol, a multiple of VIX, a date.';
comment on column mart.stress_sets_daily."cell_number" is 'Its place in the set, from 1. [number]';
comment on column mart.stress_sets_daily."vol_rule" is 'What volatility does in this set.';
comment on column mart.stress_sets_daily."replayed_date" is 'The past day; null in the other sets. [date, exchange-local]';
comment on column mart.stress_sets_daily."spot_shock_frac" is 'SPX move; null where the past day''s is not known. [fraction (0.01 = 1%)]';
comment on column mart.stress_sets_daily."vol_shock_frac" is 'Relative move of vols in price_vol; null in the other sets. [fraction (0.01 = 1%)]';
comment on column mart.stress_sets_daily."spx_pts" is 'SPX after the move. [index points]';
comment on column mart.stress_sets_daily."vix_pts" is 'VIX after the move; null without a VIX close. [index points]';
comment on column mart.stress_sets_daily."pnl_usd" is 'P&L against the model price now; null with reason. [USD]';
comment on column mart.stress_sets_daily."net_liq_frac" is 'The same of net liquidation value; null where that is not supplied or not positive. [fraction (0.01 = 1%)]';
comment on column mart.stress_sets_daily."delta_usd_per_1pct" is 'SPX delta after the move; null with pnl_usd. [USD per 1% of SPX]';
comment on column mart.stress_sets_daily."is_worst" is 'True in the cell of the set where this part loses most; never for a part without legs.';
comment on column mart.stress_sets_daily."reason" is 'Why pnl_usd is null; null when it is not.';

create table mart.break_evens_daily (
    "session_date" date not null,
    "account" varchar not null,
    "part" varchar not null,
    "root_number" bigint not null,
    "horizon_days" bigint,
    "spot_pts" double,
    "distance_frac" double,
    "is_loss_below" boolean,
    "reason" varchar
);
comment on table mart.break_evens_daily is 'One row per account, part and SPX level at which its P&L since entry is nil when the account''s nearest condor settles. Grain: session_date, account, part, root_number.';
comment on column mart.break_evens_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.break_evens_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.break_evens_daily."part" is 'condor (the condors alone) or total (the whole book).';
comment on column mart.break_evens_daily."root_number" is 'From 1, the lowest level first; 0 in the one row that says why there is none. [number]';
comment on column mart.break_evens_daily."horizon_days" is 'Calendar days to that settlement; null without a condor. [calendar days]';
comment on column mart.break_evens_daily."spot_pts" is 'SPX at which the P&L since entry, net of fees, is nil; null with reason. [index points]';
comment on column mart.break_evens_daily."distance_frac" is 'The same against SPX tonight. [fraction (0.01 = 1%)]';
comment on column mart.break_evens_daily."is_loss_below" is 'True when the part loses just below the level, false when just above.';
comment on column mart.break_evens_daily."reason" is 'Why there is no level; null when there is one.';

alter table mart.book_daily add column "status_rule_id" varchar;
comment on column mart.book_daily."status_rule_id" is 'Rule that set the status: a condor''s state, an alert, a limit; null for OK and DATA_HOLD.';

alter table mart.book_daily add column "status_value" double;
comment on column mart.book_daily."status_value" is 'What it measured; null where it has no figure. [in `status_unit`]';

alter table mart.book_daily add column "status_threshold" double;
comment on column mart.book_daily."status_threshold" is 'What it was held against. [in `status_unit`]';

alter table mart.book_daily add column "status_unit" varchar;
comment on column mart.book_daily."status_unit" is 'Unit of value and threshold.';

alter table mart.book_daily add column "status_source_tier" varchar;
comment on column mart.book_daily."status_source_tier" is 'Whose rule it is.';

comment on column mart.alerts_daily."source_tier" is 'vendor rule, house default or your setting.';

alter table mart.alerts_daily add column "is_new" boolean;
comment on column mart.alerts_daily."is_new" is 'True on that session, false while the alert continues.';

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

create table mart.itm_drills_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_account" varchar not null,
    "condor_id" varchar not null,
    "side" varchar not null,
    "level" varchar not null,
    "horizon" varchar not null,
    "hedge" varchar not null,
    "hedge_is" varchar,
    "is_hedged_by_alvh" boolean not null,
    "horizon_days" bigint,
    "spx_pts" double,
    "spot_shock_frac" double,
    "level_rule" varchar,
    "vix_pts" double,
    "vx_30d_pts" double,
    "vx_60d_pts" double,
    "vx_110d_pts" double,
    "vx_220d_pts" double,
    "condor_pnl_usd" double,
    "condors_pnl_usd" double,
    "l1_pnl_usd" double,
    "l2_pnl_usd" double,
    "l3_pnl_usd" double,
    "hedge_pnl_usd" double,
    "net_pnl_usd" double,
    "condor_delta_usd_per_pt" double,
    "condors_delta_usd_per_pt" double,
    "hedge_delta_usd_per_pt" double,
    "net_delta_usd_per_pt" double,
    "delta_offset_frac" double,
    "offset_frac" double,
    "offset_reason" varchar,
    "hedge_cost_usd" double,
    "to_wing_condors_pnl_usd" double,
    "to_wing_hedge_pnl_usd" double,
    "net_at_wing_usd" double,
    "offset_at_wing_frac" double,
    "wing_reason" varchar,
    "units_to_target" double,
    "cost_to_target_usd" double,
    "target_reason" varchar,
    "reason" varchar
);
comment on table mart.itm_drills_daily is 'One row per account, condor, side, level SPX may reach, horizon and hedge (held, or bought late at that level). Grain: session_date, account, condor_account, condor_id, side, level, horizon, hedge.';
comment on column mart.itm_drills_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.itm_drills_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.itm_drills_daily."condor_account" is 'The account the condor is in.';
comment on column mart.itm_drills_daily."condor_id" is 'The condor whose levels these are.';
comment on column mart.itm_drills_daily."side" is 'PUT or CALL: the side SPX moves to.';
comment on column mart.itm_drills_daily."level" is 'NOW, WATCH, TESTED, ITM (short strike), BREACHED (break-even of the campaign), WING (long strike).';
comment on column mart.itm_drills_daily."horizon" is 'When SPX stands there: now, 5_sessions, condor_expiry (this condor''s).';
comment on column mart.itm_drills_daily."hedge" is 'held: the account''s layers, since tonight. late: the same contracts bought at this level only.';
comment on column mart.itm_drills_daily."hedge_is" is 'held layers, none held, or one hedge unit of tonight (late, where none is held).';
comment on column mart.itm_drills_daily."is_hedged_by_alvh" is 'False on the call side: VIX calls do not pay on a rise.';
comment on column mart.itm_drills_daily."horizon_days" is 'Calendar days until then; null where not known. [calendar days]';
comment on column mart.itm_drills_daily."spx_pts" is 'SPX at the level; null with reason. [index points]';
comment on column mart.itm_drills_daily."spot_shock_frac" is 'The way there from SPX tonight. [fraction (0.01 = 1%)]';
comment on column mart.itm_drills_daily."level_rule" is 'The rule that sets the level; of several the one met first.';
comment on column mart.itm_drills_daily."vix_pts" is 'VIX there, base response. [index points]';
comment on column mart.itm_drills_daily."vx_30d_pts" is 'A VIX future of 30 days there; null beyond tonight''s curve. [index points]';
comment on column mart.itm_drills_daily."vx_60d_pts" is 'A VIX future of 60 days there; null beyond tonight''s curve. [index points]';
comment on column mart.itm_drills_daily."vx_110d_pts" is 'A VIX future of 110 days there; null beyond tonight''s curve. [index points]';
comment on column mart.itm_drills_daily."vx_220d_pts" is 'A VIX future of 220 days there; null beyond tonight''s curve. [index points]';
comment on column mart.itm_drills_daily."condor_pnl_usd" is 'P&L of this condor since tonight''s model price. [USD]';
comment on column mart.itm_drills_daily."condors_pnl_usd" is 'The same of all condors of the account: what the hedge is shared by. [USD]';
comment on column mart.itm_drills_daily."l1_pnl_usd" is 'P&L of layer L1 since tonight; 0 in a late row, bought here. [USD]';
comment on column mart.itm_drills_daily."l2_pnl_usd" is 'P&L of layer L2 since tonight; 0 in a late row, bought here. [USD]';
comment on column mart.itm_drills_daily."l3_pnl_usd" is 'P&L of layer L3 since tonight; 0 in a late row, bought here. [USD]';
comment on column mart.itm_drills_daily."hedge_pnl_usd" is 'The three layers together. [USD]';
comment on column mart.itm_drills_daily."net_pnl_usd" is 'All condors of the account and its hedge; null with reason. [USD]';
comment on column mart.itm_drills_daily."condor_delta_usd_per_pt" is 'SPX delta of this condor there. [USD per SPX point]';
comment on column mart.itm_drills_daily."condors_delta_usd_per_pt" is 'SPX delta of all condors of the account: before the hedge. [USD per SPX point]';
comment on column mart.itm_drills_daily."hedge_delta_usd_per_pt" is 'SPX-equivalent delta of the hedge there, at the elasticity it has. [USD per SPX point]';
comment on column mart.itm_drills_daily."net_delta_usd_per_pt" is 'Condors and hedge: after the hedge. [USD per SPX point]';
comment on column mart.itm_drills_daily."delta_offset_frac" is '-hedge delta / condors'' delta; null where the condors are not long delta. [fraction (0.01 = 1%)]';
comment on column mart.itm_drills_daily."offset_frac" is '-hedge P&L / condors'' P&L since tonight; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.itm_drills_daily."offset_reason" is 'Why offset_frac is null; null when it is not.';
comment on column mart.itm_drills_daily."hedge_cost_usd" is 'What the hedge is worth when bought: tonight if held, at the level if late. [USD]';
comment on column mart.itm_drills_daily."to_wing_condors_pnl_usd" is 'What all condors make from this level to the WING, same time. [USD]';
comment on column mart.itm_drills_daily."to_wing_hedge_pnl_usd" is 'What the hedge makes from this level to the WING. [USD]';
comment on column mart.itm_drills_daily."net_at_wing_usd" is 'Net P&L at the WING with this hedge: late, without the gain on the way. [USD]';
comment on column mart.itm_drills_daily."offset_at_wing_frac" is '-hedge P&L / condors'' P&L at the WING with this hedge. [fraction (0.01 = 1%)]';
comment on column mart.itm_drills_daily."wing_reason" is 'Why the figures at the WING are null; null when none is.';
comment on column mart.itm_drills_daily."units_to_target" is 'Units more, bought at the level, until the hedge repays the target share of a further sizing shock. [hedge units]';
comment on column mart.itm_drills_daily."cost_to_target_usd" is 'What those units cost there: tonight''s unit repriced, plus half the spread it has tonight. [USD]';
comment on column mart.itm_drills_daily."target_reason" is 'Why the units are null; null when they are not.';
comment on column mart.itm_drills_daily."reason" is 'Why net_pnl_usd is null; null when it is not.';

create table mart.payoffs_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_account" varchar not null,
    "condor_id" varchar not null,
    "horizon" varchar not null,
    "spx_pts" double not null,
    "horizon_days" bigint,
    "spot_shock_frac" double,
    "vix_pts" double,
    "condor_pnl_usd" double,
    "condors_pnl_usd" double,
    "hedge_pnl_usd" double,
    "net_pnl_usd" double,
    "reason" varchar
);
comment on table mart.payoffs_daily is 'One row per account, threatened condor (TESTED or worse), horizon and SPX level: P&L with and without the hedge. Grain: session_date, account, condor_account, condor_id, horizon, spx_pts.';
comment on column mart.payoffs_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.payoffs_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.payoffs_daily."condor_account" is 'The account the condor is in.';
comment on column mart.payoffs_daily."condor_id" is 'The condor whose strikes the levels span.';
comment on column mart.payoffs_daily."horizon" is 'When SPX stands there: now, 5_sessions, condor_expiry (this condor''s).';
comment on column mart.payoffs_daily."spx_pts" is 'SPX: even steps, the strikes and tonight''s spot. [index points]';
comment on column mart.payoffs_daily."horizon_days" is 'Calendar days until then; null where not known. [calendar days]';
comment on column mart.payoffs_daily."spot_shock_frac" is 'The way there from SPX tonight. [fraction (0.01 = 1%)]';
comment on column mart.payoffs_daily."vix_pts" is 'VIX there, base response. [index points]';
comment on column mart.payoffs_daily."condor_pnl_usd" is 'P&L of this condor since tonight''s model price. [USD]';
comment on column mart.payoffs_daily."condors_pnl_usd" is 'The same of all condors of the account: what the hedge is shared by. [USD]';
comment on column mart.payoffs_daily."hedge_pnl_usd" is 'The same of the three layers. [USD]';
comment on column mart.payoffs_daily."net_pnl_usd" is 'All condors of the account and its hedge; null with reason. [USD]';
comment on column mart.payoffs_daily."reason" is 'Why net_pnl_usd is null; null when it is not.';

create table mart.cushions_daily (
    "session_date" date not null,
    "account" varchar not null,
    "breach_date" date,
    "since_breach_sessions" bigint,
    "since_breach_condor_pnl_usd" double,
    "since_breach_hedge_pnl_usd" double,
    "mtm_cushion_frac" double,
    "cushion_reason" varchar,
    "window_sessions" bigint not null,
    "losing_sessions" bigint,
    "effectiveness_frac" double,
    "hedge_beta" double,
    "effectiveness_reason" varchar
);
comment on table mart.cushions_daily is 'One row per account: what the hedge has repaid since the breach, and over the last sessions. Grain: session_date, account.';
comment on column mart.cushions_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.cushions_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.cushions_daily."breach_date" is 'First session of the present stretch with a put side BREACHED or WING. [date, exchange-local]';
comment on column mart.cushions_daily."since_breach_sessions" is 'Sessions after it. [trading sessions]';
comment on column mart.cushions_daily."since_breach_condor_pnl_usd" is 'P&L of the condors over those sessions, net of fees. [USD]';
comment on column mart.cushions_daily."since_breach_hedge_pnl_usd" is 'P&L of the three layers over those sessions, net of fees. [USD]';
comment on column mart.cushions_daily."mtm_cushion_frac" is '-hedge P&L / condor P&L since the breach, where the condors lost. [fraction (0.01 = 1%)]';
comment on column mart.cushions_daily."cushion_reason" is 'Why mtm_cushion_frac is null; null when it is not.';
comment on column mart.cushions_daily."window_sessions" is 'Sessions the effectiveness is measured over. [trading sessions]';
comment on column mart.cushions_daily."losing_sessions" is 'Of them, those on which the condors lost. [trading sessions]';
comment on column mart.cushions_daily."effectiveness_frac" is '-hedge P&L / condor P&L, summed over the losing sessions. [fraction (0.01 = 1%)]';
comment on column mart.cushions_daily."hedge_beta" is 'Slope of the hedge''s daily P&L on the condors''; -0.4: it repays 40%. [USD/USD]';
comment on column mart.cushions_daily."effectiveness_reason" is 'Why either is null; null when neither is.';

create table mart.second_engine_states_daily (
    "session_date" date not null,
    "account" varchar not null,
    "state" varchar,
    "state_rule" varchar,
    "state_value" double,
    "state_threshold" double,
    "state_unit" varchar,
    "is_state_stale" boolean,
    "state_source_tier" varchar,
    "state_reason" varchar,
    "structure_id" varchar,
    "reason" varchar
);
comment on table mart.second_engine_states_daily is 'One row per account: the state of its second engine, with or without a position. Grain: session_date, account.';
comment on column mart.second_engine_states_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.second_engine_states_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.second_engine_states_daily."state" is 'OFF, CANDIDATE, ON, EXPIRING or STRESSED, the worst of its diagonals; null with reason.';
comment on column mart.second_engine_states_daily."state_rule" is 'The rule that set the state.';
comment on column mart.second_engine_states_daily."state_value" is 'Its value; null where the rule has none. [in `state_unit`]';
comment on column mart.second_engine_states_daily."state_threshold" is 'What it was held against. [in `state_unit`]';
comment on column mart.second_engine_states_daily."state_unit" is 'Unit of value and threshold.';
comment on column mart.second_engine_states_daily."is_state_stale" is 'True: last night''s state, carried forward on DATA_HOLD. Null or false: tonight''s.';
comment on column mart.second_engine_states_daily."state_source_tier" is 'Whose rule it is: house default, or your setting.';
comment on column mart.second_engine_states_daily."state_reason" is 'The state in a sentence: its rule and, of a diagonal, its worst loss and margin.';
comment on column mart.second_engine_states_daily."structure_id" is 'The diagonal the state comes from; null without a position.';
comment on column mart.second_engine_states_daily."reason" is 'Why the state is null; null when it is not.';

create table mart.roll_candidates_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_id" varchar not null,
    "candidate" varchar not null,
    "campaign_id" varchar,
    "state" varchar not null,
    "profile" varchar not null,
    "eligibility" varchar,
    "eligibility_text" varchar not null,
    "is_edr_trigger" boolean,
    "is_vix_trigger" boolean,
    "move" varchar not null,
    "tested_side" varchar,
    "untested_side" varchar,
    "strike_rule" varchar,
    "status" varchar not null,
    "reason" varchar,
    "reason_text" varchar,
    "rank" bigint,
    "is_shown" boolean not null,
    "quantity_qty" bigint not null,
    "rolls_qty" bigint,
    "new_root" varchar,
    "new_expiry_date" date,
    "new_settlement" varchar,
    "is_settlement_change" boolean,
    "other_expiry_date" date,
    "new_long_put_pts" double,
    "new_short_put_pts" double,
    "new_short_call_pts" double,
    "new_long_call_pts" double,
    "close_debit_usd" double,
    "open_credit_usd" double,
    "fees_usd" double,
    "roll_net_usd" double,
    "cover_ratio" double,
    "is_cushion_covered" boolean,
    "is_target_met" boolean,
    "chain_credit_after_pts" double,
    "break_even_put_pts" double,
    "break_even_call_pts" double,
    "pop_frac" double,
    "pop_change_frac" double,
    "ev_q_payoff_usd" double,
    "ev_p_payoff_usd" double,
    "prob_method" varchar,
    "prob_reason" varchar,
    "margin_usd" double,
    "margin_change_usd" double,
    "max_loss_after_usd" double,
    "max_loss_limit_usd" double,
    "delta_usd_per_pt" double,
    "delta_change_usd_per_pt" double,
    "theta_usd_per_day" double,
    "days_added_days" bigint,
    "credit_per_day_usd" double,
    "half_spread_usd" double,
    "hedge_gain_usd" double,
    "hedge_funded_ratio" double
);
comment on table mart.roll_candidates_daily is 'One row per condor that is TESTED or worse and way to go on: rolls with what they cost and where they lead, feasible or not, beside closing and holding. Grain: session_date, account, condor_id, candidate.';
comment on column mart.roll_candidates_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.roll_candidates_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.roll_candidates_daily."condor_id" is 'Structure label, declared or inferred.';
comment on column mart.roll_candidates_daily."candidate" is 'The move and the structure it makes, strikes from low to high.';
comment on column mart.roll_candidates_daily."campaign_id" is 'Campaign.';
comment on column mart.roll_candidates_daily."state" is 'State of the condor: TESTED, ITM, BREACHED or WING.';
comment on column mart.roll_candidates_daily."profile" is '1dte where it was opened with a week or less, else monthly.';
comment on column mart.roll_candidates_daily."eligibility" is 'Whose rule lets a roll be looked for: vendor rule (TESTED and EDR > 0.94% or VIX > 16), else house default (ITM and worse); null where neither does.';
comment on column mart.roll_candidates_daily."eligibility_text" is 'State and triggers with their values.';
comment on column mart.roll_candidates_daily."is_edr_trigger" is 'EDR above its trigger; null where the night has no EDR.';
comment on column mart.roll_candidates_daily."is_vix_trigger" is 'VIX above its trigger; null where the night has no VIX.';
comment on column mart.roll_candidates_daily."move" is 'R1 tested spread out in time, R2 out and away from the money, R3 whole condor out and re-centred, R4 untested spread nearer, R5 wing moved, R6 close, R7 hold, RB roll back.';
comment on column mart.roll_candidates_daily."tested_side" is 'PUT or CALL: the side that is moved because of; null for R6, R7, RB.';
comment on column mart.roll_candidates_daily."untested_side" is 'What happens to the other side: rolled, closed or kept.';
comment on column mart.roll_candidates_daily."strike_rule" is 'By which rule the new strikes were chosen.';
comment on column mart.roll_candidates_daily."status" is 'FEASIBLE or BLOCKED; of closing and holding ELIGIBLE where a roll is looked for, else NONE.';
comment on column mart.roll_candidates_daily."reason" is 'Everything that blocks it: QUOTES, EXPIRED, EVENT, SIZE, ROLLS, MAXLOSS, DEBIT, comma separated; null when nothing does.';
comment on column mart.roll_candidates_daily."reason_text" is 'The same with its figures.';
comment on column mart.roll_candidates_daily."rank" is 'Rank among the condor''s feasible rolls; null unless feasible. [rank]';
comment on column mart.roll_candidates_daily."is_shown" is 'The first three by rank, closing and holding.';
comment on column mart.roll_candidates_daily."quantity_qty" is 'Condors held; a roll never changes their number. [count; contracts are signed, + long]';
comment on column mart.roll_candidates_daily."rolls_qty" is 'Rolls of the campaign so far. [rolls]';
comment on column mart.roll_candidates_daily."new_root" is 'Root of the tested side after it; null when nothing is left.';
comment on column mart.roll_candidates_daily."new_expiry_date" is 'Its expiry. [date, exchange-local]';
comment on column mart.roll_candidates_daily."new_settlement" is 'AM or PM.';
comment on column mart.roll_candidates_daily."is_settlement_change" is 'True where it settles another way than today: across SPX and SPXW.';
comment on column mart.roll_candidates_daily."other_expiry_date" is 'Expiry of the other side where it stays in its own; else null. [date, exchange-local]';
comment on column mart.roll_candidates_daily."new_long_put_pts" is 'K1 after it; null where no put side is left. [index points]';
comment on column mart.roll_candidates_daily."new_short_put_pts" is 'K2 after it. [index points]';
comment on column mart.roll_candidates_daily."new_short_call_pts" is 'K3 after it; null where no call side is left. [index points]';
comment on column mart.roll_candidates_daily."new_long_call_pts" is 'K4 after it. [index points]';
comment on column mart.roll_candidates_daily."close_debit_usd" is 'What the closing legs cost at the mids and a quarter of half their spreads, at the ask and for nothing where a quote has no bid; null with reason QUOTES. [USD]';
comment on column mart.roll_candidates_daily."open_credit_usd" is 'What the opening legs bring, by the same rule. [USD]';
comment on column mart.roll_candidates_daily."fees_usd" is 'Fees of all legs traded. [USD]';
comment on column mart.roll_candidates_daily."roll_net_usd" is 'open credit - close debit - fees. [USD]';
comment on column mart.roll_candidates_daily."cover_ratio" is 'open credit / close debit; null where closing costs nothing. [ratio]';
comment on column mart.roll_candidates_daily."is_cushion_covered" is 'Vendor''s aim: the credit covers the debit and a fifth more.';
comment on column mart.roll_candidates_daily."is_target_met" is 'Vendor''s aim: at least 250 USD a condor.';
comment on column mart.roll_candidates_daily."chain_credit_after_pts" is 'Credit of the whole campaign after it, without fees. [index points]';
comment on column mart.roll_candidates_daily."break_even_put_pts" is 'K2 less that credit; null where no put side is left. [index points]';
comment on column mart.roll_candidates_daily."break_even_call_pts" is 'K3 plus that credit; null where no call side is left. [index points]';
comment on column mart.roll_candidates_daily."pop_frac" is 'Chance that the campaign ends with a profit; null with prob_reason. [fraction (0.01 = 1%)]';
comment on column mart.roll_candidates_daily."pop_change_frac" is 'The same less that of holding. [fraction (0.01 = 1%)]';
comment on column mart.roll_candidates_daily."ev_q_payoff_usd" is 'Expected payoff of the legs then held, at most 0, as the market prices it. [USD]';
comment on column mart.roll_candidates_daily."ev_p_payoff_usd" is 'The same with vols scaled to realised: a model assumption. [USD]';
comment on column mart.roll_candidates_daily."prob_method" is 'fitted, quoted or flat.';
comment on column mart.roll_candidates_daily."prob_reason" is 'Why odds are null or not of the first kind; null otherwise.';
comment on column mart.roll_candidates_daily."margin_usd" is 'Strategy margin after it: the wider side, both sides where they expire apart. [USD]';
comment on column mart.roll_candidates_daily."margin_change_usd" is 'The same less today''s. [USD]';
comment on column mart.roll_candidates_daily."max_loss_after_usd" is 'Worst result of the campaign after it, without fees; a gain is negative. [USD]';
comment on column mart.roll_candidates_daily."max_loss_limit_usd" is 'Maximum loss the campaign began with, for today''s quantity. [USD]';
comment on column mart.roll_candidates_daily."delta_usd_per_pt" is 'SPX delta after it; null where a leg has no mark. [USD per SPX point]';
comment on column mart.roll_candidates_daily."delta_change_usd_per_pt" is 'The same less today''s. [USD per SPX point]';
comment on column mart.roll_candidates_daily."theta_usd_per_day" is 'Theta after it. [USD per calendar day]';
comment on column mart.roll_candidates_daily."days_added_days" is 'Days to the last expiry held, beyond today''s. [calendar days]';
comment on column mart.roll_candidates_daily."credit_per_day_usd" is 'roll_net_usd / days added; null where none is. [USD]';
comment on column mart.roll_candidates_daily."half_spread_usd" is 'Half the spreads of every leg traded or held: how far its figures can be trusted. [USD]';
comment on column mart.roll_candidates_daily."hedge_gain_usd" is 'Open gain of the account''s three layers; null when a leg is unpriced. [USD]';
comment on column mart.roll_candidates_daily."hedge_funded_ratio" is 'That gain / the net debit; null where the roll brings a credit, for it needs no funding. [multiple]';

create table mart.hedge_rolls_daily (
    "session_date" date not null,
    "account" varchar not null,
    "lot_id" varchar not null,
    "structure_id" varchar not null,
    "instrument_id" varchar not null,
    "entry_layer" varchar,
    "current_layer" varchar not null,
    "quantity_qty" bigint not null,
    "dte_days" bigint,
    "roll_date" date,
    "status" varchar not null,
    "reason" varchar,
    "reason_text" varchar,
    "new_instrument_id" varchar,
    "new_root" varchar,
    "new_expiry_date" date,
    "new_strike_pts" double,
    "new_dte_days" bigint,
    "new_delta" double,
    "gain_usd" double,
    "proceeds_usd" double,
    "premium_usd" double,
    "fees_usd" double,
    "hedge_roll_cost_usd" double,
    "days_added_days" bigint,
    "spx_delta_change_usd_per_pt" double,
    "theta_change_usd_per_day" double
);
comment on table mart.hedge_rolls_daily is 'One row per hedge lot whose roll is due: sold at the bid, the unit call of the layer it was bought as bought at the ask. A cost is positive. Grain: session_date, account, lot_id.';
comment on column mart.hedge_rolls_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_rolls_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.hedge_rolls_daily."lot_id" is 'The fill that opened the lot: mart.hedge_lots_daily.';
comment on column mart.hedge_rolls_daily."structure_id" is 'Structure.';
comment on column mart.hedge_rolls_daily."instrument_id" is 'What is held.';
comment on column mart.hedge_rolls_daily."entry_layer" is 'Layer it was bought as: its roll days decide, and its call is bought.';
comment on column mart.hedge_rolls_daily."current_layer" is 'Layer by today''s days.';
comment on column mart.hedge_rolls_daily."quantity_qty" is 'Signed contracts; a roll keeps their number. [count; contracts are signed, + long]';
comment on column mart.hedge_rolls_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.hedge_rolls_daily."roll_date" is 'Since when the roll is due. [date, exchange-local]';
comment on column mart.hedge_rolls_daily."status" is 'FEASIBLE or BLOCKED; NONE for what is no long call and is not rolled so.';
comment on column mart.hedge_rolls_daily."reason" is 'QUOTES or EXPIRED; null unless blocked.';
comment on column mart.hedge_rolls_daily."reason_text" is 'The same in words; null when feasible.';
comment on column mart.hedge_rolls_daily."new_instrument_id" is 'The call rolled into; null when the layer has none tonight.';
comment on column mart.hedge_rolls_daily."new_root" is 'VIX or VIXW.';
comment on column mart.hedge_rolls_daily."new_expiry_date" is 'Its expiry. [date, exchange-local]';
comment on column mart.hedge_rolls_daily."new_strike_pts" is 'Its strike. [index points]';
comment on column mart.hedge_rolls_daily."new_dte_days" is 'Its calendar days to expiry. [calendar days]';
comment on column mart.hedge_rolls_daily."new_delta" is 'Its forward delta. [per 1.00 of the forward]';
comment on column mart.hedge_rolls_daily."gain_usd" is 'Open P&L of the lot at the mark, before fees. [USD]';
comment on column mart.hedge_rolls_daily."proceeds_usd" is 'What the lot brings at the bid; null unless feasible. [USD]';
comment on column mart.hedge_rolls_daily."premium_usd" is 'What as many new calls cost at the ask. [USD]';
comment on column mart.hedge_rolls_daily."fees_usd" is 'Fees of both. [USD]';
comment on column mart.hedge_rolls_daily."hedge_roll_cost_usd" is 'premium - proceeds + fees. [USD]';
comment on column mart.hedge_rolls_daily."days_added_days" is 'Days to expiry gained. [calendar days]';
comment on column mart.hedge_rolls_daily."spx_delta_change_usd_per_pt" is 'Change of the SPX-equivalent delta; more hedge is negative. [USD per SPX point]';
comment on column mart.hedge_rolls_daily."theta_change_usd_per_day" is 'Change of theta. [USD per calendar day]';

create table mart.decisions_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_id" varchar not null,
    "decision" varchar not null,
    "campaign_id" varchar,
    "state" varchar not null,
    "candidate" varchar,
    "reason" varchar,
    "cash_today_usd" double,
    "fees_usd" double,
    "realised_pnl_usd" double,
    "max_loss_after_usd" double,
    "pop_frac" double,
    "prob_reason" varchar,
    "ev_p_payoff_usd" double,
    "ev_p_usd" double,
    "ev_p_low_usd" double,
    "ev_p_high_usd" double,
    "margin_usd" double,
    "net_delta_usd_per_1pct" double,
    "offset_m5_frac" double,
    "offset_m5_reason" varchar,
    "pnl_m5_tomorrow_usd" double,
    "pnl_p3_tomorrow_usd" double,
    "book_pnl_m5_tomorrow_usd" double,
    "book_pnl_p3_tomorrow_usd" double,
    "dte_days" bigint,
    "is_dominated" boolean,
    "dominated_by" varchar,
    "is_ranked" boolean not null,
    "ranking_reason" varchar,
    "stop_close_cost_usd" double,
    "stop_level_usd" double,
    "is_stop_hit" boolean,
    "stop_fired_date" date,
    "stop_reason" varchar
);
comment on table mart.decisions_daily is 'One row per condor that is TESTED or worse and way to go on: hold, close, reduce by half, the best roll, that roll with the hedge''s, more hedge. Grain: session_date, account, condor_id, decision.';
comment on column mart.decisions_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.decisions_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.decisions_daily."condor_id" is 'Structure label, declared or inferred.';
comment on column mart.decisions_daily."decision" is 'HOLD, CLOSE, REDUCE, ROLL, ROLL_AND_HEDGE or ADD_HEDGE.';
comment on column mart.decisions_daily."campaign_id" is 'Campaign.';
comment on column mart.decisions_daily."state" is 'State of the condor.';
comment on column mart.decisions_daily."candidate" is 'The candidate it carries out: mart.roll_candidates_daily.';
comment on column mart.decisions_daily."reason" is 'Why it cannot be done, its figures then null; null when it can.';
comment on column mart.decisions_daily."cash_today_usd" is 'Cash it brings (+) or costs (-) tonight, fees included. [USD]';
comment on column mart.decisions_daily."fees_usd" is 'Fees of it. [USD]';
comment on column mart.decisions_daily."realised_pnl_usd" is 'P&L the campaign has then locked in, all fees included, and that of the hedge lots it sells. [USD]';
comment on column mart.decisions_daily."max_loss_after_usd" is 'Remaining maximum loss: the worst the campaign can then end with, chain credit included, fees not; cash put into the hedge counts as lost; of CLOSE what is locked in (a gain is negative). [USD]';
comment on column mart.decisions_daily."pop_frac" is 'Chance that the campaign ends with a profit, the hedge aside. [fraction (0.01 = 1%)]';
comment on column mart.decisions_daily."prob_reason" is 'Why odds are null or not of the first kind; null otherwise.';
comment on column mart.decisions_daily."ev_p_payoff_usd" is 'Expected payoff of the SPX legs then held, at most 0: a model assumption. [USD]';
comment on column mart.decisions_daily."ev_p_usd" is 'cash today + that payoff + what the market expects the VIX calls bought less sold to pay; HOLD less CLOSE is the hold edge. [USD]';
comment on column mart.decisions_daily."ev_p_low_usd" is 'The same less half the spreads of everything traded or held. [USD]';
comment on column mart.decisions_daily."ev_p_high_usd" is 'The same plus them. [USD]';
comment on column mart.decisions_daily."margin_usd" is 'Strategy margin of what is left of the condor. [USD]';
comment on column mart.decisions_daily."net_delta_usd_per_1pct" is 'Net delta of the whole account after it; null where a leg has none. [USD per 1% of SPX]';
comment on column mart.decisions_daily."offset_m5_frac" is 'What the account''s hedge then covers of its condors'' loss at SPX -5%, now. [fraction (0.01 = 1%)]';
comment on column mart.decisions_daily."offset_m5_reason" is 'Why it is null; null when it is not.';
comment on column mart.decisions_daily."pnl_m5_tomorrow_usd" is 'P&L of this condor and of what is traded, from tonight''s marks to SPX -5% tomorrow, cost of trading included. [USD]';
comment on column mart.decisions_daily."pnl_p3_tomorrow_usd" is 'The same at SPX +3%. [USD]';
comment on column mart.decisions_daily."book_pnl_m5_tomorrow_usd" is 'P&L of the whole account at SPX -5% tomorrow, the same way. [USD]';
comment on column mart.decisions_daily."book_pnl_p3_tomorrow_usd" is 'The same at SPX +3%. [USD]';
comment on column mart.decisions_daily."dte_days" is 'Days to the last expiry then held of the condor; null when none is left. [calendar days]';
comment on column mart.decisions_daily."is_dominated" is 'True where another decision is no worse in ev_p_usd, max_loss_after_usd and margin_usd and better in one; null without all three.';
comment on column mart.decisions_daily."dominated_by" is 'Which; null when none.';
comment on column mart.decisions_daily."is_ranked" is 'False where the spreads leave the expected values of the condor''s decisions within reach of each other: no order is claimed.';
comment on column mart.decisions_daily."ranking_reason" is 'Why no order is claimed; null when one is.';
comment on column mart.decisions_daily."stop_close_cost_usd" is 'What closing costs at the marks tonight. [USD]';
comment on column mart.decisions_daily."stop_level_usd" is 'Three times the condor''s own credit: a loss of twice the credit. [USD]';
comment on column mart.decisions_daily."is_stop_hit" is 'Whether a mechanical stop would be hit tonight; for reference only.';
comment on column mart.decisions_daily."stop_fired_date" is 'The first night on record on which it was; null when none. [date, exchange-local]';
comment on column mart.decisions_daily."stop_reason" is 'Why there is no stop to measure; null when there is.';

create table mart.cash_flows_daily (
    "session_date" date not null,
    "account" varchar not null,
    "side" varchar not null,
    "premium_usd" double not null,
    "fees_usd" double not null,
    "settlement_usd" double not null,
    "margin_change_usd" double not null,
    "flow_usd" double,
    "reason" varchar
);
comment on table mart.cash_flows_daily is 'One row per session on which cash moved, account and side: what the internal rate of return is taken of. Received +, paid -. Grain: session_date, account, side.';
comment on column mart.cash_flows_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.cash_flows_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.cash_flows_daily."side" is 'hedge (the three layers, by what they were when bought), second_engine or rest.';
comment on column mart.cash_flows_daily."premium_usd" is 'Options bought and sold; of futures what was closed. [USD]';
comment on column mart.cash_flows_daily."fees_usd" is 'Fees, negative. [USD]';
comment on column mart.cash_flows_daily."settlement_usd" is 'What settled in cash; without the legs whose value is unknown. [USD]';
comment on column mart.cash_flows_daily."margin_change_usd" is 'Strategy margin put up (-) and released (+). [USD]';
comment on column mart.cash_flows_daily."flow_usd" is 'The sum of the four; null with reason. [USD]';
comment on column mart.cash_flows_daily."reason" is 'Which settlement value or margin is not known; null when all are.';

create table mart.capital_daily (
    "session_date" date not null,
    "account" varchar not null,
    "accounts_date" date,
    "net_liq_usd" double,
    "margin_used_usd" double,
    "margin_debit_usd" double,
    "broker_margin_usd" double,
    "strategy_margin_usd" double,
    "strategy_margin_reason" varchar,
    "risk_free_frac" double,
    "cost_of_equity_frac" double,
    "broker_rate_frac" double,
    "tax_frac" double,
    "equity_share_frac" double,
    "wacc_frac" double,
    "wacc_reason" varchar,
    "hedge_value_usd" double,
    "capital_charge_usd_per_day" double,
    "capital_charge_reason" varchar,
    "first_flow_date" date,
    "return_sessions" bigint,
    "held_days" bigint,
    "closing_value_usd" double,
    "margin_held_usd" double,
    "peak_margin_usd" double,
    "pnl_to_date_usd" double,
    "pnl_to_date_reason" varchar,
    "hedge_pnl_to_date_usd" double,
    "hedge_pnl_to_date_reason" varchar,
    "rom_frac" double,
    "rom_reason" varchar,
    "irr_book_frac" double,
    "irr_method" varchar,
    "irr_reason" varchar,
    "irr_without_hedge_frac" double,
    "irr_without_hedge_method" varchar,
    "irr_without_hedge_reason" varchar,
    "irr_drag_frac" double,
    "irr_drag_reason" varchar,
    "is_above_hurdle" boolean,
    "hurdle_gap_frac" double,
    "is_quiet" boolean,
    "hedge_day_pnl_usd" double,
    "history_sessions" bigint,
    "unmeasured_sessions" bigint,
    "quiet_sessions" bigint,
    "quiet_hedge_pnl_usd" double,
    "average_net_liq_usd" double,
    "quiet_drag_bp_per_week" double,
    "quiet_drag_frac_per_year" double,
    "quiet_drag_band" varchar,
    "quiet_drag_reason" varchar,
    "other_hedge_pnl_usd" double,
    "spike_sessions" bigint,
    "spike_median_usd" double,
    "break_even_spikes_per_year" double,
    "break_even_reason" varchar,
    "cost_sessions" bigint,
    "calm_hedge_pnl_usd" double,
    "credits_usd" double,
    "realised_cost_frac" double,
    "realised_cost_band" varchar,
    "realised_cost_reason" varchar,
    "drawdown_sessions" bigint,
    "drawdown_frac" double,
    "drawdown_reason" varchar,
    "hedge_gain_usd" double,
    "hedge_cost_usd_per_day" double,
    "funded_days" double,
    "funded_reason" varchar,
    "vix_drop_hedge_pnl_usd" double,
    "vix_drop_reason" varchar,
    "vol_crush_condor_pnl_usd" double,
    "vol_crush_hedge_pnl_usd" double,
    "vol_crush_pnl_usd" double,
    "vol_crush_reason" varchar,
    "theta_press_bp_per_day" double,
    "theta_press_reason" varchar
);
comment on table mart.capital_daily is 'One row per account: cost of capital, return with and without the hedge, what the hedge costs in quiet markets, how long it pays for patience. Grain: session_date, account.';
comment on column mart.capital_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.capital_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.capital_daily."accounts_date" is 'Date of the statement the account''s figures are from, the oldest for ALL. [date, exchange-local]';
comment on column mart.capital_daily."net_liq_usd" is 'Net liquidation value: E of WACC. [USD]';
comment on column mart.capital_daily."margin_used_usd" is 'Margin in use, from the accounts file. [USD]';
comment on column mart.capital_daily."margin_debit_usd" is 'Margin debit actually borrowed: D of WACC. [USD]';
comment on column mart.capital_daily."broker_margin_usd" is 'The broker''s own margin figure. [USD]';
comment on column mart.capital_daily."strategy_margin_usd" is 'What the legs held need by strategy-based rules tonight; null with reason. [USD]';
comment on column mart.capital_daily."strategy_margin_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."risk_free_frac" is 'Treasury yield of 91 days, effective a year. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."cost_of_equity_frac" is 'Re: risk-free rate + 5%. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."broker_rate_frac" is 'Rd: risk-free rate + 1.5%. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."tax_frac" is 'Tax rate that interest is set off at. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."equity_share_frac" is 'E / (E + D). [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."wacc_frac" is 'E/(E+D) Re + D/(E+D) Rd (1 - t), a year; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."wacc_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."hedge_value_usd" is 'The three layers at their marks; null when a leg is unpriced. [USD]';
comment on column mart.capital_daily."capital_charge_usd_per_day" is 'WACC/365 x (margin used + hedge value) less what bills among the margin earn. [USD per calendar day]';
comment on column mart.capital_daily."capital_charge_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."first_flow_date" is 'Session of the first fill. [date, exchange-local]';
comment on column mart.capital_daily."return_sessions" is 'Sessions from it to tonight. [trading sessions]';
comment on column mart.capital_daily."held_days" is 'From it to tonight, or to the last flow of a book that is closed. [calendar days]';
comment on column mart.capital_daily."closing_value_usd" is 'What is open, at the bid for longs and the ask for shorts. [USD]';
comment on column mart.capital_daily."margin_held_usd" is 'Strategy margin in the cash flows, released on the last day of the return. [USD]';
comment on column mart.capital_daily."peak_margin_usd" is 'The most strategy margin held at the end of a session. [USD]';
comment on column mart.capital_daily."pnl_to_date_usd" is 'All cash since the first fill, margin aside, and the marks of what is open. [USD]';
comment on column mart.capital_daily."pnl_to_date_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."hedge_pnl_to_date_usd" is 'The same of what was bought as a hedge layer. [USD]';
comment on column mart.capital_daily."hedge_pnl_to_date_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."rom_frac" is 'Return on margin of the whole period, not annualised: P&L at liquidation / peak margin. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."rom_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."irr_book_frac" is 'Annual return of the book''s cash flows; null under 30 days, with reason. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."irr_method" is 'XIRR, or MIRR where XIRR has several answers or none.';
comment on column mart.capital_daily."irr_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."irr_without_hedge_frac" is 'The same without what was bought as a hedge layer, over the same dates. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."irr_without_hedge_method" is 'XIRR or MIRR.';
comment on column mart.capital_daily."irr_without_hedge_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."irr_drag_frac" is 'Return without the hedge less return with it; both by one method. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."irr_drag_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."is_above_hurdle" is 'Whether the book''s annual return is above WACC; null when one is.';
comment on column mart.capital_daily."hurdle_gap_frac" is 'Annual return less WACC. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."is_quiet" is 'Tonight: VIX < 20, contango > 0, no condor TESTED or worse, SPX moved less than 1%.';
comment on column mart.capital_daily."hedge_day_pnl_usd" is 'P&L of the three layers today: mart.attribution_periods_daily. [USD]';
comment on column mart.capital_daily."history_sessions" is 'Sessions looked back on, 252 at most. [trading sessions]';
comment on column mart.capital_daily."unmeasured_sessions" is 'Of them without a known hedge P&L or market: left out. [trading sessions]';
comment on column mart.capital_daily."quiet_sessions" is 'Quiet ones among the rest. [trading sessions]';
comment on column mart.capital_daily."quiet_hedge_pnl_usd" is 'Hedge P&L of the quiet sessions. [USD]';
comment on column mart.capital_daily."average_net_liq_usd" is 'Mean net liquidation value of the quiet sessions. [USD]';
comment on column mart.capital_daily."quiet_drag_bp_per_week" is 'What the hedge cost per five quiet sessions; null with reason. [basis points of net liquidation value a week]';
comment on column mart.capital_daily."quiet_drag_frac_per_year" is '52 such weeks. [fraction of net liquidation value a year]';
comment on column mart.capital_daily."quiet_drag_band" is 'OK, WATCH (over 4 bp or 2%), OVER (over 8 bp or 4%).';
comment on column mart.capital_daily."quiet_drag_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."other_hedge_pnl_usd" is 'Hedge P&L of the sessions that were not quiet: beside the drag, never netted. [USD]';
comment on column mart.capital_daily."spike_sessions" is 'Sessions on which VIX rose 15% or more. [trading sessions]';
comment on column mart.capital_daily."spike_median_usd" is 'Median hedge P&L of those. [USD]';
comment on column mart.capital_daily."break_even_spikes_per_year" is 'How many such days a year pay for the quiet ones; null with reason. [days a year]';
comment on column mart.capital_daily."break_even_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."cost_sessions" is 'Of the last 63 sessions those with a known hedge P&L. [trading sessions]';
comment on column mart.capital_daily."calm_hedge_pnl_usd" is 'Hedge P&L of those without a spike. [USD]';
comment on column mart.capital_daily."credits_usd" is 'Chain credit less fees of the campaigns begun in these sessions. [USD]';
comment on column mart.capital_daily."realised_cost_frac" is 'Hedge cost outside of spikes / credits taken; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."realised_cost_band" is 'GREEN to 25%, AMBER to 35%, RED to 50%, OVER beyond.';
comment on column mart.capital_daily."realised_cost_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."drawdown_sessions" is 'Of the sessions looked back on those with a known P&L of book and hedge. [trading sessions]';
comment on column mart.capital_daily."drawdown_frac" is '1 - deepest drawdown of the book / deepest without its hedge, over the same sessions; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.capital_daily."drawdown_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."hedge_gain_usd" is 'Open gain of the hedge at its marks, before fees. [USD]';
comment on column mart.capital_daily."hedge_cost_usd_per_day" is 'Its theta and the spread of its rolls, as a cost. [USD per calendar day]';
comment on column mart.capital_daily."funded_days" is 'Gain / cost a day, which counts as $1 at least; null with reason. [calendar days]';
comment on column mart.capital_daily."funded_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."vix_drop_hedge_pnl_usd" is 'P&L of the hedge with SPX unchanged and VIX down 25%. [USD]';
comment on column mart.capital_daily."vix_drop_reason" is 'Why it is null; null when it is not.';
comment on column mart.capital_daily."vol_crush_condor_pnl_usd" is 'P&L of the condors with SPX unchanged and every implied vol down 20%, VIX too. [USD]';
comment on column mart.capital_daily."vol_crush_hedge_pnl_usd" is 'The same of the hedge. [USD]';
comment on column mart.capital_daily."vol_crush_pnl_usd" is 'The same of the whole book. [USD]';
comment on column mart.capital_daily."vol_crush_reason" is 'Why the book''s is null; null when it is not.';
comment on column mart.capital_daily."theta_press_bp_per_day" is 'Theta of the condors on their margin; null with reason. [basis points of margin a day]';
comment on column mart.capital_daily."theta_press_reason" is 'Why it is null; null when it is not.';

create table mart.condor_economics_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_id" varchar not null,
    "margin_usd" double,
    "margin_reason" varchar,
    "theta_press_bp_per_day" double,
    "theta_press_reason" varchar,
    "realised_theta_usd" double,
    "expected_theta_usd" double,
    "theta_capture_frac" double,
    "theta_capture_reason" varchar,
    "half_life_days" double,
    "half_life_reason" varchar,
    "close_value_usd" double,
    "ev_p_payoff_usd" double,
    "ev_p_total_usd" double,
    "hold_edge_usd" double,
    "hold_edge_reason" varchar,
    "amortised_hedge_cost_usd" double,
    "expectancy_usd" double,
    "is_expectancy_ok" boolean,
    "expectancy_reason" varchar,
    "reversion_need_frac" double,
    "above_break_even_frac" double,
    "prob_method" varchar,
    "odds_reason" varchar,
    "time_bought_days" double
);
comment on table mart.condor_economics_daily is 'One row per condor held: what waiting is worth, the way back to the break-even, theta on margin. Grain: session_date, account, condor_id.';
comment on column mart.condor_economics_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.condor_economics_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.condor_economics_daily."condor_id" is 'Structure label, declared or inferred.';
comment on column mart.condor_economics_daily."margin_usd" is 'Strategy margin: the wider side once; null with reason. [USD]';
comment on column mart.condor_economics_daily."margin_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."theta_press_bp_per_day" is 'Theta on that margin; null with reason. [basis points of margin a day]';
comment on column mart.condor_economics_daily."theta_press_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."realised_theta_usd" is 'Theta earned by the campaign so far: mart.attribution_daily. [USD]';
comment on column mart.condor_economics_daily."expected_theta_usd" is 'Theta a day of each evening x the days to the next session. [USD]';
comment on column mart.condor_economics_daily."theta_capture_frac" is 'Realised / expected; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.condor_economics_daily."theta_capture_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."half_life_days" is 'Calendar days until half of the time value it is short is left, spot and vols unchanged. [calendar days]';
comment on column mart.condor_economics_daily."half_life_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."close_value_usd" is 'Liquidation value today; negative: what closing costs. [USD]';
comment on column mart.condor_economics_daily."ev_p_payoff_usd" is 'Expected payoff of the legs with vols scaled to realised ones: a model assumption, at most 0. [USD]';
comment on column mart.condor_economics_daily."ev_p_total_usd" is 'Chain credit + that payoff. [USD]';
comment on column mart.condor_economics_daily."hold_edge_usd" is 'Expected payoff less what closing brings today; null with reason. [USD]';
comment on column mart.condor_economics_daily."hold_edge_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."amortised_hedge_cost_usd" is 'This condor''s share of the hedge''s cost over its life. [USD]';
comment on column mart.condor_economics_daily."expectancy_usd" is 'ev_p_total less that cost; null with reason. [USD]';
comment on column mart.condor_economics_daily."is_expectancy_ok" is 'Whether it is positive.';
comment on column mart.condor_economics_daily."expectancy_reason" is 'Why it is null; null when it is not.';
comment on column mart.condor_economics_daily."reversion_need_frac" is 'Put break-even / spot - 1: what SPX has to rise; negative while above it. [fraction (0.01 = 1%)]';
comment on column mart.condor_economics_daily."above_break_even_frac" is 'Chance to settle above the put break-even, under the pricing measure. [fraction (0.01 = 1%)]';
comment on column mart.condor_economics_daily."prob_method" is 'fitted, quoted or flat: the smile the chances are read on.';
comment on column mart.condor_economics_daily."odds_reason" is 'Why a chance or an expected payoff is null, or not of the first kind.';
comment on column mart.condor_economics_daily."time_bought_days" is 'Days the hedge''s gain pays for, where holding has an edge; null otherwise. [calendar days]';

create table mart.reference_condors_daily (
    "session_date" date not null,
    "root" varchar,
    "expiry_date" date,
    "settlement" varchar,
    "dte_days" bigint,
    "forward_pts" double,
    "long_put_pts" double,
    "short_put_pts" double,
    "short_call_pts" double,
    "long_call_pts" double,
    "long_put_delta" double,
    "short_put_delta" double,
    "short_call_delta" double,
    "long_call_delta" double,
    "credit_pts" double,
    "credit_at_quotes_pts" double,
    "max_loss_usd" double,
    "margin_usd" double,
    "break_even_put_pts" double,
    "break_even_call_pts" double,
    "theta_usd_per_day" double,
    "reason" varchar
);
comment on table mart.reference_condors_daily is 'One row per session: the condor Cboe''s CNDR rule would sell tonight in our own chain, one contract. A benchmark, no advice. Grain: session_date.';
comment on column mart.reference_condors_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.reference_condors_daily."root" is 'SPX (AM); SPXW where the chain has no SPX series of that Friday.';
comment on column mart.reference_condors_daily."expiry_date" is 'Monthly expiry nearest 30 days. [date, exchange-local]';
comment on column mart.reference_condors_daily."settlement" is 'AM or PM.';
comment on column mart.reference_condors_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.reference_condors_daily."forward_pts" is 'Forward of the expiry. [index points]';
comment on column mart.reference_condors_daily."long_put_pts" is 'Put nearest -0.05 delta. [index points]';
comment on column mart.reference_condors_daily."short_put_pts" is 'Put nearest -0.20 delta. [index points]';
comment on column mart.reference_condors_daily."short_call_pts" is 'Call nearest 0.20 delta. [index points]';
comment on column mart.reference_condors_daily."long_call_pts" is 'Call nearest 0.05 delta. [index points]';
comment on column mart.reference_condors_daily."long_put_delta" is 'Forward delta, N(d1). [per 1.00 of the forward]';
comment on column mart.reference_condors_daily."short_put_delta" is 'Forward delta. [per 1.00 of the forward]';
comment on column mart.reference_condors_daily."short_call_delta" is 'Forward delta. [per 1.00 of the forward]';
comment on column mart.reference_condors_daily."long_call_delta" is 'Forward delta. [per 1.00 of the forward]';
comment on column mart.reference_condors_daily."credit_pts" is 'Credit at the marks. [index points]';
comment on column mart.reference_condors_daily."credit_at_quotes_pts" is 'Credit sold at the bid and bought at the ask. [index points]';
comment on column mart.reference_condors_daily."max_loss_usd" is '(wider side - credit) x 100. [USD]';
comment on column mart.reference_condors_daily."margin_usd" is 'Wider side x 100. [USD]';
comment on column mart.reference_condors_daily."break_even_put_pts" is 'Short put - credit. [index points]';
comment on column mart.reference_condors_daily."break_even_call_pts" is 'Short call + credit. [index points]';
comment on column mart.reference_condors_daily."theta_usd_per_day" is 'Theta of one condor. [USD per calendar day]';
comment on column mart.reference_condors_daily."reason" is 'Why there is none; null when there is one.';

create table mart.benchmarks_daily (
    "session_date" date not null,
    "benchmark" varchar not null,
    "action" varchar not null,
    "started_date" date,
    "entered_date" date,
    "root" varchar,
    "expiry_date" date,
    "settlement" varchar,
    "long_put_pts" double,
    "short_put_pts" double,
    "short_call_pts" double,
    "long_call_pts" double,
    "entry_price_pts" double,
    "collateral_pts" double,
    "entry_rate_frac" double,
    "weight_frac" double,
    "entry_spx_pts" double,
    "entry_level" double,
    "value_pts" double,
    "day_pnl_pts" double,
    "index_level" double,
    "day_return_frac" double,
    "forward_vix_pts" double,
    "weight_tonight_frac" double,
    "reason" varchar
);
comment on table mart.benchmarks_daily is 'One row per session and benchmark (CNDR, VXTH): the published rule carried on in our own evening quotes. A reckoning, not the index. Grain: session_date, benchmark.';
comment on column mart.benchmarks_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.benchmarks_daily."benchmark" is 'CNDR (condor over Treasury bills) or VXTH (SPX with VIX calls).';
comment on column mart.benchmarks_daily."action" is 'START, HOLD, ROLL, RESTART (the line broke) or WAIT (nothing could be entered).';
comment on column mart.benchmarks_daily."started_date" is 'Session on which the line stood at 100. [date, exchange-local]';
comment on column mart.benchmarks_daily."entered_date" is 'Session on which the position was entered. [date, exchange-local]';
comment on column mart.benchmarks_daily."root" is 'Root of the position.';
comment on column mart.benchmarks_daily."expiry_date" is 'Its expiry; null while waiting. [date, exchange-local]';
comment on column mart.benchmarks_daily."settlement" is 'AM or PM.';
comment on column mart.benchmarks_daily."long_put_pts" is 'CNDR: strike. [index points]';
comment on column mart.benchmarks_daily."short_put_pts" is 'CNDR: strike. [index points]';
comment on column mart.benchmarks_daily."short_call_pts" is 'CNDR: strike. [index points]';
comment on column mart.benchmarks_daily."long_call_pts" is 'CNDR: strike; VXTH: the VIX call. [index points]';
comment on column mart.benchmarks_daily."entry_price_pts" is 'CNDR: credit; VXTH: premium; at the marks. [index points]';
comment on column mart.benchmarks_daily."collateral_pts" is 'CNDR: Treasury bills, ten times the maximum loss. [index points]';
comment on column mart.benchmarks_daily."entry_rate_frac" is 'CNDR: continuous Treasury rate of 30 days at entry. [fraction (0.01 = 1%)]';
comment on column mart.benchmarks_daily."weight_frac" is 'VXTH: share of the calls at entry. [fraction (0.01 = 1%)]';
comment on column mart.benchmarks_daily."entry_spx_pts" is 'VXTH: SPX close at entry. [index points]';
comment on column mart.benchmarks_daily."entry_level" is 'Line at entry. [index, 100 at its start]';
comment on column mart.benchmarks_daily."value_pts" is 'What one unit is worth tonight; a condor is owed: negative. [index points]';
comment on column mart.benchmarks_daily."day_pnl_pts" is 'Change of that since last night, settlement included, entry aside. [index points]';
comment on column mart.benchmarks_daily."index_level" is 'The line tonight; null with reason. [index, 100 at its start]';
comment on column mart.benchmarks_daily."day_return_frac" is 'Change of the line since last night; null where it is not known. [fraction (0.01 = 1%)]';
comment on column mart.benchmarks_daily."forward_vix_pts" is 'VXTH: forward VIX of the call a roll tonight would buy. [index points]';
comment on column mart.benchmarks_daily."weight_tonight_frac" is 'VXTH: weight a roll tonight would give the calls. [fraction (0.01 = 1%)]';
comment on column mart.benchmarks_daily."reason" is 'Why the level is null, nothing was entered, or the line began again.';

create table mart.vendor_claims_daily (
    "session_date" date not null,
    "account" varchar not null,
    "claim_id" varchar not null,
    "claim_text" varchar not null,
    "source_ref" varchar not null,
    "status" varchar not null,
    "unit" varchar not null,
    "claimed_low" double,
    "claimed_high" double,
    "measured" double,
    "measured_as" varchar not null,
    "sessions_qty" bigint,
    "reason" varchar
);
comment on table mart.vendor_claims_daily is 'One row per account and claim of the vendor: the claim as made, and what this book has measured. No claim is verified here. Grain: session_date, account, claim_id.';
comment on column mart.vendor_claims_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.vendor_claims_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.vendor_claims_daily."claim_id" is 'Name of the claim.';
comment on column mart.vendor_claims_daily."claim_text" is 'What is claimed, in one sentence.';
comment on column mart.vendor_claims_daily."source_ref" is 'Where it is claimed.';
comment on column mart.vendor_claims_daily."status" is 'vendor claim, not verified.';
comment on column mart.vendor_claims_daily."unit" is 'Unit of claimed and measured.';
comment on column mart.vendor_claims_daily."claimed_low" is 'Lower end; null where no number is claimed. [in `unit`]';
comment on column mart.vendor_claims_daily."claimed_high" is 'Upper end. [in `unit`]';
comment on column mart.vendor_claims_daily."measured" is 'Measured in this book; null with reason. [in `unit`]';
comment on column mart.vendor_claims_daily."measured_as" is 'How it is measured.';
comment on column mart.vendor_claims_daily."sessions_qty" is 'Sessions it is measured over; 1 for a figure of tonight. [trading sessions]';
comment on column mart.vendor_claims_daily."reason" is 'Why it is not measured; null when it is.';

create table mart.state_changes_daily (
    "session_date" date not null,
    "account" varchar not null,
    "subject_kind" varchar not null,
    "subject" varchar not null,
    "from_state" varchar,
    "from_date" date,
    "to_state" varchar,
    "rule_id" varchar,
    "value" double,
    "threshold" double,
    "unit" varchar,
    "source_tier" varchar not null,
    "reason" varchar not null
);
comment on table mart.state_changes_daily is 'One row per state that moved tonight: what it was when last it moved, what it is, and the rule that moved it. The rows of all nights, played one after the other, give every state of every night. Grain: session_date, account, subject_kind, subject.';
comment on column mart.state_changes_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.state_changes_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.state_changes_daily."subject_kind" is 'condor, layer signal, layer position, diagonal, second_engine, gate or book.';
comment on column mart.state_changes_daily."subject" is 'Condor, layer, diagonal; VIX for the gate (account ALL), second_engine and book for those of the account.';
comment on column mart.state_changes_daily."from_state" is 'State before; null where it was not on record, or not known.';
comment on column mart.state_changes_daily."from_date" is 'Session that state was entered on; null where nothing was on record before. [date, exchange-local]';
comment on column mart.state_changes_daily."to_state" is 'State tonight; null where it is not known, or nothing is held any more.';
comment on column mart.state_changes_daily."rule_id" is 'The rule that set it; null where no rule but the absence of one did.';
comment on column mart.state_changes_daily."value" is 'What the rule measured; null where it has no figure. [in `unit`]';
comment on column mart.state_changes_daily."threshold" is 'What it was held against. [in `unit`]';
comment on column mart.state_changes_daily."unit" is 'Unit of value and threshold.';
comment on column mart.state_changes_daily."source_tier" is 'Whose rule it is: vendor rule, house default or your setting.';
comment on column mart.state_changes_daily."reason" is 'One sentence.';

create table mart.steward_checks_daily (
    "session_date" date not null,
    "account" varchar not null,
    "check_id" varchar not null,
    "verdict" varchar not null,
    "value" double,
    "threshold" double not null,
    "unit" varchar not null,
    "source_tier" varchar not null,
    "is_promoter_flag" boolean not null,
    "message" varchar not null,
    "reason" varchar
);
comment on table mart.steward_checks_daily is 'One row per account and steward check S1 to S10: does the book keep its own limits? Grain: session_date, account, check_id.';
comment on column mart.steward_checks_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.steward_checks_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.steward_checks_daily."check_id" is 'S1 to S10.';
comment on column mart.steward_checks_daily."verdict" is 'PASS, FAIL, or NA where it cannot be judged.';
comment on column mart.steward_checks_daily."value" is 'Measured; null where it cannot be. [in `unit`]';
comment on column mart.steward_checks_daily."threshold" is 'The limit. [in `unit`]';
comment on column mart.steward_checks_daily."unit" is 'Unit of value and threshold.';
comment on column mart.steward_checks_daily."source_tier" is 'Whose limit it is: vendor rule, house default or your setting.';
comment on column mart.steward_checks_daily."is_promoter_flag" is 'True where S2, S4 or S5 failed: size, timing or tier a seller of trades would choose.';
comment on column mart.steward_checks_daily."message" is 'One sentence with the figures.';
comment on column mart.steward_checks_daily."reason" is 'Why it is NA; null when it is not.';
