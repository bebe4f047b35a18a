"""Reads both CSV tables with Python's reader, which is strict on request: tables.py KMODTRACE RECORDING…"""

import csv
import io
import re
import sys

from truth import Call, run, same


def rows(binary, recording, table):
    """Each row as an object; what was escaped or quoted is undone."""
    data = run(binary, "export", recording, "--to", table)
    text = data.decode("utf-8")
    assert text.endswith("\r\n") and not re.search(r"[^\r]\n|\r[^\n]", text)
    assert not any(ord(c) < 32 and c not in "\r\n" or 127 <= ord(c) < 160 for c in text)
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    for row in table:
        assert None not in row and None not in row.values(), row
        for name, field in row.items():
            formula = re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", field)
            assert not formula or re.fullmatch(r"-[0-9]+", field), (name, field)
        for name in row["quoted"].split():
            assert row[name].startswith("'")
            row[name] = row[name][1:]
        for name in row["escaped"].split():
            row[name] = unescaped(row[name])
    return table


def unescaped(text):
    """The bytes behind it, as `report --json` shows them."""
    parts = re.split(r"(\\\\|\\x[0-9a-f]{2})", text)
    data = b""
    for part in parts:
        if part == "\\\\":
            data += b"\\"
        elif re.fullmatch(r"\\x[0-9a-f]{2}", part):
            data += bytes([int(part[2:], 16)])
        else:
            data += part.encode()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        shown = data.replace(b"\\", b"\\\\").decode("utf-8", "surrogateescape")
        return re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", shown)


def main():
    binary, *recordings = sys.argv[1:]
    for recording in recordings:
        calls = {}
        for row in rows(binary, recording, "csv"):
            call = Call(
                row["kind"], row["id"], row["module"] or None, row["result"], int(row["start_ns"]),
                int(row["total_ns"]), int(row["unattributed_ns"]),
            )
            calls[row["kind"], row["id"]] = (call, row)
        for row in rows(binary, recording, "csv-phases"):
            call, _ = calls[row["kind"], row["id"]]
            assert len(call.phases) == int(row["index"])
            call.phases.append((row["phase"], int(row["start_ns"]), int(row["duration_ns"])))
            assert int(row["offset_ns"]) == int(row["start_ns"]) - call.start_ns
        expected = same([call for call, _ in calls.values()], recording, binary, "csv")
        for line in expected.lines:
            kind = line["schema"].removeprefix("kmodtrace.").removesuffix("/1")
            if kind not in ("load", "unload"):
                continue
            row = calls[kind, line["id"]][1]
            for name in ("comm", "params", "file", "errno", "pid", "parent_pid", "image_bytes"):
                value = line["result"]["errno"] if name == "errno" else line.get(name)
                assert row[name] == ("" if value is None else str(value)), (name, row[name], value)


main()
