"""What the server imports: never torch, which costs a second and hundreds of megabytes."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bnviz.charts
import bnviz.ui

ROOT = Path(__file__).parents[1]
LIGHT = [
    "bnviz", "bnviz.config", "bnviz.fields", "bnviz.registry", "bnviz.snapshot", "bnviz.statistics", "bnviz.history",
    "bnviz.settings", "bnviz.words", "bnviz.tables", "bnviz.csv_tables", "bnviz.live.hub", "bnviz.live.routes",
    "bnviz.live.wire", "bnviz.live.processes", "bnviz.live.table_store", "bnviz.live.openml",
    *(module.name for module in pkgutil.walk_packages(bnviz.charts.__path__, "bnviz.charts.")),
    *(module.name for module in pkgutil.walk_packages(bnviz.ui.__path__, "bnviz.ui.")),
]  # fmt: skip
LIGHT.remove("bnviz.ui.main")  # the frame of the pages runs when imported: tests/ui/test_main.py runs it

PROBE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def imported_by(*names):
    """The packages that a fresh process has imported after these modules."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_server_imports_no_torch():
    assert {"bnviz.charts.ridges", "bnviz.ui.controls", "bnviz.ui.live", "bnviz.ui.assets"} <= set(LIGHT)
    found = imported_by(*LIGHT)
    assert {"numpy", "plotly", "streamlit"} <= found
    assert not found & {"torch", "sklearn", "scipy"}


@pytest.mark.parametrize("name", ["bnviz", "bnviz.config", "bnviz.live.wire", "bnviz.live.hub"])
def test_the_core_imports_neither_streamlit_nor_plotly(name):
    assert not imported_by(name) & {"torch", "streamlit", "plotly"}


def test_torch_comes_with_the_trainer():
    """So that the tests above cannot pass by looking in the wrong place."""
    assert "torch" in imported_by("bnviz.trainer")
