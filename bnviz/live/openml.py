"""Data sets of OpenML by name, fetched by a process of its own: ``python -m bnviz.live.openml NAME [--version N]``.

The process prints the packed table and ends with 0, or a sentence for users and ends with 3. It keeps scikit-learn,
the download and whatever may go wrong with it out of the server, writes nothing to disk, and ends with the server.
"""

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import numpy as np

from bnviz.tables import MAX_NUMBERS, MAX_ROWS, Table, make, quoted

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
TIMEOUT = 30.0  # seconds for everything
SILENCE = 8.0  # seconds until a connection that says nothing counts as broken
MOST_BYTES = 4 * MAX_NUMBERS + 8 * MAX_ROWS + 2**20  # of a packed table
MOST_MEMORY = 4 * 2**30  # of the process, where the system can hold it to that
REFUSED = 3  # how it ends when it has printed a sentence
PACKAGE_PARENT = str(Path(__file__).parents[2])

# ---------------------------------------------------------------------- in the server


def fetch(name: str, version: int | None = None) -> Table:
    """The data set of this name; its oldest active version unless one is named. Takes up to 30 seconds.

    Columns that are not numbers and rows with missing values are left out, which the table's note says. Raises
    ValueError with a sentence for users: no internet, no such data set, nothing in it to train on, too large.
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"The name of a data set is 1 to 64 letters, digits, points, hyphens and underscores, got {quoted(name)}. "
            "Copy it from openml.org."
        )
    if not _places().acquire(timeout=TIMEOUT):
        raise ValueError("The server is busy with fetching other data sets. Try again in a minute.")
    try:
        return _fetched(name, version)
    finally:
        _places().release()


@cache
def _places() -> threading.Semaphore:
    """Each process takes some 200 MB, and more for a large data set: two at a time."""
    return threading.Semaphore(2)


def _fetched(name: str, version: int | None) -> Table:
    chosen = ["--version", str(version)] if version is not None else []
    code, printed = _run([sys.executable, "-m", "bnviz.live.openml", *chosen, "--", name], TIMEOUT)
    if code == 0:
        with contextlib.suppress(ValueError):  # something else was printed too
            return Table.from_bytes(printed)
    if code == REFUSED and len(printed) < 2000:
        raise ValueError(printed.decode(errors="replace"))
    if code is None:
        raise ValueError(
            f"The data set {quoted(name)} did not come within {TIMEOUT:g} seconds. Try again, or download it from "
            "openml.org and choose the file."
        )
    raise ValueError(f"The data set {quoted(name)} cannot be read. Download it from openml.org and choose the file.")


def _run(command: list[str], timeout: float) -> tuple[int | None, bytes]:
    """How a process ended and the beginning of what it printed; None when it took too long."""
    paths = [PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
    late = threading.Event()
    with subprocess.Popen(  # noqa: S603 - the name has been checked, and no shell reads it
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:  # fmt: skip
        assert process.stdout is not None

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(timeout, end)
        timer.start()
        printed = process.stdout.read(MOST_BYTES + 1)
        timer.cancel()
        if len(printed) > MOST_BYTES:
            process.kill()
    return None if late.is_set() else process.returncode, printed


# ---------------------------------------------------------------------- in the process


def load(name: str, version: int | None, fetch_openml: Callable[..., Any]) -> Table:
    """The data set as a table; ``fetch_openml`` is scikit-learn's. Raises ValueError with a sentence for users."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # several versions, retries: nobody reads them here
            found = fetch_openml(
                name, version=version or "active", cache=False, as_frame=True, parser="auto", n_retries=1, delay=0.5
            )
    except HTTPError as error:
        raise ValueError(f"OpenML answers with error {error.code}. Try again later.") from None
    except OSError:
        raise ValueError("OpenML cannot be reached. Try again with an internet connection, or choose a file.") from None
    except MemoryError:
        raise ValueError(f"The data set {quoted(name)} is too large. Choose a smaller one.") from None
    except ValueError as error:
        if re.search(r"[Dd]ataset .* found", str(error)):
            which = f" in version {version}" if version is not None else ""
            raise ValueError(f"OpenML has no data set {quoted(name)}{which}. Look its name up at openml.org.") from None
        raise ValueError(
            f"The data set {quoted(name)} is no plain table of rows and columns. Choose another one."
        ) from None
    return _table(name, found.data, found.target)


def _table(name: str, data: Any, target: Any) -> Table:
    """The numeric columns of a data frame with a class for each row."""
    if target is None or target.ndim != 1:
        raise ValueError(f"The data set {quoted(name)} does not say which column is its label. Choose another one.")
    if len(data) > MAX_ROWS:
        raise ValueError(
            f"A table has at most {MAX_ROWS:,} rows, the data set {quoted(name)} has {len(data):,}. Choose another one."
        )
    numeric = data.select_dtypes("number")
    if numeric.shape[1] == 0:
        raise ValueError(f"The data set {quoted(name)} has no columns of numbers. Choose another one.")
    if numeric.size > MAX_NUMBERS:
        raise ValueError(
            f"A table has at most {MAX_NUMBERS:,} numbers, the data set {quoted(name)} has {numeric.size:,}. Choose "
            "another one."
        )
    with np.errstate(over="ignore"):
        inputs = numeric.to_numpy(np.float64, na_value=np.nan).astype(np.float32)
    whole = np.isfinite(inputs).all(axis=1) & target.notna().to_numpy()
    left_out = {
        "columns that are not numbers": data.shape[1] - numeric.shape[1],
        "rows with missing values": int((~whole).sum()),
    }
    note = ", ".join(f"{what} ({count:,})" for what, count in left_out.items() if count)
    return make(
        inputs[whole],
        [str(value).strip() for value in target[whole]],
        [str(column) for column in numeric.columns],
        str(target.name),
        f"Left out: {note}." if note else "",
    )


def main(arguments: list[str], fetch_openml: Callable[..., Any] | None = None) -> int:
    """Print the packed table, or why there is none; the number that the process ends with."""
    parser = argparse.ArgumentParser(prog="python -m bnviz.live.openml", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--version", type=int)
    asked = parser.parse_args(arguments)
    try:
        printed, code = load(asked.name, asked.version, fetch_openml or _from_scikit_learn).to_bytes(), 0
    except ValueError as refused:
        printed, code = str(refused).encode(), REFUSED
    sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()
    return code


def _from_scikit_learn(*arguments: Any, **more: Any) -> Any:
    from sklearn.datasets import fetch_openml  # noqa: PLC0415 - takes a second, and the server never needs it

    return fetch_openml(*arguments, **more)


def _end_with_the_server() -> None:
    while os.read(0, 1):  # returns nothing when the server's end of the pipe is closed
        pass
    os._exit(2)


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # the time is limited in any case


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    socket.setdefaulttimeout(SILENCE)
    _limit_memory()
    sys.exit(main(sys.argv[1:]))
