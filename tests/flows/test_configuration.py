"""The configuration file the program writes, and what it says is in force."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from flows.config_file import configuration_text, write_configuration
from flows.config_show import config_lines
from flows.email_settings import EmailSettings, Recipients
from flows.errors import UsageError
from flows.setting_tables import is_table, without_none
from flows.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
HOOK = "https://hooks.example.com/T000/very-secret"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CONDORWATCH_")]:
        monkeypatch.delenv(name)


def keys(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = without_none(field.annotation)
        if is_table(kind) and kind is not Recipients:
            yield from keys(kind, (*path, name))
        else:
            yield ".".join((*path, name))


def test_the_file_as_written_says_nothing_but_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "condorwatch.toml"
    write_configuration(path, is_forced=False)
    assert load_settings(path).model_dump() == load_settings(None).model_dump()


def test_with_every_hash_taken_away_it_says_each_default(tmp_path: Path) -> None:
    """What stands behind a # is the default, spelled so that it can be used."""
    path = tmp_path / "condorwatch.toml"
    path.write_text(re.sub(r"(?m)^#(?! )", "", configuration_text()))
    settings = load_settings(path)
    assert settings.model_dump(exclude={"email"}) == load_settings(None).model_dump(exclude={"email"})
    assert settings.email == EmailSettings(
        host="smtp.example.com",
        sender="reports@example.com",
        recipients={"ALL": Recipients(to=("trader@example.com",))},
    )


def test_the_samples_can_be_used(tmp_path: Path) -> None:
    """Each sample in the place where it stands; those of one key given twice, once."""
    lines = [re.sub(r"^# e\.g\. ", "", line) for line in configuration_text().splitlines()]
    kept = [line for line in lines if not (line.startswith("#") and not line.startswith("#["))]
    email = kept.index("#[email]")
    path = tmp_path / "condorwatch.toml"
    path.write_text("\n".join(kept[:email]))
    settings = load_settings(path)
    assert settings.schedule.source == "cboe"
    assert settings.chain_mappings["desk"].columns["bid"] == "Bid"
    assert settings.sources == {"my_adv*.csv": "advances"}


def test_every_setting_stands_in_it_with_a_sentence_and_in_the_documentation() -> None:
    text, page = configuration_text(), (ROOT / "docs" / "configuration.md").read_text()
    for key in keys(Settings):
        name = key.rpartition(".")[2]
        named = rf"^(# e\.g\. |#)?({name} = |\[.*\b{name}\b.*\])|CONDORWATCH_\w+__{name.upper()}"
        assert re.search(named, text, re.MULTILINE), key
        assert re.search(rf"\b{name}\b", page), key
    undescribed = [
        f"{model.__name__}.{name}"
        for model in (Settings, EmailSettings, *(type(getattr(load_settings(None), part)) for part in
                      ("cboe", "schedule", "notices", "doctor")))
        for name, field in model.model_fields.items()
        if not field.description
    ]  # fmt: skip
    assert undescribed == []


def test_it_holds_no_place_for_a_secret() -> None:
    assert not re.search(r"(?m)^#?(.*password|webhook_url|healthcheck_url) *=", configuration_text())


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "condorwatch.toml"
    path.write_text('home = "mine"\n')
    with pytest.raises(UsageError, match="exists already") as refused:
        write_configuration(path, is_forced=False)
    assert "--force" in refused.value.hint
    assert path.read_text() == 'home = "mine"\n'
    write_configuration(path, is_forced=True)
    assert load_settings(path).home == Path("var")
    with pytest.raises(UsageError, match="cannot be written"):
        write_configuration(tmp_path / "condorwatch.toml" / "below", is_forced=False)


def test_what_is_shown_names_who_says_it_and_hides_every_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "condorwatch.toml"
    config.write_text(
        'landing = "incoming"\n[sources]\n"a*.csv" = "advances"\n[cboe]\ntreasury = "https://u:p4ss@t.example/{year}?key=k3y"\n'
        '[email]\nhost = "h"\nsender = "a@b.example"\nuser = "a"\n[email.recipients.ALL]\nto = "x@b.example"\n'
    )
    monkeypatch.setenv("CONDORWATCH_PAPER", "A4")
    monkeypatch.setenv("CONDORWATCH_NOTICES__WEBHOOK_URL", HOOK)
    monkeypatch.setenv("CONDORWATCH_CBOE__BREADTH__ADVANCES", "https://v.example/adv?token=t0ken")
    monkeypatch.setenv("CONDORWATCH_SMTP_PASSWORD", "hush-hush")
    lines = list(config_lines(config, home=tmp_path, landing=None))
    said = {re.sub(r" +", " ", line.rpartition("  # ")[0]).strip(): line.rpartition("# ")[2] for line in lines}
    assert said[f'home = "{tmp_path}"'] == "command line"
    assert said['landing = "incoming"'] == said['sources."a*.csv" = "advances"'] == f"file {config}"
    assert said['email.recipients.ALL.to = ["x@b.example"]'] == f"file {config}"
    assert said['paper = "A4"'] == said['notices.webhook_url = "********"'] == "environment"
    assert said['cboe.breadth.advances = "********"'] == "environment"
    assert said["schedule.after_close_minutes = 105"] == said["email.attempts = 6"] == "default"
    assert said['cboe.treasury = "https://t.example/{year}?key=***"'] == f"file {config}"
    assert "# CONDORWATCH_SMTP_PASSWORD is set in the environment" in lines
    assert not re.search("very-secret|hush-hush|t0ken|p4ss|k3y", "\n".join(lines))


def test_a_secret_address_that_does_not_fit_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDORWATCH_NOTICES__WEBHOOK_URL", HOOK.replace("https", "http"))
    with pytest.raises(UsageError, match=r"notices\.webhook_url") as refused:
        load_settings(None)
    assert "very-secret" not in refused.value.sentence + str(refused.value.__cause__)


def test_the_program_has_a_version() -> None:
    program = Path(sys.executable).with_name("condorwatch")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert said == f"condorwatch {stated}\n"
