"""`[retention]` of the configuration: how long what can be made again is kept."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RetentionSettings(BaseModel):
    """How long what can be made again is kept; by default for ever, but for earlier snapshots.

    The raw archive, from which all else is made, is never touched.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    generations_qty: int = Field(
        default=3, ge=0, le=1000, description="Earlier published snapshots kept beside the present one."
    )
