"""Commands for those who change Xilin: every test, every check."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from xilin.lib.environment import folder

ROOT = folder("XILIN_ROOT", Path(__file__).parents[3])

# What tests use beyond Python: a program that shows it is there, and its Debian packages.
WANTED = {
    "chromium": ("chromium", "chromium-driver", "fonts-noto-cjk"),
    "mariadbd": ("mariadb-server",),
    "ogrinfo": ("gdal-bin",),
}
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec"])

# A process of tests has DuckDB, a browser or Spark, and a PostgreSQL of its own; more processes than this gain little.
MEMORY_EACH = 2_800
MOST_PROCESSES = 4
# Words with which pytest runs in one process: another number of them, few tests, a person at the keyboard.
ALONE = (
    "-n",
    "--numprocesses",
    "--dist",
    "-k",
    "--lf",
    "--last-failed",
    "--pdb",
    "--trace",
    "--collect-only",
    "--co",
    "-s",
)


def install_wanted() -> None:
    """Install what is missing from the distribution where that is allowed; say so where it isn't."""
    missing = [name for name in WANTED if not shutil.which(name, path=PATH)]
    if not missing:
        return
    packages = [package for name in missing for package in WANTED[name]]
    by_hand = f"apt-get install {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        typer.echo(
            f"Not on this machine: {', '.join(missing)}. Tests that need them are skipped. By hand: {by_hand}"
        )
        return
    typer.echo(f"Installing {', '.join(packages)} ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            typer.echo(
                f"{' '.join(command)} failed; tests that need it are skipped. It said: {done.stderr[-400:]}"
            )
            return


def install_spark() -> None:
    """Install Spark where there is a Java to run it: a large package, which only sites with a cluster need."""
    if not shutil.which("java"):
        typer.echo("Not on this machine: java (17 or newer). Tests of Spark are skipped.")
        return
    if importlib.util.find_spec("pyspark"):
        return
    typer.echo("Installing pyspark from requirements-spark.lock ...")
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    tool = (
        [uv, "pip", "install", "--quiet", "--python", sys.executable]
        if uv
        else [sys.executable, "-m", "pip", "install", "--quiet"]
    )
    command = [*tool, "--require-hashes", "-r", str(ROOT / "requirements-spark.lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        typer.echo(f"It failed; tests of Spark are skipped. It said: {done.stderr[-400:]}")


def processes(cores: int, memory: int) -> int:
    """How many processes run tests on a machine of so many cores and so much memory, in MB.

    >>> [processes(2, 8_000), processes(16, 64_000), processes(8, 6_000), processes(1, 2_000)]
    [2, 4, 2, 1]
    """
    return max(1, min(cores, memory // MEMORY_EACH, MOST_PROCESSES))


def shared_out(arguments: Sequence[str]) -> list[str]:
    """What makes pytest run in several processes: nothing where the caller says how many, or wants files, names or a debugger.

    >>> shared_out(["-n", "0"]), shared_out(["tests/lib/test_text.py"]), shared_out(["-k", "mask"]), shared_out(["--pdb"])
    ([], [], [], [])
    """
    if any(argument.startswith(ALONE) or ".py" in argument for argument in arguments):
        return []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    number = processes(len(os.sched_getaffinity(0)), memory)
    return [f"--numprocesses={number}"] if number > 1 else []


def run_tests(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to pytest.")] = None,
) -> None:
    """Run every test; installs what they use from the distribution when it may."""
    install_wanted()
    install_spark()
    given = arguments or []
    command = [sys.executable, "-m", "pytest", *shared_out(given), *given]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def check() -> None:
    """Run the checks of the code: ruff, mypy, the import contracts, djlint, the tests of the docs."""
    scripts = Path(sys.executable).parent
    commands = {
        "ruff": [str(scripts / "ruff"), "check", "."],
        "format": [str(scripts / "ruff"), "format", "--check", "."],
        "mypy": [str(scripts / "mypy")],
        "imports": [str(scripts / "lint-imports")],
        "djlint": [str(scripts / "djlint"), "src", "--lint", "--quiet"],
        "docs": [sys.executable, "-m", "pytest", "tests/docs", "tests/architecture"],
    }
    failed = []
    for name, command in commands.items():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        typer.echo(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}")
        if done.returncode:
            failed.append(name)
            typer.echo(done.stdout + done.stderr)
    raise typer.Exit(1 if failed else 0)
