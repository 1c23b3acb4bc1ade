"""A file that is written whole is the old one or the new one, never something between."""

from pathlib import Path

import pytest

from warehouse.files import write_whole


def test_a_file_is_put_in_place_readable_and_alone(tmp_path: Path) -> None:
    report = tmp_path / "reports" / "2023-02-15" / "hedge-status.html"
    write_whole(report, b"yesterday's", what="report")
    write_whole(report, b"tonight's", what="report")
    assert report.read_bytes() == b"tonight's"
    assert report.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in report.parent.iterdir()] == ["hedge-status.html"]


def test_a_write_that_fails_leaves_nothing_beside(tmp_path: Path) -> None:
    in_the_way = tmp_path / "hedge-status.html"
    in_the_way.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(in_the_way, b"tonight's", what="report")
    assert [path.name for path in tmp_path.iterdir()] == ["hedge-status.html"]
