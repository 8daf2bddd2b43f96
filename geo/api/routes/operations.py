"""For those who run the server: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from geo.api.dependencies import ServiceDep

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def is_ready(service: ServiceDep) -> dict[str, str]:
    """The database answers and is at this program's version; 503 otherwise."""
    service.store.ping()
    return {"status": "ready"}


@router.get("/metrics", response_class=Response)
def read_metrics(request: Request) -> Response:
    """Counters and latencies in the Prometheus text format, of this worker."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
