"""Cells of CSV files that a spreadsheet would run as formulas, written so that it does not. The standard library only.

Names of classes, files and layers are the user's. A text that begins as a formula does (=, +, -, @, a tab or a carriage
return) is written with an apostrophe before it, which tells spreadsheets that it is text. When this package reads its
own tables it removes the apostrophe. Numbers are written as they are.
"""

import csv
import io
import re
from collections.abc import Callable

_RUNS = re.compile(r"'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")


def marked(text: str) -> str:
    """A CSV file with an apostrophe before each cell that would be a formula."""
    return _each_cell(text, _RUNS, lambda cell: f"'{cell}" if _RUNS.match(cell) and not _is_number(cell) else cell)


def plain(text: str) -> str:
    """The same file without these apostrophes."""
    return _each_cell(text, _MARKED, lambda cell: cell[1:] if _MARKED.match(cell) else cell)


def _each_cell(text: str, pattern: re.Pattern[str], change: Callable[[str], str]) -> str:
    # Most tables have none, and a table may have millions of numbers.
    if not re.search(rf'(?:^|[,"\n]){pattern.pattern}', text) or not any(
        change(cell) != cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row
    ):
        return text
    return "".join(_line([change(cell) for cell in row]) for row in csv.reader(io.StringIO(text, newline="")))


def _line(row: list[str]) -> str:
    # A carriage return is put in quotes only by a writer that ends its lines with one.
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(row)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell == cell.strip()  # Python's numbers may have white space around them
