"""What the page loads from us besides Streamlit's own files: our scripts, and plotly.js from the plotly package."""

import gzip
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BASE = "/".join(["", *filter(None, st.get_option("server.baseUrlPath").split("/"))])  # below which Streamlit serves
SCRIPTS = Path(__file__).parent / "live"
FOREVER = "public, max-age=31536000, immutable"  # addresses carry a hash of what they name


def _plotly_file() -> Path:
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


_names = tuple(sorted(path.name for path in SCRIPTS.glob("*.js")))
SCRIPTS_URL = f"{BASE}/live/scripts/{_hash(*((SCRIPTS / name).read_bytes() for name in _names))}"
_plotly_hash = _hash(str(_plotly_file()).encode(), str(_plotly_file().stat().st_mtime_ns).encode())
PLOTLY_URL = f"{BASE}/live/plotly/{_plotly_hash}.js"


PICTURES = Path(__file__).parent / "pictures"
_pictures = {path.name: path.read_bytes() for path in sorted(PICTURES.glob("*.png"))}
_PICTURES_URL = f"{BASE}/live/pictures/{_hash(*_pictures.values())}"


def picture_url(page: str, dark: bool) -> str | None:
    """The address of the picture of a page, where there is one; ``python -m tests.pictures`` makes them."""
    name = f"{page}_{'dark' if dark else 'light'}.png"
    return f"{_PICTURES_URL}/{name}" if name in _pictures else None


@cache
def compressed_plotly() -> bytes:
    """plotly.js, compressed once per server; it is a third of the size then."""
    return gzip.compress(_plotly_file().read_bytes(), compresslevel=6)


def _javascript(body: bytes, encoding: str = "", background: BackgroundTask | None = None) -> Response:
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"} | (
        {"Content-Encoding": encoding} if encoding else {}
    )
    return Response(body, media_type="text/javascript", headers=headers, background=background)


async def _plotly(request: Request) -> Response:
    """The first visitor, who is often alone on this machine, does not wait until it is compressed."""
    asked = "gzip" in request.headers.get("accept-encoding", "")
    if asked and compressed_plotly.cache_info().currsize:
        return _javascript(compressed_plotly(), "gzip")
    plain = await run_in_threadpool(_plotly_file().read_bytes)
    return _javascript(plain, "identity", BackgroundTask(compressed_plotly) if asked else None)  # else Streamlit would


async def _script(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _names:
        return Response("there is no such script", status_code=404)
    return _javascript((SCRIPTS / name).read_bytes())


async def _picture(request: Request) -> Response:
    body = _pictures.get(request.path_params["name"])
    if body is None:
        return Response("there is no such picture", status_code=404)
    return Response(body, media_type="image/png", headers={"Cache-Control": FOREVER})


ROUTES: list[BaseRoute] = [
    Route(PLOTLY_URL, _plotly), Route(f"{SCRIPTS_URL}/{{name}}", _script), Route(f"{_PICTURES_URL}/{{name}}", _picture),
]  # fmt: skip


class Announced:
    """Names plotly.js and our scripts in the head of every page, so that browsers fetch them while Streamlit starts."""

    LINKS = ", ".join([
        f"<{PLOTLY_URL}>; rel=preload; as=script", *(f"<{SCRIPTS_URL}/{name}>; rel=modulepreload" for name in _names),
    ])  # fmt: skip

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, and add the names to a page."""

        async def announcing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", self.LINKS)
            await send(message)

        await self.app(scope, receive, announcing if scope["type"] == "http" else send)
