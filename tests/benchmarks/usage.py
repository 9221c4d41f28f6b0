"""What a server and its workers use: memory, and time on the processor."""

import time
from collections.abc import Callable
from time import monotonic

import psutil

from tests.browser.serving import WORKERS, Server, until

MB = 2**20


def memory(server: Server) -> dict[str, float]:
    """The memory in MB of the server and of all its workers, pages shared between them counted once (PSS)."""
    pss = [process.memory_full_info().pss / MB for process in server.family()]
    return {"server": pss[0], "workers": sum(pss[1:])}


def at_rest(server: Server) -> None:
    """Wait until all workers have started, have imported what they need, and do nothing."""

    def still() -> bool:
        busy = cores_used(server)
        time.sleep(1)  # the time over which it is measured
        return len(server.family()) > WORKERS and busy()["workers"] < 0.02

    until(still, "the workers are at rest", 120)


def cores_used(server: Server) -> Callable[[], dict[str, float]]:
    """From now until the answer is called: the cores kept busy by the server, its workers, and this program."""
    family, started = [*server.family(), psutil.Process()], monotonic()
    before = [_seconds(process) for process in family]

    def used() -> dict[str, float]:
        took = monotonic() - started
        shares = [(_seconds(process) - then) / took for process, then in zip(family, before, strict=True)]
        return {
            "server": round(shares[0], 2), "workers": round(sum(shares[1:-1]), 2), "sessions": round(shares[-1], 2)
        }  # fmt: skip

    return used


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
