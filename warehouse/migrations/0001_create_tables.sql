create schema meta;
create schema raw;
create schema core;
create schema mart;

create table meta.loads (
    "load_id" varchar not null,
    "kind" varchar not null,
    "format" varchar not null,
    "series" varchar,
    "series_from" varchar,
    "source_file" varchar not null,
    "content_sha256" varchar not null,
    "size_bytes" bigint,
    "rows_qty" bigint,
    "rejected_qty" bigint,
    "first_date" date,
    "last_date" date,
    "stated_at" timestamptz,
    "stated_date" date,
    "header_level_pts" double,
    "is_simulated" boolean not null,
    "loaded_at" timestamptz not null
);
comment on table meta.loads is 'One row per file content that was recognised and loaded; the file itself lies in the raw archive. Grain: load_id.';
comment on column meta.loads."load_id" is 'First 16 hex digits of SHA-256 over kind, series and content: the same content is the same load.';
comment on column meta.loads."kind" is 'What the file holds: option_chain, vx_futures, index_levels, breadth, rates, events, fills, accounts, settlement_values.';
comment on column meta.loads."format" is 'The recognised vendor format.';
comment on column meta.loads."series" is 'Which series: an underlying, an index symbol or a breadth series; empty where the rows say it themselves.';
comment on column meta.loads."series_from" is 'How the series was known: content, configuration or file_name.';
comment on column meta.loads."source_file" is 'File name as received, with the member path inside an archive.';
comment on column meta.loads."content_sha256" is 'SHA-256 of the archived file.';
comment on column meta.loads."size_bytes" is 'Size of the archived file. [bytes]';
comment on column meta.loads."rows_qty" is 'Rows loaded into raw. [rows]';
comment on column meta.loads."rejected_qty" is 'Rows kept in meta.rejected_rows instead. [rows]';
comment on column meta.loads."first_date" is 'Earliest date in the rows of a series file. [date, exchange-local]';
comment on column meta.loads."last_date" is 'Latest date in the rows of a series file. [date, exchange-local]';
comment on column meta.loads."stated_at" is 'Download or quote instant the content states (date line, quote_date column); null when it states none. [instant, UTC]';
comment on column meta.loads."stated_date" is 'Session date the content states outright (a quote_date column); null when it does not. [date, exchange-local]';
comment on column meta.loads."header_level_pts" is 'Index level printed in the file''s header; informative only. [index points]';
comment on column meta.loads."is_simulated" is 'Made by the simulated market.';
comment on column meta.loads."loaded_at" is 'When the load was first committed. [instant, UTC]';

create table meta.applied_loads (
    "load_id" varchar not null,
    "applied_at" timestamptz not null
);
comment on table meta.applied_loads is 'One row per load whose rows have been taken into core; a load without a row here is still to be applied. Grain: load_id.';
comment on column meta.applied_loads."load_id" is 'The load.';
comment on column meta.applied_loads."applied_at" is 'When core took it in. [instant, UTC]';

create table meta.refused_files (
    "content_sha256" varchar not null,
    "source_file" varchar not null,
    "source_line" bigint,
    "column_name" varchar,
    "rule_id" varchar not null,
    "reason" varchar not null,
    "refused_at" timestamptz not null
);
comment on table meta.refused_files is 'One row per file content that was refused whole; nothing of it is loaded. Grain: content_sha256.';
comment on column meta.refused_files."content_sha256" is 'SHA-256 of the refused file.';
comment on column meta.refused_files."source_file" is 'File name as received.';
comment on column meta.refused_files."source_line" is 'Line of the finding, from 1; null when the whole file is at fault. [line]';
comment on column meta.refused_files."column_name" is 'Column of the finding; null when no single column is.';
comment on column meta.refused_files."rule_id" is 'The rule it broke.';
comment on column meta.refused_files."reason" is 'What was found, and what to do.';
comment on column meta.refused_files."refused_at" is 'When it was first refused. [instant, UTC]';

create table meta.rejected_rows (
    "load_id" varchar not null,
    "stage" varchar not null,
    "source_file" varchar not null,
    "source_line" bigint not null,
    "row_key" varchar not null,
    "column_name" varchar,
    "rule_id" varchar not null,
    "reason" varchar not null,
    "row_text" varchar
);
comment on table meta.rejected_rows is 'One row per source row (or field group) that was not loaded into core, with the reason. Nothing is dropped silently. Grain: load_id, stage, source_line, rule_id, row_key.';
comment on column meta.rejected_rows."load_id" is 'The load that brought the row.';
comment on column meta.rejected_rows."stage" is 'Which stage rejected it: ingest (parsing) or series (typing).';
comment on column meta.rejected_rows."source_file" is 'File name as received.';
comment on column meta.rejected_rows."source_line" is 'Line of the file, from 1. [line]';
comment on column meta.rejected_rows."row_key" is 'What the row is about where a line holds several, e.g. an option symbol; else empty.';
comment on column meta.rejected_rows."column_name" is 'Column at fault; null when it is the row as a whole.';
comment on column meta.rejected_rows."rule_id" is 'The rule it broke.';
comment on column meta.rejected_rows."reason" is 'What was found.';
comment on column meta.rejected_rows."row_text" is 'The values of the row as received.';

create table meta.checks (
    "session_date" date not null,
    "check_id" varchar not null,
    "subject" varchar not null,
    "severity" varchar not null,
    "is_applicable" boolean not null,
    "is_passed" boolean not null,
    "value" double,
    "limit_value" double,
    "unit" varchar,
    "rows_qty" bigint,
    "message" varchar not null
);
comment on table meta.checks is 'One row per data-quality check of a session. A failed critical check holds the night (DATA_HOLD). Grain: session_date, check_id, subject.';
comment on column meta.checks."session_date" is 'Session. [date, exchange-local]';
comment on column meta.checks."check_id" is 'The check: METHODOLOGY 9.6.';
comment on column meta.checks."subject" is 'What it looked at, e.g. an underlying or an expiry; empty for the whole session.';
comment on column meta.checks."severity" is 'critical or warning.';
comment on column meta.checks."is_applicable" is 'False when the night cannot have it, e.g. no yesterday on the first night.';
comment on column meta.checks."is_passed" is 'True when passed or not applicable.';
comment on column meta.checks."value" is 'What was measured. [in `unit`]';
comment on column meta.checks."limit_value" is 'The limit it was held against. [in `unit`]';
comment on column meta.checks."unit" is 'Unit of value and limit.';
comment on column meta.checks."rows_qty" is 'Rows looked at or at fault. [rows]';
comment on column meta.checks."message" is 'One sentence: what was found and what it means.';

create table meta.runs (
    "run_id" varchar not null,
    "session_date" date not null,
    "status" varchar not null,
    "step" varchar,
    "holder" varchar not null,
    "inputs_hash" varchar,
    "exit_code" bigint,
    "status_line" varchar,
    "report_paths" varchar,
    "started_at" timestamptz not null,
    "lease_until_at" timestamptz not null,
    "finished_at" timestamptz
);
comment on table meta.runs is 'One row per run of a night, with a lease: a run whose lease has passed is dead, whatever its status says. Grain: run_id.';
comment on column meta.runs."run_id" is 'Run.';
comment on column meta.runs."session_date" is 'Session. [date, exchange-local]';
comment on column meta.runs."status" is 'running, done, failed or abandoned.';
comment on column meta.runs."step" is 'Last step boundary passed.';
comment on column meta.runs."holder" is 'Host and process that holds the lease.';
comment on column meta.runs."inputs_hash" is 'Hash of the loads, settings and code version the run was built from.';
comment on column meta.runs."exit_code" is 'Exit code of the night. [exit code]';
comment on column meta.runs."status_line" is 'The one line the night printed.';
comment on column meta.runs."report_paths" is 'Paths of the report, one a line.';
comment on column meta.runs."started_at" is 'Start. [instant, UTC]';
comment on column meta.runs."lease_until_at" is 'The run is alive until then unless it renews. [instant, UTC]';
comment on column meta.runs."finished_at" is 'End. [instant, UTC]';

create table meta.migrations (
    "migration_number" bigint not null,
    "name" varchar not null,
    "content_sha256" varchar not null,
    "applied_at" timestamptz not null
);
comment on table meta.migrations is 'One row per numbered migration applied to this file. Grain: migration_number.';
comment on column meta.migrations."migration_number" is 'Number, from 1. [number]';
comment on column meta.migrations."name" is 'File name.';
comment on column meta.migrations."content_sha256" is 'SHA-256 of the migration as applied.';
comment on column meta.migrations."applied_at" is 'When. [instant, UTC]';

