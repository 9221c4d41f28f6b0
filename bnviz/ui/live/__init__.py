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
from bnviz.asked import Asked
from bnviz.charts import Chart
from bnviz.fields import Field, Number
from bnviz.live.routes import PATH
from bnviz.live.table_store import tables
from bnviz.ui import assets
from bnviz.ui.watching import say_whose_run, watched

# Streamlit copies a component's script into every message about it, so it gets a single line that loads ours.
_LOADER = f"""
const live = import(new URL({assets.SCRIPTS_URL + "/live.js"!r}, document.baseURI).href)
export default (component) => live.then((module) => module.default(component))
"""


@dataclass(frozen=True)
class LiveRun:
    """What a page asks for: a config, under a name that tells the page's runs apart.

    With ``watch``, the token of the address, it is the run of somebody else, which trains with this config. Unless it
    ``plays``, the first run stands at step 0 until somebody presses Play.
    """

    config: Asked
    name: str = "main"
    watch: str = dataclasses.field(default_factory=watched)
    plays: bool = True

    def to_json(self) -> dict[str, Any]:
        """What the browser needs to open it."""
        labels = {entry.name: entry.label for entry in registry.entries("normalizers").values()}
        config = dataclasses.asdict(self.config)
        return {
            "name": self.name, "trains": self.config.TRAINS, "plays": self.plays, "socket": assets.BASE + PATH,
            "watch": self.watch,
            "config": config, "knobs": list(self.config.knob_names()), "labels": labels,
            "table": tables().mark(config.get("table", "")),  # or else a page that lost its table would not hear of it
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


def live_text(run: LiveRun, field: str, title: str, key: str, *, each_frame: bool = False) -> None:
    """Place lines that the engine words, a text field of the snapshot, under a title for who does not see them.

    ``each_frame``: worded on each frame, also while a slider is dragged, else in turn with what else is on the page.
    """
    _place("text", run, key, field=field, title=title, eachFrame=each_frame)


def live_player(
    run: LiveRun,
    knobs: Iterable[str] = (),
    on_new_seed: Callable[[], None] | None = None,
    on_defaults: Callable[[], None] | None = None,
    *,
    on_report: Callable[[Any], None] | None = None,
    key: str = "player",
) -> None:
    """Place the player of a run. It also feeds the run from the sliders of ``knobs`` while they are dragged.

    There are buttons for what is given: a new seed, and the defaults.
    ``on_report`` is given the run's knobs, unchecked, when Streamlit may have missed some while its socket was lost.
    Who only watches sees how the run is, and may look back; what changes it is not there. Then ``on_report`` is given
    the knobs when one was turned on which charts depend.
    """
    fields = run.config.fields()
    if run.watch:
        say_whose_run(run.config)
        knobs = ()
    bridged = {name: {"stops": _stops(fields[name]), "implies": dict(fields[name].implies)} for name in knobs}
    looks = [name for name, field in fields.items() if field.only_looks]

    def report() -> None:
        if on_report is not None:
            on_report(st.session_state[key].get("report"))

    offers = {"new_seed": on_new_seed, "defaults": on_defaults}
    given = {name: act for name, act in offers.items() if act is not None and not run.watch}
    events = {"on_report_change": report, **{f"on_{name}_change": act for name, act in given.items()}}
    _place("player", run, key, events=events, knobs=bridged, looks=looks, offers=list(given))


def live_motion(run: LiveRun, knob: str, stops: Iterable[float], title: str, key: str) -> None:
    """Place a button that moves a knob from stop to stop, once; pressed again, it stays at a place of its slider.

    Raises ValueError for a knob that no plain slider moves.
    """
    allowed = run.config.fields()[knob].range
    if not isinstance(allowed, Number) or allowed.stops:
        raise ValueError(f"a motion needs a knob with a slider in equal steps, got {knob!r}; choose another")
    _place("motion", run, key, knob=knob, stops=list(stops), step=allowed.step, title=title)


def _stops(field: Field) -> list[float] | None:
    allowed = field.range
    return list(allowed.stops) if isinstance(allowed, Number) and allowed.stops else None
