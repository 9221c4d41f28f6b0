"""What the page loads from us besides Streamlit's own files: our scripts, and plotly.js from the plotly package."""

import gzip
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

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
SCRIPTS_URL = f"/live/scripts/{_hash(*((SCRIPTS / name).read_bytes() for name in _names))}"
PLOTLY_URL = f"/live/plotly/{_hash(str(_plotly_file()).encode(), str(_plotly_file().stat().st_mtime_ns).encode())}.js"


@cache
def compressed_plotly() -> bytes:
    """plotly.js, compressed once per server; it is a third of the size then."""
    return gzip.compress(_plotly_file().read_bytes(), compresslevel=6)


def _javascript(body: bytes, **headers: str) -> Response:
    return Response(
        body, media_type="text/javascript", headers={"Cache-Control": FOREVER, "Vary": "Accept-Encoding", **headers}
    )


async def _plotly(request: Request) -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return _javascript(await run_in_threadpool(_plotly_file().read_bytes))
    return _javascript(await run_in_threadpool(compressed_plotly), **{"Content-Encoding": "gzip"})


async def _script(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _names:
        return Response("there is no such script", status_code=404)
    return _javascript((SCRIPTS / name).read_bytes())


ROUTES: list[BaseRoute] = [Route(PLOTLY_URL, _plotly), Route(f"{SCRIPTS_URL}/{{name}}", _script)]
