"""What the code imports is named in pyproject.toml: nothing hangs on what another package happens to bring."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

REPO = Path(__file__).parents[2]


def bare(name):
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported():
    """The packages of others that modules below src import, each with one module that does.

    What a module can do without, since it catches ImportError, is left out.
    """
    found = {}
    for path in sorted((REPO / "src").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        optional = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.Try) and any("ImportError" in ast.dump(one) for one in node.handlers)
            for inner in ast.walk(node)
        }
        for node in set(ast.walk(tree)) - optional:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.split(".")[0], path.name)
    return {name: place for name, place in found.items() if name not in {*sys.stdlib_module_names, "xilin"}}


def test_every_package_that_is_imported_is_named():
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {bare(re.match(r"[\w.-]+", wanted)[0]) for wanted in project["dependencies"]}
    brought = packages_distributions()

    assert len(imported()) > 20
    unnamed = {
        name: place
        for name, place in imported().items()
        if not {bare(one) for one in brought.get(name, [name])} & named
    }
    assert unnamed == {}


def test_the_lock_has_every_package_that_is_named():
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {
        bare(name)
        for name in re.findall(
            r"^([\w.-]+)==", (REPO / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    assert {bare(re.match(r"[\w.-]+", wanted)[0]) for wanted in project["dependencies"]} <= locked
