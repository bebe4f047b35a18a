"""Checks Chrome's JSON trace events by their specification: chrome.py KMODTRACE RECORDING…"""

import json
import sys
from decimal import Decimal

from truth import Call, run, same

NEEDED = {
    "B": set(),
    "E": set(),
    "i": {"s"},
    "C": {"args"},
    "M": {"args"},
    "s": {"id"},
    "f": {"id", "bp"},
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
        calls, stacks, flows, logs = [], {}, {}, 0
        for event in trace["traceEvents"]:
            phase = event["ph"]
            assert {"ph", "name", "pid", "tid", "ts", "cat"} <= set(event), event
            assert NEEDED[phase] <= set(event), event
            if phase == "s":
                flows[event["id"]] = event
            if phase == "f":
                assert flows.pop(event["id"])["ts"] <= event["ts"]
            logs += event.get("cat") == "log"
            stack = stacks.setdefault((event["pid"], event["tid"]), [])
            if phase == "E":
                begin, call = stack.pop()
                assert begin["name"] == event["name"]
                length = ns(event["ts"]) - ns(begin["ts"])
                if begin["cat"] in ("load", "unload"):
                    assert not stack and length == call.total_ns
                elif begin["cat"] == "phase":
                    assert len(stack) == 1 and length == begin["args"]["duration_ns"]
                    stack[0][1].phases.append((begin["name"], ns(begin["ts"]), length))
            if phase != "B":
                continue
            # On one track, a slice is inside of another one or beside it.
            assert not stack or stack[-1][0]["ts"] <= event["ts"], event
            args, call = event.get("args", {}), None
            if event["cat"] in ("load", "unload"):
                assert not stack
                assert (event["pid"], event["tid"]) == (args["pid"], args["tid"])
                call = Call(
                    event["cat"], args["id"], args.get("module"), args["result"], ns(event["ts"]),
                    args["total_ns"], args["unattributed_ns"],
                )
                calls.append(call)
            stack.append((event, call))
        assert all(event["cat"] == "in_flight" for stack in stacks.values() for event, _ in stack)
        assert not flows
        expected = same(calls, recording, binary, "chrome")
        summary = trace["otherData"]["summary"]
        for name in ("loads", "failed", "unloads", "total_ns", "unattributed_ns", "inferred_ns"):
            assert summary[name] == expected.summary[name], name
        assert logs == sum(call.log for call in expected.calls)


main()
