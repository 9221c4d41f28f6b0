"""Scripts and plotly.js as the server hands them out."""

import asyncio
import gzip
import re
from pathlib import Path

import plotly
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bnviz.ui import assets

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
SCRIPTS = sorted(path.name for path in assets.SCRIPTS.glob("*.js"))


def get(path, app=None, **headers):
    """Status, headers and body of an answer, asked for the way a server asks an app."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": raw, "root_path": ""}
    asyncio.run((app or Starlette(routes=assets.ROUTES))(scope, receive, send))
    answer = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answer, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_served_as_they_are(name):
    status, headers, body = get(f"{assets.SCRIPTS_URL}/{name}")
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert body == (assets.SCRIPTS / name).read_bytes()


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import_only_what_is_served(name):
    imports = re.findall(r"from '(.+?)'", (assets.SCRIPTS / name).read_text("utf-8"))
    assert set(imports) <= {f"./{other}" for other in SCRIPTS}


@pytest.mark.parametrize("name", ["nothing.js", "__init__.py", "live.css", "..%2f__init__.py", "../assets.py", ""])
def test_nothing_else_is(name):
    assert get(f"{assets.SCRIPTS_URL}/{name}")[0] == 404


def test_plotly_is_served_compressed_and_plain():
    assets.compressed_plotly.cache_clear()
    status, headers, body = get(assets.PLOTLY_URL, accept_encoding="br, gzip")  # the first does not wait for it
    assert (status, headers["content-encoding"]) == (200, "identity")
    assert body == PLOTLY.read_bytes()
    status, headers, body = get(assets.PLOTLY_URL, accept_encoding="br, gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == PLOTLY.read_bytes()
    status, headers, body = get(assets.PLOTLY_URL)
    assert (status, headers["content-encoding"]) == (200, "identity")
    assert body == PLOTLY.read_bytes()


def test_addresses_carry_a_hash():
    """They are kept for ever by browsers, so they must change with what they name."""
    assert re.fullmatch(r"/live/scripts/[0-9a-f]{12}", assets.SCRIPTS_URL)
    assert re.fullmatch(r"/live/plotly/[0-9a-f]{12}\.js", assets.PLOTLY_URL)
    parts = [(assets.SCRIPTS / name).read_bytes() for name in SCRIPTS]
    assert assets._hash(*parts) in assets.SCRIPTS_URL
    for place in range(len(parts)):
        assert assets._hash(*parts[:place], parts[place] + b" ", *parts[place + 1 :]) not in assets.SCRIPTS_URL


def test_pages_name_what_they_will_load_and_nothing_else_does():
    app = assets.Announced(Starlette(routes=[Route("/", lambda _: HTMLResponse("a page")), *assets.ROUTES]))
    status, headers, body = get("/", app)
    assert (status, body) == (200, b"a page")
    named = dict(re.findall(r"<(.+?)>; rel=(\w+)", headers["link"]))
    assert named.pop(assets.PLOTLY_URL) == "preload"
    assert named == {f"{assets.SCRIPTS_URL}/{name}": "modulepreload" for name in SCRIPTS}
    assert {get(address, app)[0] for address in (assets.PLOTLY_URL, *named)} == {200}
    assert "link" not in get(assets.PLOTLY_URL, app)[1]
