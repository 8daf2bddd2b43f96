"""What printed sheets show, and what a drawer of sheets must do. All geometry is WGS84 lon, lat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from geo.messages import Lang
from geo.model import Grid, Plan
from geo.service.views import Backdrop

# Of the post that answers for a grid: somebody holds it, nobody does, or the register knows of no such post.
Post = Literal["held", "vacant", "unknown"]


@dataclass(frozen=True)
class SheetFacts:
    """What the column beside the map says of one grid.

    Attributes
    ----------
    community, street : names of the areas above it, "" where there are none.
    buildings : None where the place has no layer of buildings.
    leaders : names of those who hold the post of 网格长. Their own telephone numbers are not part of this.
    office, phone : the office that answers for the community (else for the street), and its number.
    target : what the QR code says; `is_url` False where it is the bare code of the grid.
    """

    community: str
    street: str
    buildings: int | None
    post: Post
    leaders: tuple[str, ...]
    office: str
    phone: str
    target: str
    is_url: bool


@dataclass(frozen=True)
class PlaceName:
    """A name that stands on the map at a point: a compound, a school."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, eq=False)
class SheetsView:
    """A plan as sheets: `facts` are (n_grids,), in order of `grids`."""

    plan: Plan
    grids: tuple[Grid, ...]
    facts: tuple[SheetFacts, ...]
    names: tuple[PlaceName, ...]
    backdrop: Backdrop


class SheetSet(Protocol):
    """The sheets of one plan in one language."""

    @property
    def missing(self) -> Sequence[str]:
        """Characters that the font cannot write; sheets show their numbers instead."""

    def draw(self, row: int) -> bytes:
        """The sheet of one grid as a PDF of one page: the same plan gives the same bytes."""

    def book(self, rows: Sequence[int]) -> bytes:
        """The sheets of many grids as one PDF, with bookmarks by community."""


class SheetPress(Protocol):
    """Draws sheets, and the page that their QR codes lead to."""

    def open(self, view: SheetsView, *, lang: Lang) -> SheetSet:
        """Prepare the sheets of a plan.

        Raises
        ------
        NotFound
            No Chinese font is installed.
        InvalidInput
            The font that a setting names cannot be used.
        """

    def card(self, view: SheetsView, row: int | None, code: str, *, lang: Lang) -> str:
        """What holds for a grid now, as plain HTML for a telephone; `row` None says that there is none of `code`."""

    def picture(self, pdf: bytes, *, dpi: int) -> bytes:
        """The first page of a PDF as a PNG."""