create table raw.option_quotes (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "option_symbol" varchar,
    "root" varchar,
    "expiry" varchar,
    "option_right" varchar not null,
    "strike" varchar,
    "bid" varchar,
    "ask" varchar,
    "last" varchar,
    "volume" varchar,
    "open_interest" varchar,
    "vendor_iv" varchar,
    "vendor_delta" varchar,
    "vendor_gamma" varchar,
    "bid_1545" varchar,
    "ask_1545" varchar,
    "vendor_forward_1545" varchar,
    "vendor_iv_1545" varchar,
    "vendor_delta_1545" varchar
);
comment on table raw.option_quotes is 'One row per option contract of a chain file, fields as the vendor wrote them. A quote table''s line holds a call and a put, so the right is part of the key. Grain: load_id, source_line, option_right.';
comment on column raw.option_quotes."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.option_quotes."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.option_quotes."option_symbol" is 'OCC-style symbol where the vendor gives one, e.g. SPXW230317P03845000. [as received]';
comment on column raw.option_quotes."root" is 'Option root: SPX, SPXW, VIX or VIXW. [as received]';
comment on column raw.option_quotes."expiry" is 'Expiration date, ISO; taken from the symbol where there is one. [as received]';
comment on column raw.option_quotes."option_right" is 'C or P. [as received]';
comment on column raw.option_quotes."strike" is 'Strike. [as received]';
comment on column raw.option_quotes."bid" is 'Bid at the file''s own quote time (end of day where the file has several). [as received]';
comment on column raw.option_quotes."ask" is 'Ask at the same time. [as received]';
comment on column raw.option_quotes."last" is 'Last trade. [as received]';
comment on column raw.option_quotes."volume" is 'Contracts traded. [as received]';
comment on column raw.option_quotes."open_interest" is 'Open interest. [as received]';
comment on column raw.option_quotes."vendor_iv" is 'The vendor''s implied volatility, as written. [as received]';
comment on column raw.option_quotes."vendor_delta" is 'The vendor''s delta. [as received]';
comment on column raw.option_quotes."vendor_gamma" is 'The vendor''s gamma. [as received]';
comment on column raw.option_quotes."bid_1545" is 'Bid at 15:45 ET where the file has it. [as received]';
comment on column raw.option_quotes."ask_1545" is 'Ask at 15:45 ET. [as received]';
comment on column raw.option_quotes."vendor_forward_1545" is 'The vendor''s implied underlying at 15:45 ET. [as received]';
comment on column raw.option_quotes."vendor_iv_1545" is 'The vendor''s implied volatility at 15:45 ET. [as received]';
comment on column raw.option_quotes."vendor_delta_1545" is 'The vendor''s delta at 15:45 ET. [as received]';

create table raw.vx_settlements (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "trade_date" varchar,
    "contract" varchar,
    "open" varchar,
    "high" varchar,
    "low" varchar,
    "close" varchar,
    "settle" varchar,
    "volume" varchar,
    "open_interest" varchar
);
comment on table raw.vx_settlements is 'One row per VX contract and trade date of a futures file. Grain: load_id, source_line.';
comment on column raw.vx_settlements."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.vx_settlements."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.vx_settlements."trade_date" is 'Trade date as written. [as received]';
comment on column raw.vx_settlements."contract" is 'Contract label as written: an expiry date or e.g. K (May 08). [as received]';
comment on column raw.vx_settlements."open" is 'Open. [as received]';
comment on column raw.vx_settlements."high" is 'High. [as received]';
comment on column raw.vx_settlements."low" is 'Low. [as received]';
comment on column raw.vx_settlements."close" is 'Close (last trade). [as received]';
comment on column raw.vx_settlements."settle" is 'Settlement; 0 where the vendor had none. [as received]';
comment on column raw.vx_settlements."volume" is 'Contracts traded. [as received]';
comment on column raw.vx_settlements."open_interest" is 'Open interest. [as received]';

create table raw.index_levels (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "symbol" varchar,
    "date" varchar,
    "open" varchar,
    "high" varchar,
    "low" varchar,
    "close" varchar
);
comment on table raw.index_levels is 'One row per index symbol and date. Grain: load_id, source_line.';
comment on column raw.index_levels."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.index_levels."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.index_levels."symbol" is 'Index symbol: SPX, VIX, VIX9D, VIX3M, VIX6M, VVIX, SKEW. [as received]';
comment on column raw.index_levels."date" is 'Date as written. [as received]';
comment on column raw.index_levels."open" is 'Open. [as received]';
comment on column raw.index_levels."high" is 'High. [as received]';
comment on column raw.index_levels."low" is 'Low. [as received]';
comment on column raw.index_levels."close" is 'Close. [as received]';

create table raw.breadth (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "series" varchar,
    "date" varchar,
    "value" varchar
);
comment on table raw.breadth is 'One row per breadth series and date. Grain: load_id, source_line.';
comment on column raw.breadth."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.breadth."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.breadth."series" is 'advances, declines, unchanged, new_highs, new_lows, up_volume or down_volume. [as received]';
comment on column raw.breadth."date" is 'Date as written. [as received]';
comment on column raw.breadth."value" is 'Value as written. [as received]';

create table raw.treasury_yields (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "date" varchar,
    "tenor" varchar not null,
    "yield_pct" varchar
);
comment on table raw.treasury_yields is 'One row per curve date and tenor of the Treasury par curve, blank tenors left out. Grain: load_id, source_line, tenor.';
comment on column raw.treasury_yields."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.treasury_yields."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.treasury_yields."date" is 'Date as written. [as received]';
comment on column raw.treasury_yields."tenor" is 'Tenor label, e.g. 3 Mo. [as received]';
comment on column raw.treasury_yields."yield_pct" is 'Par yield in per cent. [as received]';

create table raw.events (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "date" varchar,
    "kind" varchar,
    "detail" varchar,
    "ref_period" varchar,
    "time_et" varchar,
    "status" varchar,
    "source" varchar
);
comment on table raw.events is 'One row per calendar event. Grain: load_id, source_line.';
comment on column raw.events."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.events."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.events."date" is 'Date as written. [as received]';
comment on column raw.events."kind" is 'Event kind as written: fomc_decision, cpi, vix_expiry, ... [as received]';
comment on column raw.events."detail" is 'Description. [as received]';
comment on column raw.events."ref_period" is 'Reference period of a release. [as received]';
comment on column raw.events."time_et" is 'Time of day, America/New_York. [as received]';
comment on column raw.events."status" is 'scheduled, postponed, cancelled; empty means scheduled. [as received]';
comment on column raw.events."source" is 'Where the vendor had it from. [as received]';

create table raw.fills (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "fill_id" varchar,
    "account" varchar,
    "filled_at" varchar,
    "root" varchar,
    "expiry" varchar,
    "option_right" varchar,
    "strike" varchar,
    "quantity" varchar,
    "price" varchar,
    "fees" varchar,
    "structure" varchar,
    "campaign" varchar,
    "note" varchar
);
comment on table raw.fills is 'One row per fill of a fills file. Grain: load_id, source_line.';
comment on column raw.fills."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.fills."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.fills."fill_id" is 'The fill''s own name; imports are idempotent by it. [as received]';
comment on column raw.fills."account" is 'Account. [as received]';
comment on column raw.fills."filled_at" is 'ISO 8601 with offset. [as received]';
comment on column raw.fills."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM. [as received]';
comment on column raw.fills."expiry" is 'Expiration date. [as received]';
comment on column raw.fills."option_right" is 'C or P; empty for a future. [as received]';
comment on column raw.fills."strike" is 'Strike; empty for a future. [as received]';
comment on column raw.fills."quantity" is 'Signed: + bought, - sold. [as received]';
comment on column raw.fills."price" is 'Points. [as received]';
comment on column raw.fills."fees" is 'USD. [as received]';
comment on column raw.fills."structure" is 'Label that binds legs together. [as received]';
comment on column raw.fills."campaign" is 'Label that binds rolled structures together. [as received]';
comment on column raw.fills."note" is 'Free text. [as received]';

create table raw.accounts (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "account" varchar,
    "date" varchar,
    "net_liq_usd" varchar,
    "margin_used_usd" varchar,
    "margin_debit_usd" varchar,
    "broker_margin_usd" varchar
);
comment on table raw.accounts is 'One row per account and date of an accounts file. Grain: load_id, source_line.';
comment on column raw.accounts."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.accounts."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.accounts."account" is 'Account. [as received]';
comment on column raw.accounts."date" is 'Date as written. [as received]';
comment on column raw.accounts."net_liq_usd" is 'Net liquidation value. [as received]';
comment on column raw.accounts."margin_used_usd" is 'Margin in use. [as received]';
comment on column raw.accounts."margin_debit_usd" is 'Margin debit actually borrowed. [as received]';
comment on column raw.accounts."broker_margin_usd" is 'Broker''s own margin figure. [as received]';

create table raw.settlement_values (
    "load_id" varchar not null,
    "source_line" bigint not null,
    "date" varchar,
    "symbol" varchar,
    "value_pts" varchar
);
comment on table raw.settlement_values is 'One row per settlement value (SET, VRO, official closes). Grain: load_id, source_line.';
comment on column raw.settlement_values."load_id" is 'The load that brought the row: meta.loads.';
comment on column raw.settlement_values."source_line" is 'Line of the file, from 1; for a nested archive the line inside its member. [line]';
comment on column raw.settlement_values."date" is 'Date as written. [as received]';
comment on column raw.settlement_values."symbol" is 'SET, VRO, SPX or VIX. [as received]';
comment on column raw.settlement_values."value_pts" is 'Value in points. [as received]';

