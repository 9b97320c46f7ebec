"""The handheld (手持端): an installable page for herders, plants, drivers and inspectors, and what it sends."""
