"""Reads Perfetto traces by the published schema: perfetto_schema.py KMODTRACE RECORDING…

The schema is that of the package `perfetto`, whose trace processor is a program to be downloaded.
"""

import sys

from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema

from truth import Call, run, same


def known(message, path=""):
    """Every field is one of the schema's."""
    unknown = UnknownFieldSet(message)
    if len(unknown):
        sys.exit(f"{path}: field {unknown[0].field_number} is not in the schema")
    for descriptor, value in message.ListFields():
        if descriptor.type != descriptor.TYPE_MESSAGE:
            continue
        for inner in value if descriptor.is_repeated else [value]:
            known(inner, f"{path}/{descriptor.name}")


def value(annotation):
    """A debug annotation as Python has it."""
    if annotation.dict_entries:
        return {entry.name: value(entry) for entry in annotation.dict_entries}
    if annotation.array_values:
        return [value(entry) for entry in annotation.array_values]
    which = annotation.WhichOneof("value")
    return getattr(annotation, which) if which else None


def read(data, recording):
    """The loads and unloads of a trace."""
    trace = schema.Trace()
    trace.ParseFromString(data)
    known(trace)
    first = trace.packet[0]
    assert first.sequence_flags == schema.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
    assert first.trace_packet_defaults.timestamp_clock_id == schema.BUILTIN_CLOCK_MONOTONIC
    clocks = {clock.clock_id: clock.timestamp for clock in first.clock_snapshot.clocks}
    assert set(clocks) == {1, 3, 6}, clocks
    assert first.clock_snapshot.primary_trace_clock == schema.BUILTIN_CLOCK_MONOTONIC
    tracks, stacks, calls, flows, counters, summary = {}, {}, [], {}, {}, None
    instants = {}
    # As the trace processor does: by time, what is equal in the order of the file.
    packets = [packet for packet in trace.packet if packet.HasField("track_event")]
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        if packet.HasField("track_descriptor"):
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor
    for packet in sorted(packets, key=lambda packet: packet.timestamp):
        event = packet.track_event
        assert event.track_uuid in tracks, f"no track {event.track_uuid}"
        track = tracks[event.track_uuid]
        stack = stacks.setdefault(event.track_uuid, [])
        args = {entry.name: value(entry) for entry in event.debug_annotations}
        assert not event.HasField("name") or event.name.isprintable(), event.name
        for flow in event.flow_ids:
            flows.setdefault(flow, [0, 0])[0] += 1
        for flow in event.terminating_flow_ids:
            flows.setdefault(flow, [0, 0])[1] += 1
        if event.type == schema.TrackEvent.TYPE_COUNTER:
            assert track.HasField("counter")
            counters.setdefault(track.name, []).append(event.counter_value)
        elif event.type == schema.TrackEvent.TYPE_INSTANT:
            instants[event.categories[0]] = instants.get(event.categories[0], 0) + 1
            if event.name == "summary":
                summary = args
        elif event.type == schema.TrackEvent.TYPE_SLICE_BEGIN:
            category = event.categories[0]
            if category in ("load", "unload"):
                assert not stack, f"{event.name} is inside of {stack[-1]}"
                tid = track.thread.tid
                assert tid == args["tid"] and args["id"].endswith(f".{tid}"), args
                assert tracks[track.parent_uuid].process.pid == args["pid"]
                module = args.get("module")
                calls.append(
                    Call(
                        category, args["id"], module, args["result"], packet.timestamp,
                        args["total_ns"], args["unattributed_ns"],
                    )
                )
            elif category == "phase":
                assert len(stack) == 1
                calls_of = stack[0][2]
                calls_of.phases.append((event.name, packet.timestamp, args["duration_ns"]))
            call = calls[-1] if category in ("load", "unload") else None
            stack.append((event, packet.timestamp, call, args))
        elif event.type == schema.TrackEvent.TYPE_SLICE_END:
            begin, start, call, args = stack.pop()
            length = packet.timestamp - start
            if call is not None:
                assert length == call.total_ns, (begin.name, length, call.total_ns)
            elif begin.categories[0] == "phase":
                assert length == args["duration_ns"], (begin.name, length, args)
    assert all(all(item[0].categories[0] == "in_flight" for item in stack) for stack in stacks.values())
    assert all(ends == [1, 1] for ends in flows.values()), flows
    for name, values in counters.items():
        assert min(values) >= 0, (name, values)
    assert counters.get("loads in flight", [0])[-1] == 0
    return calls, summary, instants, len(flows)


def main():
    binary, *recordings = sys.argv[1:]
    for recording in recordings:
        found, summary, instants, flows = read(run(binary, "export", recording, "--to", "perfetto"), recording)
        expected = same(found, recording, binary, "perfetto")
        for name in ("loads", "failed", "unloads", "total_ns", "unattributed_ns", "inferred_ns"):
            assert summary[name] == expected.summary[name], name
        assert instants.get("log", 0) == sum(call.log for call in expected.calls)
        children = [line for line in expected.lines if line.get("parent")]
        assert flows == len(children), (flows, len(children))


main()
