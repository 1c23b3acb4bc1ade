"""The extra `lake` brings an older DuckDB with it; nobody else gets that one."""

import tomllib
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.file
def test_the_environment_without_extras_has_duckdb_2() -> None:
    assert duckdb.__version__.split(".")[0] == "2"


def test_one_lock_holds_both_duckdbs_and_lets_no_environment_have_the_two() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    versions = {package["version"] for package in locked["package"] if package["name"] == "duckdb"}
    extensions = {
        package["name"]: package["version"]
        for package in locked["package"]
        if package["name"].startswith("duckdb-extension-")
    }
    assert "1.5.5" in versions
    assert len(versions) == 2
    assert extensions == {"duckdb-extension-ducklake": "1.5.5", "duckdb-extension-postgres-scanner": "1.5.5"}
    assert locked["conflicts"] == [
        [{"package": "condorwatch", "extra": "lake"}, {"package": "condorwatch", "group": "duckdb2"}]
    ]
