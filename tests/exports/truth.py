"""What `kmodtrace report --json` says of a recording: what every export has to say too."""

import json
import subprocess
import sys
from dataclasses import dataclass, field


@dataclass
class Call:
    """A load or unload."""

    kind: str
    id: str
    module: str | None
    result: str
    start_ns: int
    total_ns: int
    unattributed_ns: int
    # (name, start_ns, duration_ns)
    phases: list = field(default_factory=list)
    log: int = 0

    def key(self):
        """Everything that is compared, in one tuple."""
        return (
            self.kind,
            self.id,
            self.module,
            self.result,
            self.start_ns,
            self.total_ns,
            self.unattributed_ns,
            tuple(self.phases),
        )


@dataclass
class Truth:
    """Loads and unloads of a recording, and its summary."""

    calls: list
    summary: dict
    lines: list


def run(binary, *args):
    """What the program writes; it may say that data are incomplete (5), nothing worse."""
    done = subprocess.run([binary, *args], capture_output=True, check=False)
    if done.returncode not in (0, 5):
        sys.exit(f"{binary} {args}: exit code {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def truth(binary, recording):
    """Asks `report --json`."""
    lines = [json.loads(line) for line in run(binary, "report", "--json", recording).splitlines()]
    calls, summary = [], None
    for line in lines:
        kind = line["schema"].removeprefix("kmodtrace.").removesuffix("/1")
        if kind == "summary":
            summary = line
        if kind not in ("load", "unload"):
            continue
        phases = [(p["name"], p["start_ns"], p["duration_ns"]) for p in line["phases"]]
        calls.append(
            Call(
                kind,
                line["id"],
                line["module"],
                line["result"]["name"],
                line["start_ns"],
                line["total_ns"],
                line["unattributed_ns"],
                phases,
                len(line["log"]),
            )
        )
    return Truth(calls, summary, lines)


def same(found, recording, binary, what):
    """Ends the program unless the calls are the same, whatever their order; says how many there are."""
    expected = truth(binary, recording)
    want = sorted(call.key() for call in expected.calls)
    have = sorted(call.key() for call in found)
    for left, right in zip(want, have):
        if left != right:
            sys.exit(f"{what} of {recording}:\n  {left}\nbecame\n  {right}")
    if len(want) != len(have):
        sys.exit(f"{what} of {recording}: {len(want)} loads and unloads became {len(have)}")
    # The same rule by which the summary adds up.
    totals(expected)
    phases = sum(len(call.phases) for call in expected.calls)
    print(f"{what} {recording}: {len(have)} loads and unloads, {phases} phases")
    return expected


def totals(expected):
    """The summary of the report adds up to its own lines."""
    lines = [line for line in expected.lines if line["schema"] == "kmodtrace.load/1"]
    outer = [line for line in lines if line["parent"] is None]
    total = sum(line["total_ns"] for line in outer)
    if (len(lines), total) != (expected.summary["loads"], expected.summary["total_ns"]):
        sys.exit(f"the summary does not add up: {expected.summary}")
