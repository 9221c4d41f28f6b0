"""The projector switch: large type and thick lines, for the back row."""

import streamlit as st

from bnviz.charts import Chart
from bnviz.fields import Choice, Field
from bnviz.ui.controls import page_value

SWITCH = Field(
    name="projector", default="off", label="Projector", help="Large type and thick lines, for the back row.",
    range=Choice(lambda: {"off": "off", "on": "on"}),
)  # fmt: skip
FACTOR = 1.4  # of charts
PAGE_FACTOR = 1.25  # of the page's own type; with more, no chart would be left on the first screen


def projected() -> bool:
    """Whether the switch is on; then all of the page's own type is large, as Streamlit measures in the root's."""
    on = page_value(SWITCH) == "on"
    if on:
        st.html(f"<style>html {{ font-size: {round(100 * PAGE_FACTOR)}%; }}</style>")
    return bool(on)


def enlarged(chart: Chart) -> Chart:
    """A chart to go with it."""
    return chart.enlarged(FACTOR)
