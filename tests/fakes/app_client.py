"""Talks to an application in this process: its lifespan runs while the block does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from assay.web.app import Application


@asynccontextmanager
async def client_of(app: Application, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://service", headers=headers
        ) as client,
    ):
        yield client
