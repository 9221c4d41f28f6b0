"""The benchmarks of many sessions, at a size that takes seconds: that they speak as a page does, and still measure."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bnviz.config import Config
from tests.benchmarks import sessions, soak, watchers
from tests.benchmarks.session import opening_panels
from tests.browser.live_page import LivePage
from tests.browser.serving import WORKERS, Server, until


def measured(figures: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """What a benchmark measures. In a thread of its own: a loop of Playwright's runs in this one."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, figures).result()


def test_a_session_asks_for_what_the_page_asks_for(live: LivePage) -> None:
    panels = opening_panels(Config())
    ridges = {field for panel in panels if panel.each_frame for field in panel.fields}
    others = [set(panel.fields) for panel in panels if not panel.each_frame]
    everything = ridges.union(*others)

    def asked(kind: str) -> list[set[str]]:
        return [set(message["fields"]) for message in live.sent if message["type"] == kind]

    until(lambda: everything in asked("look"), "the page looks at what a session looks at")
    mounted = len(asked("ready"))
    for other in others:
        until(lambda other=other: any(other <= fields for fields in asked("ready")[mounted:]), f"it asks for {other}")
    for fields in asked("ready")[mounted:]:
        assert fields == ridges.union(*(other for other in others if other <= fields))


def test_sessions_are_measured(server: Server) -> None:
    found = measured(sessions.measure(server, sessions=WORKERS + 2, seconds=1.5))
    assert found["frames_per_s"] >= found["frames_per_s_min"] > 0
    assert found["steps_per_s"] >= found["steps_per_s_min"] > 0
    assert found["changes"] > 30
    assert found["unanswered"] == 0
    assert 0 < found["knob_to_frame_ms"] <= found["knob_to_frame_p95_ms"]


def test_watchers_are_measured(server: Server) -> None:
    found = measured(watchers.measure(server, watchers=5, seconds=1))
    assert found["frames_per_s"] >= found["frames_per_s_min"] > 0


def test_a_soak_is_measured_and_leaves_nothing_open(server: Server) -> None:
    found = measured(soak.measure(server, minutes=0.05, warm_up=0.02, places=3, stay=0.4))
    assert found["given_up"] == []
    assert sum(found["visits"].values()) >= 3
    assert found["frames_per_s"] > 0
    left = dict(found["left"])
    assert left.pop("runs") > 0  # nobody has waited until they are forgotten
    assert left == {"sockets": 0, "processes": 0, "pages": 0}
