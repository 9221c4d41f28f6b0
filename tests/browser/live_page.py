"""What a person sees and does on a page with live charts."""

import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, WebSocket

from tests.browser.serving import until


def alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two outlines are the same to the pixel."""
    return one.shape == other.shape and bool(np.abs(one - other).max() < 1)


class LivePage:
    """A page of the app in a browser; errors of its scripts fail the test that closes it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.errors: list[str] = []
        self._sent: list[dict[str, Any]] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", self._overhear)

    def _overhear(self, socket: WebSocket) -> None:
        if socket.url.endswith("/live/socket"):
            socket.on("framesent", lambda text: self._sent.append(json.loads(text)))

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The messages that the page has sent to our socket."""
        self.page.evaluate("0")  # what was overheard is handed over while something is asked
        return self._sent

    def open(self, path: str = "/covariate_shift") -> "LivePage":
        return self.visit(path).drawing()

    def visit(self, path: str) -> "LivePage":
        """Open any page, which need not have ridges."""
        self.page.goto(self.url + path)
        return self

    def drawing(self, *charts: str) -> "LivePage":
        """Wait until the charts have been drawn: the ridges, and what else is named and in sight."""
        for name in ("ridges", *charts):
            until(lambda name=name: self.drawn(name) > 0, f"the chart {name} is drawn")
        return self

    def chart(self, name: str = "ridges") -> Locator:
        return self.page.locator(f"[data-testid=live-chart][data-chart={name}]")

    def attribute(self, chart: str, name: str) -> str | None:
        """An attribute of a chart, or None while the chart or the attribute is not there."""
        found: str | None = self.page.evaluate(
            "([chart, name]) => document.querySelector(`[data-chart=${chart}]`)?.getAttribute(name) ?? null",
            [chart, name],
        )
        return found

    def drawn(self, chart: str = "ridges") -> int:
        return int(self.attribute(chart, "data-drawn") or 0)

    def step(self) -> int:
        """The step of the ridges drawn last."""
        return int(self.attribute("ridges", "data-step") or -1)

    def knobs(self, chart: str = "ridges") -> dict[str, Any]:
        """The knobs under which what a chart drew last was computed."""
        found: dict[str, Any] = json.loads(self.attribute(chart, "data-knobs") or "{}")
        return found

    @property
    def player(self) -> Locator:
        return self.page.locator("[data-testid=live-player]")

    def state(self) -> str | None:
        return self.player.get_attribute("data-state")

    def press(self, act: str) -> None:
        self.player.locator(f"button[data-act={act}]").click()

    def pause(self) -> int:
        """Pause; the step at which the run stands, drawn."""
        if self.state() != "paused":
            self.press("pause")
        until(lambda: self.state() == "paused", "the player is paused")
        stands = self.page.evaluate("""() => new Promise(resolve => {
            const text = () => document.querySelector('[data-testid=live-player] .line').textContent
            const chart = () => document.querySelector('[data-chart=ridges]').dataset.step
            const look = () => text().includes('step ' + Number(chart()).toLocaleString('en'))
                ? resolve(Number(chart())) : requestAnimationFrame(look)
            look()
        })""")
        return int(stands)

    def token(self) -> str | None:
        found: str | None = self.page.evaluate("sessionStorage.getItem('bnviz.main')")
        return found

    def ridge(self, trace: int) -> str:
        """The path of a trace of the ridges as it is on the page now."""
        found: str = self.page.evaluate(
            """trace => [...[...document.querySelectorAll('[data-chart=ridges] .scatterlayer > .trace')]
                .find(group => group.__data__[0].trace.index === trace).querySelectorAll('.js-line')]
                .map(line => line.getAttribute('d')).join('')""",
            trace,
        )
        return found

    def outlines(self, trace: int) -> NDArray[np.float64]:
        """The lines of a trace of the ridges: their heights in pixels, (line, place), whoever has drawn them.

        Plotly leaves out points that lie on a straight line, our own painter does not.
        """
        pieces = [piece.split("L") for piece in self.ridge(trace).split("M")[1:]]
        lines = [np.array([point.split(",") for point in piece], float) for piece in pieces]
        return np.array([np.interp(np.linspace(*line[[0, -1], 0], 200), *line.T) for line in lines])

    def url_has(self, *parts: str) -> None:
        """Wait until the address holds all of these, in any order."""
        until(lambda: all(part in self.page.evaluate("location.href") for part in parts), f"the address holds {parts}")

    # ------------------------------------------------------------------ looking back

    @property
    def bar(self) -> Locator:
        return self.player.locator(".timeline input[type=range]")

    def viewed(self) -> str | None:
        """The step of the past that is looked at, or “live”."""
        return self.player.locator(".timeline").get_attribute("data-viewed")

    def steps(self) -> dict[str, int]:
        """The steps that the charts in sight show."""
        found: dict[str, int] = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('[data-testid=live-chart]')].filter(chart => {
                const { top, bottom } = chart.getBoundingClientRect()
                return bottom > 0 && top < innerHeight
            }).map(chart => [chart.dataset.chart, Number(chart.dataset.step)]))"""
        )
        return found

    def run_to(self, step: int) -> int:
        """Let the run train to a step and some more, and pause; the step at which it stands."""
        until(lambda: self.step() >= step, f"step {step} is drawn")
        return self.pause()

    def text(self, field: str = "words") -> str:
        """The lines of a live text."""
        return self.page.locator(f"[data-testid=live-text][data-text={field}]").inner_text()

    def traces(self, chart: str, *attributes: str) -> list[dict[str, list[Any]]]:
        """Some attributes of each trace of a chart, as Plotly drew them last, all of one moment."""
        found: list[dict[str, list[Any]]] = self.page.evaluate(
            """([chart, attributes]) => {
                const plain = value => value?.length && typeof value !== 'string' ? Array.from(value, plain) : value
                return document.querySelector(`[data-chart=${chart}] .js-plotly-plot`).data
                    .map(trace => Object.fromEntries(attributes.map(name => [name, plain(trace[name] ?? [])])))
            }""",
            [chart, attributes],
        )
        return found

    def panel(self, name: str) -> Locator:
        """The button that opens or closes a panel."""
        return self.page.locator(".st-key-panels button", has_text=re.compile(f"^{name}$"))

    def slider(self, knob: str) -> Locator:
        return self.page.locator(f".st-key-{knob} input[type=range]")