create table core.option_chains (
    "load_id" varchar not null,
    "underlying" varchar not null,
    "session_date" date,
    "session_from" varchar,
    "session_reason" varchar,
    "quote_at" timestamptz,
    "is_end_of_day" boolean not null,
    "end_of_day_reason" varchar not null,
    "clock_at" timestamptz,
    "clock_spread_minutes" double,
    "contracts_qty" bigint,
    "live_contracts_qty" bigint,
    "expiries_qty" bigint
);
comment on table core.option_chains is 'One row per loaded chain file: which session its content belongs to, whether it is an end of day, and why. Grain: load_id.';
comment on column core.option_chains."load_id" is 'The load the fact came from: meta.loads.';
comment on column core.option_chains."underlying" is 'SPX or VIX.';
comment on column core.option_chains."session_date" is 'Session the quotes belong to, from the content; null when nothing in the data says. [date, exchange-local]';
comment on column core.option_chains."session_from" is 'date_line, quote_date_column, first_expiry, vx_parity; null with session_date.';
comment on column core.option_chains."session_reason" is 'Why the session is unknown; null when it is known.';
comment on column core.option_chains."quote_at" is 'Instant of the quotes: 15 minutes after the close for an end of day, else what the date line or the quote clock says; null when unknown. [instant, UTC]';
comment on column core.option_chains."is_end_of_day" is 'True when nothing says that the quotes were taken at another time.';
comment on column core.option_chains."end_of_day_reason" is 'What said so: date_line, quote_clock, eod_columns, no_evidence_against, ...';
comment on column core.option_chains."clock_at" is 'Median quote instant by the vendor''s own implied vols; null when the clock cannot be read. [instant, UTC]';
comment on column core.option_chains."clock_spread_minutes" is 'Distance between the earliest and the latest of the three clock readings. [minutes]';
comment on column core.option_chains."contracts_qty" is 'Contracts in the file. [contracts]';
comment on column core.option_chains."live_contracts_qty" is 'Contracts that expire after the session and are quoted (ask above 0). [contracts]';
comment on column core.option_chains."expiries_qty" is 'Expiries in the file (root and date). [expiries]';

create table core.option_marks_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar not null,
    "strike_pts" double not null,
    "underlying" varchar not null,
    "bid_pts" double,
    "ask_pts" double,
    "mid_pts" double,
    "mark_pts" double,
    "mark_quality" varchar not null,
    "mark_method" varchar,
    "spread_frac" double,
    "forward_pts" double,
    "discount_factor_frac" double,
    "t_years" double,
    "dte_days" bigint,
    "iv_vol" double,
    "iv_status" varchar not null,
    "smile_vol" double,
    "delta" double,
    "delta_b76" double,
    "gamma_b76" double,
    "vega_pts_per_volpt" double,
    "theta_pts_per_day" double,
    "extrinsic_pts" double,
    "volume_qty" bigint,
    "open_interest_qty" bigint,
    "vendor_iv_vol" double,
    "vendor_delta" double,
    "vendor_gamma" double,
    "load_id" varchar
);
comment on table core.option_marks_daily is 'One row per option contract of the chain chosen for the session: quote, mark, implied vol and Greeks per contract. Grain: session_date, root, expiry_date, settlement, right, strike_pts.';
comment on column core.option_marks_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.option_marks_daily."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.option_marks_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column core.option_marks_daily."settlement" is 'AM or PM. Third-Friday SPX (AM) and SPXW (PM) are two instruments.';
comment on column core.option_marks_daily."right" is 'C or P.';
comment on column core.option_marks_daily."strike_pts" is 'Strike. [index points]';
comment on column core.option_marks_daily."underlying" is 'SPX or VIX.';
comment on column core.option_marks_daily."bid_pts" is 'Bid; 0 means no bid. [index points]';
comment on column core.option_marks_daily."ask_pts" is 'Ask; 0 means no quote. [index points]';
comment on column core.option_marks_daily."mid_pts" is '(bid + ask) / 2; null unless both sides are quoted and not crossed, or bid 0 with ask at most 0.30. [index points]';
comment on column core.option_marks_daily."mark_pts" is 'The price the book is valued at; null when the contract cannot be priced. [index points]';
comment on column core.option_marks_daily."mark_quality" is 'OK, ZERO_BID, ONE_SIDED, WIDE, LOCKED, CROSSED or NO_QUOTE.';
comment on column core.option_marks_daily."mark_method" is 'mid or model; null with mark_pts.';
comment on column core.option_marks_daily."spread_frac" is '(ask - bid) / mid. [fraction (0.01 = 1%)]';
comment on column core.option_marks_daily."forward_pts" is 'Forward used for pricing: parity forward for SPX, the matching VX future (or labelled stand-in) for VIX. Never spot. [index points]';
comment on column core.option_marks_daily."discount_factor_frac" is 'Discount factor to settlement. [fraction (0.01 = 1%)]';
comment on column core.option_marks_daily."t_years" is 'Minutes from the quotes'' instant to settlement / 525,600. [years of 525,600 minutes]';
comment on column core.option_marks_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column core.option_marks_daily."iv_vol" is 'Black-76 implied vol of this contract''s own mid; null unless iv_status is ok. [annualised volatility, decimal]';
comment on column core.option_marks_daily."iv_status" is 'ok, zero_bid, no_quote, crossed, below_intrinsic, above_maximum, expired, not_converged or no_forward.';
comment on column core.option_marks_daily."smile_vol" is 'Vol of the quoted smile at this strike (out-of-the-money mids, linear in ln(K/F), flat outside): used for Greeks of both rights. [annualised volatility, decimal]';
comment on column core.option_marks_daily."delta" is 'Forward delta cp*N(cp d1), undiscounted: the delta strikes are chosen by. [per 1.00 of the forward]';
comment on column core.option_marks_daily."delta_b76" is 'Discounted Black-76 delta DF*cp*N(cp d1). [points per point of the forward]';
comment on column core.option_marks_daily."gamma_b76" is 'Discounted Black-76 gamma. [points per point squared of the forward]';
comment on column core.option_marks_daily."vega_pts_per_volpt" is 'Price change for one vol point (0.01). [points per vol point]';
comment on column core.option_marks_daily."theta_pts_per_day" is 'Price change by repricing one calendar day later (to settlement when less than a day is left). [points per calendar day]';
comment on column core.option_marks_daily."extrinsic_pts" is 'mark - DF*max(cp*(F-K), 0). [index points]';
comment on column core.option_marks_daily."volume_qty" is 'Contracts traded. [count; contracts are signed, + long]';
comment on column core.option_marks_daily."open_interest_qty" is 'Open interest. [count; contracts are signed, + long]';
comment on column core.option_marks_daily."vendor_iv_vol" is 'The vendor''s implied vol where it gives one; null for its 0. [annualised volatility, decimal]';
comment on column core.option_marks_daily."vendor_delta" is 'The vendor''s delta. [as the vendor gives it]';
comment on column core.option_marks_daily."vendor_gamma" is 'The vendor''s gamma. [as the vendor gives it]';
comment on column core.option_marks_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.forwards_daily (
    "session_date" date not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "underlying" varchar not null,
    "settle_at" timestamptz not null,
    "t_years" double not null,
    "dte_days" bigint not null,
    "rate_frac" double,
    "forward_pts" double,
    "discount_factor_frac" double,
    "method" varchar,
    "method_reason" varchar,
    "fit_forward_pts" double,
    "fit_discount_factor_frac" double,
    "fit_residual_pts" double,
    "fit_strikes_qty" bigint,
    "parity_forward_pts" double,
    "future_pts" double,
    "parity_difference_pts" double,
    "parity_half_spread_pts" double,
    "atm_iv_vol" double,
    "smile_quotes_qty" bigint
);
comment on table core.forwards_daily is 'One row per root and expiry quoted: forward, discount factor, how they were found, ATM vol. Grain: session_date, root, expiry_date, settlement.';
comment on column core.forwards_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.forwards_daily."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.forwards_daily."expiry_date" is 'Expiration date as listed. [date, exchange-local]';
comment on column core.forwards_daily."settlement" is 'AM or PM. Third-Friday SPX (AM) and SPXW (PM) are two instruments.';
comment on column core.forwards_daily."underlying" is 'SPX or VIX.';
comment on column core.forwards_daily."settle_at" is 'Settlement instant. [instant, UTC]';
comment on column core.forwards_daily."t_years" is 'Minutes from the quotes to settlement / 525,600. [years of 525,600 minutes]';
comment on column core.forwards_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column core.forwards_daily."rate_frac" is 'Treasury rate at this tenor, continuously compounded. [fraction (0.01 = 1%)]';
comment on column core.forwards_daily."forward_pts" is 'Forward used; null when neither parity nor a future gives one. [index points]';
comment on column core.forwards_daily."discount_factor_frac" is 'Discount factor used; null with forward_pts. [fraction (0.01 = 1%)]';
comment on column core.forwards_daily."method" is 'fit, treasury, future, parity, curve (interpolated VX curve) or none.';
comment on column core.forwards_daily."method_reason" is 'Why a fallback was used or nothing was found; null for the first choice.';
comment on column core.forwards_daily."fit_forward_pts" is 'Forward of the weighted parity fit. [index points]';
comment on column core.forwards_daily."fit_discount_factor_frac" is 'Discount factor of that fit. [fraction (0.01 = 1%)]';
comment on column core.forwards_daily."fit_residual_pts" is 'Weighted root mean square residual of the fit. [index points]';
comment on column core.forwards_daily."fit_strikes_qty" is 'Strikes in the fit. [strikes]';
comment on column core.forwards_daily."parity_forward_pts" is 'Cboe-rule forward: K + (C-P)/DF where |C-P| is least. [index points]';
comment on column core.forwards_daily."future_pts" is 'Settlement of the VX future with this settlement date; VIX only. [index points]';
comment on column core.forwards_daily."parity_difference_pts" is 'Parity forward less future; VIX only. [index points]';
comment on column core.forwards_daily."parity_half_spread_pts" is 'Half of call spread plus put spread at the parity strike. [index points]';
comment on column core.forwards_daily."atm_iv_vol" is 'Smile vol at k = 0. [annualised volatility, decimal]';
comment on column core.forwards_daily."smile_quotes_qty" is 'Out-of-the-money quotes in the smile. [quotes]';

