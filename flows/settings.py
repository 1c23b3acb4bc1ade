"""What a user may set: a TOML file, environment variables `CONDORWATCH_*`, or the command line, in rising order."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """The settings of one run.

    `home` holds everything the program writes. `landing` is the folder vendor files arrive in. `sources` maps file
    globs to series names, for files whose content cannot tell which series they hold.
    """

    model_config = SettingsConfigDict(env_prefix="CONDORWATCH_", extra="forbid", frozen=True)
    config_file: ClassVar[Path | None] = None

    home: Path = Path("var")
    landing: Path | None = None
    sources: dict[str, str] = Field(default_factory=dict)

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

    def fingerprint(self) -> str:
        """Hash of what changes results: where files lie does not."""
        return hashlib.sha256(self.model_dump_json(exclude={"home", "landing"}).encode()).hexdigest()[:16]


def load_settings(config: Path | None, **given: object) -> Settings:
    """Settings from a TOML file (if named), the environment and what the command line gave.

    Raises:
        ValueError: a key is unknown or a value does not fit (pydantic's error is a ValueError).
        FileNotFoundError: the named file does not exist.
    """
    if config is not None and not config.is_file():
        message = f"Configuration file {config} does not exist."
        raise FileNotFoundError(message)
    chosen = type("Settings", (Settings,), {"config_file": config, "__module__": __name__})
    known = {key: value for key, value in given.items() if value is not None}
    return chosen(**known)  # type: ignore[no-any-return]
