//! Sends requests to an OpenTelemetry collector: OTLP by gRPC or HTTP
//! (<https://opentelemetry.io/docs/specs/otlp/>).

use std::{
    env,
    io::{self, Write},
    iter,
    str::FromStr as _,
    sync::Arc,
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse, trace_service_client::TraceServiceClient,
};
use prost::Message as _;
use tonic::{
    Code, Request, Status,
    metadata::{AsciiMetadataKey, AsciiMetadataValue},
    transport::{Channel, ClientTlsConfig, Endpoint, Uri},
};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use crate::cli::args::Protocol;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before a request is tried again, when the collector asks for that.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// A collector. What is written to it are requests, each behind its length (a varint): it sends each as soon as it
/// is whole.
pub(super) struct Collector {
    way: Way,
    headers: Vec<(String, String)>,
    held: Vec<u8>,
}

enum Way {
    Grpc {
        runtime: tokio::runtime::Runtime,
        client: TraceServiceClient<Channel>,
    },
    Http {
        agent: Agent,
        url: String,
    },
}

/// Why a request failed, and whether it is worth trying again.
struct Refusal {
    why: String,
    again: bool,
}

impl Collector {
    /// Of a URL; connects when there is something to send.
    pub(super) fn new(url: &str, protocol: Option<Protocol>) -> Result<Self, String> {
        let uri = Uri::from_str(url).map_err(|error| format!("{url}: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(format!(
                "{url} is no URL of a collector, such as http://localhost:4317"
            ));
        }
        let bare = matches!(uri.path(), "" | "/");
        let usual = if bare && uri.port_u16() != Some(4318) {
            Protocol::Grpc
        } else {
            Protocol::Http
        };
        let trusted = if uri.scheme_str() == Some("https") {
            trusted()?
        } else {
            Vec::new()
        };
        let way = match protocol.unwrap_or(usual) {
            Protocol::Grpc => grpc(url, &uri)?,
            Protocol::Http => {
                let url = url.trim_end_matches('/');
                let path = if bare { "/v1/traces" } else { "" };
                Way::Http {
                    agent: agent(trusted),
                    url: format!("{url}{path}"),
                }
            }
        };
        Ok(Self {
            way,
            headers: headers(&env::var("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default())?,
            held: Vec::new(),
        })
    }

    fn send(&mut self, request: &[u8]) -> io::Result<()> {
        let mut pauses = AGAIN.iter();
        loop {
            let sent = match &mut self.way {
                Way::Grpc { runtime, client } => {
                    runtime.block_on(call(client, request, &self.headers))
                }
                Way::Http { agent, url } => post(agent, url, request, &self.headers),
            };
            match sent {
                Ok(response) => return accepted(response),
                Err(refusal) => match pauses.next().filter(|_| refusal.again) {
                    Some(pause) => thread::sleep(*pause),
                    None => return Err(io::Error::other(refusal.why)),
                },
            }
        }
    }
}

impl Write for Collector {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        loop {
            let mut rest = self.held.as_slice();
            let Ok(length) = prost::decode_length_delimiter(&mut rest) else {
                return Ok(bytes.len());
            };
            let Some(request) = rest.get(..length).map(<[u8]>::to_vec) else {
                return Ok(bytes.len());
            };
            let used = self.held.len() - rest.len() + length;
            self.held.drain(..used);
            self.send(&request)?;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The parts of a request that a collector did not want are lost.
fn accepted(response: ExportTraceServiceResponse) -> io::Result<()> {
    match response.partial_success {
        Some(partial) if partial.rejected_spans > 0 => {
            let (spans, why) = (partial.rejected_spans, partial.error_message);
            let why = format!("the collector rejected {spans} spans: {why}");
            Err(io::Error::other(why))
        }
        _ => Ok(()),
    }
}

fn grpc(url: &str, uri: &Uri) -> Result<Way, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let mut endpoint = Endpoint::from(uri.clone())
        .connect_timeout(PATIENCE)
        .timeout(PATIENCE);
    if uri.scheme_str() == Some("https") {
        let tls = ClientTlsConfig::new().with_native_roots();
        endpoint = endpoint
            .tls_config(tls)
            .map_err(|error| format!("{url}: {error}"))?;
    }
    let channel = {
        let _inside = runtime.enter();
        endpoint.connect_lazy()
    };
    let client = TraceServiceClient::new(channel);
    Ok(Way::Grpc { runtime, client })
}

async fn call(
    client: &mut TraceServiceClient<Channel>,
    request: &[u8],
    headers: &[(String, String)],
) -> Result<ExportTraceServiceResponse, Refusal> {
    let wrong = |error: String| Refusal {
        why: error,
        again: false,
    };
    let request = ExportTraceServiceRequest::decode(request);
    let mut request = Request::new(request.map_err(|error| wrong(error.to_string()))?);
    for (name, value) in headers {
        let key = AsciiMetadataKey::from_str(&name.to_ascii_lowercase());
        let value = AsciiMetadataValue::from_str(value);
        let (Ok(key), Ok(value)) = (key, value) else {
            return Err(wrong(format!("{name} is no header of gRPC")));
        };
        request.metadata_mut().insert(key, value);
    }
    match client.export(request).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(refused(&status)),
    }
}

/// By the specification's table of codes.
fn refused(status: &Status) -> Refusal {
    let again = matches!(
        status.code(),
        Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss
    );
    // What is no answer has a cause, and that one another: the last one is it.
    let causes = iter::successors(std::error::Error::source(status), |error| error.source());
    let why = match causes.last() {
        Some(cause) => format!("the collector cannot be reached: {cause}"),
        None => format!(
            "the collector answers {:?}: {}",
            status.code(),
            status.message()
        ),
    };
    Refusal { why, again }
}

/// Certificates of those whom the system trusts, or of those in `SSL_CERT_FILE`.
fn trusted() -> Result<Vec<Certificate<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.iter().map(|error| format!(": {error}"));
        let why: String = why.collect();
        return Err(format!(
            "there is no certificate of an authority to trust{why}"
        ));
    }
    let trusted = found.certs.iter();
    Ok(trusted
        .map(|der| Certificate::from_der(der).to_owned())
        .collect())
}

