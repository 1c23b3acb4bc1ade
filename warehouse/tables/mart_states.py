"""How the states moved tonight, and whether the book keeps its own limits."""

from warehouse.tables.core import SESSION
from warehouse.tables.mart_book import ACCOUNT
from warehouse.tables.types import BOOL, DATE, FLOAT, TEXT, Audit, Column, Table

MART_STATE_CHANGES_DAILY = Table(
    "mart",
    "state_changes_daily",
    "One row per state that moved tonight: what it was when last it moved, what it is, and the rule that moved it. The rows of all nights, played one after the other, give every state of every night.",
    ("session_date", "account", "subject_kind", "subject"),
    (
        SESSION,
        ACCOUNT,
        Column("subject_kind", TEXT, "condor, layer signal, layer position, diagonal, second_engine, gate or book."),
        Column(
            "subject",
            TEXT,
            "Condor, layer, diagonal; VIX for the gate (account ALL), second_engine and book for those of the account.",
        ),
        Column("from_state", TEXT, "State before; null where it was not on record, or not known."),
        Column("from_date", DATE, "Session that state was entered on; null where nothing was on record before."),
        Column("to_state", TEXT, "State tonight; null where it is not known, or nothing is held any more."),
        Column("rule_id", TEXT, "The rule that set it; null where no rule but the absence of one did."),
        Column("value", FLOAT, "What the rule measured; null where it has no figure.", "in `unit`"),
        Column("threshold", FLOAT, "What it was held against.", "in `unit`"),
        Column("unit", TEXT, "Unit of value and threshold."),
        Column("source_tier", TEXT, "Whose rule it is: vendor rule, house default or your setting.", is_required=True),
        Column("reason", TEXT, "One sentence.", is_required=True),
    ),
    (Audit("moved", "from_state is not distinct from to_state", "What has not moved has no row."),),
    partition="session_date",
)
MART_STEWARD_CHECKS_DAILY = Table(
    "mart",
    "steward_checks_daily",
    "One row per account and steward check S1 to S10: does the book keep its own limits?",
    ("session_date", "account", "check_id"),
    (
        SESSION,
        ACCOUNT,
        Column("check_id", TEXT, "S1 to S10."),
        Column("verdict", TEXT, "PASS, FAIL, or NA where it cannot be judged.", is_required=True),
        Column("value", FLOAT, "Measured; null where it cannot be.", "in `unit`"),
        Column("threshold", FLOAT, "The limit.", "in `unit`", is_required=True),
        Column("unit", TEXT, "Unit of value and threshold.", is_required=True),
        Column("source_tier", TEXT, "Whose limit it is: vendor rule, house default or your setting.", is_required=True),
        Column(
            "is_promoter_flag",
            BOOL,
            "True where S2, S4 or S5 failed: size, timing or tier a seller of trades would choose.",
            is_required=True,
        ),
        Column("message", TEXT, "One sentence with the figures.", is_required=True),
        Column("reason", TEXT, "Why it is NA; null when it is not."),
    ),
    (
        Audit("verdict_known", "verdict not in ('PASS', 'FAIL', 'NA')", "Verdict is PASS, FAIL or NA."),
        Audit("na_has_reason", "(verdict = 'NA') <> (reason is not null)", "A verdict or a reason."),
    ),
    partition="session_date",
)

MART_STATE_TABLES = (MART_STATE_CHANGES_DAILY, MART_STEWARD_CHECKS_DAILY)
