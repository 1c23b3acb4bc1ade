"""Every table of the warehouse, declared once: the only part of the warehouse that transforms and templates may see."""

from warehouse.tables.core import CORE_TABLES
from warehouse.tables.mart import MART_TABLES
from warehouse.tables.meta import META_TABLES
from warehouse.tables.raw import RAW_TABLES

ALL_TABLES = (*META_TABLES, *RAW_TABLES, *CORE_TABLES, *MART_TABLES)

__all__ = ["ALL_TABLES", "CORE_TABLES", "MART_TABLES", "META_TABLES", "RAW_TABLES"]
