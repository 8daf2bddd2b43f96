"""Puts the HTTP door together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib import resources
from typing import Final

from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from geo import __version__
from geo.api import problems
from geo.api.arrow import MEDIA_TYPE
from geo.api.hot import EXPLAIN, PATH, Application, HotRoute
from geo.api.known import refuse_unknown
from geo.api.logs import mask_logs
from geo.api.middleware import LimitBody, Metrics, Observe, security_headers
from geo.api.origins import AllowOrigins
from geo.api.points import Points
from geo.api.routes import (
    board,
    cases,
    categories,
    edit,
    geocode,
    hotspots,
    hotspots_picture,
    interface,
    issues,
    locate,
    operations,
    pages,
    plans,
    queues,
    rules,
    shapes,
    sheets,
    themes,
    tiles,
)
from geo.service.context import Service
from geo.service.keeper import Keeper
from geo.service.roles import read_roles
from geo.settings import Settings, read_settings
from geo.wiring import build_service

_MODULES: Final = (
    categories,
    geocode,
    locate,
    shapes,
    issues,
    plans,
    edit,
    hotspots_picture,  # its /maps/data/hotspots before /maps/data/{page}
    pages,
    sheets,
    tiles,
    operations,
    interface,
    cases,
    queues,
    rules,
    themes,
    hotspots,
    board,
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """While the application serves, a keeper reads what is published; the first request finds the net ready."""
    keeper = Keeper(app.state.service)
    await to_thread.run_sync(keeper.start)
    if app.state.on_start is not None:
        await to_thread.run_sync(app.state.on_start, app.state.service)
    try:
        yield
    finally:
        await to_thread.run_sync(keeper.stop)


def create_app(
    settings: Settings | None = None,
    service: Service | None = None,
    on_start: Callable[[Service], None] | None = None,
) -> FastAPI:
    """The application.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment if None.
    service : Service, optional
        Built from the settings if None; tests pass their own.
    on_start : optional
        Called once before the first request, when the net of the plan in force is ready.
    """
    settings = settings or read_settings()
    app = Application(
        title="Wangge 网格",
        version=__version__,
        summary="Spatial grid service: locate, route and map issues on the plan in force.",
        docs_url=None,  # FastAPI's own pages load scripts from outside, which an intranet has not
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(refuse_unknown)],
    )
    app.state.settings = settings
    app.state.service = service or build_service(settings)
    app.state.metrics = Metrics()
    app.state.roles = read_roles(settings.roles)
    app.state.known = {}  # names of each route's parameters, once asked for
    mask_logs()
    app.state.on_start = on_start
    app.hot = HotRoute(app.state.service, app.state.metrics, settings.lang)
    problems.install(app)
    for module in _MODULES:
        app.include_router(module.router)
    app.state.own_routes = [route for module in _MODULES for route in module.router.routes]
    static = resources.files("geo.maps") / "static"
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    _wrap(app, settings)
    return app


def _wrap(app: Application, settings: Settings) -> None:
    """Put limits, compression, headers and counting around all routes, those ahead of the framework too."""
    megabyte = 1_000_000
    arrow = {MEDIA_TYPE: problems.ARROW_MOST_MB * megabyte}
    most = problems.BODY_MOST_MB * megabyte
    app.add_middleware(LimitBody, most=most, by_kind=arrow)
    # Level 9 takes three times as long for 3 % less; numbers of an Arrow stream hardly get smaller at all.
    plain = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MEDIA_TYPE)
    zipped = partial(GZipMiddleware, minimum_size=1024, compresslevel=5, exclude_content_types=plain)
    app.add_middleware(zipped)
    tile_map = settings.tile_map()
    headers = security_headers(tile_map.origins if tile_map else ())
    app.add_middleware(Observe, metrics=app.state.metrics, headers=headers)
    app.points = Points(
        app,
        app.state.metrics,
        {
            ("GET", PATH): locate.get_location,
            ("GET", EXPLAIN): locate.explain_location,
            ("POST", PATH): locate.post_locations,
        },
    )
    origins = settings.cors_origins.split()
    app.door = AllowOrigins(app.serve, origins) if origins else None
    app.batches = Observe(zipped(LimitBody(app.points, most=most, by_kind=arrow)), app.state.metrics)
