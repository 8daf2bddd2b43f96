"""What the documents say is so: commands, flags, routes, version, rooms."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import geo
from geo.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


@cache
def commands() -> Any:
    """All commands; putting them together takes a tenth of a second."""
    return get_command(app)


def flags_of(words: list[str]) -> set[str]:
    """The options of a command of ours, by its words; a KeyError if there is no such command."""
    command = commands()
    for word in words:
        command = command.commands[word]
    return {name for option in command.params for name in [*option.opts, *option.secondary_opts]}


def told_commands(text: str) -> list[tuple[list[str], list[str]]]:
    """Each command line of a code block: its words and its flags."""
    found = []
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = line.partition("#")[0].split()
            if words[:1] != ["geo"]:
                continue
            depth = 3 if words[1] in ("issues", "db", "gazetteer", "map") else 2
            found.append((words[1:depth], [word for word in words if word.startswith("--")]))
    return found


def test_addresses_tell_commands_routes_and_columns_that_exist() -> None:
    from geo.api.routes import geocode, locate
    from geo.files.gazetteer_tables import FIELDS
    from geo.service.geocode_many import COLUMNS

    text = (ROOT / "docs" / "addresses.md").read_text(encoding="utf-8")
    told = told_commands(text)
    assert len(told) >= 6
    for words, flags in told:
        assert set(flags) <= flags_of(words), words
    paths = {route.path.partition("{")[0] for module in (geocode, locate) for route in module.router.routes}
    for route in re.findall(r"localhost:8000(/v1/[a-z]+/?)", text):
        assert route in paths, route
    for name in (*COLUMNS, *FIELDS):
        assert f"`{name}`" in text, name


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_readme_names_commands_and_flags_that_exist(path: Path) -> None:
    told = told_commands(path.read_text(encoding="utf-8"))
    assert len(told) >= 8
    for words, flags in told:
        assert set(flags) <= flags_of(words), words


DOCS = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_of_a_document_exists(path: Path) -> None:
    """In code blocks and within sentences: the longest path of commands, and the flags told with it."""
    text = path.read_text(encoding="utf-8")
    blocks = [block.replace("\\\n", " ") for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)]
    told = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    told += re.findall(r"`(geo [a-z][^`]*)`", text)
    for line in told:
        words = line.partition("#")[0].split()
        if words[:1] != ["geo"]:
            continue
        command, rest = commands(), words[1:]
        while rest and hasattr(command, "commands"):
            assert rest[0] in command.commands, line
            command = command.commands[rest.pop(0)]
        flags = {name for option in command.params for name in [*option.opts, *option.secondary_opts]} | {"--help"}
        assert set(re.findall(r"(?<!\S)--[a-z][a-z-]*", " ".join(rest))) <= flags, line


def test_both_readmes_tell_the_same_commands() -> None:
    first, second = (told_commands(path.read_text(encoding="utf-8")) for path in READMES)
    assert first == second


@pytest.mark.parametrize("path", [*READMES, ROOT / "docs" / "architecture.md"], ids=lambda path: path.name)
def test_links_and_pictures_exist(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (path.parent / target).exists()]
    assert not missing


def test_routes_that_the_readme_names_exist() -> None:
    from fastapi import APIRouter
    from fastapi.routing import APIRoute

    from geo.api import routes

    modules = [
        importlib.import_module(f"geo.api.routes.{found.name}") for found in pkgutil.iter_modules(routes.__path__)
    ]
    routers = [value for module in modules for value in vars(module).values() if isinstance(value, APIRouter)]
    paths = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    for text in (path.read_text(encoding="utf-8") for path in READMES):
        for told in re.findall(r"/v1/[a-z]+|/tiles/…|/maps/…", text):
            assert any(path.startswith(told.rstrip("…")) for path in paths), told


def test_version_is_told_once_and_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == geo.__version__
    assert f"## {geo.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_changelog_lines_are_short() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= 120 for line in lines)


def test_every_room_is_in_the_architecture_and_in_the_contract() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    contract = (ROOT / ".importlinter").read_text(encoding="utf-8")
    for entry in sorted((ROOT / "geo").iterdir()):
        name = entry.stem
        if name.startswith("_") or name == "py":
            continue
        assert f"geo/{name}" in page, name
        assert re.search(rf"\b{name}\b", contract), name
