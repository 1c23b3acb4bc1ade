"""Why a file was refused: what was found, where, and what to do about it.

    FileRefused                  the file is not loaded, nothing of it is
    ├── FormatUnknown            no format we read: rule `unknown_format`
    ├── SeriesUnknown            a known format, but nothing tells which series or which session it holds:
    │                            `unknown_series`, `session_unknown`
    ├── ArchiveUnsafe            an archive that is damaged, encrypted, too large or names paths outside itself:
    │                            `zip_*`, `gzip_*`
    ├── HeaderNotUnderstood      what stands above the rows: `date_line_unknown`, `name_line_unknown`, `column_missing`
    └── ContentRefused           the rows: `truncated`, `unknown_root`, `duplicate_key`, `another_session`, ...

A refusal never stops the other files of a folder. A single bad row is no refusal: it is kept as rejected.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a file, and where.

    `source_line` counts `row_word`s (lines, contracts, rows) from 1 and is None when the whole file is at fault;
    `column_name` is None when no single column is; `hint` says what to do.
    """

    rule_id: str
    reason: str
    hint: str = ""
    source_line: int | None = None
    column_name: str | None = None
    row_word: str = "line"


class FileRefused(Exception):  # noqa: N818  a refusal is an answer about a file, and the name says so
    """A file was refused whole, and nothing of it is loaded."""

    def __init__(self, source_file: str, finding: Finding) -> None:
        """Keep where and why as fields; the message is made of them."""
        self.source_file = source_file
        self.source_line = finding.source_line
        self.row_word = finding.row_word
        self.column_name = finding.column_name
        self.rule_id = finding.rule_id
        self.reason = finding.reason
        self.hint = finding.hint
        super().__init__(source_file, finding)

    @property
    def sentence(self) -> str:
        """What was found, and what to do: as stored in meta.refused_files."""
        return f"{self.reason} Hint: {self.hint}" if self.hint else self.reason

    def __str__(self) -> str:
        """One sentence that names file, line, column and rule."""
        line = f", {self.row_word} {self.source_line}" if self.source_line is not None else ""
        column = f", column {self.column_name}" if self.column_name is not None else ""
        return f"{self.source_file}{line}{column}: {self.sentence} [{self.rule_id}]"


class FormatUnknown(FileRefused):
    """The content is in no format we read."""


class SeriesUnknown(FileRefused):
    """The format is known, but neither content, configuration nor file name tells which series it holds."""


class ArchiveUnsafe(FileRefused):
    """An archive that cannot be opened safely."""


class HeaderNotUnderstood(FileRefused):
    """The lines above the rows are not understood, so the rows cannot be trusted."""


class ContentRefused(FileRefused):
    """The rows contradict each other or cannot be what the file says they are."""