create table core.vx_settlements_daily (
    "session_date" date not null,
    "expiry_date" date not null,
    "settle_pts" double,
    "settle_method" varchar not null,
    "close_pts" double,
    "volume_qty" bigint,
    "open_interest_qty" bigint,
    "is_monthly" boolean not null,
    "load_id" varchar
);
comment on table core.vx_settlements_daily is 'One row per VX contract and trade date: the settlement believed, after vendor precedence and rescaling. Grain: session_date, expiry_date.';
comment on column core.vx_settlements_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.vx_settlements_daily."expiry_date" is 'Final settlement date of the contract. [date, exchange-local]';
comment on column core.vx_settlements_daily."settle_pts" is 'Daily settlement, in today''s scale (before 2007-03-26 divided by 10). [index points]';
comment on column core.vx_settlements_daily."settle_method" is 'settle, last_trade (vendor had no settlement) or final (the contract''s expiry-day row: VRO).';
comment on column core.vx_settlements_daily."close_pts" is 'Last trade; null when there was none. [index points]';
comment on column core.vx_settlements_daily."volume_qty" is 'Contracts traded. [count; contracts are signed, + long]';
comment on column core.vx_settlements_daily."open_interest_qty" is 'Open interest. [count; contracts are signed, + long]';
comment on column core.vx_settlements_daily."is_monthly" is 'True for the monthly contract.';
comment on column core.vx_settlements_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.index_levels_daily (
    "session_date" date not null,
    "symbol" varchar not null,
    "open_pts" double,
    "high_pts" double,
    "low_pts" double,
    "close_pts" double not null,
    "load_id" varchar
);
comment on table core.index_levels_daily is 'One row per index symbol and session. Prints on days the NYSE was closed are kept out (rejected rows say so). Grain: session_date, symbol.';
comment on column core.index_levels_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.index_levels_daily."symbol" is 'SPX, VIX, VIX9D, VIX3M, VIX6M, VVIX or SKEW.';
comment on column core.index_levels_daily."open_pts" is 'Open; null where not supplied or impossible. [index points]';
comment on column core.index_levels_daily."high_pts" is 'High; as above. [index points]';
comment on column core.index_levels_daily."low_pts" is 'Low; as above. [index points]';
comment on column core.index_levels_daily."close_pts" is 'Official close. [index points]';
comment on column core.index_levels_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.breadth_daily (
    "session_date" date not null,
    "universe" varchar not null,
    "advances_qty" bigint,
    "declines_qty" bigint,
    "unchanged_qty" bigint,
    "new_highs_qty" bigint,
    "new_lows_qty" bigint,
    "up_volume_qty" double,
    "down_volume_qty" double,
    "vendor" varchar not null,
    "load_id" varchar
);
comment on table core.breadth_daily is 'One row per session and universe; one vendor a row, never a mixture within a field pair. Grain: session_date, universe.';
comment on column core.breadth_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.breadth_daily."universe" is 'NYSE.';
comment on column core.breadth_daily."advances_qty" is 'Advancing issues. [issues]';
comment on column core.breadth_daily."declines_qty" is 'Declining issues. [issues]';
comment on column core.breadth_daily."unchanged_qty" is 'Unchanged issues. [issues]';
comment on column core.breadth_daily."new_highs_qty" is 'New 52-week highs. [issues]';
comment on column core.breadth_daily."new_lows_qty" is 'New 52-week lows. [issues]';
comment on column core.breadth_daily."up_volume_qty" is 'Volume of advancing issues. [shares]';
comment on column core.breadth_daily."down_volume_qty" is 'Volume of declining issues. [shares]';
comment on column core.breadth_daily."vendor" is 'Format the advances came from.';
comment on column core.breadth_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.treasury_yields_daily (
    "curve_date" date not null,
    "tenor_days" bigint not null,
    "par_yield_frac" double not null,
    "load_id" varchar
);
comment on table core.treasury_yields_daily is 'One row per curve date and tenor of the Treasury par curve. Grain: curve_date, tenor_days.';
comment on column core.treasury_yields_daily."curve_date" is 'Date of the curve (bond-market days). [date, exchange-local]';
comment on column core.treasury_yields_daily."tenor_days" is 'Tenor: 30, 60, 91, 121, 182, 365, 730, ... [calendar days]';
comment on column core.treasury_yields_daily."par_yield_frac" is 'Par yield, bond-equivalent, 0.0462 = 4.62%. [fraction (0.01 = 1%)]';
comment on column core.treasury_yields_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.events (
    "event_id" varchar not null,
    "kind" varchar not null,
    "event_date" date not null,
    "event_at" timestamptz,
    "detail" varchar,
    "status" varchar not null,
    "load_id" varchar
);
comment on table core.events is 'One row per calendar event. Grain: event_id.';
comment on column core.events."event_id" is 'Kind and date, with the time where a file has several of a kind on one day.';
comment on column core.events."kind" is 'fomc_decision, fomc_minutes, cpi, ppi, nfp, vix_expiry, opex, ...';
comment on column core.events."event_date" is 'Date, America/New_York. [date, exchange-local]';
comment on column core.events."event_at" is 'Instant; null when no time is given. [instant, UTC]';
comment on column core.events."detail" is 'Description.';
comment on column core.events."status" is 'scheduled, postponed or cancelled.';
comment on column core.events."load_id" is 'The load the fact came from: meta.loads.';

create table core.fills (
    "fill_id" varchar not null,
    "account" varchar not null,
    "filled_at" timestamptz not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "price_pts" double not null,
    "fees_usd" double not null,
    "structure" varchar,
    "campaign" varchar,
    "note" varchar,
    "load_id" varchar
);
comment on table core.fills is 'One row per fill. Grain: fill_id.';
comment on column core.fills."fill_id" is 'The fill''s own name.';
comment on column core.fills."account" is 'Account.';
comment on column core.fills."filled_at" is 'Instant of the fill. [instant, UTC]';
comment on column core.fills."root" is 'SPX, SPXW, VIX, VIXW, VX or VXM.';
comment on column core.fills."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column core.fills."settlement" is 'AM or PM.';
comment on column core.fills."right" is 'C or P; null for a future.';
comment on column core.fills."strike_pts" is 'Strike; null for a future. [index points]';
comment on column core.fills."quantity_qty" is 'Signed contracts: + bought, - sold. [count; contracts are signed, + long]';
comment on column core.fills."price_pts" is 'Price. [index points]';
comment on column core.fills."fees_usd" is 'Fees paid, >= 0. [USD]';
comment on column core.fills."structure" is 'Label that binds legs together.';
comment on column core.fills."campaign" is 'Label that binds rolled structures together.';
comment on column core.fills."note" is 'Free text.';
comment on column core.fills."load_id" is 'The load the fact came from: meta.loads.';

create table core.accounts_daily (
    "session_date" date not null,
    "account" varchar not null,
    "net_liq_usd" double,
    "margin_used_usd" double,
    "margin_debit_usd" double,
    "broker_margin_usd" double,
    "load_id" varchar
);
comment on table core.accounts_daily is 'One row per account and date supplied. Grain: session_date, account.';
comment on column core.accounts_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.accounts_daily."account" is 'Account.';
comment on column core.accounts_daily."net_liq_usd" is 'Net liquidation value. [USD]';
comment on column core.accounts_daily."margin_used_usd" is 'Margin in use. [USD]';
comment on column core.accounts_daily."margin_debit_usd" is 'Margin debit actually borrowed. [USD]';
comment on column core.accounts_daily."broker_margin_usd" is 'Broker''s own margin figure. [USD]';
comment on column core.accounts_daily."load_id" is 'The load the fact came from: meta.loads.';

create table core.settlement_values (
    "session_date" date not null,
    "symbol" varchar not null,
    "value_pts" double not null,
    "load_id" varchar
);
comment on table core.settlement_values is 'One row per settlement value. Grain: session_date, symbol.';
comment on column core.settlement_values."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column core.settlement_values."symbol" is 'SET (SPX AM), VRO (VIX AM), SPX or VIX (official closes).';
comment on column core.settlement_values."value_pts" is 'Value. [index points]';
comment on column core.settlement_values."load_id" is 'The load the fact came from: meta.loads.';

