"""Puts the HTTP door together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources

from anyio import to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from geo import __version__
from geo.api import problems
from geo.api.arrow import MEDIA_TYPE
from geo.api.hot import EXPLAIN, PATH, Application, HotRoute
from geo.api.middleware import LimitBody, Metrics, Observe
from geo.api.routes import issues, locate, operations, pages, plans, shapes
from geo.service.context import Service
from geo.service.keeper import Keeper
from geo.settings import Settings, read_settings
from geo.wiring import build_service

# The body of every error; documented once for all routes.
_PROBLEM = {"description": "Problem", "content": {"application/problem+json": {"schema": {"type": "object"}}}}


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


def _point_routes(app: FastAPI) -> FastAPI:
    """The typed routes of one point by themselves; `app` describes them and shares its state."""
    points = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    points.state = app.state
    problems.install(points)
    points.add_api_route(PATH, locate.get_location)
    points.add_api_route(EXPLAIN, locate.explain_location)
    return points


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
        responses=dict.fromkeys((400, 404, 409, 413, 422, 503), _PROBLEM),
    )
    app.state.settings = settings
    app.state.service = service or build_service(settings)
    app.state.metrics = Metrics()
    app.state.on_start = on_start
    app.points = Observe(_point_routes(app), app.state.metrics)
    app.hot = HotRoute(app.state.service, app.state.metrics, settings.lang)
    problems.install(app)
    for module in (locate, shapes, issues, plans, pages, operations):
        app.include_router(module.router)
    static = resources.files("geo.maps") / "static"
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    megabyte = 1_000_000
    arrow = {MEDIA_TYPE: problems.ARROW_MOST_MB * megabyte}
    app.add_middleware(LimitBody, most=problems.BODY_MOST_MB * megabyte, by_kind=arrow)
    # Level 9 takes three times as long for 3 % less; numbers of an Arrow stream hardly get smaller at all.
    plain = (*DEFAULT_EXCLUDED_CONTENT_TYPES, MEDIA_TYPE)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5, exclude_content_types=plain)
    app.add_middleware(Observe, metrics=app.state.metrics)
    return app
