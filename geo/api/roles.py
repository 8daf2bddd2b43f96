"""Who asks, from the bearer token of a request; the roles themselves are `geo.service.roles`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from geo.api.dependencies import ActorDep
from geo.errors import NotAllowed
from geo.service.roles import Role, Roles, Viewer


async def viewer_of(request: Request) -> Viewer:
    """Who asks; without a token the public."""
    # Not a security scheme of the document: those are demands, and here the public is one of the roles.
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    roles: Roles = request.app.state.roles
    return roles.find(token.strip() if kind.lower() == "bearer" else None)


ViewerDep = Annotated[Viewer, Depends(viewer_of)]


def _needs(role: Role) -> Any:
    async def check(request: Request, viewer: ViewerDep, actor: ActorDep) -> str:
        """The name for the log, if the role suffices; a deployment without roles lets everybody work, as before."""
        roles: Roles = request.app.state.roles
        if roles.known and not viewer.is_at_least(role):
            raise NotAllowed("role_wanted", role=role)
        return viewer.name or actor

    return Depends(check)


# The actor of a change; the token's name counts more than the header.
NamedDep = Annotated[str, _needs("public")]
DispatcherDep = Annotated[str, _needs("dispatcher")]
AdminDep = Annotated[str, _needs("admin")]
