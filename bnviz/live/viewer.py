"""Viewer: one page at the other end of a socket, as the hub knows it."""

import asyncio


class Viewer:
    """One page at the other end of a socket. It has at most one frame on its way or being drawn."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[tuple[str, bytes | str]] = asyncio.Queue()
        self.unsent: set[str] = set()  # the kinds of what is in the outbox
        self.wants: frozenset[str] | None = None  # the fields of the frame it waits for
        self.missed = False  # a frame was made that it was not sent
        self.looks: frozenset[str] = frozenset()  # the fields of all its panels, drawn or not
        self.after: int | None = None  # the step after which it waits for the rows of the past
        self.page = ""  # the name of its tab, which tells a tab that was copied from a page that was loaded again
        self.controls = False

    def put(self, item: bytes | str, kind: str = "words") -> None:
        """To be sent when what was put before has gone; the kind is ``words``, ``frame`` or ``rows``."""
        self.unsent.add(kind)
        self.outbox.put_nowait((kind, item))

    def hide(self) -> None:
        """Nobody looks at the page now."""
        self.wants = None

    async def take(self) -> bytes | str:
        """What is to be sent next."""
        kind, item = await self.outbox.get()
        self.unsent.discard(kind)
        return item