create table mart.vix_checks_daily (
    "session_date" date not null,
    "vix_recomputed_pts" double,
    "vix_published_pts" double,
    "difference_pts" double,
    "limit_pts" double,
    "reason" varchar,
    "near_root" varchar,
    "near_expiry_date" date,
    "near_minutes" bigint,
    "near_rate_frac" double,
    "near_forward_pts" double,
    "near_k0_pts" double,
    "near_strikes_qty" bigint,
    "near_variance" double,
    "next_root" varchar,
    "next_expiry_date" date,
    "next_minutes" bigint,
    "next_rate_frac" double,
    "next_forward_pts" double,
    "next_k0_pts" double,
    "next_strikes_qty" bigint,
    "next_variance" double
);
comment on table mart.vix_checks_daily is 'One row per session: the VIX recomputed from the ingested chain by Cboe''s method, beside the published close. Grain: session_date.';
comment on column mart.vix_checks_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.vix_checks_daily."vix_recomputed_pts" is '30-day VIX from the chain; null with reason. [index points]';
comment on column mart.vix_checks_daily."vix_published_pts" is 'Published VIX close. [index points]';
comment on column mart.vix_checks_daily."difference_pts" is 'Recomputed less published. [index points]';
comment on column mart.vix_checks_daily."limit_pts" is 'max(0.25, 1% of VIX). [index points]';
comment on column mart.vix_checks_daily."reason" is 'Why it could not be computed; null when it could.';
comment on column mart.vix_checks_daily."near_root" is 'Root of the near strip.';
comment on column mart.vix_checks_daily."near_expiry_date" is 'Expiry of the near strip. [date, exchange-local]';
comment on column mart.vix_checks_daily."near_minutes" is 'Minutes to its settlement. [minutes]';
comment on column mart.vix_checks_daily."near_rate_frac" is 'Treasury rate of the near term, continuous. [fraction (0.01 = 1%)]';
comment on column mart.vix_checks_daily."near_forward_pts" is 'Forward of the near strip. [index points]';
comment on column mart.vix_checks_daily."near_k0_pts" is 'First strike at or below that forward. [index points]';
comment on column mart.vix_checks_daily."near_strikes_qty" is 'Strikes in the strip. [strikes]';
comment on column mart.vix_checks_daily."near_variance" is 'Variance of the near strip. [annualised variance]';
comment on column mart.vix_checks_daily."next_root" is 'Root of the next strip.';
comment on column mart.vix_checks_daily."next_expiry_date" is 'Expiry of the next strip. [date, exchange-local]';
comment on column mart.vix_checks_daily."next_minutes" is 'Minutes to its settlement. [minutes]';
comment on column mart.vix_checks_daily."next_rate_frac" is 'Treasury rate of the next term, continuous. [fraction (0.01 = 1%)]';
comment on column mart.vix_checks_daily."next_forward_pts" is 'Forward of the next strip. [index points]';
comment on column mart.vix_checks_daily."next_k0_pts" is 'First strike at or below that forward. [index points]';
comment on column mart.vix_checks_daily."next_strikes_qty" is 'Strikes in the strip. [strikes]';
comment on column mart.vix_checks_daily."next_variance" is 'Variance of the next strip. [annualised variance]';

create table mart.vx_curve_daily (
    "session_date" date not null,
    "rank" bigint not null,
    "expiry_date" date not null,
    "days_to_expiry_days" bigint not null,
    "settle_pts" double,
    "settle_method" varchar not null
);
comment on table mart.vx_curve_daily is 'One row per live monthly VX contract; rank 1 is the first that expires after the session, rank 0 settles today. Grain: session_date, rank.';
comment on column mart.vx_curve_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.vx_curve_daily."rank" is 'Rank by expiry. [rank]';
comment on column mart.vx_curve_daily."expiry_date" is 'Final settlement date. [date, exchange-local]';
comment on column mart.vx_curve_daily."days_to_expiry_days" is 'Calendar days to settlement. [calendar days]';
comment on column mart.vx_curve_daily."settle_pts" is 'Daily settlement. [index points]';
comment on column mart.vx_curve_daily."settle_method" is 'settle, last_trade or final.';

create table mart.signals_daily (
    "session_date" date not null,
    "spot_pts" double,
    "spot_reason" varchar,
    "index_close_pts" double,
    "close_difference_pts" double,
    "spx_return_frac" double,
    "vix_pts" double,
    "vix_change_frac" double,
    "vix9d_pts" double,
    "vix3m_pts" double,
    "vvix_pts" double,
    "hv20_vol" double,
    "edr_frac" double,
    "edr_pts" double,
    "edr_simple_frac" double,
    "edr_multiplier" double,
    "edr_method" varchar,
    "m1_expiry_date" date,
    "m1_pts" double,
    "m2_expiry_date" date,
    "m2_pts" double,
    "contango_frac" double,
    "advances_qty" bigint,
    "declines_qty" bigint,
    "gate" varchar,
    "next_event_kind" varchar,
    "next_event_at" timestamptz
);
comment on table mart.signals_daily is 'One row per session: levels and signals the states are read from. Grain: session_date.';
comment on column mart.signals_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.signals_daily."spot_pts" is 'Parity-implied SPX at the chain''s quote instant; drives the states. [index points]';
comment on column mart.signals_daily."spot_reason" is 'Where the spot comes from, or why it is null.';
comment on column mart.signals_daily."index_close_pts" is 'Official SPX close; settles PM series. [index points]';
comment on column mart.signals_daily."close_difference_pts" is 'spot_pts less index_close_pts. [index points]';
comment on column mart.signals_daily."spx_return_frac" is 'SPX close-to-close return. [fraction (0.01 = 1%)]';
comment on column mart.signals_daily."vix_pts" is 'VIX close. [index points]';
comment on column mart.signals_daily."vix_change_frac" is 'VIX close-to-close change. [fraction (0.01 = 1%)]';
comment on column mart.signals_daily."vix9d_pts" is 'VIX9D close. [index points]';
comment on column mart.signals_daily."vix3m_pts" is 'VIX3M close. [index points]';
comment on column mart.signals_daily."vvix_pts" is 'VVIX close. [index points]';
comment on column mart.signals_daily."hv20_vol" is '20-day realised vol of SPX closes. [annualised volatility, decimal]';
comment on column mart.signals_daily."edr_frac" is 'Expected daily range: regime multiplier x (0.6 VIX9D + 0.4 HV20) / sqrt(252). [fraction (0.01 = 1%)]';
comment on column mart.signals_daily."edr_pts" is 'edr_frac x spot. [index points]';
comment on column mart.signals_daily."edr_simple_frac" is 'VIX / sqrt(252). [fraction (0.01 = 1%)]';
comment on column mart.signals_daily."edr_multiplier" is 'Regime multiplier used. [multiple]';
comment on column mart.signals_daily."edr_method" is 'blend, or blend_vix where VIX9D was missing; null with reason in checks.';
comment on column mart.signals_daily."m1_expiry_date" is 'First monthly VX with at least 5 calendar days left. [date, exchange-local]';
comment on column mart.signals_daily."m1_pts" is 'Its settlement. [index points]';
comment on column mart.signals_daily."m2_expiry_date" is 'The next monthly. [date, exchange-local]';
comment on column mart.signals_daily."m2_pts" is 'Its settlement. [index points]';
comment on column mart.signals_daily."contango_frac" is 'M2/M1 - 1. [fraction (0.01 = 1%)]';
comment on column mart.signals_daily."advances_qty" is 'NYSE advancing issues. [issues]';
comment on column mart.signals_daily."declines_qty" is 'NYSE declining issues. [issues]';
comment on column mart.signals_daily."gate" is 'Vendor entry gate by VIX (T1): OPEN_ALL, NO_AGGRESSIVE, HOLD_NEW or CLOSED.';
comment on column mart.signals_daily."next_event_kind" is 'Next high-impact event after tonight''s mark.';
comment on column mart.signals_daily."next_event_at" is 'Its instant. [instant, UTC]';

create table mart.positions_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "instrument_id" varchar not null,
    "campaign_id" varchar,
    "part" varchar not null,
    "part_reason" varchar,
    "entry_layer" varchar,
    "grouping" varchar not null,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "multiplier_usd" double not null,
    "entry_price_pts" double not null,
    "opened_at" timestamptz not null,
    "fees_usd" double not null,
    "realised_pnl_usd" double not null
);
comment on table mart.positions_daily is 'One row per account, structure and instrument held at the mark: fills up to the quotes'' instant, settled series removed. Grain: session_date, account, structure_id, instrument_id.';
comment on column mart.positions_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.positions_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.positions_daily."structure_id" is 'Structure the leg belongs to: declared label, or an inferred one.';
comment on column mart.positions_daily."instrument_id" is 'Readable key, e.g. SPXW 2023-03-17 PM P 3845.';
comment on column mart.positions_daily."campaign_id" is 'Campaign that binds rolls together.';
comment on column mart.positions_daily."part" is 'condor, L1, L2, L3, second_engine or other: what the leg does in the book.';
comment on column mart.positions_daily."part_reason" is 'Why the leg is not what its structure looks like (a broken condor, an uncovered short call); null otherwise.';
comment on column mart.positions_daily."entry_layer" is 'Layer by days to expiry at entry; null unless a VIX layer leg.';
comment on column mart.positions_daily."grouping" is 'DECLARED or INFERRED.';
comment on column mart.positions_daily."root" is 'Root.';
comment on column mart.positions_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.positions_daily."settlement" is 'AM or PM.';
comment on column mart.positions_daily."right" is 'C or P; null for a future.';
comment on column mart.positions_daily."strike_pts" is 'Strike; null for a future. [index points]';
comment on column mart.positions_daily."quantity_qty" is 'Signed contracts. [count; contracts are signed, + long]';
comment on column mart.positions_daily."multiplier_usd" is 'USD per point of the contract. [USD]';
comment on column mart.positions_daily."entry_price_pts" is 'Average price of the open quantity. [index points]';
comment on column mart.positions_daily."opened_at" is 'First fill of the open quantity. [instant, UTC]';
comment on column mart.positions_daily."fees_usd" is 'Fees of all fills of this leg. [USD]';
comment on column mart.positions_daily."realised_pnl_usd" is 'P&L of closed quantity, before fees. [USD]';

