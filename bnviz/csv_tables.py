"""Tables from CSV files. Nothing in a file is run, and nothing is written to disk."""

import csv
import io
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NoReturn

import numpy as np

from bnviz.tables import MAX_COLUMNS, Table, is_number, make, quoted

MAX_FILE = 5 * 2**20  # bytes
LABELS = ("label", "target", "class", "y")  # names by which a label is known
LARGEST = float(np.finfo(np.float32).max)


def read_csv(content: bytes, label: str | None = None) -> Table:
    """The table in a CSV file: numbers, and one column that names the class of each row.

    Columns are separated by commas, semicolons or tabs; text is UTF-8, or else Latin-1. Without ``label`` the label
    is the column named label, target, class or y, or else the last. Raises ValueError with the row as in the file,
    the column and the value for whatever is not as it should be.
    """
    names, records = _named(content)
    label = guess_label(names) if label is None else label
    if label not in names:
        shown = ", ".join(map(quoted, names[:5])) + (", …" if len(names) > 5 else "")
        raise ValueError(f"There is no column {quoted(label)}; choose the label among {shown}.")
    at = names.index(label)
    features = [name for name in names if name != label]
    values, labels, places = array("d"), [], array("l")
    for place, cells in records:
        if len(cells) != len(names):
            raise ValueError(
                f"Row {place} has {len(cells)} cells, the first row has {len(names)}. Give every row as many."
            )
        name = cells.pop(at)
        if not name:
            _refuse(place, label, name)
        labels.append(name)
        places.append(place)
        try:
            if "_" in "".join(cells):  # Python reads 1_0 as ten
                raise ValueError
            values.extend(map(float, cells))
        except ValueError:
            _refuse(place, *next(pair for pair in zip(features, cells, strict=True) if not is_number(pair[1])))
    inputs = np.frombuffer(values).reshape(len(labels), len(features))
    bad = ~(np.abs(inputs) <= LARGEST)  # also where it is not a number
    if bad.any():
        row, column = np.argwhere(bad)[0]
        _refuse(places[row], features[column], f"{inputs[row, column]:g}")
    return make(inputs, labels, features, label)


def columns(content: bytes) -> tuple[str, ...]:
    """The names of the columns of a CSV file, the label among them. Raises ValueError as ``read_csv``."""
    return _named(content)[0]


def guess_label(names: Sequence[str]) -> str:
    """The column that is most likely the label: by its name, or else the last."""
    known = {name.lower(): name for name in reversed(names)}
    return next((known[name] for name in LABELS if name in known), names[-1])


def _refuse(place: int, column: str, cell: str) -> NoReturn:
    """Say what is wrong with a cell."""
    where = f"Row {place}, column {quoted(column)}"
    if not cell:
        raise ValueError(f"{where}: the value is missing. Fill it in, or leave the row out.")
    if is_number(cell):
        raise ValueError(f"{where}: {quoted(cell)} is not finite in 32 bits. Write a number below 3.4e38.")
    raise ValueError(
        f"{where}: {quoted(cell)} is not a number. Write numbers with a point, leave the column out, or choose it as "
        "the label."
    )


def _named(content: bytes) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str]]]]:
    """The names of the columns, and the rows below them.

    The first row is data, not names, when it has numbers wherever the second has them.
    """
    records = _records(content)
    head = list(islice(records, 2))
    if len(head) < 2:
        raise ValueError("The file has fewer than two rows. Choose a table with names in its first row.")
    (_, first), (_, second) = head
    numbers = [is_number(cell) for cell in second]
    if any(numbers) and all(is_number(cell) for cell, number in zip(first, numbers, strict=False) if number):
        names = [f"column {k}" for k in range(1, len(first) + 1)]
    else:
        names = [cell or f"column {k}" for k, cell in enumerate(first, start=1)]
        del head[0]
    if len(names) < 2:
        raise ValueError(
            "The table has one column, but needs numbers and a label. Separate columns by commas, semicolons or tabs."
        )
    if len(names) > MAX_COLUMNS + 1:
        raise ValueError(
            f"A table has at most {MAX_COLUMNS:,} columns beside its label, this one has {len(names) - 1:,}. Leave "
            "columns out."
        )
    twice, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ValueError(f"Two columns have the name {quoted(twice)}. Give each column a name of its own.")
    return tuple(names), chain(head, records)


def _records(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its number in the file."""
    if len(content) > MAX_FILE:
        raise ValueError(
            f"A file has at most {MAX_FILE / 2**20:g} MB, this one has {len(content) / 2**20:.1f} MB. Leave rows out."
        )
    if b"\0" in content:
        raise ValueError("The file is not plain text. Save the table as CSV and choose that file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    place = 0
    try:
        for place, cells in enumerate(_reader(text, _delimiter(text)), start=1):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield place, stripped
    except csv.Error:
        raise ValueError(
            f"Row {place + 1}: a cell never ends, or ends in the midst. Write quotation marks in pairs around a cell."
        ) from None


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first row into most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(filter(any, _reader(text, delimiter)), []))
        except csv.Error:  # quotation marks that pair up with another one
            return 0

    return max(",;\t", key=cells)


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
