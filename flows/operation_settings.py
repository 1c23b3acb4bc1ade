"""`[schedule]`, `[notices]` and `[doctor]` of the configuration: when the night runs by itself, and who watches it."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from flows.sources.live.addresses import may_ask

# 16:00 plus these is still the same day in New York, which a cron line has to name.
MOST_MINUTES_AFTER_CLOSE: Final = 479


def _safe_address(address: SecretStr) -> SecretStr:
    if not may_ask(address.get_secret_value(), is_plain_allowed=False):
        raise ValueError("an address here is https, or http of this machine")
    return address


SecretAddress = Annotated[SecretStr, AfterValidator(_safe_address)]


class ScheduleSettings(BaseModel):
    """When the night of a session runs, how long it waits for late data, and how far it catches up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["simulated", "files", "cboe"] | None = Field(
        default=None,
        description="Where files come from: files, cboe or simulated; unset: as for nightly.",
        examples=["cboe"],
    )
    after_close_minutes: int = Field(
        default=105,
        ge=15,
        le=MOST_MINUTES_AFTER_CLOSE,
        description="The night runs so long after the close: 17:45 New York, 14:45 on half days.",
    )
    deadline_minutes: int = Field(
        default=360,
        ge=15,
        le=1440,
        description="While its data are on hold, a night is tried again until so long after the close: 22:00 New York. "
        "Then it is sent as it is, DATA_HOLD.",
    )
    retry_minutes: float = Field(default=15, gt=0, le=240, description="Pause between two tries of a night on hold.")
    catch_up_sessions_qty: int = Field(
        default=10,
        ge=1,
        le=260,
        description="After an outage at most so many missed sessions are run, the latest, in order.",
    )

    @model_validator(mode="after")
    def _deadline_is_later(self) -> Self:
        if self.deadline_minutes < self.after_close_minutes:
            raise ValueError("deadline_minutes is before after_close_minutes")
        return self


class NoticeSettings(BaseModel):
    """Who is told, besides by e-mail, how a night has ended. Both addresses are secrets: whoever has one can post."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    healthcheck_url: SecretAddress | None = Field(
        default=None,
        description="Asked after each night, with /fail at its end where one failed (healthchecks.io and the like). "
        "A secret: environment variable CONDORWATCH_NOTICES__HEALTHCHECK_URL.",
    )
    webhook_url: SecretAddress | None = Field(
        default=None,
        description='Posted {"text": ...} after each night (Slack and the like). '
        "A secret: environment variable CONDORWATCH_NOTICES__WEBHOOK_URL.",
    )
    attempts_qty: int = Field(default=3, ge=1, le=10, description="How often each is tried.")
    backoff_seconds: float = Field(default=2, ge=0, le=60, description="Pause before the second try; it doubles.")
    timeout_seconds: float = Field(default=10, gt=0, le=60, description="How long each may keep silent.")


class DoctorSettings(BaseModel):
    """What `condorwatch doctor` holds this machine against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    free_disk_gb: float = Field(default=2, ge=0, description="Room the home folder's disk should have left.")
    calendar_days: int = Field(default=60, ge=1, description="How far the session calendar should still reach.")
