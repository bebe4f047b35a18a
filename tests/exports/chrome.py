"""Checks Chrome's JSON trace events by their specification: chrome.py KMODTRACE RECORDING…"""

import json
import sys
from decimal import Decimal

from truth import Call, run, same

NEEDED = {
    "X": {"ts", "dur", "cat"},
    "B": {"ts", "cat"},
    "i": {"ts", "s", "cat"},
    "C": {"ts", "args"},
    "M": {"args"},
    "s": {"ts", "id", "cat"},
    "f": {"ts", "id", "cat", "bp"},
}


def ns(microseconds):
    """Exactly so many nanoseconds."""
    number = microseconds * 1000
    assert number == int(number), number
    return int(number)


def unique(pairs):
    """An object in which no key stands twice."""
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


def main():
    binary, *recordings = sys.argv[1:]
    for recording in recordings:
        data = run(binary, "export", recording, "--to", "chrome").decode("utf-8")
        assert not any(ord(c) < 32 and c != "\n" for c in data)
        trace = json.loads(data, parse_float=Decimal, object_pairs_hook=unique)
        assert trace["displayTimeUnit"] == "ns"
        calls, open_tracks, flows, logs = [], {}, {}, 0
        for event in trace["traceEvents"]:
            phase = event["ph"]
            assert {"ph", "name", "pid", "tid"} <= set(event), event
            assert NEEDED[phase] <= set(event), event
            if phase == "s":
                flows[event["id"]] = event
            if phase == "f":
                assert flows.pop(event["id"])["ts"] <= event["ts"]
            logs += event.get("cat") == "log"
            if phase != "X":
                continue
            start, length = ns(event["ts"]), ns(event["dur"])
            # On one track, a slice is inside of another one or beside it.
            stack = open_tracks.setdefault((event["pid"], event["tid"]), [])
            while stack and stack[-1] <= start:
                stack.pop()
            assert not stack or start + length <= stack[-1], event
            args = event["args"]
            if event["cat"] in ("load", "unload"):
                assert not stack
                assert (event["pid"], event["tid"]) == (args["pid"], args["tid"])
                call = Call(
                    event["cat"], args["id"], args.get("module"), args["result"], start, length,
                    args["unattributed_ns"],
                )
                calls.append(call)
            elif event["cat"] == "phase":
                assert length == args["duration_ns"]
                calls[-1].phases.append((event["name"], start, length))
            if length:
                stack.append(start + length)
        assert not flows
        expected = same(calls, recording, binary, "chrome")
        summary = trace["otherData"]["summary"]
        for name in ("loads", "failed", "unloads", "total_ns", "unattributed_ns", "inferred_ns"):
            assert summary[name] == expected.summary[name], name
        assert logs == sum(call.log for call in expected.calls)


main()
