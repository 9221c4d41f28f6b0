"""Listening: how many connections the system allows the server, when it ends them, and how long it waits for them."""

import contextlib
import os
import signal
import socket
from pathlib import Path

import uvicorn

USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)  # on Linux
MOST_FILES = 65_536


def allow_many_files() -> None:
    """Let this process hold as many open files as the system allows it, up to 65 536.

    The usual 1024 are little: Streamlit holds three for each page, and for two minutes more.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit, others may refuse
        import resource  # noqa: PLC0415

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def give_up_after(seconds: float) -> None:
    """Let the system end connections whose other side takes none of what is sent to it for so many seconds.

    Neither pings nor the end of the server get through to who never reads: what is to be sent must go first, and so
    the connection, its page and its run would stay for ever. Connections inherit this from the sockets that listen.
    """
    if USER_TIMEOUT is None:
        return
    for opened in Path("/proc/self/fd").iterdir():
        try:
            if not opened.is_socket():
                continue
            found = socket.socket(fileno=os.dup(int(opened.name)))
        except OSError:  # closed meanwhile
            continue
        with found:
            if found.family in (socket.AF_INET, socket.AF_INET6) and found.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            ):
                found.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, int(1000 * seconds))


def end_within(seconds: float) -> None:
    """Let the server, told to end, wait so many seconds for its connections, and no longer.

    Pages are told and gone at once. Who never reads would otherwise hold the server until the system gives up the
    connection. Streamlit starts uvicorn without a word about this, so it is asked of the server that handles signals.
    """
    server = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    if isinstance(server, uvicorn.Server):
        server.config.timeout_graceful_shutdown = seconds  # type: ignore[assignment]  # only said to be whole
