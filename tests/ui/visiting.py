"""Visits to a page without a browser: Streamlit runs its script, and what it placed can be read and turned."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from bnviz.config import Config

ROOT = Path(__file__).parents[2]
MAIN, PAGES = ROOT / "bnviz/ui/main.py", ROOT / "pages"  # app.py is the server: AppTest would run nothing and pass
PAGE = PAGES / "covariate_shift.py"
PAGE_FIELDS = ("site", "view", "panels", "projector", "setting")


def visit(page=PAGE, **link):
    """A page opened by a link, in a session of its own; without a page, the address alone."""
    app = AppTest.from_file(MAIN, default_timeout=30)
    if page is not None:
        app.switch_page(str(page))
    for name, text in link.items():
        app.query_params[name] = text
    return app.run()


def widgets_of(app):
    kinds = ("slider", "select_slider", "number_input", "selectbox", "multiselect", "button_group")
    return {widget.key: widget for kind in kinds for widget in app.get(kind)}


def mounts_of(app):
    """What the live components were given: the player's, the charts' and the texts'."""
    mounts = [json.loads(mount.proto.json)[0] for mount in app.get("bidi_component")]
    assert [mount["kind"] for mount in mounts].count("player") == 1
    return mounts


def charts_of(app):
    """The charts that were mounted, by name, as the browser is given them."""
    charts = [mount["chart"] for mount in mounts_of(app) if mount["kind"] == "chart"]
    named = {chart["name"]: chart for chart in charts}
    assert len(named) == len(charts)
    return named


def texts_of(app):
    """The fields of the live texts."""
    return [mount["field"] for mount in mounts_of(app) if mount["kind"] == "text"]


def config_of(app):
    """The config that every live component of the page was given."""
    configs = [mount["run"]["config"] for mount in mounts_of(app)]
    assert all(config == configs[0] for config in configs)
    return Config.from_dict(configs[0])
