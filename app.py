"""The server: ``streamlit run app.py`` finds ``app`` and serves the pages, our socket and the workers' runs."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware

from bnviz.csv_tables import MAX_FILE
from bnviz.live.hub import Hub
from bnviz.live.listening import allow_many_files, end_within, give_up_after
from bnviz.live.routes import routes
from bnviz.ui import assets

hub = Hub()
MultiPartParser.spool_max_size = MAX_FILE  # a visitor's file stays in memory, as the page says; else 1 MB and on disk
allow_many_files()


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Workers start with the server and end with it."""
    await hub.start()
    give_up_after(hub.limits.deaf_after)
    end_within(0.5)
    gc.collect()
    gc.freeze()  # what is there now stays: later collections need not look at it
    try:
        yield
    finally:
        await hub.stop()


app = st.App(
    "bnviz/ui/main.py",
    lifespan=lifespan,
    routes=[*routes(hub, assets.BASE), *assets.ROUTES],
    middleware=[Middleware(assets.Announced)],
)
