"""The HTTP door: `create_app(settings)`."""

from geo.api.app import create_app

__all__ = ["create_app"]
