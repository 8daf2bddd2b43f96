"""Who asks: a role behind a bearer token. Without a file of roles everybody is the public, and nobody reads reporters.

The file (``GEO_ROLES``) is TOML, a table a token::

    [tokens.wanglin]
    sha256 = "…"            # of the token; or token = "at least 16 characters"
    role = "dispatcher"     # reader, dispatcher or admin
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from geo.errors import InvalidInput, NotAllowed

Role = Literal["public", "reader", "dispatcher", "admin"]
ORDER: Final[tuple[Role, ...]] = get_args(Role)
_SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True)
class Viewer:
    """Who asks: a role and the name that stands beside the token ("" for the public); `free` where nobody needs one."""

    role: Role
    name: str = ""
    free: bool = False

    def is_at_least(self, role: Role) -> bool:
        """Whether this role includes what `role` may do."""
        return ORDER.index(self.role) >= ORDER.index(role)

    @property
    def may_dispatch(self) -> bool:
        """Whether the steps of a dispatcher are open: to the role, or to all where the deployment has no roles."""
        return self.free or self.is_at_least("dispatcher")


@dataclass(frozen=True)
class Roles:
    """Viewers by the SHA-256 of their tokens; `known` False where the deployment has no file of roles."""

    known: bool = False
    viewers: dict[str, Viewer] = field(default_factory=dict)

    def find(self, token: str | None) -> Viewer:
        """Who has this token.

        Raises
        ------
        NotAllowed
            Nobody has it, or there is no file of roles: who sends a token is not to believe that it counted.
        """
        if token is None:
            return Viewer("public", free=not self.known)
        if not self.known:
            raise NotAllowed("roles_none")
        # The token itself is never compared, so no answer's time tells how much of it was right.
        found = self.viewers.get(_digest(token))
        if found is None:
            raise NotAllowed("token_unknown")
        return found


def read_roles(path: Path | None) -> Roles:
    """The roles of a file.

    Raises
    ------
    InvalidInput
        The file cannot be read, or an entry of it is no role with a token.
    """
    if path is None:
        return Roles()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tokens", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("roles_file", path=path, why=type(error).__name__) from None
    viewers: dict[str, Viewer] = {}
    for name, entry in table.items() if isinstance(table, dict) else ():
        viewers[_key_of(path, name, entry)] = Viewer(entry["role"], str(name))
    return Roles(True, viewers)


def _key_of(path: Path, name: str, entry: Any) -> str:
    if not isinstance(entry, dict) or entry.get("role") not in ORDER[1:]:
        raise InvalidInput("roles_file", path=path, why=f"[tokens.{name}] role = {' | '.join(ORDER[1:])}")
    digest, token = entry.get("sha256"), entry.get("token")
    if isinstance(digest, str) and len(digest) == 64:
        return digest.lower()
    if isinstance(token, str) and len(token) >= _SHORTEST_TOKEN:
        return _digest(token)
    raise InvalidInput("roles_file", path=path, why=f"[tokens.{name}] sha256 | token (>= {_SHORTEST_TOKEN})")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
