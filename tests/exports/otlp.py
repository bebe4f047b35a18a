"""Receives OpenTelemetry spans: as a file, over gRPC and over HTTP, bare and by TLS: otlp.py KMODTRACE RECORDING…

The messages are those of the package `opentelemetry-proto`, the gRPC server that of `grpcio`, certificates are made by
`trustme`.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import trustme
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as rpc
from opentelemetry.proto.trace.v1 import trace_pb2

from truth import Call, run, same

TOKEN = "a secret"


def hexed(value):
    """OTLP/JSON writes ids in hexadecimal, protobuf's own JSON in base64."""
    if isinstance(value, list):
        return [hexed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        key: base64.b64encode(bytes.fromhex(entry)).decode() if key in ids else hexed(entry)
        for key, entry in value.items()
    }


class Grpc(rpc.TraceServiceServicer):
    """Takes requests; turns the first one away, as a collector does that is busy."""

    def __init__(self):
        self.requests, self.busy = [], True

    def Export(self, request, context):
        assert dict(context.invocation_metadata())["x-token"] == TOKEN
        if self.busy:
            self.busy = False
            context.abort(grpc.StatusCode.UNAVAILABLE, "come back later")
        self.requests.append(request)
        return service.ExportTraceServiceResponse()


class Authority:
    """Signs the server's certificate; its own lies in a file, for whoever is to trust it."""

    def __init__(self, directory, name):
        self.authority = trustme.CA()
        self.file = os.path.join(directory, name)
        self.authority.cert_pem.write_to_path(self.file)
        self.server = self.authority.issue_cert("localhost")

    def grpc(self):
        chain = b"".join(pem.bytes() for pem in self.server.cert_chain_pems)
        return grpc.ssl_server_credentials([(self.server.private_key_pem.bytes(), chain)])

    def http(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.configure_cert(context)
        return context


def over_grpc(binary, recording, authority=None, **how):
    receiver = Grpc()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    rpc.add_TraceServiceServicer_to_server(receiver, server)
    if authority:
        url = f"https://localhost:{server.add_secure_port('localhost:0', authority.grpc())}"
    else:
        url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    send(binary, recording, url, **how)
    server.stop(None)
    assert receiver.busy == bool(how.get("refused"))
    return receiver.requests


def over_http(binary, recording, authority=None, **how):
    requests, busy = [], [True]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/traces" and self.headers["x-token"] == TOKEN
            assert self.headers["content-type"] == "application/x-protobuf"
            body = self.rfile.read(int(self.headers["content-length"]))
            if busy.pop() if busy else False:
                self.send_response(503)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            requests.append(service.ExportTraceServiceRequest.FromString(body))
            answer = service.ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if authority:
        server.socket = authority.http().wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme, host = ("https", "localhost") if authority else ("http", "127.0.0.1")
    send(binary, recording, f"{scheme}://{host}:{server.server_port}", "--otlp-protocol", "http", **how)
    server.shutdown()
    server.server_close()
    assert bool(busy) == bool(how.get("refused"))
    return requests


class Server(HTTPServer):
    """What goes wrong with one client is not the server's end, and shown by the client's exit code."""

    def handle_error(self, request, client_address):
        pass


def send(binary, recording, url, *args, trust=None, refused=None):
    """Sends to a collector, trusting who is in `trust`; `refused` is the exit code and what is said if it fails."""
    environment = dict(os.environ, OTEL_EXPORTER_OTLP_HEADERS=f"x-token={TOKEN.replace(' ', '%20')}")
    environment.pop("SSL_CERT_DIR", None)
    if trust:
        environment["SSL_CERT_FILE"] = trust
    command = [binary, "export", recording, "--otlp-endpoint", url, *args]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    said = done.stderr.decode("utf-8")
    if refused:
        code, why = refused
        assert done.returncode == code and why in said and said.count("\n") == 1, (done.returncode, said)
        print(f"refused: {said.strip()}")
    else:
        assert done.returncode in (0, 5) and not said, (done.returncode, said)


def value(any_value):
    which = any_value.WhichOneof("value")
    if which == "array_value":
        return [value(entry) for entry in any_value.array_value.values]
    if which == "kvlist_value":
        return attributes(any_value.kvlist_value.values)
    return getattr(any_value, which)


def attributes(pairs):
    found = {pair.key: value(pair.value) for pair in pairs}
    assert len(found) == len(pairs), "an attribute stands twice"
    return found


def check(requests, recording, binary, what):
    spans, resources = [], []
    for request in requests:
        assert request.ByteSize() < 4 << 20
        for resource in request.resource_spans:
            resources.append(attributes(resource.resource.attributes))
            for scope in resource.scope_spans:
                assert scope.scope.name == "kmodtrace"
                spans.extend(scope.spans)
    names = {"service.name", "service.version", "os.type", "os.version", "host.arch"}
    assert all(names <= set(resource) for resource in resources), resources[0]
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    assert len(by_id) == len(spans), "a span id stands twice"
    calls, of_span, logs, children, retries = [], {}, 0, {}, {}
    for span in spans:
        assert len(span.trace_id) == 16 and len(span.span_id) == 8 and any(span.trace_id)
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        found = attributes(span.attributes)
        if "kmodtrace.kind" not in found:
            continue
        failed = found["kmodtrace.result"] != "OK"
        assert span.status.code == (trace_pb2.Status.STATUS_CODE_ERROR if failed else trace_pb2.Status.STATUS_CODE_OK)
        assert failed == ("error.type" in found)
        length = span.end_time_unix_nano - span.start_time_unix_nano
        assert length == found["kmodtrace.total_ns"]
        assert span.start_time_unix_nano == found["kmodtrace.start_unix_ns"]
        call = Call(
            found["kmodtrace.kind"], found["kmodtrace.id"], found.get("kmodtrace.module"),
            found["kmodtrace.result"], found["kmodtrace.start_ns"], length, found["kmodtrace.unattributed_ns"],
        )
        calls.append(call)
        of_span[span.trace_id, span.span_id] = (call, span)
        logs += len(span.events)
        if span.parent_span_id:
            children[call.id] = by_id[span.trace_id, span.parent_span_id]
        for link in span.links:
            retries[call.id] = (link.trace_id, link.span_id)
    for span in spans:
        parent = of_span.get((span.trace_id, span.parent_span_id))
        found = attributes(span.attributes)
        if parent is None or "kmodtrace.bounds" not in found:
            continue
        call, outer = parent
        start = span.start_time_unix_nano - outer.start_time_unix_nano + call.start_ns
        length = span.end_time_unix_nano - span.start_time_unix_nano
        call.phases.append((span.name, start, length))
    for call in calls:
        call.phases.sort(key=lambda phase: (phase[1], phase[1] + phase[2]))
    expected = same(calls, recording, binary, what)
    assert logs == sum(call.log for call in expected.calls)
    for line in expected.lines:
        if line.get("parent"):
            assert "init" in children[line["id"]].name.split("+"), line["id"]
        if line.get("retry_of"):
            assert of_span[retries[line["id"]]][0].id == line["retry_of"]
    assert len(children) == sum(1 for line in expected.lines if line.get("parent"))
    assert len(retries) == sum(1 for line in expected.lines if line.get("retry_of"))


def main():
    binary, *recordings = sys.argv[1:]
    for recording in recordings:
        data = run(binary, "export", recording, "--to", "otlp")
        assert data == run(binary, "export", recording, "--to", "otlp"), "ids differ from time to time"
        lines = data.decode("utf-8").rstrip("\n").split("\n")
        requests = [
            json_format.ParseDict(hexed(json.loads(line)), service.ExportTraceServiceRequest()) for line in lines
        ]
        check(requests, recording, binary, "otlp (file)")
        check(over_grpc(binary, recording), recording, binary, "otlp (gRPC)")
        check(over_http(binary, recording), recording, binary, "otlp (HTTP)")
    by_tls(binary, recordings[0])


def by_tls(binary, recording):
    """Whoever is trusted gets the spans, and nobody else."""
    with tempfile.TemporaryDirectory() as directory:
        ours, other = Authority(directory, "ours.pem"), Authority(directory, "other.pem")
        for way, over in (("gRPC", over_grpc), ("HTTP", over_http)):
            check(over(binary, recording, ours, trust=ours.file), recording, binary, f"otlp ({way}, TLS)")
            # Trusted are those of the system, if none are named.
            for trust in (other.file, None):
                got = over(binary, recording, ours, trust=trust, refused=(5, "certificate"))
                assert not got, "a collector that is not trusted got spans"
            nothing = os.path.join(directory, "nothing.pem")
            over(binary, recording, ours, trust=nothing, refused=(2, nothing))


main()
