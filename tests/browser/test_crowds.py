"""Crowds: thousands who come and go, hundreds who stay, and those who want to do harm. Nothing of them is left."""

import asyncio
import contextlib
import http.client
import json
import resource
import signal
import socket
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from bnviz.live.limits import Limits
from bnviz.live.routes import PATH
from bnviz.ui.assets import PLOTLY_URL
from tests.browser.crowd import Size, connected, each, frames, opened, say, together
from tests.browser.serving import Server, lives, until

MOST_RUNS = Limits().runs
UPGRADE = f"GET {PATH} HTTP/1.1\r\nHost: {{host}}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEYS = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that soon forgets runs, soon asks whether a page is still there, and lets an address open many runs.

    It is started where a process may open few files, and must allow itself more.
    """
    server = Server(
        ready=few_files,
        arguments=["--server.websocketPingInterval=1"],
        environment={
            "BNVIZ_ASLEEP_AFTER": "1",
            "BNVIZ_DROPPED_AFTER": "1",
            "BNVIZ_OPENS_PER_SECOND": "1000",
            "BNVIZ_DEAF_AFTER": "1",
        },
    )
    until(lambda: server.in_use()["workers_ready"] == 2, "both workers are there", 60)
    together(each(3 * MOST_RUNS, lambda _: visit(server), at_once=20))  # what is held for good is held from here on
    yield server
    assert server.end() == []


def few_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))


@pytest.fixture
def size(server: Server) -> Iterator[Size]:
    """How large the server is before; after the test it is so again.

    The bounds: Starlette keeps a few threads for work that blocks. Of memory that was freed, a process keeps what lies
    between pieces in use: as much as 32 MB after a message of 8 MB, and what some forty runs take, two MB each, or more
    on a busy machine. A worker that kept its half of a thousand runs would have grown by a thousand MB.
    """
    before = quiet(server)
    yield before
    grown = quiet(server).grown(before)
    assert (grown["processes"], grown["sockets"]) == (0, 0), grown
    assert grown["threads"] <= 3, grown
    assert grown["files"] <= 3, grown
    assert grown["server_mb"] <= 40, grown
    assert grown["worker_mb"] <= 250, grown


def quiet(server: Server) -> Size:
    """The size of the server when no run and no page is left, and the workers have done what they were told."""

    def rests() -> bool:
        used = server.in_use()
        workers = server.process.children()
        return (used["runs"], used["pages"]) == (0, 0) and all(worker.cpu_percent(0.3) < 5 for worker in workers)

    until(rests, "nothing is left to do", 60)
    return Size(server)


def host(server: Server) -> tuple[str, int]:
    return "127.0.0.1", server.port


async def visit(server: Server) -> None:
    """Open a run, and go at once."""
    async with connected(server) as page:
        await opened(page)


def test_a_thousand_visits_that_leave(server: Server, size: Size) -> None:
    together(each(1000, lambda _: visit(server), at_once=20))
    assert server.in_use()["runs"] <= MOST_RUNS


def test_a_thousand_visits_of_the_page_without_its_socket(server: Server, size: Size) -> None:
    for _ in range(1000):
        connection = http.client.HTTPConnection(*host(server))
        connection.request("GET", "/covariate_shift?gamma=2")
        assert connection.getresponse().status == 200
        connection.close()


def test_two_hundred_who_stay_and_only_watch(server: Server, size: Size) -> None:
    async def lesson() -> None:
        async with connected(server) as teacher:
            tokens = await opened(teacher)

            async def watch(_: int) -> None:
                async with connected(server) as page:
                    await say(page, "watch", token=tokens["watch"])
                    assert json.loads(await page.recv())["type"] == "run"
                    await frames(page, 5)

            await asyncio.gather(frames(teacher, 5), each(200, watch, at_once=200))

    together(lesson())


def test_hundreds_who_say_nothing_keep_nobody_from_a_run(server: Server, size: Size) -> None:
    begun = [socket.create_connection(host(server)) for _ in range(300)]
    for k, half_open in enumerate(begun):  # nothing at all, half of a greeting, or a greeting and no word
        if k % 3:
            half_open.sendall((UPGRADE.format(host="{}:{}".format(*host(server))) + KEYS * (k % 3 == 2)).encode())
    until(lambda: server.in_use()["pages"] == 100, "those who have greeted are counted")

    async def use() -> None:
        async with connected(server) as page:
            await opened(page)
            await frames(page, 5)

    together(use())
    for half_open in begun:
        half_open.close()


def test_who_never_reads_costs_no_memory_and_is_given_up(server: Server, size: Size) -> None:
    with deaf_page(server):
        until(lambda: server.in_use()["pages"] == 0, "the server has given the page up")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_the_server_does_not_wait_for_who_never_reads_when_it_ends(how: signal.Signals) -> None:
    server = Server()
    until(lambda: server.in_use()["workers_ready"] == 2, "both workers are there", 60)
    family = server.family()
    with deaf_page(server), deaf_visitor(server):
        assert server.end(how, seconds=2) == []
    assert not [process for process in family if lives(process)]


@contextlib.contextmanager
def deaf(server: Server) -> Iterator[socket.socket]:
    """A connection that has room for next to nothing."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        found.connect(host(server))
        yield found


