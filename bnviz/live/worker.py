"""A worker process: ``python -m bnviz.live.worker``. It trains the runs that the server sends it.

With ``--heavy`` it leaves the cores to others first: its runs would keep theirs waiting.

Messages come on standard input and go to standard output (see ``wire``). When the server is gone, however it went,
its end of the pipe closes, and the worker ends.
"""

import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Any, BinaryIO

from bnviz.live.wire import read_message

NICENESS = 5  # a quarter of a core's time beside one other that wants it too


def main() -> None:
    """Serve runs until the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the server decides
    if "--heavy" in sys.argv and hasattr(os, "nice"):
        os.nice(NICENESS)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get among the messages
    inbox: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_read, args=(source, inbox), daemon=True).start()
    from bnviz.live.loop import Loop  # noqa: PLC0415 - imports torch, for a second or more: the pipe is watched by then

    Loop(inbox, sink).serve()


def _read(source: BinaryIO, inbox: SimpleQueue[dict[str, Any]]) -> None:
    try:
        while (message := read_message(source)) is not None:
            header, payload = message
            inbox.put(header | {"payload": payload} if payload else header)
    finally:
        os._exit(0)  # at once, also from the middle of a long step


if __name__ == "__main__":
    main()
