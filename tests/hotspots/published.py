"""Reads the published data sets into arrays; tests that use it skip where the data is absent."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from geo.hotspots import person_time, standardised


def table(folder: Path, name: str) -> list[list[str]]:
    return [line.split() for line in (folder / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def columns(folder: Path, name: str) -> dict[str, np.ndarray]:
    with (folder / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        try:
            found[key] = np.array([float(value) for value in values])
        except ValueError:
            found[key] = np.array(values)
    return found


def earth(folder: Path, name: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rows = table(folder, name)
    names = np.array([row[0] for row in rows])
    return names, {"lat": np.array([float(row[1]) for row in rows]), "lon": np.array([float(row[2]) for row in rows])}


def new_mexico(folder: Path):
    """Names, places, cases (county, year) and expected cases by age and sex."""
    names, place = earth(folder, "nm.geo")
    row_of = {name: i for i, name in enumerate(names)}
    people, ill = table(folder, "nm.pop"), table(folder, "nm.cas")
    groups = {key: i for i, key in enumerate(sorted({(row[3], row[4]) for row in people}))}
    counted = [73, 82, 91]
    population = np.zeros((len(names), 3, len(groups)))
    for county, year, number, age, sex in people:
        population[row_of[county], counted.index(int(year)), groups[age, sex]] += int(number)
    cases = np.zeros((len(names), 19, len(groups)))
    for county, number, year, age, sex in ill:
        cases[row_of[county], int(year) - 1973, groups[age, sex]] += int(number)
    dates = [dt.date(1900 + year, 7, 1).toordinal() for year in counted]
    edges = [dt.date(year, 1, 1).toordinal() for year in range(1973, 1993)]
    time = person_time(population, dates, edges)
    return names, place, cases.sum(axis=2), standardised(cases.sum(axis=(0, 1)), time)


def humberside(folder: Path):
    rows = table(folder, "NHumberside.geo")
    row_of = {row[0]: i for i, row in enumerate(rows)}
    counts = np.zeros((2, len(rows)))
    for kind, name in enumerate(("NHumberside.cas", "NHumberside.ctl")):
        for place, number in table(folder, name):
            counts[kind, row_of[place]] += int(number)
    xy = np.array([[float(row[1]), float(row[2])] for row in rows])
    return counts[0], counts[1], {"x": xy[:, 0], "y": xy[:, 1]}


def fever(folder: Path):
    """Zip codes, places, cases by zip and day from 1 to 24 November 2001."""
    names, place = earth(folder, "NYCfever.geo")
    row_of = {name: i for i, name in enumerate(names)}
    cases = np.zeros((len(names), 24))
    for name, number, day in table(folder, "NYCfever.cas"):
        cases[row_of[name], dt.date(*map(int, day.split("/"))).day - 1] += int(number)
    return names, place, cases


def pairs(folder: Path, name: str) -> np.ndarray:
    found = columns(folder, name)
    return np.column_stack((found["i"], found["j"])).astype(int) - 1
