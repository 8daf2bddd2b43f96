"""What blocks, parcels and cells are for."""

from __future__ import annotations

from enum import IntEnum


class Use(IntEnum):
    """What stands in a cell."""

    SLAB6 = 0
    SLAB11 = 1
    SLAB18 = 2
    TOWER = 3
    COURT = 4
    ROW = 5
    SHOP = 6
    SHED = 7
    OFFICE = 8
    MALL = 9
    HALL = 10
    SCHOOL = 11
    HOSPITAL = 12
    CLUB = 13
    GARDEN = 14
    PARK = 15


class Parcel(IntEnum):
    """What a parcel is; a compound (小区) is walled and has a name."""

    COMPOUND = 0
    SCHOOL = 1
    MARKET = 2
    INDUSTRIAL = 3
    PARK = 4
    HOSPITAL = 5
    SHOPS = 6
    LANES = 7
    CENTRE = 8


class Block(IntEnum):
    """What a superblock is for."""

    TOWERS = 0
    MID = 1
    OLD6 = 2
    LANES = 3
    PARK = 4
    CENTRE = 5
    PUBLIC = 6
    INDUSTRY = 7
