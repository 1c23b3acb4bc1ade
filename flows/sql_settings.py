"""`[sql]` of the configuration: how much one query of `condorwatch sql` may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from warehouse.reading import ReadingLimits


class SqlSettings(BaseModel):
    """The limits of one query. What goes beyond is refused whole: half an answer looks like a whole one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_limit_seconds: float = Field(default=60, gt=0, le=86_400, description="Seconds one query may run.")
    rows_limit_qty: int = Field(default=1_000_000, gt=0, description="Rows one answer may have.")
    memory_limit_mb: int = Field(default=1024, ge=256, description="Memory one query may take, in MB.")

    @property
    def limits(self) -> ReadingLimits:
        """The limits as the warehouse takes them."""
        from warehouse.reading import ReadingLimits

        return ReadingLimits(
            memory_mb=self.memory_limit_mb, time_seconds=self.time_limit_seconds, rows_qty=self.rows_limit_qty
        )