create table mart.legs_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "instrument_id" varchar not null,
    "part" varchar not null,
    "part_reason" varchar,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "right" varchar,
    "strike_pts" double,
    "quantity_qty" bigint not null,
    "multiplier_usd" double not null,
    "dte_days" bigint not null,
    "entry_price_pts" double not null,
    "bid_pts" double,
    "ask_pts" double,
    "mark_pts" double,
    "mark_quality" varchar,
    "mark_method" varchar,
    "is_priced" boolean not null,
    "unpriced_reason" varchar,
    "forward_pts" double,
    "forward_method" varchar,
    "discount_factor_frac" double,
    "t_years" double,
    "iv_vol" double,
    "delta" double,
    "delta_b76" double,
    "eps" double,
    "value_usd" double,
    "liq_value_usd" double,
    "fees_usd" double not null,
    "pnl_usd" double,
    "delta_usd_per_pt" double,
    "gamma_usd_per_pt2" double,
    "vega_usd_per_volpt" double,
    "theta_usd_per_day" double,
    "vix_delta_usd_per_vx_pt" double,
    "volvol_vega_usd_per_volpt" double,
    "extrinsic_usd" double,
    "is_am_gap_risk" boolean not null
);
comment on table mart.legs_daily is 'One row per position leg: mark, implied vol, Greeks in USD and what could not be priced, by name. Grain: session_date, account, structure_id, instrument_id.';
comment on column mart.legs_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.legs_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.legs_daily."structure_id" is 'Structure.';
comment on column mart.legs_daily."instrument_id" is 'Readable key.';
comment on column mart.legs_daily."part" is 'condor, L1, L2, L3, second_engine or other.';
comment on column mart.legs_daily."part_reason" is 'Why the leg is `other`: what its structure lacks; null for what has a part.';
comment on column mart.legs_daily."root" is 'Root.';
comment on column mart.legs_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.legs_daily."settlement" is 'AM or PM.';
comment on column mart.legs_daily."right" is 'C or P; null for a future.';
comment on column mart.legs_daily."strike_pts" is 'Strike; null for a future. [index points]';
comment on column mart.legs_daily."quantity_qty" is 'Signed contracts. [count; contracts are signed, + long]';
comment on column mart.legs_daily."multiplier_usd" is 'USD per point. [USD]';
comment on column mart.legs_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.legs_daily."entry_price_pts" is 'Average entry price. [index points]';
comment on column mart.legs_daily."bid_pts" is 'Bid. [index points]';
comment on column mart.legs_daily."ask_pts" is 'Ask. [index points]';
comment on column mart.legs_daily."mark_pts" is 'Mark; null when unpriced. [index points]';
comment on column mart.legs_daily."mark_quality" is 'Quality of the quote.';
comment on column mart.legs_daily."mark_method" is 'mid, model, settlement; null when unpriced.';
comment on column mart.legs_daily."is_priced" is 'False when the leg has no mark: it is listed by name and left out of no total silently.';
comment on column mart.legs_daily."unpriced_reason" is 'Why it has no mark; null when it has.';
comment on column mart.legs_daily."forward_pts" is 'Forward used: for VIX options their own future. [index points]';
comment on column mart.legs_daily."forward_method" is 'fit, treasury, future, parity or curve.';
comment on column mart.legs_daily."discount_factor_frac" is 'Discount factor. [fraction (0.01 = 1%)]';
comment on column mart.legs_daily."t_years" is 'Years to settlement. [years of 525,600 minutes]';
comment on column mart.legs_daily."iv_vol" is 'Smile vol at the strike, used for the Greeks. [annualised volatility, decimal]';
comment on column mart.legs_daily."delta" is 'Forward delta of one contract, undiscounted. [per 1.00 of the forward]';
comment on column mart.legs_daily."delta_b76" is 'Discounted Black-76 delta of one contract. [points per point of the forward]';
comment on column mart.legs_daily."eps" is 'Elasticity dlnF/dlnS used; VIX instruments only, negative. [elasticity]';
comment on column mart.legs_daily."value_usd" is 'quantity x multiplier x mark; of a future its open profit, for it costs nothing to enter. [USD]';
comment on column mart.legs_daily."liq_value_usd" is 'At bid for longs, at ask for shorts. [USD]';
comment on column mart.legs_daily."fees_usd" is 'Fees of all fills of this leg. [USD]';
comment on column mart.legs_daily."pnl_usd" is 'Open and realised P&L less fees. [USD]';
comment on column mart.legs_daily."delta_usd_per_pt" is 'SPX delta of the position; long VIX calls are negative. [USD per SPX point]';
comment on column mart.legs_daily."gamma_usd_per_pt2" is 'SPX gamma of the position. [USD per SPX point squared]';
comment on column mart.legs_daily."vega_usd_per_volpt" is 'Vega to SPX implied vol; null for VIX legs. [USD per vol point (0.01)]';
comment on column mart.legs_daily."theta_usd_per_day" is 'One calendar day by repricing. [USD per calendar day]';
comment on column mart.legs_daily."vix_delta_usd_per_vx_pt" is 'Delta to the leg''s own VX future; VIX legs only. [USD per point of the option''s own VX future]';
comment on column mart.legs_daily."volvol_vega_usd_per_volpt" is 'Vega to VIX-option implied vol; never added to SPX vega. [USD per vol point (0.01)]';
comment on column mart.legs_daily."extrinsic_usd" is 'Extrinsic value of the position. [USD]';
comment on column mart.legs_daily."is_am_gap_risk" is 'AM series on its last trading evening: an overnight gap to the settlement value is left.';

create table mart.condors_daily (
    "session_date" date not null,
    "account" varchar not null,
    "condor_id" varchar not null,
    "campaign_id" varchar,
    "grouping" varchar not null,
    "state" varchar,
    "side" varchar,
    "put_state" varchar,
    "call_state" varchar,
    "state_reason" varchar,
    "trigger_value" double,
    "trigger_threshold" double,
    "trigger_unit" varchar,
    "flags" varchar,
    "days_in_state_sessions" bigint,
    "root" varchar not null,
    "expiry_date" date not null,
    "settlement" varchar not null,
    "dte_days" bigint not null,
    "hours_to_settle_hours" double,
    "quantity_qty" bigint not null,
    "long_put_pts" double not null,
    "short_put_pts" double not null,
    "short_call_pts" double not null,
    "long_call_pts" double not null,
    "spot_pts" double,
    "index_close_pts" double,
    "forward_pts" double,
    "credit_pts" double not null,
    "chain_credit_pts" double not null,
    "credit_usd" double not null,
    "width_put_pts" double not null,
    "width_call_pts" double not null,
    "max_profit_usd" double not null,
    "max_loss_usd" double not null,
    "break_even_put_pts" double not null,
    "break_even_call_pts" double not null,
    "value_usd" double,
    "liq_value_usd" double,
    "fees_usd" double not null,
    "pnl_usd" double,
    "pnl_to_max_loss_frac" double,
    "short_put_distance_pts" double,
    "short_put_distance_frac" double,
    "short_put_distance_edr" double,
    "short_call_distance_pts" double,
    "short_call_distance_frac" double,
    "short_call_distance_edr" double,
    "break_even_put_distance_pts" double,
    "break_even_call_distance_pts" double,
    "short_put_delta" double,
    "short_call_delta" double,
    "delta_usd_per_pt" double,
    "delta_usd_per_1pct" double,
    "gamma_usd_per_pt2" double,
    "vega_usd_per_volpt" double,
    "theta_usd_per_day" double,
    "extrinsic_usd" double,
    "unpriced_reason" varchar
);
comment on table mart.condors_daily is 'One row per condor held: geometry, credit, P&L, Greeks, distances and state. Grain: session_date, account, condor_id.';
comment on column mart.condors_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.condors_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.condors_daily."condor_id" is 'Structure label, declared or inferred.';
comment on column mart.condors_daily."campaign_id" is 'Campaign.';
comment on column mart.condors_daily."grouping" is 'DECLARED or INFERRED.';
comment on column mart.condors_daily."state" is 'OK, WATCH, TESTED, ITM, BREACHED, WING, SETTLED; null with reason when it cannot be known.';
comment on column mart.condors_daily."side" is 'PUT, CALL or BOTH: the side the state comes from; null when OK.';
comment on column mart.condors_daily."put_state" is 'State of the put side.';
comment on column mart.condors_daily."call_state" is 'State of the call side.';
comment on column mart.condors_daily."state_reason" is 'The rule that set the state, with value and threshold.';
comment on column mart.condors_daily."trigger_value" is 'Measured value of the rule that set the state; null when none did. [in `trigger_unit`]';
comment on column mart.condors_daily."trigger_threshold" is 'The threshold it was held against. [in `trigger_unit`]';
comment on column mart.condors_daily."trigger_unit" is 'Unit of value and threshold.';
comment on column mart.condors_daily."flags" is 'AM_GAP, UNHEDGED_BY_ALVH, BROKEN_WING (unequal widths), NO_EDR (range triggers not evaluated), STALE (state carried forward), CHAIN_CREDIT_INCOMPLETE (a settled structure of the campaign has no settlement value); comma separated, empty when none.';
comment on column mart.condors_daily."days_in_state_sessions" is 'Sessions in this state, this one included. [trading sessions]';
comment on column mart.condors_daily."root" is 'SPX or SPXW.';
comment on column mart.condors_daily."expiry_date" is 'Expiration date. [date, exchange-local]';
comment on column mart.condors_daily."settlement" is 'AM or PM.';
comment on column mart.condors_daily."dte_days" is 'Calendar days to expiry. [calendar days]';
comment on column mart.condors_daily."hours_to_settle_hours" is 'Hours from the mark to settlement. [hours]';
comment on column mart.condors_daily."quantity_qty" is 'Condors (positive). [count; contracts are signed, + long]';
comment on column mart.condors_daily."long_put_pts" is 'K1. [index points]';
comment on column mart.condors_daily."short_put_pts" is 'K2. [index points]';
comment on column mart.condors_daily."short_call_pts" is 'K3. [index points]';
comment on column mart.condors_daily."long_call_pts" is 'K4. [index points]';
comment on column mart.condors_daily."spot_pts" is 'SPX at the quotes'' instant. [index points]';
comment on column mart.condors_daily."index_close_pts" is 'Official close. [index points]';
comment on column mart.condors_daily."forward_pts" is 'Forward of the condor''s expiry. [index points]';
comment on column mart.condors_daily."credit_pts" is 'This condor''s own credit per condor, before fees. [index points]';
comment on column mart.condors_daily."chain_credit_pts" is 'Credit of the whole campaign, rolls included. [index points]';
comment on column mart.condors_daily."credit_usd" is 'credit_pts x 100 x quantity less this condor''s fees. [USD]';
comment on column mart.condors_daily."width_put_pts" is 'K2 - K1. [index points]';
comment on column mart.condors_daily."width_call_pts" is 'K4 - K3. [index points]';
comment on column mart.condors_daily."max_profit_usd" is 'chain credit x 100 x quantity. [USD]';
comment on column mart.condors_daily."max_loss_usd" is '(wider side - chain credit) x 100 x quantity, without fees. [USD]';
comment on column mart.condors_daily."break_even_put_pts" is 'K2 - chain credit, at expiry. [index points]';
comment on column mart.condors_daily."break_even_call_pts" is 'K3 + chain credit, at expiry. [index points]';
comment on column mart.condors_daily."value_usd" is 'Position value at the mark; negative: what closing costs. [USD]';
comment on column mart.condors_daily."liq_value_usd" is 'Value at bid for longs and ask for shorts. [USD]';
comment on column mart.condors_daily."fees_usd" is 'Fees of the campaign. [USD]';
comment on column mart.condors_daily."pnl_usd" is 'chain credit + value - fees of the campaign. [USD]';
comment on column mart.condors_daily."pnl_to_max_loss_frac" is 'pnl_usd / max_loss_usd. [fraction (0.01 = 1%)]';
comment on column mart.condors_daily."short_put_distance_pts" is 'S - K2; positive = out of the money. [index points]';
comment on column mart.condors_daily."short_put_distance_frac" is 'The same over S. [fraction (0.01 = 1%)]';
comment on column mart.condors_daily."short_put_distance_edr" is 'The same over EDR points. [multiples of EDR]';
comment on column mart.condors_daily."short_call_distance_pts" is 'K3 - S; positive = out of the money. [index points]';
comment on column mart.condors_daily."short_call_distance_frac" is 'The same over S. [fraction (0.01 = 1%)]';
comment on column mart.condors_daily."short_call_distance_edr" is 'The same over EDR points. [multiples of EDR]';
comment on column mart.condors_daily."break_even_put_distance_pts" is 'S - break-even, put side. [index points]';
comment on column mart.condors_daily."break_even_call_distance_pts" is 'Break-even - S, call side. [index points]';
comment on column mart.condors_daily."short_put_delta" is 'Forward delta of the short put option, negative. [per 1.00 of the forward]';
comment on column mart.condors_daily."short_call_delta" is 'Forward delta of the short call option. [per 1.00 of the forward]';
comment on column mart.condors_daily."delta_usd_per_pt" is 'SPX delta; null when a leg is unpriced. [USD per SPX point]';
comment on column mart.condors_daily."delta_usd_per_1pct" is '0.01 x S x delta. [USD per 1% of SPX]';
comment on column mart.condors_daily."gamma_usd_per_pt2" is 'SPX gamma. [USD per SPX point squared]';
comment on column mart.condors_daily."vega_usd_per_volpt" is 'SPX vega. [USD per vol point (0.01)]';
comment on column mart.condors_daily."theta_usd_per_day" is 'Theta. [USD per calendar day]';
comment on column mart.condors_daily."extrinsic_usd" is 'Extrinsic value of the four legs, signed. [USD]';
comment on column mart.condors_daily."unpriced_reason" is 'Which legs have no mark; null when all have.';

