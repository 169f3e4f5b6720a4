"""The rules of the house: who may import, read, print and write what.

The tables say what is allowed; a new module fails until it is given a place in them.
Imports inside functions and under ``TYPE_CHECKING`` count like any other.
"""

from __future__ import annotations

import graphlib
import importlib
import json
import subprocess
import sys

import pytest

import robasync
from tests import source
from tests.source import ROOT, Module

MAX_LINES = 300
MAX_FUNCTION_LINES = 50

# From the top of the house to the bottom: a room imports only what stands on lower lines.
LAYERS = (
    "robasync __main__",
    "cli",
    "app",
    "service providers extract store reports examples",
    "pipeline",
    "assess ahead",
    "inquiry",
    "gate",
    "front identifying",
    "accounts forecast harvest reply evidence screen",
    "consensus plan review agreement",
    "selection detection contents",
    "prompt",
    "questions attempts nearly",
    "image",
    "cost instruments session studies documents grouping registrations",
    "settings states books batches bylines designs ending findings slots stop text registers",
    "errors",
    "model records trouble",
    "correction screening",
)

# Rooms that see less than what stands below them.
SEES_ONLY = {
    "settings": "errors model records",
    "extract": "errors model records text",
    "providers": "errors model records text screening",
    "store": "errors model records trouble text books session image cost findings",
    "reports": "errors model records text session cost instruments studies accounts grouping registers",
    "examples": "",
}

# Rooms that only some others may see.
SEEN_ONLY_BY = {
    "settings": "cli app",
    "extract": "app",
    "providers": "app",
    "store": "app",
}

# Libraries, and the places that may import them.
LIBRARIES = {
    "aiohttp": "providers.client service.http service.selftest",
    "pymupdf": "extract reports.highlight",
    "docx": "extract",
    "lxml": "extract",
    "rapidocr": "extract",
    "pydantic_settings": "settings",
    "typer": "cli",
    "rich": "cli service",
    "jinja2": "reports",
    "matplotlib": "reports",
    "xlsxwriter": "reports",
    "pyarrow": "reports",
    "statsmodels": "agreement",
    "irrCAC": "agreement",
    "rapidfuzz": "evidence nearly grouping",
    "stamina": "gate",
    "filelock": "store",
    "cryptography": "store",
    "backports": "store",
    "genai_prices": "cost",
    "prometheus_client": "service",
    "psutil": "service",
    "structlog": "service cli",
    "opentelemetry": "service",
    "watchfiles": "service",
    "obstore": "app",
    "distributed": "service",
}
NOWHERE = {"pickle", "marshal", "shelve", "requests", "httpx", "openai", "PyPDF2", "pypdf"}
INSIDE_FUNCTIONS = {"genai_prices", "pymupdf", "matplotlib"}
NETWORK = {"aiohttp", "http.client", "urllib.request", "xmlrpc.client"}

# What may be done only in the places on the right. (The third signal ends the process at once.)
RESERVED = {
    "read the environment": ({"os.environ", "os.environb", "os.getenv", "os.putenv"}, "settings"),
    "print": ({"print", "input", "sys.stdout", "sys.stderr"}, "cli"),
    "exit": ({"sys.exit", "exit", "quit", "SystemExit"}, "cli"),
    "end the process": ({"os._exit", "os.abort"}, "service.signals"),
    "fsync": ({"os.fsync", "os.fdatasync"}, "store.files"),
    "evaluate text": ({"eval", "exec", "compile", "__import__"}, ""),
}

MODULES = tuple(source.modules().values())


def holds(violations: list[str]) -> None:
    """Fail with all violations at once, one a line."""
    assert not violations, "\n" + "\n".join(violations)


def layer(room: str) -> int:
    """Return the line of the house on which a room stands, 0 at the top."""
    for number, rooms in enumerate(LAYERS):
        if room in rooms.split():
            return number

    pytest.fail(
        f"robasync.{room} has no place in the house yet: add it to LAYERS in tests/test_architecture.py"
    )


def between_rooms() -> list[tuple[str, Module, Module]]:
    """Return every import of one room by another: where it stands, importer, imported."""
    return [
        (module.at(node), module, target)
        for module in MODULES
        for node, target in module.own_imports
        if target.room != module.room
    ]


def test_every_room_has_a_place() -> None:
    """No module is outside the order of the house."""
    assert all(layer(module.room) >= 0 for module in MODULES)


def test_imports_point_down() -> None:
    """A room imports itself and what stands on lower lines, never up or sideways."""
    holds(
        [
            f"{where}: {module.room} imports {target.room}, which does not stand below it"
            for where, module, target in between_rooms()
            if layer(target.room) <= layer(module.room)
        ]
    )


