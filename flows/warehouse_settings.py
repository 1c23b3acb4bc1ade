"""`[warehouse]` of the configuration: where the tables lie, when it is not a file in the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from flows.errors import UsageError
from warehouse.home import WarehousePaths
from warehouse.lake import Lake

if TYPE_CHECKING:
    from flows.settings import Settings

LAKE_PASSWORD: Final = "PGPASSWORD"  # noqa: S105 - the variable of PostgreSQL's own library, not what is in it


class WarehouseSettings(BaseModel):
    """Where the tables lie; the password of PostgreSQL is in PGPASSWORD or a PGPASSFILE, never here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    lake: str | None = Field(
        default=None,
        description="Keep the tables in a lake: its PostgreSQL catalog, without a password (environment variable "
        "PGPASSWORD or PGPASSFILE). Unset: a file in the home folder.",
        examples=["postgres:host=db.example.com dbname=condorwatch user=condorwatch"],
    )
    lake_data: Annotated[Path, AfterValidator(Path.expanduser)] | None = Field(
        default=None,
        description="Folder of the lake's Parquet files, the same on every machine that opens it.",
        examples=["/srv/condorwatch/lake"],
    )
    lake_schema: str = Field(default="condorwatch", description="Schema of the lake's catalog in that database.")

    @model_validator(mode="after")
    def _is_a_lake(self) -> Self:
        if (self.lake is None) != (self.lake_data is None):
            raise ValueError("a lake has a catalog and a data folder: set both lake and lake_data, or neither")
        _ = self.chosen
        return self

    @property
    def chosen(self) -> Lake | None:
        """The lake; none where the warehouse is a file."""
        if self.lake is None or self.lake_data is None:
            return None
        return Lake(self.lake, str(self.lake_data.absolute()), self.lake_schema)


def settle_warehouse(settings: Settings) -> Settings:
    """Say in the home which lake its tables lie in, where the settings name one; the settings as they are.

    The home remembers it, so that no command can read or write a file beside the lake by mistake.

    Raises:
        UsageError: the home's tables lie elsewhere already.
    """
    lake, paths = settings.warehouse.chosen, WarehousePaths(settings.home)
    if lake is None:
        return settings
    if paths.is_lake:
        if Lake.read(paths.lake) != lake:
            raise UsageError(
                f"The tables of {settings.home} lie in another lake than [warehouse] names.",
                hint=f"Name another home, or look into {paths.lake}.",
            )
        return settings
    if paths.build.is_file():
        raise UsageError(
            f"{settings.home} has its tables in a file, and [warehouse] names a lake.",
            hint="Name another home; condorwatch ingest or backfill fills the lake from the same files.",
        )
    lake.write(paths.lake)
    return settings