@contextlib.contextmanager
def deaf_page(server: Server) -> Iterator[None]:
    """A page that asks for all there is and never reads, until the server can send it no more."""
    with deaf(server) as page:
        page.sendall((UPGRADE.format(host="{}:{}".format(*host(server))) + KEYS).encode())
        until(lambda: server.in_use()["pages"] == 1, "it is there")
        fields = ["profile/affine_output", "profile/pre_activation", "std/affine_output"]
        page.sendall(framed({"type": "open", "config": {"depth": 20}}))
        for _ in range(300):
            page.sendall(framed({"type": "ready", "fields": fields, "again": True}))
            page.sendall(framed({"type": "history", "after": -1}))
        yield


@contextlib.contextmanager
def deaf_visitor(server: Server) -> Iterator[None]:
    """Somebody who asks for plotly.js and never reads it."""
    with deaf(server) as visitor:
        visitor.sendall(f"GET {PLOTLY_URL} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        assert visitor.recv(1) == b"H"
        yield


def framed(message: dict[str, object]) -> bytes:
    """A message as a browser sends it, with a mask of zeros."""
    text = json.dumps(message).encode()
    length = bytes([128 + len(text)]) if len(text) < 126 else bytes([128 + 126]) + len(text).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + text


def test_what_is_no_message_closes_the_socket_of_who_sends_it(server: Server, size: Size) -> None:
    async def farewell(raw: str | bytes, opens: bool) -> int:
        async with connected(server) as page:
            if opens:
                await opened(page)
            await page.send(raw)
            return await closed(page)

    async def harm() -> list[int]:
        junk = ["", "[" * 4000, '{"type": "open", "config": {"gamma": NaN}}', "x" * 2**23, bytes(2**20), b"\xff\xfe"]
        return [await farewell(raw, opens) for raw in junk for opens in (False, True)]

    assert together(harm()) == [4400] * 12


def test_a_foreign_page_and_a_guessed_token_get_nothing(server: Server, size: Size) -> None:
    async def attempts() -> None:
        with pytest.raises(InvalidStatus):
            async with connected(server, origin="http://evil.example"):
                pass
        async with connected(server) as page:
            tokens = await opened(page)

            async def guess(number: int) -> None:
                guessed = tokens["watch"][:-1] + "abcdefghij"[number % 10] if number else tokens["token"]
                async with connected(server) as other:
                    if guessed != tokens["watch"]:
                        await say(other, "watch", token=guessed)
                        assert await closed(other) == 4404

            await each(20, guess, at_once=10)
            async with connected(server) as watcher:
                await say(watcher, "watch", token=tokens["watch"])
                await watcher.recv()
                await say(watcher, "change", knobs={"gamma": 5.0}, seq=1)
                assert await closed(watcher) == 4403
            await frames(page, 2)

    together(attempts())


async def closed(page: ClientConnection) -> int:
    """The code with which the server closes."""
    with contextlib.suppress(ConnectionClosedError):
        async for _ in page:  # what was said before
            pass
    assert page.close_code is not None
    return page.close_code
