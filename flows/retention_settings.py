"""`[retention]` of the configuration: how long what can be made again is kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RetentionSettings(BaseModel):
    """How long what can be made again is kept; by default for ever, but for earlier snapshots.

    The raw archive, from which all else is made, is never touched.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    raw_quotes_days: int | None = Field(
        default=None,
        ge=1,
        description="Raw option quotes older than the newest session by more than this are dropped; unset: kept. "
        "`condorwatch rebuild --replace` takes them from the archive again.",
        examples=[400],
    )
    reports_days: int | None = Field(
        default=None,
        ge=1,
        description="Report files of sessions older than the newest by more than this are removed; unset: kept. "
        "`condorwatch report` renders them again.",
        examples=[1100],
    )
    generations_qty: int = Field(
        default=3, ge=0, le=1000, description="Earlier published snapshots kept beside the present one."
    )
