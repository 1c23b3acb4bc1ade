"""What the warehouse knows about itself: loads, rejects, checks, runs."""

from warehouse.tables.types import BOOL, DATE, FLOAT, INSTANT, INTEGER, TEXT, Audit, Column, Table

META_LOADS = Table(
    "meta",
    "loads",
    "One row per file content that was recognised and loaded; the file itself lies in the raw archive.",
    ("load_id",),
    (
        Column(
            "load_id",
            TEXT,
            "First 16 hex digits of SHA-256 over kind, series and content (and part and read_by where there are any): the same content is the same load.",
        ),
        Column(
            "kind",
            TEXT,
            "What the file holds: option_chain, vx_futures, index_levels, breadth, rates, valuation, events, fills, accounts, settlement_values.",
            is_required=True,
        ),
        Column("format", TEXT, "The recognised vendor format.", is_required=True),
        Column(
            "series",
            TEXT,
            "Which series: an underlying, an index symbol or a breadth series; empty where the rows say it themselves.",
        ),
        Column("series_from", TEXT, "How the series was known: content, configuration or file_name."),
        Column("source_file", TEXT, "File name as received, with the member path inside an archive.", is_required=True),
        Column("content_sha256", TEXT, "SHA-256 of the archived file.", is_required=True),
        Column("size_bytes", INTEGER, "Size of the archived file.", "bytes"),
        Column("rows_qty", INTEGER, "Rows loaded into raw.", "rows"),
        Column("rejected_qty", INTEGER, "Rows kept in meta.rejected_rows instead.", "rows"),
        Column("first_date", DATE, "Earliest date in the rows of a series file."),
        Column("last_date", DATE, "Latest date in the rows of a series file."),
        Column(
            "stated_at",
            INSTANT,
            "Download or quote instant the content states (date line, quote_date column); null when it states none.",
        ),
        Column(
            "stated_date",
            DATE,
            "Session date the content states outright (a quote_date column); null when it does not.",
        ),
        Column(
            "last_print_at",
            INSTANT,
            "Instant of the underlying's last print the content states (Cboe JSON: data.last_trade_time); null when it states none.",
        ),
        Column("header_level_pts", FLOAT, "Index level printed in the file's header; informative only."),
        Column(
            "read_by",
            TEXT,
            "What of the configuration the rows depend on, e.g. a chain mapping and its fingerprint; null where the content alone decides.",
        ),
        Column("is_simulated", BOOL, "Made by the simulated market.", is_required=True),
        Column("loaded_at", INSTANT, "When the load was first committed.", is_required=True),
    ),
    volatile=("loaded_at",),
)
META_REFUSED_FILES = Table(
    "meta",
    "refused_files",
    "One row per file content that was refused whole; nothing of it is loaded.",
    ("content_sha256",),
    (
        Column("content_sha256", TEXT, "SHA-256 of the refused file."),
        Column("source_file", TEXT, "File name as received.", is_required=True),
        Column(
            "source_line",
            INTEGER,
            "Line (JSON: contract, Parquet: row) of the finding, from 1; null when the whole file is at fault.",
            "line",
        ),
        Column("column_name", TEXT, "Column of the finding; null when no single column is."),
        Column("rule_id", TEXT, "The rule it broke.", is_required=True),
        Column("reason", TEXT, "What was found, and what to do.", is_required=True),
        Column("refused_at", INSTANT, "When it was first refused.", is_required=True),
    ),
    volatile=("refused_at",),
)
META_REJECTED_ROWS = Table(
    "meta",
    "rejected_rows",
    "One row per source row (or field group) that was not loaded into core, with the reason. Nothing is dropped silently.",
    ("load_id", "stage", "source_line", "rule_id", "row_key"),
    (
        Column("load_id", TEXT, "The load that brought the row."),
        Column("stage", TEXT, "Which stage rejected it: ingest (parsing) or series (typing)."),
        Column("source_file", TEXT, "File name as received.", is_required=True),
        Column(
            "source_line",
            INTEGER,
            "Line of the file, from 1; of a JSON the contract's place in its list, of a Parquet file the row.",
            "line",
        ),
        Column(
            "row_key",
            TEXT,
            "What the row is about where a line holds several, e.g. an option symbol; else empty.",
            is_required=True,
        ),
        Column("column_name", TEXT, "Column at fault; null when it is the row as a whole."),
        Column("rule_id", TEXT, "The rule it broke."),
        Column("reason", TEXT, "What was found.", is_required=True),
        Column("row_text", TEXT, "The values of the row as received."),
    ),
    partition="load_id",
)
META_CHECKS = Table(
    "meta",
    "checks",
    "One row per data-quality check of a session. A failed critical check holds the night (DATA_HOLD).",
    ("session_date", "check_id", "subject"),
    (
        Column("session_date", DATE, "Session."),
        Column("check_id", TEXT, "The check: METHODOLOGY 9.6."),
        Column(
            "subject",
            TEXT,
            "What it looked at, e.g. an underlying or an expiry; empty for the whole session.",
            is_required=True,
        ),
        Column("severity", TEXT, "critical or warning.", is_required=True),
        Column(
            "is_applicable",
            BOOL,
            "False when the night cannot have it, e.g. no yesterday on the first night.",
            is_required=True,
        ),
        Column("is_passed", BOOL, "True when passed or not applicable.", is_required=True),
        Column("value", FLOAT, "What was measured.", "in `unit`"),
        Column("limit_value", FLOAT, "The limit it was held against.", "in `unit`"),
        Column("unit", TEXT, "Unit of value and limit."),
        Column("rows_qty", INTEGER, "Rows looked at or at fault.", "rows"),
        Column("message", TEXT, "One sentence: what was found and what it means.", is_required=True),
    ),
    (
        Audit("severity_known", "severity not in ('critical', 'warning')", "Severity is critical or warning."),
        Audit("not_applicable_is_not_failed", "not is_applicable and not is_passed", "Not applicable is not failed."),
    ),
    partition="session_date",
)
META_LIVE_ANSWERS = Table(
    "meta",
    "live_answers",
    "One row per live source asked for a session, by the latest round of asking: what became of it, and up to which date the warehouse holds what it supplies.",
    ("session_date", "source"),
    (
        Column("session_date", DATE, "Session it was asked for."),
        Column("source", TEXT, "The source, e.g. SPX chain, VIX history, VX future 2026-05-19, Treasury rates 2026."),
        Column("kind", TEXT, "What it supplies, as meta.loads.kind names it.", is_required=True),
        Column("series", TEXT, "Which series it supplies; null where the rows say it themselves."),
        Column("address", TEXT, "Where it was asked, without user, password and keys.", is_required=True),
        Column(
            "outcome",
            TEXT,
            "new: it sent a file; unchanged: the file known is still its newest; none: it gave nothing that can be used.",
            is_required=True,
        ),
        Column("reason", TEXT, "Why it gave nothing; null where it gave a file."),
        Column("hint", TEXT, "What to do about it; null where it gave a file."),
        Column(
            "latest_date",
            DATE,
            "Latest date up to the session of what the warehouse holds of this kind and series, from whatever file; null where it holds none.",
        ),
        Column("asked_at", INSTANT, "When the round of asking began.", is_required=True),
    ),
    (
        Audit("outcome_known", "outcome not in ('new', 'unchanged', 'none')", "The outcome is new, unchanged or none."),
        Audit("none_has_a_reason", "(outcome = 'none') = (reason is null)", "A source that gave nothing says why."),
    ),
    partition="session_date",
    volatile=("asked_at",),
)
META_THRESHOLDS = Table(
    "meta",
    "thresholds",
    "One row per threshold in force on a session: its value, its default, and whose rule it is.",
    ("session_date", "rule_id"),
    (
        Column("session_date", DATE, "Session."),
        Column("rule_id", TEXT, "Rule set and threshold, as the configuration names it: condor_states.watch_delta."),
        Column("value", FLOAT, "The number in force; null where it is a text or several numbers.", "in `unit`"),
        Column("value_text", TEXT, "The text or the numbers in force, e.g. 15, 70, 165; null where it is one number."),
        Column("default_text", TEXT, "The default, as the configuration would spell it.", is_required=True),
        Column("unit", TEXT, "Unit of value and default; empty for a text.", is_required=True),
        Column("says", TEXT, "What it decides, as a phrase before the value.", is_required=True),
        Column("source_tier", TEXT, "vendor rule, standard or house default.", is_required=True),
        Column("source_ref", TEXT, "Where the rule stands, e.g. METHODOLOGY 6.1 or V20; empty where it has no text."),
        Column(
            "is_overridden", BOOL, "True when the configuration gave another value than the default.", is_required=True
        ),
    ),
    (
        Audit("number_or_text", "(value is null) = (value_text is null)", "A number or a text, never both."),
        Audit(
            "tier_known",
            "source_tier not in ('vendor rule', 'standard', 'house default')",
            "The tier is vendor rule, standard or house default.",
        ),
    ),
    partition="session_date",
)
META_RUNS = Table(
    "meta",
    "runs",
    "One row per run of a night, with a lease: a run whose lease has passed is dead, whatever its status says.",
    ("run_id",),
    (
        Column("run_id", TEXT, "Run."),
        Column("session_date", DATE, "Session.", is_required=True),
        Column("status", TEXT, "running, done, failed or abandoned.", is_required=True),
        Column("step", TEXT, "Last step boundary passed."),
        Column("holder", TEXT, "Host and process that holds the lease.", is_required=True),
        Column("inputs_hash", TEXT, "Hash of the loads, settings and code version the run was built from."),
        Column("exit_code", INTEGER, "Exit code of the night.", "exit code"),
        Column("status_line", TEXT, "The one line the night printed."),
        Column("report_paths", TEXT, "Paths of the report, one a line."),
        Column("started_at", INSTANT, "Start.", is_required=True),
        Column("lease_until_at", INSTANT, "The run is alive until then unless it renews.", is_required=True),
        Column("finished_at", INSTANT, "End."),
    ),
    volatile=("run_id", "holder", "started_at", "lease_until_at", "finished_at", "report_paths"),
)
META_OUTBOX = Table(
    "meta",
    "outbox",
    "One row per e-mail: a session, an account, its recipients and a report. A row in state sending whose process is gone counts as unknown.",
    ("message_id",),
    (
        Column(
            "message_id",
            TEXT,
            "Message-ID, from session, account, content kind, sender, recipients and report: the same e-mail has the same one, sent again too.",
        ),
        Column("session_date", DATE, "Session of the report.", is_required=True),
        Column("account", TEXT, "Whose report, as the configuration names it: an account, or ALL.", is_required=True),
        Column("content_kind", TEXT, "What the e-mail holds: hedge_status.", is_required=True),
        Column("report_sha256", TEXT, "SHA-256 of the report's JSON.", is_required=True),
        Column("recipients_sha256", TEXT, "SHA-256 of the addresses in To, Cc and Bcc.", is_required=True),
        Column("subject", TEXT, "Subject line.", is_required=True),
        Column(
            "state",
            TEXT,
            "queued, sending (DATA has begun), accepted (by the server, for every recipient), failed (a recipient has not got it), unknown (it may have arrived), cancelled (nobody is left to send it to).",
            is_required=True,
        ),
        Column("state_reason", TEXT, "One sentence: why it is in this state; null when there is nothing to say."),
        Column("attempts_qty", INTEGER, "How often DATA has begun.", "attempts", is_required=True),
        Column("accepted_qty", INTEGER, "How often a server has accepted it.", "attempts", is_required=True),
        Column("queued_at", INSTANT, "When it was first put into the outbox.", is_required=True),
        Column("state_at", INSTANT, "When it came into its state.", is_required=True),
    ),
    (
        Audit(
            "state_known",
            "state not in ('queued', 'sending', 'accepted', 'failed', 'unknown', 'cancelled')",
            "The state is one of the six.",
        ),
        Audit("accepted_by_a_server", "state = 'accepted' and accepted_qty = 0", "Accepted means that a server did."),
    ),
    volatile=("queued_at", "state_at"),
)
META_OUTBOX_RECIPIENTS = Table(
    "meta",
    "outbox_recipients",
    "One row per recipient of an e-mail, with what the mail server said about it last.",
    ("message_id", "address"),
    (
        Column("message_id", TEXT, "The e-mail."),
        Column("address", TEXT, "Address, as configured."),
        Column("field", TEXT, "to, cc or bcc.", is_required=True),
        Column("state", TEXT, "queued, sending, accepted, failed, unknown or cancelled.", is_required=True),
        Column("smtp_code", INTEGER, "The server's reply code; null when it gave none.", "SMTP reply code"),
        Column("smtp_reply", TEXT, "The server's reply, or what went wrong without one; null before the first."),
        Column("state_at", INSTANT, "When it came into its state.", is_required=True),
    ),
    (
        Audit("field_known", "field not in ('to', 'cc', 'bcc')", "The field is To, Cc or Bcc."),
        Audit(
            "state_known",
            "state not in ('queued', 'sending', 'accepted', 'failed', 'unknown', 'cancelled')",
            "The state is one of the six.",
        ),
    ),
    volatile=("state_at",),
)

