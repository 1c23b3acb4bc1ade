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
