"""What is shipped: everything the program reads at run time, and nothing else."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flows", "templates", "transforms", "warehouse")
# Beside what is read goes the licence of the fonts: where they go, it must.
READ_AT_RUN_TIME = {".j2", ".css", ".js", ".sql", ".typed", ".ttf", ".otf", ".woff2", ".csv", ".json", ".toml", ".txt"}
PRINT_RESOURCES = """
import hashlib, importlib.resources, json, sys
def walk(folder, prefix):
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from walk(entry, name)
        else:
            yield name, hashlib.sha256(entry.read_bytes()).hexdigest()
found = {n: h for p in sys.argv[1:] for n, h in walk(importlib.resources.files(p), p) if "/__pycache__/" not in n}
import flows, templates, transforms, warehouse
print(json.dumps({"found": found, "from": [m.__file__ for m in (flows, templates, transforms, warehouse)]}))
"""


class Built(NamedTuple):
    """The two archives, and an environment that holds the wheel."""

    wheel: Path
    sdist: Path
    environment: Path


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder / "dist", cwd=ROOT)
    (wheel,), (sdist,) = (tuple((folder / "dist").glob(f"*.{end}")) for end in ("whl", "tar.gz"))
    uv = Path(sys.executable).parent / "uv"
    run(uv, "venv", "--quiet", "--offline", "--python", sys.executable, folder / "clean", cwd=folder)
    python = folder / "clean" / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel, cwd=folder)
    # The dependencies are lent by this environment. A path added by a .pth file does not run that folder's own .pth
    # files, so the checkout, which is installed here in editable form, stays out of reach.
    (clean_packages,) = (folder / "clean" / "lib").glob("python*/site-packages")
    (clean_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Built(wheel, sdist, folder / "clean")


def test_the_wheel_gives_every_template_style_sheet_and_sql_as_in_the_checkout(built: Built, tmp_path: Path) -> None:
    expected = {
        file.relative_to(ROOT).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.suffix in READ_AT_RUN_TIME
    }
    kinds = {Path(name).suffix for name in expected}
    assert {".j2", ".css", ".js", ".sql", ".typed"} <= kinds

    answer = json.loads(run(built.environment / "bin" / "python", "-I", "-c", PRINT_RESOURCES, *PACKAGES, cwd=tmp_path))

    assert all(Path(file).is_relative_to(built.environment) for file in answer["from"])
    assert {name: digest for name, digest in answer["found"].items() if Path(name).suffix != ".py"} == expected


def test_the_installed_program_starts_anywhere(built: Built, tmp_path: Path) -> None:
    page = run(built.environment / "bin" / "condorwatch", "--help", cwd=tmp_path)
    assert "nightly" in page
    assert not list(tmp_path.iterdir()), "asking for help must write nothing"


def test_the_wheel_holds_the_four_packages_and_its_own_description(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert {Path(name).suffix for name in names if ".dist-info/" not in name} <= READ_AT_RUN_TIME | {".py"}


def test_neither_archive_holds_tests_or_market_data(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        inside = [name.split("/", 1)[1] for name in archive.getnames() if "/" in name]
    beside = {name for name in inside if "/" not in name}
    assert beside == {"PKG-INFO", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", ".gitignore"}
    assert {name.split("/")[0] for name in inside} == beside | set(PACKAGES)

    shipped = [*inside, *zipfile.ZipFile(built.wheel).namelist()]
    assert not [name for name in shipped if Path(name).suffix in {".csv", ".zip", ".dat", ".parquet", ".duckdb"}]
    assert not [name for name in shipped if Path(name).name.startswith("test_")]
