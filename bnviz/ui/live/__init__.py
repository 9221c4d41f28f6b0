"""The live components: charts and a player that follow a run while it trains.

``live_chart`` and ``live_player`` are placed like any Streamlit element. The scripts beside this file run in the
page: they hold a socket to the run, draw what comes, and forward what a person does.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz import registry
from bnviz.charts import Chart
from bnviz.config import FIELDS, KNOBS, Config
from bnviz.fields import Number
from bnviz.live.routes import PATH
from bnviz.live.table_store import tables
from bnviz.ui import assets

# Streamlit copies a component's script into every message about it, so it gets a single line that loads ours.
_LOADER = f"""
const live = import(new URL({assets.SCRIPTS_URL + "/live.js"!r}, document.baseURI).href)
export default (component) => live.then((module) => module.default(component))
"""


@dataclass(frozen=True)
class LiveRun:
    """What a page asks for: a config, under a name that tells the page's runs apart.

    With ``watch``, a token, it is the run of somebody else, which trains with this config.
    """

    config: Config
    name: str = "main"
    watch: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the browser needs to open it."""
        labels = {name: registry.entries("normalizers")[name].label for name in self.config.normalizers}
        config = dataclasses.asdict(self.config)
        return {
            "name": self.name, "socket": assets.BASE + PATH, "watch": self.watch,
            "config": config, "knobs": list(KNOBS), "labels": labels,
            "table": tables().mark(self.config.table),  # or else a page that lost its table would not hear of it again
        }  # fmt: skip


@cache
def _component() -> Any:
    css = (Path(__file__).parent / "live.css").read_text("utf-8")
    return st.components.v2.component("bnviz_live", js=_LOADER, css=css, isolate_styles=False)


def _place(
    kind: str, run: LiveRun, key: str, *, events: Mapping[str, Callable[[], None]] | None = None, **more: Any
) -> None:
    data = {"kind": kind, "run": run.to_json(), **more}
    # In a list, since Streamlit searches a dict for tables, and imports pandas for that: half of the first visit.
    _component()(key=key, data=[data], height="content", **(events or {}))


def live_chart(run: LiveRun, chart: Chart, key: str) -> None:
    """Place a chart that follows the run."""
    _place("chart", run, key, chart=chart.to_json(), plotlyUrl=assets.PLOTLY_URL)


def live_text(run: LiveRun, field: str, title: str, key: str) -> None:
    """Place lines that the engine words, a text field of the snapshot, under a title for who does not see them."""
    _place("text", run, key, field=field, title=title)


def live_player(
    run: LiveRun,
    knobs: Iterable[str] = (),
    on_new_seed: Callable[[], None] = lambda: None,
    on_defaults: Callable[[], None] = lambda: None,
    *,
    on_report: Callable[[Any], None] | None = None,
    key: str = "player",
) -> None:
    """Place the player of a run. It also feeds the run from the sliders of ``knobs`` while they are dragged.

    ``on_report`` is given the run's knobs, unchecked, when Streamlit may have missed some while its socket was lost.
    Who only watches sees how the run is, which knobs are turned, and may look back; what changes it is not there.
    """
    bridged = {name: {"stops": _stops(name), "implies": dict(FIELDS[name].implies)} for name in knobs}
    told = {name: {"label": FIELDS[name].label, "default": FIELDS[name].default} for name in KNOBS if run.watch}

    def report() -> None:
        if on_report is not None:
            on_report(st.session_state[key].get("report"))

    events = {"on_new_seed_change": on_new_seed, "on_defaults_change": on_defaults, "on_report_change": report}
    _place("player", run, key, events=events, knobs=bridged, told=told)


def _stops(name: str) -> list[float] | None:
    allowed = FIELDS[name].range
    return list(allowed.stops) if isinstance(allowed, Number) and allowed.stops else None
