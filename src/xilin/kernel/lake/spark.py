"""The engine where a region outgrows one machine: Spark, by XILIN_ENGINE alone."""

import os
import sys
from pathlib import Path
from typing import Any

from xilin.kernel.lake.errors import NoSpark


def connect(master: str, *, zone: str, scratch: Path, memory_mb: int = 1024) -> Any:
    """A Spark session on a cluster, set so that the steps mean what they mean in DuckDB.

    Args:
        master: `spark://host:port`, or `local[2]` for trials.
        zone: the platform's time zone.
        scratch: a folder that every worker sees, as it must see the lake.
        memory_mb: of each executor.

    Raises NoSpark where pyspark isn't installed or the cluster doesn't answer.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark(master=master, why="pyspark") from error
    settings = {
        "spark.sql.session.timeZone": zone,
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.compression.codec": "snappy",
        "spark.sql.shuffle.partitions": "8",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        # Dozens of checks in one projection: code made of it grows beyond what Java compiles, and falls back slowly.
        "spark.sql.codegen.maxFields": "400",
        "spark.executor.memory": f"{memory_mb}m",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
    }
    # Where nothing else is said, the workers' Python stands where this one does.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("xilin")
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise NoSpark(master=master, why=type(error).__name__) from error
    session.sparkContext.setLogLevel("ERROR")
    return session
