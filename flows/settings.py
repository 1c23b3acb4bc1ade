"""What a user may set: a TOML file, environment variables `CONDORWATCH_*`, or the command line, in rising order."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

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
from flows.sources.chain_rules import ChainMapping, ChainRules, MonthlyRoot
from flows.sources.live.settings import CboeSettings
from flows.sql_settings import SqlSettings

SEE_DOCS = "docs/configuration.md describes every setting."

# A shell expands ~ on the command line, nobody does in a file.
Folder = Annotated[Path, AfterValidator(Path.expanduser)]

Paper: TypeAlias = Literal["Letter", "A4"]


class Settings(BaseSettings):
    """The settings of one run.

    `home` holds everything the program writes. `landing` is the folder vendor files arrive in. `sources` maps file
    globs to series names, for files whose content cannot tell which series they hold. `chain_mappings` describe option
    chains in layouts of one's own, `optionsdx_monthly_root` says what OptionsDX's third Fridays are. `cboe` is the
    address book of the live sources. `simulated_size` is how many expiries and strikes the simulated market lists: all,
    or a tenth of them for tests and trials. `paper` is what the PDF is laid out for. `thresholds` holds what the user
    wants other than the defaults of `flows.rules`. `email` is where reports are sent, and unset, nothing is.
    `sql` limits what one query of an analyst may take.
    """

    model_config = SettingsConfigDict(
        env_prefix="CONDORWATCH_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a secret written where none belongs stays out of a traceback
    )
    config_file: ClassVar[Path | None] = None

    home: Folder = Path("var")
    landing: Folder | None = None
    sources: dict[str, str] = Field(default_factory=dict)
    chain_mappings: dict[str, ChainMapping] = Field(default_factory=dict)
    optionsdx_monthly_root: MonthlyRoot | None = None
    cboe: CboeSettings = CboeSettings()
    simulated_size: Literal["full", "small"] = "full"
    paper: Paper = "Letter"
    thresholds: dict[str, Any] = Field(default_factory=dict)
    email: EmailSettings | None = None
    sql: SqlSettings = SqlSettings()

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
        """Hash of what changes results: not where files come from, lie or are sent, nor paper, queries or order."""
        settings = self.model_dump(mode="json", exclude={"home", "landing", "cboe", "paper", "email", "sql"})
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
    key = ".".join(map(str, wrong["loc"]))
    if wrong["type"] == "extra_forbidden":
        known = f"The settings are {', '.join(Settings.model_fields)}."
        return UsageError(f"{key!r} is no setting.", hint=SEE_DOCS if "." in key else known)
    return UsageError(f"The setting {key!r} does not fit: {wrong['msg']}.", hint=SEE_DOCS)