create table mart.hedge_layers_daily (
    "session_date" date not null,
    "account" varchar not null,
    "layer" varchar not null,
    "signal_state" varchar,
    "signal_reason" varchar,
    "position_state" varchar,
    "position_reason" varchar,
    "units_held" double,
    "units_target" double,
    "gap_units" double,
    "contracts_qty" bigint not null,
    "legs_qty" bigint not null,
    "unpriced_legs_qty" bigint not null,
    "unpriced_reason" varchar,
    "value_usd" double,
    "liq_value_usd" double,
    "cost_usd" double not null,
    "pnl_usd" double,
    "fees_usd" double not null,
    "spx_delta_usd_per_pt" double,
    "vix_delta_usd_per_vx_pt" double,
    "theta_usd_per_day" double,
    "volvol_vega_usd_per_volpt" double
);
comment on table mart.hedge_layers_daily is 'One row per account and hedge layer, held or not. Grain: session_date, account, layer.';
comment on column mart.hedge_layers_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.hedge_layers_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.hedge_layers_daily."layer" is 'L1 (1-69 days to expiry), L2 (70-164) or L3 (165-400), by today''s days.';
comment on column mart.hedge_layers_daily."signal_state" is 'DORMANT, ARMED or ACTIVE; null with reason.';
comment on column mart.hedge_layers_daily."signal_reason" is 'Why, or why it is null.';
comment on column mart.hedge_layers_daily."position_state" is 'NONE, PARTIAL, FULL, OVER or EXPIRING; null with reason.';
comment on column mart.hedge_layers_daily."position_reason" is 'Why, or why it is null.';
comment on column mart.hedge_layers_daily."units_held" is 'Units of 4/4/2 contracts held in this layer; null when a call spread in it is unpriced, for its delta counts. [hedge units]';
comment on column mart.hedge_layers_daily."units_target" is 'Units the rules ask for; null with reason. [hedge units]';
comment on column mart.hedge_layers_daily."gap_units" is 'max(0, target - held). [hedge units]';
comment on column mart.hedge_layers_daily."contracts_qty" is 'Option contracts held. [count; contracts are signed, + long]';
comment on column mart.hedge_layers_daily."legs_qty" is 'Legs held. [legs]';
comment on column mart.hedge_layers_daily."unpriced_legs_qty" is 'Legs without a mark. [legs]';
comment on column mart.hedge_layers_daily."unpriced_reason" is 'Which legs have no mark, or no settlement value, and why; null when none.';
comment on column mart.hedge_layers_daily."value_usd" is 'Value at the mark; null when a leg is unpriced. [USD]';
comment on column mart.hedge_layers_daily."liq_value_usd" is 'Value at bid for longs, ask for shorts. [USD]';
comment on column mart.hedge_layers_daily."cost_usd" is 'Premium paid for what is open. [USD]';
comment on column mart.hedge_layers_daily."pnl_usd" is 'P&L less fees, with closed and settled legs of structures still held; null when a leg is unpriced or what a settled one paid is unknown. [USD]';
comment on column mart.hedge_layers_daily."fees_usd" is 'Fees. [USD]';
comment on column mart.hedge_layers_daily."spx_delta_usd_per_pt" is 'SPX-equivalent delta, negative for long calls; null when a leg is unpriced. [USD per SPX point]';
comment on column mart.hedge_layers_daily."vix_delta_usd_per_vx_pt" is 'Delta to its own futures. [USD per point of the option''s own VX future]';
comment on column mart.hedge_layers_daily."theta_usd_per_day" is 'Theta. [USD per calendar day]';
comment on column mart.hedge_layers_daily."volvol_vega_usd_per_volpt" is 'Vega to VIX-option vol. [USD per vol point (0.01)]';

create table mart.second_engine_daily (
    "session_date" date not null,
    "account" varchar not null,
    "structure_id" varchar not null,
    "far_instrument_id" varchar,
    "near_instrument_id" varchar,
    "debit_usd" double not null,
    "value_usd" double,
    "pnl_usd" double,
    "spx_delta_usd_per_pt" double,
    "far_vix_delta_usd_per_vx_pt" double,
    "near_vix_delta_usd_per_vx_pt" double,
    "theta_usd_per_day" double,
    "unpriced_reason" varchar
);
comment on table mart.second_engine_daily is 'One row per VIX call diagonal (second engine). Grain: session_date, account, structure_id.';
comment on column mart.second_engine_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.second_engine_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.second_engine_daily."structure_id" is 'Structure.';
comment on column mart.second_engine_daily."far_instrument_id" is 'The far leg.';
comment on column mart.second_engine_daily."near_instrument_id" is 'The near leg.';
comment on column mart.second_engine_daily."debit_usd" is 'What was paid, positive; a credit is negative. [USD]';
comment on column mart.second_engine_daily."value_usd" is 'Value at the mark; null with reason. [USD]';
comment on column mart.second_engine_daily."pnl_usd" is 'P&L less fees, with closed and settled legs of the diagonal; null with reason. [USD]';
comment on column mart.second_engine_daily."spx_delta_usd_per_pt" is 'SPX-equivalent delta. [USD per SPX point]';
comment on column mart.second_engine_daily."far_vix_delta_usd_per_vx_pt" is 'Delta to the far future. [USD per point of the option''s own VX future]';
comment on column mart.second_engine_daily."near_vix_delta_usd_per_vx_pt" is 'Delta to the near future. [USD per point of the option''s own VX future]';
comment on column mart.second_engine_daily."theta_usd_per_day" is 'Theta. [USD per calendar day]';
comment on column mart.second_engine_daily."unpriced_reason" is 'Which legs have no mark, or no settlement value, and why; null when none.';

