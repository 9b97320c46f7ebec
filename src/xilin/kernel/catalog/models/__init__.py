"""The catalogue's tables."""

from xilin.kernel.catalog.models.compiling import Compilation, CompilationStep, SourceDecision
from xilin.kernel.catalog.models.reporting import Report
from xilin.kernel.catalog.models.resources import Item, Resource, ShareType, Version

__all__ = [
    "Compilation",
    "CompilationStep",
    "Item",
    "Report",
    "Resource",
    "ShareType",
    "SourceDecision",
    "Version",
]
