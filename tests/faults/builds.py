"""Builds of a home, by content: which stage of which build its files hold."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from flows.build import PRICED_TABLES
from warehouse.store import open_reader, open_writer
from warehouse.tables import CORE_TABLES, MART_TABLES
from warehouse.tables.core import CORE_EXPIRIES
from warehouse.tables.mart import (
    MART_ACTION_TABLES,
    MART_CAPITAL_TABLES,
    MART_MARKET_TABLES,
    MART_STATE_CHANGES_DAILY,
)
from warehouse.tables.meta import META_APPLIED_LOADS, META_CHECKS, META_LOADS, META_REJECTED_ROWS, META_THRESHOLDS

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.connection import Connection

Hashes = dict[str, str]

OF_OTHER_STAGES = (*MART_MARKET_TABLES, *MART_ACTION_TABLES, *MART_CAPITAL_TABLES, MART_STATE_CHANGES_DAILY)
OF_PRICES = (*PRICED_TABLES, CORE_EXPIRIES)
# The tables each stage of a night writes in one transaction; rejected rows are written by two of them.
STAGES = {
    "ingest": (META_LOADS,),
    "series": (*(table for table in CORE_TABLES if table not in OF_PRICES), META_APPLIED_LOADS),
    "core": OF_PRICES,
    "market": MART_MARKET_TABLES,
    "book": (*(table for table in MART_TABLES if table not in OF_OTHER_STAGES), META_CHECKS, META_THRESHOLDS),
    "actions": MART_ACTION_TABLES,
    "capital": MART_CAPITAL_TABLES,
    "states": (MART_STATE_CHANGES_DAILY,),
}
OF_META = (META_CHECKS, META_THRESHOLDS, META_LOADS, META_APPLIED_LOADS, META_REJECTED_ROWS)
COMPARED = (*CORE_TABLES, *MART_TABLES, *OF_META)


def hashes_of(connection: Connection) -> Hashes:
    """The content hash of every table that is compared."""
    return {table.full_name: connection.content_hash(table) for table in COMPARED}


def published_hashes(home: Path) -> Hashes:
    """What readers see."""
    with open_reader(home) as reader:
        return hashes_of(reader)


def written_hashes(home: Path) -> Hashes:
    """What the writer's own file holds."""
    with open_writer(home, "the test") as store:
        return hashes_of(store)


def digest_of(hashes: Hashes) -> str:
    """One hash for a whole build."""
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