create table mart.scenarios_daily (
    "session_date" date not null,
    "account" varchar not null,
    "part" varchar not null,
    "spot_shock_frac" double not null,
    "vol_response" varchar not null,
    "horizon" varchar not null,
    "spx_pts" double,
    "vix_pts" double,
    "pnl_usd" double,
    "sticky_strike_pnl_usd" double,
    "reason" varchar
);
comment on table mart.scenarios_daily is 'One row per account, part of the book and scenario cell: P&L by full repricing. Grain: session_date, account, part, spot_shock_frac, vol_response, horizon.';
comment on column mart.scenarios_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.scenarios_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.scenarios_daily."part" is 'condor, L1, L2, L3, hedge (the three layers), second_engine, other or total.';
comment on column mart.scenarios_daily."spot_shock_frac" is 'SPX move, e.g. -0.05. [fraction (0.01 = 1%)]';
comment on column mart.scenarios_daily."vol_response" is 'base; muted, severe and inverse come with the full grid.';
comment on column mart.scenarios_daily."horizon" is 'now.';
comment on column mart.scenarios_daily."spx_pts" is 'SPX after the shock. [index points]';
comment on column mart.scenarios_daily."vix_pts" is 'VIX after the shock. [index points]';
comment on column mart.scenarios_daily."pnl_usd" is 'P&L against the model price now; null with reason. [USD]';
comment on column mart.scenarios_daily."sticky_strike_pnl_usd" is 'The same with each strike''s vol held; shown beside. [USD]';
comment on column mart.scenarios_daily."reason" is 'Why it is null; null when it is not.';

create table mart.book_daily (
    "session_date" date not null,
    "account" varchar not null,
    "status" varchar not null,
    "status_reason" varchar not null,
    "is_data_hold" boolean not null,
    "spot_pts" double,
    "condors_qty" bigint not null,
    "condors_itm_qty" bigint not null,
    "unpriced_legs_qty" bigint not null,
    "condor_delta_usd_per_pt" double,
    "hedge_delta_usd_per_pt" double,
    "second_engine_delta_usd_per_pt" double,
    "other_delta_usd_per_pt" double,
    "net_delta_usd_per_pt" double,
    "net_delta_usd_per_1pct" double,
    "net_delta_reason" varchar,
    "offset_local_frac" double,
    "offset_local_reason" varchar,
    "offset_m3_frac" double,
    "offset_m3_with_second_engine_frac" double,
    "offset_m3_reason" varchar,
    "offset_m5_frac" double,
    "offset_m5_with_second_engine_frac" double,
    "offset_m5_reason" varchar,
    "offset_m10_frac" double,
    "offset_m10_with_second_engine_frac" double,
    "offset_m10_reason" varchar,
    "condor_pnl_usd" double,
    "hedge_pnl_usd" double,
    "second_engine_pnl_usd" double,
    "other_pnl_usd" double,
    "pnl_usd" double,
    "pnl_reason" varchar,
    "fees_usd" double not null,
    "day_pnl_usd" double,
    "day_pnl_reason" varchar,
    "max_loss_usd" double not null,
    "theta_usd_per_day" double,
    "vega_usd_per_volpt" double,
    "net_liq_usd" double,
    "margin_used_usd" double
);
comment on table mart.book_daily is 'One row per account: the verdict of the night. Grain: session_date, account.';
comment on column mart.book_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.book_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.book_daily."status" is 'OK, WATCH, ALERT, CRITICAL or DATA_HOLD.';
comment on column mart.book_daily."status_reason" is 'Why.';
comment on column mart.book_daily."is_data_hold" is 'True when a critical check failed.';
comment on column mart.book_daily."spot_pts" is 'SPX at the quotes'' instant. [index points]';
comment on column mart.book_daily."condors_qty" is 'Condor structures held. [structures]';
comment on column mart.book_daily."condors_itm_qty" is 'Of them ITM, BREACHED or WING. [structures]';
comment on column mart.book_daily."unpriced_legs_qty" is 'Legs without a mark. [legs]';
comment on column mart.book_daily."condor_delta_usd_per_pt" is 'SPX delta of the condors; null when a leg is unpriced. [USD per SPX point]';
comment on column mart.book_daily."hedge_delta_usd_per_pt" is 'SPX-equivalent delta of the three layers. [USD per SPX point]';
comment on column mart.book_daily."second_engine_delta_usd_per_pt" is 'SPX-equivalent delta of the second engine. [USD per SPX point]';
comment on column mart.book_daily."other_delta_usd_per_pt" is 'Delta of everything else. [USD per SPX point]';
comment on column mart.book_daily."net_delta_usd_per_pt" is 'Sum of the four; null when any leg is unpriced. [USD per SPX point]';
comment on column mart.book_daily."net_delta_usd_per_1pct" is '0.01 x S x net delta. [USD per 1% of SPX]';
comment on column mart.book_daily."net_delta_reason" is 'Why the net delta is null; null when it is not.';
comment on column mart.book_daily."offset_local_frac" is '-hedge delta / condor delta where the condor is long delta and a put side is threatened; else null. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_local_reason" is 'Why it is null; null when it is not.';
comment on column mart.book_daily."offset_m3_frac" is 'Hedge gain over condor loss at SPX -3%, full repricing, three layers; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m3_with_second_engine_frac" is 'Hedge gain over condor loss at SPX -3%, full repricing, three layers; null with reason. Second engine included. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m3_reason" is 'Why it, or the figure with the second engine, is null; null when neither is.';
comment on column mart.book_daily."offset_m5_frac" is 'Hedge gain over condor loss at SPX -5%, full repricing, three layers; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m5_with_second_engine_frac" is 'Hedge gain over condor loss at SPX -5%, full repricing, three layers; null with reason. Second engine included. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m5_reason" is 'Why it, or the figure with the second engine, is null; null when neither is.';
comment on column mart.book_daily."offset_m10_frac" is 'Hedge gain over condor loss at SPX -10%, full repricing, three layers; null with reason. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m10_with_second_engine_frac" is 'Hedge gain over condor loss at SPX -10%, full repricing, three layers; null with reason. Second engine included. [fraction (0.01 = 1%)]';
comment on column mart.book_daily."offset_m10_reason" is 'Why it, or the figure with the second engine, is null; null when neither is.';
comment on column mart.book_daily."condor_pnl_usd" is 'P&L of the condors since entry, net of fees. [USD]';
comment on column mart.book_daily."hedge_pnl_usd" is 'P&L of the three layers. [USD]';
comment on column mart.book_daily."second_engine_pnl_usd" is 'P&L of the second engine. [USD]';
comment on column mart.book_daily."other_pnl_usd" is 'P&L of everything else. [USD]';
comment on column mart.book_daily."pnl_usd" is 'P&L since entry of the structures held, their closed and settled legs included, net of fees; null with reason. [USD]';
comment on column mart.book_daily."pnl_reason" is 'Which legs leave it, or the P&L of their part, null: no mark or, settled, no settlement value; null when none.';
comment on column mart.book_daily."fees_usd" is 'Fees. [USD]';
comment on column mart.book_daily."day_pnl_usd" is 'P&L of the session: change since the previous mark, legs closed or settled in between included; null with reason. [USD]';
comment on column mart.book_daily."day_pnl_reason" is 'Why it is null; null when it is not.';
comment on column mart.book_daily."max_loss_usd" is 'Sum of the condors'' maximum losses. [USD]';
comment on column mart.book_daily."theta_usd_per_day" is 'Theta of the book. [USD per calendar day]';
comment on column mart.book_daily."vega_usd_per_volpt" is 'SPX vega of the book; VIX-option vega is not in it. [USD per vol point (0.01)]';
comment on column mart.book_daily."net_liq_usd" is 'Net liquidation value from the accounts file; null when not supplied. [USD]';
comment on column mart.book_daily."margin_used_usd" is 'Margin in use, from the accounts file. [USD]';

create table mart.alerts_daily (
    "session_date" date not null,
    "account" varchar not null,
    "rule_id" varchar not null,
    "subject" varchar not null,
    "severity" varchar not null,
    "value" double,
    "threshold" double,
    "unit" varchar,
    "source_tier" varchar not null,
    "message" varchar not null,
    "first_seen_date" date not null
);
comment on table mart.alerts_daily is 'One row per alert of the session. Grain: session_date, account, rule_id, subject.';
comment on column mart.alerts_daily."session_date" is 'Trading session (NYSE). [date, exchange-local]';
comment on column mart.alerts_daily."account" is 'Account; ALL is the sum row of a book with several accounts.';
comment on column mart.alerts_daily."rule_id" is 'The rule.';
comment on column mart.alerts_daily."subject" is 'What it is about: a condor, a layer, a leg.';
comment on column mart.alerts_daily."severity" is 'RED, AMBER or INFO.';
comment on column mart.alerts_daily."value" is 'Measured. [in `unit`]';
comment on column mart.alerts_daily."threshold" is 'Threshold. [in `unit`]';
comment on column mart.alerts_daily."unit" is 'Unit of value and threshold.';
comment on column mart.alerts_daily."source_tier" is 'vendor rule or house default.';
comment on column mart.alerts_daily."message" is 'One sentence.';
comment on column mart.alerts_daily."first_seen_date" is 'First session of an unbroken run of this alert. [date, exchange-local]';
