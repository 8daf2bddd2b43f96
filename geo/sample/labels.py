"""Names of everything in a layout that has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.sample import names
from geo.sample.kinds import Parcel, Use
from geo.sample.layout import Layout

TWIN_PAIRS: Final = 2  # pairs of compounds that share a name in different communities

# What a building that is no home is called.
_CALLED: Final = {
    Use.SHOP: "临街商铺",
    Use.SHED: "厂房",
    Use.OFFICE: "办公楼",
    Use.MALL: "商场",
    Use.HALL: "市场大厅",
    Use.SCHOOL: "教学楼",
    Use.HOSPITAL: "医疗楼",
    Use.CLUB: "配套用房",
    Use.PARK: "公园用房",
}
_AGE: Final = {Use.SLAB6: "old", Use.SLAB11: "mid", Use.SLAB18: "new", Use.TOWER: "new"}


@dataclass(frozen=True, eq=False)
class Labels:
    """Names by index.

    Attributes
    ----------
    streets, communities : "望河街道" …, in the order of `Territory`; stems without 街道 and 社区 beside them.
    compounds : index of each compound among the parcels, int64 (n_compounds,).
    compound_names, compound_aliases : by compound; aliases are joined with "|".
    compound_of_parcel : int64 (n_parcels,), −1 where there is none.
    building_names : by building, "3号楼" within a compound, "12号院" in a lane, else what it is.
    """

    streets: list[str]
    communities: list[str]
    stems: list[str]
    compounds: NDArray[np.int64]
    compound_names: list[str]
    compound_aliases: list[str]
    compound_of_parcel: NDArray[np.int64]
    building_names: NDArray[np.object_]


def name_all(layout: Layout) -> Labels:
    """Give names; two pairs of compounds get the same name in different communities."""
    rng = np.random.default_rng([layout.spec.seed, 61])
    words = names.word_list()
    streets = [f"{stem}街道" for stem in names.stems(words["streets"], len(layout.street_codes), rng)]
    stems = names.stems(words["communities"], len(layout.community_codes), rng)
    parcels = layout.blocks.parcels
    compounds = np.nonzero(parcels[:, 4] == Parcel.COMPOUND)[0]
    ages = [_AGE[Use(int(grade))] for grade in parcels[compounds, 5]]
    called = names.compound_names(ages, rng)
    _make_twins(called, layout.community_of_parcel[compounds], ages)
    aliases = [_aliases(name, age, k) for k, (name, age) in enumerate(zip(called, ages, strict=True))]
    of_parcel = np.full(len(parcels), -1, dtype=np.int64)
    of_parcel[compounds] = np.arange(len(compounds))
    return Labels(
        streets, [f"{stem}社区" for stem in stems], stems, compounds, called, aliases, of_parcel,
        _building_names(layout, of_parcel),
    )  # fmt: skip


def _make_twins(called: list[str], community: NDArray[np.int64], ages: list[str]) -> None:
    """Rename the last compounds of an age after the first of that age that lies in another community."""
    done = 0
    for age in ("old", "mid", "new"):
        same = [k for k, other in enumerate(ages) if other == age]
        for last in reversed(same):
            first = next((k for k in same if community[k] != community[last] and called.count(called[k]) == 1), None)
            if first is not None and first < last:
                called[last] = called[first]
                done += 1
                break
        if done == TWIN_PAIRS:
            return


def _aliases(name: str, age: str, k: int) -> str:
    """Other names that people use: the short form, an old work-unit name, phases."""
    also: list[str] = []
    ends = ("小区", "新村", "花园", "家园", "华庭", "国际")
    also += [name[: -len(end)] for end in ends if name.endswith(end) and len(name) > len(end) + 1]
    if age == "old" and k % 3 == 0 and name.endswith("小区"):
        also.append(name[:-2] + "宿舍")
    if age == "new" and k % 4 == 0:
        also.append("晨光" + name)
    return "|".join(also)


def _building_names(layout: Layout, of_parcel: NDArray[np.int64]) -> NDArray[np.object_]:
    """Homes in a compound are numbered from the north-west, lane houses by their door, the rest by their use."""
    buildings = layout.buildings
    called = np.array([_CALLED.get(use, "") for use in Use], dtype=object)
    out = called[buildings.use]
    cells = layout.blocks.cells[buildings.cell]
    compound = of_parcel[cells[:, 5]]
    homes = np.nonzero((compound >= 0) & (layout.people.households > 0))[0]
    order = homes[np.lexsort((cells[homes, 0], -cells[homes, 1], compound[homes]))]
    grouped = compound[order]
    out[order] = [f"{n}号楼" for n in (np.arange(len(order)) - np.searchsorted(grouped, grouped) + 1).tolist()]
    lane = np.nonzero(buildings.kind == "lane_house")[0]
    ends = np.where(buildings.use[lane] == Use.COURT, "号院", "号")
    numbers = layout.addresses.building_number[lane]
    out[lane] = [f"{n}{end}" for n, end in zip(numbers.tolist(), ends.tolist(), strict=True)]
    return out
