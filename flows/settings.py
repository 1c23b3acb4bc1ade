"""What a user may set: a TOML file, environment variables `CONDORWATCH_*`, or the command line, in rising order."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from flows.email_settings import EmailSettings  # noqa: TC001 - pydantic reads the annotation at run time
from flows.errors import UsageError
from flows.operation_settings import DoctorSettings, NoticeSettings, ScheduleSettings
from flows.retention_settings import RetentionSettings
from flows.setting_tables import keys_of_table
from flows.sources.chain_rules import ChainMapping, ChainRules, MonthlyRoot
from flows.sources.live.settings import CboeSettings
from flows.sql_settings import SqlSettings
from flows.warehouse_settings import WarehouseSettings
from transforms.thresholds import nearest_name

SEE_DOCS = "docs/configuration.md describes every setting."

# A shell expands ~ on the command line, nobody does in a file.
Folder = Annotated[Path, AfterValidator(Path.expanduser)]

Paper: TypeAlias = Literal["Letter", "A4"]

_A_MAPPING: Final = """\
[chain_mappings.desk]
date_format = "%m/%d/%Y"
[chain_mappings.desk.columns]
quote_date = "Asof"
symbol = "OCC"
bid = "Bid"
ask = "Ask"
[chain_mappings.desk.constants]
quote_time = "16:15"
"""
NO_RESULT: Final = frozenset(
    {"home", "warehouse", "sql", "landing", "cboe", "paper", "email", "schedule", "notices", "doctor", "retention"}
)


class Settings(BaseSettings):
    """The settings of one run.

    Each field's description and examples stand in the file that `condorwatch init` writes.
    """

    model_config = SettingsConfigDict(
        env_prefix="CONDORWATCH_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a secret written where none belongs stays out of a traceback
    )
    config_file: ClassVar[Path | None] = None

    home: Folder = Field(default=Path("var"), description="Folder for everything the program writes.")
    landing: Folder | None = Field(
        default=None,
        description="Folder vendor files arrive in; setting it makes `files` the default source.",
        examples=["incoming"],
    )
    optionsdx_monthly_root: MonthlyRoot | None = Field(
        default=None,
        description="Root of the third Fridays in OptionsDX's SPX files, SPX or SPXW; unset, such a file is refused.",
        examples=["SPX"],
    )
    simulated_size: Literal["full", "small"] = Field(
        default="full",
        description="Chains of the simulated market: full, or small (about a tenth, for tests and trials).",
    )
    paper: Paper = Field(default="Letter", description="Paper of the PDF: Letter or A4.")
    sources: dict[str, str] = Field(
        default_factory=dict,
        description="File globs to series names, for files whose content cannot tell which series they hold.",
        examples=['"my_adv*.csv" = "advances"'],
    )
    thresholds: dict[str, Any] = Field(
        default_factory=dict,
        description="Your values in place of the defaults; `select * from meta.thresholds` lists every name.",
        examples=["condor_states.watch_delta = 0.25"],
    )
    chain_mappings: dict[str, ChainMapping] = Field(
        default_factory=dict,
        description="How to read an option chain in a layout of your own, CSV or Parquet; one table each.",
        examples=[_A_MAPPING],
    )
    schedule: ScheduleSettings = Field(
        default=ScheduleSettings(), description="When the night runs by itself: `condorwatch schedule`."
    )
    notices: NoticeSettings = Field(
        default=NoticeSettings(), description="Who is told, besides by e-mail, how a night has ended."
    )
    doctor: DoctorSettings = Field(
        default=DoctorSettings(), description="What `condorwatch doctor` holds this machine against."
    )
    cboe: CboeSettings = Field(
        default=CboeSettings(),
        description="Addresses and limits of the live sources, `--source cboe`.",
    )
    email: EmailSettings | None = Field(
        default=None, description="Where each night's report is sent; without this table nothing is sent."
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How long what can be made again is kept: `condorwatch compact`."
    )
    warehouse: WarehouseSettings = Field(
        default=WarehouseSettings(), description="Where the tables lie: a file of this machine, or a lake of several."
    )
    sql: SqlSettings = Field(default=SqlSettings(), description="How much one query of `condorwatch sql` may take.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line beats the environment, the environment beats the file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=cls.config_file)
        return (init_settings, env_settings, toml)

    @property
    def chain_rules(self) -> ChainRules:
        """What is said about option chains that do not explain themselves."""
        return ChainRules(self.chain_mappings, self.optionsdx_monthly_root)

    def fingerprint(self) -> str:
        """Hash of what changes results: not where files come from, lie or are sent, nor when, nor on paper."""
        settings = self.model_dump(mode="json", exclude=set(NO_RESULT))
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def load_settings(config: Path | None, **given: object) -> Settings:
    """Settings from a TOML file (if named), the environment and what the command line gave.

    Raises:
        UsageError: the file does not exist or is no TOML, a key or threshold is unknown, a value does not fit.
    """
    if config is not None and not config.is_file():
        raise UsageError(f"The configuration file {config} does not exist.", hint="Name one, or leave --config out.")
    chosen = type("Settings", (Settings,), {"config_file": config, "__module__": __name__})
    known = {key: value for key, value in given.items() if value is not None}
    try:
        settings: Settings = chosen(**known)
    except ValidationError as problem:
        raise _not_a_setting(problem) from problem
    except tomllib.TOMLDecodeError as problem:
        raise UsageError(f"{config} is not TOML: {problem}.", hint=SEE_DOCS) from problem
    except SettingsError as problem:
        raise UsageError(f"An environment variable cannot be read: {problem}.", hint=SEE_DOCS) from problem
    if settings.thresholds:
        from flows.rules import Rules

        Rules.of(settings)  # a threshold nobody knows is refused before anything is written
    return settings


def _not_a_setting(problem: ValidationError) -> UsageError:
    """The first thing that is wrong, as a sentence; pydantic's own text is for programmers."""
    wrong = problem.errors()[0]
    place = wrong["loc"]
    is_key_of_table = bool(place) and place[-1] == "[key]"
    place = place[:-1] if is_key_of_table else place
    key = ".".join(map(str, place))
    if is_key_of_table or wrong["type"] == "extra_forbidden":
        known = keys_of_table(Settings, place[:-1])
        nearest = ".".join((*map(str, place[:-1]), nearest_name(str(place[-1]), known)))
        return UsageError(
            f"{key!r} is no setting; the nearest is {nearest!r}.", hint=f"The settings there are {', '.join(known)}."
        )
    return UsageError(f"The setting {key!r} does not fit: {wrong['msg']}.", hint=SEE_DOCS)
