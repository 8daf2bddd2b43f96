"""What one process of `geo serve` runs: the application, warmed up."""

from __future__ import annotations

from fastapi import FastAPI

from geo.api.app import create_app


def create_worker() -> FastAPI:
    """The application from the settings of the environment."""
    return create_app()
