"""What the shipped schedules say is what the program does."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from flows.cli import main
from flows.operation_settings import ScheduleSettings
from flows.scheduled import times_of

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "examples" / "systemd"


@pytest.fixture(scope="module")
def deployments() -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]}


def test_the_deployment_fires_at_the_default_times_of_new_york(deployments: dict[str, dict[str, object]]) -> None:
    schedules = deployments["nightly"]["schedules"]
    assert isinstance(schedules, list)
    assert [one["cron"] for one in schedules] == ["45 14 * * 1-5", "45 17 * * 1-5"]
    assert times_of(ScheduleSettings()).cron_lines == ("45 14 * * 1-5", "45 17 * * 1-5")
    assert {one["timezone"] for one in schedules} == {"America/New_York"}


def test_no_deployment_runs_twice_at_once_and_each_stands_on_the_process_pool(
    deployments: dict[str, dict[str, object]],
) -> None:
    for one in deployments.values():
        assert one["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        assert isinstance(one["work_pool"], dict)
        assert one["work_pool"]["name"] == "condorwatch"


def test_each_deployment_names_a_flow_with_the_parameters_it_gives(deployments: dict[str, dict[str, object]]) -> None:
    for one in deployments.values():
        path, name = str(one["entrypoint"]).split(":")
        found = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
        assert isinstance(one["parameters"], dict)
        assert set(one["parameters"]) <= set(found.parameters.properties)


def test_times_of_ones_own_move_both_lines() -> None:
    assert times_of(ScheduleSettings(after_close_minutes=150)).cron_lines == ("30 15 * * 1-5", "30 18 * * 1-5")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("line", re.findall(r"OnCalendar=(.*)", (SYSTEMD / "condorwatch.timer").read_text()))
def test_systemd_understands_the_timer(line: str) -> None:
    subprocess.run(["systemd-analyze", "calendar", line], check=True, capture_output=True)


def test_every_command_of_the_examples_is_one_the_program_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(path.read_text() for path in (*SYSTEMD.iterdir(), ROOT / "examples" / "crontab"))
    commands = {match.split()[0]: match for match in re.findall(r"bin/condorwatch ([^>\n]*)", text)}
    assert set(commands) == {"schedule", "doctor"}
    for command in commands.values():
        monkeypatch.setattr("sys.argv", ["condorwatch", command.split()[0], "--help"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        said = capsys.readouterr().out
        for option in re.findall(r"--[a-z-]+", command):
            assert option in said, command
