"""From a spec to a whole place."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from geo.sample.directories import category_table, department_table, staff_table
from geo.sample.drawing import make_drawing
from geo.sample.issues import happen, hotspot_table, read_off
from geo.sample.labels import name_all
from geo.sample.layers import make_layers
from geo.sample.layout import lay_out
from geo.sample.places import Scene
from geo.sample.pois import find_pois, name_sites
from geo.sample.registers import issue_table, truth_table
from geo.sample.responsibility import answer_of, owner_layers, rule_heads, rule_tables
from geo.sample.source import source_text
from geo.sample.spec import SamplePlace, SampleSpec, Table


def generate(spec: SampleSpec) -> SamplePlace:
    """Generate an invented district of about ``spec.buildings`` buildings.

    Parameters
    ----------
    spec : size, seed and what to make.

    Returns
    -------
    SamplePlace
        Layers in EPSG:4547 (metres), today's plan, tables, and the text of SOURCE.toml. The same spec gives the same
        place, value for value.

    Raises
    ------
    InvalidInput
        So many communities or streets were asked for that the blocks do not suffice.

    Examples
    --------
    >>> place = generate(SampleSpec(buildings=1_000, issues=0))
    >>> place.layers["areas"].fields["name"][0]
    '晨光区'
    """
    layout = lay_out(spec)
    labels = name_all(layout)
    sites = name_sites(layout, labels)
    pois = find_pois(layout, labels, sites)
    tables: dict[str, Table] = {
        "departments.csv": department_table(layout, labels),
        "categories.csv": category_table(),
        **rule_tables(),
    }
    if spec.plan:
        tables["staff.csv"] = staff_table(layout)
    if spec.issue_count:
        happened, hotspots = happen(layout, labels, Scene(layout, labels, sites, pois))
        readings = read_off(happened, spec.seed)
        tables["issues.csv"] = issue_table(layout, labels, happened, readings)
        tables["truth/issues_truth.csv"] = truth_table(layout, happened, readings, hotspots, answer_of(layout))
        tables["truth/hotspots.csv"] = hotspot_table(layout, hotspots, happened)
    layers = make_layers(layout, labels, sites, pois)
    return SamplePlace(
        spec,
        MappingProxyType(layers),
        make_drawing(layout, labels),
        layout.grids.pairs if layout.grids else np.empty((0, 2), dtype=np.int64),
        MappingProxyType(tables),
        source_text(spec),
        MappingProxyType(owner_layers(layers)),
        MappingProxyType(rule_heads()),
    )
