"""What was measured, what was wanted, and the table that lays both side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Figure:
    """
    One line of the table.

    Args:
        what: what is measured.
        target: what is wanted, in words.
        measured: what was found, in words.
        reached: whether the target is; None when nothing was measured.
    """

    what: str
    target: str
    measured: str
    reached: bool | None

    @property
    def verdict(self) -> str:
        """One or two words."""
        return {True: "met", False: "falls short", None: "not measured"}[self.reached]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table that also reads well as it is."""
    rows = [["Figure", "Target", "Measured", "Verdict"]]
    rows += [[figure.what, figure.target, figure.measured, figure.verdict] for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def p95(values: Sequence[float]) -> float:
    """Return the value that 95 of 100 stay within."""
    return quantiles(values, n=20, method="inclusive")[-1]


def middle_and_p95(seconds: Sequence[float]) -> str:
    """Say durations: their median and their 95th percentile, in milliseconds."""
    return f"{median(seconds) * 1000:.1f} ms (p95 {p95(seconds) * 1000:.1f})"


def kilobytes(count: int) -> str:
    """Say a number of bytes in units of 1,024."""
    return f"{count / 1024:.1f} KB"
