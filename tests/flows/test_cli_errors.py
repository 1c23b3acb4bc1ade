"""What a user sees when something is wrong: a sentence and a hint on stderr, never a traceback unless asked for."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main
from warehouse.store import open_writer

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def condorwatch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program here: exit code, what it printed, what it complained of."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["condorwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
        out, err = capsys.readouterr()
        return int(ending.value.code or 0), out, err

    return run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("forecast",), "condorwatch: No such command 'forecast'."),
        (("nightly", "--sesion", "2023-02-15"), "condorwatch: No such option: --sesion"),
        (("nightly", "--source", "telegraph"), "condorwatch: Invalid value for '--source'"),
        (("nightly", "--session", "15.2.2023"), "condorwatch: '15.2.2023' is not a date."),
        (("nightly", "--session", "2023-02-30"), "condorwatch: '2023-02-30' is not a date."),
        (("nightly", "--source", "files"), "condorwatch: The source is files, but there is no landing folder."),
        (("nightly", "--source", "files", "--landing", "gone"), "condorwatch: The landing folder gone does not exist."),
        (("nightly", "--book", "gone.csv"), "condorwatch: The book gone.csv does not exist."),
        (("nightly", "--config", "gone.toml"), "condorwatch: The configuration file gone.toml does not exist."),
        (("backfill",), "condorwatch: Say which sessions"),
        (("backfill", "--from", "2026-04-01"), "condorwatch: Say which sessions"),
        (("backfill", "--last", "3", "--from", "2026-04-01"), "condorwatch: Say which sessions"),
        (("backfill", "--last", "0"), "condorwatch: Invalid value for '--last'"),
        (("sql",), "condorwatch: Give one of: a query, --name or --list."),
        (("sql", "--name", "nonsense"), "condorwatch: There is no query named nonsense; there are "),
        (("report",), "condorwatch: Missing option '--session'"),
        (
            ("report", "--session", "2023-02-15", "--known-at", "2023-02-16T00:00"),
            "condorwatch: '2023-02-16T00:00' is not an instant.",
        ),
        (("rebuild", "--all", "--session", "2023-02-15"), "condorwatch: Give --session or --all, not both."),
        (("ingest",), "condorwatch: Name files to take in, or loads to --withdraw."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_usage_error_is_a_sentence_and_a_hint(
    condorwatch: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = condorwatch(*arguments)
    assert (code, out) == (2, "")
    said, hint = err.splitlines()
    assert said.startswith(sentence)
    assert hint.startswith("Hint: ")
    assert list(tmp_path.iterdir()) == []  # nothing was begun


def test_an_unknown_setting_is_a_sentence(condorwatch: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('hoem = "var"\n')
    code, _, err = condorwatch("nightly", "--config", config)
    sentence, hint = err.splitlines()
    assert (code, sentence) == (2, "condorwatch: 'hoem' is no setting; the nearest is 'home'.")
    assert hint.startswith("Hint: The settings there are home, landing,")
    assert "simulated_size, paper" in hint


@pytest.mark.parametrize("arguments", [(), ("book",)])
def test_a_command_without_its_subcommand_prints_the_help_and_nothing_else(
    condorwatch: Run, arguments: tuple[str, ...]
) -> None:
    code, out, err = condorwatch(*arguments)
    assert code == 2
    assert "Usage: condorwatch" in out + err
    assert "Hint:" not in out + err


def test_a_day_without_a_session_is_nothing_to_do(condorwatch: Run) -> None:
    code, _, err = condorwatch("nightly", "--session", "2023-02-18")
    assert code == 4
    assert err.startswith("condorwatch: 2023-02-18 is not a trading session.\nHint: ")


def test_another_writer_is_named_with_what_to_do(condorwatch: Run, tmp_path: Path) -> None:
    """The lock is held by a process of its own, as in life."""
    program = (
        "import sys; from pathlib import Path; from warehouse.store import open_writer\n"
        "with open_writer(Path(sys.argv[1]), 'desk:4711'): print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        code, _, err = condorwatch("ingest", tmp_path / "nothing.csv", "--home", tmp_path)
        writer.communicate()
    sentence, hint = err.splitlines()
    assert code == 1
    assert sentence.startswith("condorwatch: The warehouse is being written by desk:4711 (")
    assert hint == "Hint: wait until it has finished, or stop that process; its lock goes with it."


def test_a_traceback_is_shown_only_when_asked_for(condorwatch: Run, tmp_path: Path) -> None:
    asked = ("sql", "select 1", "--home", tmp_path)
    code, _, plain = condorwatch(*asked)
    debug_code, _, debugged = condorwatch(*asked, "--debug")
    assert (code, debug_code) == (1, 1)
    assert "Traceback" not in plain
    assert debugged.startswith("Traceback (most recent call last):")
    assert debugged.endswith(plain)  # the sentence stays the last word


def test_what_nobody_foresaw_ends_in_a_sentence_too(condorwatch: Run, tmp_path: Path) -> None:
    """A folder that is a file: the operating system's words, and how to see more."""
    (tmp_path / "home").write_text("not a folder")
    code, _, err = condorwatch("ingest", tmp_path / "nothing.csv", "--home", tmp_path / "home")
    assert code == 1
    assert "Traceback" not in err
    assert err.endswith("Hint: Run the same command with --debug to see where.\n")


def test_a_file_that_is_refused_is_named_and_the_exit_code_says_so(condorwatch: Run, tmp_path: Path) -> None:
    with open_writer(tmp_path, "test"):
        pass
    (tmp_path / "notes.txt").write_text("call the broker")
    code, out, err = condorwatch("ingest", tmp_path / "notes.txt", tmp_path / "gone.csv", "--home", tmp_path)
    assert (code, err) == (3, "")
    assert [line.split()[1] for line in out.splitlines()] == ["notes.txt,", f"{tmp_path / 'gone.csv'}:"]