/// An HTTP client that trusts these.
fn agent(trusted: Vec<Certificate<'static>>) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(trusted)))
        .build();
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .tls_config(tls)
        .build();
    Agent::new_with_config(config)
}

fn post(
    agent: &Agent,
    url: &str,
    request: &[u8],
    headers: &[(String, String)],
) -> Result<ExportTraceServiceResponse, Refusal> {
    let mut post = agent
        .post(url)
        .header("content-type", "application/x-protobuf");
    for (name, value) in headers {
        post = post.header(name, value);
    }
    let failed = |error: ureq::Error, again| Refusal {
        why: format!("the collector cannot be reached: {error}"),
        again,
    };
    let mut response = post.send(request).map_err(|error| failed(error, true))?;
    let status = response.status();
    if !status.is_success() {
        return Err(Refusal {
            why: format!("the collector answers {status}"),
            again: matches!(status.as_u16(), 429 | 502 | 503 | 504),
        });
    }
    let body = response.body_mut().read_to_vec();
    let body = body.map_err(|error| failed(error, false))?;
    // A collector may answer with nothing, which is a response without complaints.
    Ok(ExportTraceServiceResponse::decode(body.as_slice()).unwrap_or_default())
}

/// `KEY=VALUE,KEY=VALUE`, values percent-encoded, as the specification of the variable has it.
fn headers(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    let headers = pairs.map(|pair| {
        let wrong = "OTEL_EXPORTER_OTLP_HEADERS is not KEY=VALUE,KEY=VALUE";
        let (name, value) = pair.split_once('=').ok_or(wrong)?;
        let value = decoded(value.trim()).ok_or(wrong)?;
        Ok((name.trim().to_owned(), value))
    });
    headers.collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_environment() {
        let read = headers("api-key=a%3Db, x = y").expect("headers");
        let want = [("api-key", "a=b"), ("x", "y")];
        assert_eq!(read, want.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(headers("").expect("none").is_empty());
        assert!(headers("novalue").is_err() && headers("a=%4").is_err());
    }

    #[test]
    fn the_protocol_follows_from_the_url() {
        let of = |url: &str| Collector::new(url, None).map(|collector| collector.way);
        assert!(matches!(of("http://localhost:4317"), Ok(Way::Grpc { .. })));
        for (url, to) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("http://localhost:4318/", "http://localhost:4318/v1/traces"),
            ("http://host/otlp/v1/traces", "http://host/otlp/v1/traces"),
        ] {
            let Ok(Way::Http { url, .. }) = of(url) else {
                panic!("{url}");
            };
            assert_eq!(url, to);
        }
        for wrong in ["localhost:4317", "ftp://x", "http://", ""] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
