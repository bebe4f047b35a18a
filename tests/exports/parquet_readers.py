"""Reads both Parquet tables with DuckDB and with Spark: parquet_readers.py KMODTRACE duckdb|spark RECORDING…"""

import sys
import tempfile
from pathlib import Path

from truth import Call, run, same


def duckdb_rows():
    import duckdb

    def rows(path):
        result = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row)) for row in result.fetchall()]

    return rows


def spark_rows():
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = session.config("spark.log.level", "ERROR").getOrCreate()
    return lambda path: [row.asDict() for row in session.read.parquet(str(path)).collect()]


def main():
    binary, reader, *recordings = sys.argv[1:]
    rows = {"duckdb": duckdb_rows, "spark": spark_rows}[reader]()
    for recording in recordings:
        with tempfile.TemporaryDirectory() as directory:
            loads, phases = Path(directory, "loads.parquet"), Path(directory, "phases.parquet")
            targets = ["--to", f"parquet:{loads}", "--to", f"parquet-phases:{phases}"]
            run(binary, "export", recording, *targets)
            calls = {}
            for row in rows(loads):
                call = Call(
                    row["kind"], row["id"], row["module"], row["result"], int(row["start_ns"]),
                    int(row["total_ns"]), int(row["unattributed_ns"]),
                )
                calls[row["kind"], row["id"]] = (call, row)
            for row in sorted(rows(phases), key=lambda row: (row["id"], row["index"])):
                call, _ = calls[row["kind"], row["id"]]
                call.phases.append((row["phase"], int(row["start_ns"]), int(row["duration_ns"])))
        expected = same([call for call, _ in calls.values()], recording, binary, f"parquet ({reader})")
        for line in expected.lines:
            kind = line["schema"].removeprefix("kmodtrace.").removesuffix("/1")
            if kind not in ("load", "unload"):
                continue
            row = calls[kind, line["id"]][1]
            assert row["errno"] == line["result"]["errno"]
            for name in ("comm", "params", "file", "pid", "parent_pid", "image_bytes", "complete", "retry_of"):
                assert row[name] == line.get(name), (name, row[name], line.get(name))


main()
