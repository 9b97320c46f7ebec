"""经济基础库 The base registry of the economy: series with definitions, units, breakdowns and revisions, told in SDMX."""
