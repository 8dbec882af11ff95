"""Who may import whom. The picture of these rules is docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("connectors/**/*.py")])

TOP = {"bot.app", "bot.cli", "bot.doctor", "bot.__main__"}
"""Where the parts are put together: these may import everything."""

EDGES = {
    "bot.slack",
    "bot.sandbox",
    "bot.index",
    "bot.models",
    "bot.sync.schedule",
    "bot.tuning.training",
    "bot.tuning.export",
}
"""What speaks to something outside (Slack, a browser, LlamaIndex, llama.cpp, APScheduler)."""
MAY_IMPORT = {
    ("bot.tuning.training", "bot.models"),  # reads the weights and tokens that it serves
    ("bot.tuning.export", "bot.models"),  # writes and compares what it serves
    ("bot.tuning.export", "bot.tuning.training"),
}
"""One edge another: whoever trains and exports in a process of its own."""

ONLY_IN = {
    "llama_cpp": {"bot.models"},
    "gguf": {"bot.models"},
    "openvino": {"bot.models"},
    "llama_index": {"bot.index"},
    "kiwipiepy": {"bot.index"},
    "apscheduler": {"bot.sync.schedule"},
    "slack_bolt": {"bot.slack"},
    "slack_sdk": {"bot.slack", "bot.doctor"},
    "sqlite_utils": {"bot.store"},
    "torch": {"bot.tuning"},
    "transformers": {"bot.tuning"},
    "peft": {"bot.tuning"},
    "optuna": {"bot.tuning"},
    "matplotlib": {"bot.tuning"},
    "rich": {"bot.cli"},
    "click": {"bot.cli"},
}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            # `from bot.sync import schedule` imports a module, not a name
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def within(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def edge_of(module: str) -> str | None:
    return next((edge for edge in EDGES if within(module, {edge})), None)


ALL = [(module_of(path), line, name) for path in SOURCES for line, name in imports_of(path)]


def offences(rule: object) -> list[str]:
    assert callable(rule)
    return [f"{module}:{line} imports {name}" for module, line, name in ALL if rule(module, name)]


def test_every_source_file_is_looked_at() -> None:
    assert len(SOURCES) > 30
    assert {"bot.contracts", "connectors.folder"} <= {module_of(path) for path in SOURCES}


def test_connectors_import_nothing_of_the_bot() -> None:
    assert not offences(lambda module, name: within(module, {"connectors"}) and within(name, {"bot"}))


def test_the_local_workspace_and_the_bot_do_not_know_each_other() -> None:
    def breaks(module: str, name: str) -> bool:
        if within(module, {"bot.sandbox"}):
            return within(name, {"bot"}) and not within(name, {"bot.sandbox"}) and name != "bot"
        return within(name, {"bot.sandbox"}) and not within(module, TOP)

    assert not offences(breaks)


def test_edges_import_the_core_and_never_each_other() -> None:
    def breaks(module: str, name: str) -> bool:
        here, there = edge_of(module), edge_of(name)
        return bool(here and there and here != there and (here, there) not in MAY_IMPORT)

    assert not offences(breaks)


def test_the_core_imports_no_edge_and_nothing_imports_the_top() -> None:
    def breaks(module: str, name: str) -> bool:
        if within(module, TOP):
            return False
        return within(name, TOP) or bool(edge_of(name) and not edge_of(module))

    assert not offences(breaks)


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_each_library_lives_in_one_place(library: str) -> None:
    assert not offences(
        lambda module, name: name.split(".")[0] == library and not within(module, ONLY_IN[library])
    )


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        module_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    # bot.children hands a short list of variables on to a child process; pip needs the user's settings
    assert readers <= {"bot.config", "bot.children", "bot.models.pull"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path.stem for path in SOURCES} & {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "misc",
        "manager",
    }