META_MIGRATIONS = Table(
    "meta",
    "migrations",
    "One row per numbered migration applied to this file.",
    ("migration_number",),
    (
        Column("migration_number", INTEGER, "Number, from 1.", "number"),
        Column("name", TEXT, "File name.", is_required=True),
        Column("content_sha256", TEXT, "SHA-256 of the migration as applied.", is_required=True),
        Column("applied_at", INSTANT, "When.", is_required=True),
    ),
    volatile=("applied_at",),
)

META_APPLIED_LOADS = Table(
    "meta",
    "applied_loads",
    "One row per load whose rows have been taken into core; a load without a row here is still to be applied.",
    ("load_id",),
    (
        Column("load_id", TEXT, "The load."),
        Column("applied_at", INSTANT, "When core took it in.", is_required=True),
    ),
    volatile=("applied_at",),
)

META_WITHDRAWN_LOADS = Table(
    "meta",
    "withdrawn_loads",
    "One row per load that was taken back: its rows stay on record, and no fact and no figure comes from them.",
    ("load_id",),
    (
        Column("load_id", TEXT, "The load."),
        Column("withdrawn_at", INSTANT, "When it was withdrawn.", is_required=True),
    ),
    volatile=("withdrawn_at",),
)

META_ISSUED_FIGURES = Table(
    "meta",
    "issued_figures",
    "One row per figure or state of page one, as the session was first issued; a later issue is held against it.",
    ("session_date", "account", "figure", "subject"),
    (
        Column("session_date", DATE, "Session."),
        Column("account", TEXT, "Account, or ALL; empty for a figure of the market."),
        Column("figure", TEXT, "The figure as the report's JSON names it, e.g. totals.net_delta."),
        Column(
            "subject",
            TEXT,
            "What it is of where page one has several: a condor (and side), a layer, an alert, best or cheapest roll; else empty.",
        ),
        Column("value", FLOAT, "The figure; null for a state.", "of the figure, see docs/metrics.md"),
        Column("state", TEXT, "The state, e.g. WATCH; null for a figure."),
        Column("issued_at", INSTANT, "When the session was first issued.", is_required=True),
    ),
    (Audit("figure_or_state", "(value is null) = (state is null)", "A figure or a state, never both."),),
    partition="session_date",
    volatile=("issued_at",),
)

META_TABLES = (
    META_LOADS,
    META_APPLIED_LOADS,
    META_WITHDRAWN_LOADS,
    META_REFUSED_FILES,
    META_REJECTED_ROWS,
    META_CHECKS,
    META_LIVE_ANSWERS,
    META_THRESHOLDS,
    META_ISSUED_FIGURES,
    META_RUNS,
    META_OUTBOX,
    META_OUTBOX_RECIPIENTS,
    META_MIGRATIONS,
)
