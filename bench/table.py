"""The printed table: median, range and ratio of each contender."""

from collections.abc import Sequence
from statistics import median

__all__ = ["median", "print_rows", "row"]

WHOLE_FROM = 100.0
HEAD = ("", "median", "min", "max", "x ours", "")


def row(name: str, samples: Sequence[float], ours: Sequence[float] | None = None, *, note: str = "") -> tuple[str, ...]:
    """One line; the ratio is of medians, above 1 where ours is the smaller figure."""
    ratio = f"{median(samples) / median(ours):.2f}" if ours else ""
    return (name, *(_number(value) for value in (median(samples), min(samples), max(samples))), ratio, note)


def print_rows(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """Print a titled table with aligned columns."""
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    print(f"\n{title}")
    for line in lines:
        first, *rest = (text.rjust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join([line[0].ljust(len(first)), *rest]).rstrip())


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.2f}"
