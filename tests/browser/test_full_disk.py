"""A disk that takes no byte: the server has nowhere to write, and needs nowhere."""

import resource
import sys
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.live_page import LivePage
from tests.browser.serving import Server, until

FULL = (0, 0)  # so many bytes a file may have: each write to a disk is refused


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs limits that can be set from outside")
def test_pages_runs_tables_and_a_restart_need_no_disk(page: Page, tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    home.mkdir()
    places = dict.fromkeys(["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"], str(home))
    server = Server(log=log, environment=places)
    for process in server.family():
        process.rlimit(psutil.RLIMIT_FSIZE, FULL)
    size = log.stat().st_size
    try:
        live = LivePage(page, server.url)
        page.goto(f"{server.url}/covariate_shift?dataset=table&batch_size=16")
        rows = [f"{k % 7}.{k:0200},{k % 3},{'abc'[k % 3]}" for k in range(9000)]  # so large that others use the disk
        table = "\n".join(["left,right,kind", *rows]).encode()
        assert len(table) > 1.5 * 2**20
        file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": table}
        page.locator(".st-key-own_file input[type=file]").set_input_files([file])
        expect(page.get_by_text("9,000 rows, 2 columns of numbers, 3 classes")).to_be_visible()
        live.drawing()
        until(lambda: live.step() > 20, "the run on the table trains")
        live.open("/covariate_shift?gamma=2&affine=held")
        token = live.token()
        assert server.end() == []
        until(lambda: live.state() == "connecting", "the page knows that the server is gone")
        server = Server(  # with no log: Streamlit itself does not start when it cannot print its address
            server.port, environment=places, ready=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, FULL)
        )
        until(lambda: live.token() != token, "the page has asked for a new run")
        until(lambda: live.state() == "running" and live.step() > 20, "it trains")
        assert live.knobs()["gamma"] == 2
        assert live.errors == []
        assert log.stat().st_size == size
        assert [path for path in home.rglob("*") if path.is_file() and path.stat().st_size] == []
    finally:
        assert server.end() == []
