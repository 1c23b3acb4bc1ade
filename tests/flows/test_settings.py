"""What a user may set, and which of file, environment and command line wins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.settings import load_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CONDORWATCH_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('home = "file"\nlanding = "file-landing"\n\n[sources]\n"my_adv*.csv" = "advances"\n')
    return path


def test_without_anything_there_is_a_home_and_no_landing() -> None:
    settings = load_settings(None)
    assert (settings.home, settings.landing, settings.sources) == (Path("var"), None, {})


def test_the_command_line_beats_the_environment_and_that_beats_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(config).home == Path("file")
    monkeypatch.setenv("CONDORWATCH_HOME", "environment")
    assert load_settings(config).home == Path("environment")
    assert load_settings(config, home=Path("command")).home == Path("command")
    # What the command line leaves out is no answer.
    assert load_settings(config, home=None).home == Path("environment")
    assert load_settings(config).landing == Path("file-landing")


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDORWATCH_HOME", "")
    assert load_settings(None).home == Path("var")


def test_the_simulated_market_is_full_unless_small_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    full = load_settings(None)
    assert full.simulated_size == "full"
    monkeypatch.setenv("CONDORWATCH_SIMULATED_SIZE", "small")
    small = load_settings(None)
    assert small.simulated_size == "small"
    assert small.fingerprint() != full.fingerprint()
    monkeypatch.setenv("CONDORWATCH_SIMULATED_SIZE", "tiny")
    with pytest.raises(UsageError, match="simulated_size"):
        load_settings(None)


def test_sources_map_globs_to_series(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(config).sources == {"my_adv*.csv": "advances"}
    monkeypatch.setenv("CONDORWATCH_SOURCES", '{"decl*.csv": "declines"}')
    assert load_settings(None).sources == {"decl*.csv": "declines"}


def test_a_home_below_the_users_own_is_found_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "config.toml"
    path.write_text('home = "~/condorwatch"\n')
    assert load_settings(path).home == tmp_path / "condorwatch"


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        ('hoem = "x"\n', "'hoem' is no setting; the nearest is 'home'.", "The settings there are home, landing,"),
        (
            "[cboe.http]\ntimeout_second = 3\n",
            "'cboe.http.timeout_second' is no setting; the nearest is 'cboe.http.timeout_seconds'.",
            "The settings there are timeout_seconds, deadline_seconds,",
        ),
        (
            '[cboe.breadth]\nadvanced = "https://one.example/{x}"\n',
            "'cboe.breadth.advanced' is no setting; the nearest is 'cboe.breadth.advances'.",
            "The settings there are advances, declines,",
        ),
        (
            '[email]\nhost = "h"\nsender = "a@b.example"\n[email.recipients.ALL]\nto = "a@b.example"\nbc = "x"\n',
            "'email.recipients.ALL.bc' is no setting; the nearest is 'email.recipients.ALL.bcc'.",
            "The settings there are to, cc, bcc.",
        ),
        (
            '[chain_mappings.desk]\nignored = ["a"]\ncolumns = {symbol = "o", bid = "b", ask = "a"}\n',
            "'chain_mappings.desk.ignored' is no setting; the nearest is 'chain_mappings.desk.ignore'.",
            "The settings there are columns,",
        ),
        (
            "[schedule]\ndeadline_minutes = 60\n",
            "deadline_minutes is before after_close_minutes",
            "docs/configuration.md",
        ),
        ("home = 3\n", "The setting 'home' does not fit", "docs/configuration.md"),
        ('[sources]\n"a*.csv" = 1\n', "The setting 'sources.a*.csv' does not fit", "docs/configuration.md"),
        ("home = var\n", "is not TOML", "docs/configuration.md"),
        (
            '[chain_mappings.desk.columns]\nsymbol = "occ"\nask = "a"\n',
            "The setting 'chain_mappings.desk' does not fit: Value error, columns.bid is missing.",
            "docs/configuration.md",
        ),
        (
            'optionsdx_monthly_root = "XSP"\n',
            "The setting 'optionsdx_monthly_root' does not fit",
            "docs/configuration.md",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str, hint: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        load_settings(path)
    assert sentence in refused.value.sentence
    assert hint in refused.value.hint
    assert "\n" not in refused.value.sentence


def test_a_variable_that_is_no_json_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDORWATCH_SOURCES", "advances")
    with pytest.raises(UsageError, match="sources"):
        load_settings(None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml does not exist"):
        load_settings(tmp_path / "nowhere.toml")


def test_two_runs_with_other_folders_have_one_fingerprint() -> None:
    """Marts do not depend on where files lie."""
    here = load_settings(None).fingerprint()
    assert load_settings(None, home=Path("elsewhere"), landing=Path("downloads")).fingerprint() == here
    assert load_settings(None, sources={"a*.csv": "advances"}).fingerprint() != here


def test_a_mapping_is_part_of_what_changes_results_and_reads_the_same_in_every_process(tmp_path: Path) -> None:
    """Were the fingerprint to depend on the order of a set, every night would be computed again."""
    path = tmp_path / "config.toml"
    ignored = ", ".join(f'"{letter}"' for letter in "abcdefgh")
    path.write_text(
        f"[chain_mappings.desk]\nignore = [{ignored}]\n[chain_mappings.desk.columns]\n"
        'symbol = "occ"\nbid = "b1"\nask = "a1"\n'
    )
    command = "import sys; from pathlib import Path; from flows.settings import load_settings; "
    command += "print(load_settings(Path(sys.argv[1])).fingerprint())"
    elsewhere = {
        subprocess.run(
            [sys.executable, "-c", command, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert elsewhere == {load_settings(path).fingerprint()}
    assert load_settings(None).fingerprint() not in elsewhere