def test_narrow_rooms() -> None:
    """Adapters know values, not each other; settings reach the others as values."""
    unseen = [
        f"{where}: {module.room} imports {target.room}; it may see {SEES_ONLY[module.room] or 'nothing'} only"
        for where, module, target in between_rooms()
        if module.room in SEES_ONLY and target.room not in SEES_ONLY[module.room].split()
    ]
    unseen += [
        f"{where}: {module.room} imports {target.room}, which is for {SEEN_ONLY_BY[target.room]} only"
        for where, module, target in between_rooms()
        if target.room in SEEN_ONLY_BY and module.room not in SEEN_ONLY_BY[target.room].split()
    ]
    holds(unseen)


def test_no_cycles() -> None:
    """No two modules need each other, not even for types or inside functions."""
    graph = {module.name: {target.name for _, target in module.own_imports} for module in MODULES}

    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("these modules need each other: " + " -> ".join(reversed(error.args[1])))


def test_libraries_stay_in_their_rooms() -> None:
    """Each library of weight has its places, and some are used nowhere."""
    used = [(module, node, name.split(".")[0]) for module in MODULES for node, name in module.imports]
    holds(
        [
            f"{module.at(node)}: {library} is for {LIBRARIES.get(library, 'nobody')} only"
            for module, node, library in used
            if library in NOWHERE or (library in LIBRARIES and not module.stands_in(LIBRARIES[library]))
        ]
    )


def test_slow_libraries_load_where_they_are_used() -> None:
    """PyMuPDF, matplotlib and the price list are imported inside functions, or for types alone."""
    holds(
        [
            f"{module.at(node)}: import {name} inside the function that uses it"
            for module in MODULES
            for node, name in module.imports
            if name.split(".")[0] in INSIDE_FUNCTIONS and node in module.tree.body
        ]
    )


@pytest.mark.parametrize("deed", RESERVED)
def test_reserved_deeds(deed: str) -> None:
    """Only settings/ reads the environment, only cli/ prints or exits, only store/files.py fsyncs."""
    words, places = RESERVED[deed]
    holds(
        [
            f"{module.at(node)}: {name}: only {places or 'nobody'} may {deed}"
            for module in MODULES
            if not module.stands_in(places)
            for node, name in source.names(module)
            if name in words
        ]
    )


def test_small_files_and_functions() -> None:
    """No file has more than 300 lines, no function more than 50."""
    sizes = [(module.at(module.tree), len(module.text.splitlines()), MAX_LINES) for module in MODULES]
    sizes += [
        (f"{module.at(node)}: {node.name}", (node.end_lineno or 0) - node.lineno + 1, MAX_FUNCTION_LINES)
        for module in MODULES
        for node in source.functions(module)
    ]
    holds([f"{where} has {lines} lines, at most {most}" for where, lines, most in sizes if lines > most])


def test_docstrings() -> None:
    """Every module and every public class, function and method says what it guarantees."""
    holds(
        [
            f"{module.at(node)}: {getattr(node, 'name', 'the module')} has no docstring"
            for module in MODULES
            for node in source.undocumented(module.tree)
        ]
    )


def test_public_names() -> None:
    """``robasync.__all__`` lists every public name once and in order, and each can be had."""
    listed = list(getattr(robasync, "__all__", []))
    bound = {name: value for name, value in vars(robasync).items() if not name.startswith("_")}
    public = {name for name, value in bound.items() if not hasattr(value, "__spec__")} - {"annotations"}

    assert listed == sorted(set(listed), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert public <= set(listed)
    assert [name for name in listed if not hasattr(robasync, name)] == []


def loaded_after(code: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has loaded after ``code``."""
    script = f"import json, sys\n{code}\nprint('\\n' + json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr

    return set(json.loads(run.stdout.splitlines()[-1]))


def test_help_is_cheap() -> None:
    """``robasync --help`` loads neither the network client nor the PDF reader nor the plots."""
    if not hasattr(importlib.import_module("robasync.cli"), "main"):
        pytest.skip("the command line is not there yet")

    loaded = loaded_after(
        "import contextlib, runpy\nsys.argv = ['robasync', '--help']\n"
        "with contextlib.suppress(SystemExit):\n    runpy.run_module('robasync', run_name='__main__')"
    )
    assert "robasync.cli" in loaded
    assert loaded & {"aiohttp", "genai_prices", "pymupdf", "matplotlib"} == set()


def test_readers_load_no_network() -> None:
    """The process in which hostile bytes are parsed loads nothing of the network."""
    readers = [f"robasync.{module.name}" for module in MODULES if module.room == "extract"]
    loaded = loaded_after(
        f"import importlib, pymupdf, robasync.__main__\nfor name in {readers}: importlib.import_module(name)"
    )
    assert loaded & NETWORK == set()
