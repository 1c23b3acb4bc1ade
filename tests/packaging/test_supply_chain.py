"""What is installed is what was locked, and nothing is there without a reason."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
REQUIREMENT = re.compile(r'"(?P<name>[A-Za-z][\w.-]*)(?:\[\w+\])?[<>=][^"]*"\]?,?\s*(?P<reason>#\s*\w.*)?$')


def requirements() -> dict[str, str | None]:
    """The lines of pyproject.toml that ask for a package, and the reason beside each."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    found = [REQUIREMENT.search(line) for line in lines]
    return {f"{match['name']}, line {number}": match["reason"] for number, match in enumerate(found, 1) if match}


def test_every_dependency_has_its_reason_beside_it() -> None:
    groups = [
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    asked = [entry for group in groups for entry in group if isinstance(entry, str)]  # the others include a group
    found = requirements()
    assert len(found) == len(asked), "a line that asks for a package is read as one"
    assert [where for where, reason in found.items() if reason is None] == []


def test_every_locked_package_comes_from_the_public_index_and_has_its_hashes() -> None:
    packages = [package for package in LOCKED if package["source"] != {"editable": "."}]
    assert len(packages) > len(PROJECT["project"]["dependencies"])
    for package in packages:
        assert package["source"] == {"registry": "https://pypi.org/simple"}, package["name"]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files), package["name"]
