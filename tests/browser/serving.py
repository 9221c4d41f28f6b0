"""A server of the app as users start it, on a free port of this machine."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
WORKERS = 2
_PROGRAM = os.environ.get("BNVIZ_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LAUNCH: dict[str, Any] = {"executable_path": _PROGRAM, "args": ["--no-sandbox"]}  # without a program Playwright's own


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait for a condition; what it gave. AssertionError when it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := holds():
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds:g} s: {what}")


def lives(process: psutil.Process) -> bool:
    """Whether a process is still there. One that has ended may wait for its parent, or for the system, to be told."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Server:
    """``streamlit run app.py`` with its workers; ``ready`` is called in its process before it runs."""

    def __init__(
        self, port: int | None = None, *, log: Path | None = None, arguments: Sequence[str] = (),
        environment: Mapping[str, str] = {}, ready: Callable[[], None] | None = None, path: str = "",
    ) -> None:  # fmt: skip
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}{path}"
        self._log = log.open("wb", buffering=0) if log else subprocess.DEVNULL
        self.started = time.monotonic()
        self.process = psutil.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true",
             "--server.address=127.0.0.1", f"--server.port={self.port}", f"--server.baseUrlPath={path}",
             *arguments],
            cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT, preexec_fn=ready,
            env={**os.environ, "BNVIZ_WORKERS": str(WORKERS), **environment},
        )  # fmt: skip
        until(self._healthy, "the server answers", 60)

    def _healthy(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}")
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def in_use(self) -> dict[str, Any]:
        """What the server says of its runs and pages."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                found = json.load(answer)["in_use"]
        except urllib.error.HTTPError as unwell:  # no worker is ready
            found = json.load(unwell)["in_use"]
        return dict(found)

    def family(self) -> list[psutil.Process]:
        """The server and all that it started."""
        return [self.process, *self.process.children(recursive=True)]

    def end(self, how: int = signal.SIGINT, seconds: float = 10) -> list[psutil.Process]:
        """Send a signal; what is still there after so many seconds (and is killed then)."""
        family = self.family()
        self.process.send_signal(how)
        _, slow = psutil.wait_procs(family, seconds)
        left = [process for process in slow if lives(process)]
        for process in left:
            process.kill()
        psutil.wait_procs(left, 10)
        if self._log is not subprocess.DEVNULL:
            self._log.close()
        return left
