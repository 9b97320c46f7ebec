"""What a benchmark was measured on, in a line: figures without it mean little."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path


def told(*packages: str) -> str:
    """Processor, cores, memory, load, Python, and the versions of packages by their names on PyPI."""
    cpu = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)$", cpu.read_text(), re.MULTILINE) if cpu.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = "".join(f", {name} {version(name)}" for name in packages)
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}{versions}"
    )
