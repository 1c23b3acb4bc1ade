"""What the night computed, in the order it is computed: the door to every mart table."""

from warehouse.tables.mart_book import (
    ACCOUNT,
    MART_BOOK_TABLES,
    MART_CONDORS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_LEGS_DAILY,
    MART_POSITIONS_DAILY,
    MART_SECOND_ENGINE_DAILY,
)
from warehouse.tables.mart_market import (
    MART_MARKET_TABLES,
    MART_SIGNALS_DAILY,
    MART_VIX_CHECKS_DAILY,
    MART_VX_CURVE_DAILY,
)
from warehouse.tables.mart_risk import (
    MART_ALERTS_DAILY,
    MART_BOOK_DAILY,
    MART_RISK_TABLES,
    MART_SCENARIOS_DAILY,
)

MART_TABLES = (*MART_MARKET_TABLES, *MART_BOOK_TABLES, *MART_RISK_TABLES)

__all__ = [
    "ACCOUNT",
    "MART_ALERTS_DAILY",
    "MART_BOOK_DAILY",
    "MART_BOOK_TABLES",
    "MART_CONDORS_DAILY",
    "MART_HEDGE_LAYERS_DAILY",
    "MART_LEGS_DAILY",
    "MART_MARKET_TABLES",
    "MART_POSITIONS_DAILY",
    "MART_RISK_TABLES",
    "MART_SCENARIOS_DAILY",
    "MART_SECOND_ENGINE_DAILY",
    "MART_SIGNALS_DAILY",
    "MART_TABLES",
    "MART_VIX_CHECKS_DAILY",
    "MART_VX_CURVE_DAILY",
]
