//! The three virtio ports of a guest: the command's two streams, and control.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

use super::Output;

/// A port of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// The command's standard output.
    Out,
    /// The command's standard error.
    Err,
    /// Lines of the guest's first process: `start`, `warning TEXT`, `status N`.
    Control,
}

/// The ports in the order of their devices.
const PORTS: [Port; 3] = [Port::Out, Port::Err, Port::Control];

impl Port {
    /// Name of the device, of its chardev and of its socket.
    fn name(self) -> &'static str {
        match self {
            Self::Out => "kt.out",
            Self::Err => "kt.err",
            Self::Control => "kt.control",
        }
    }
}

/// What the ports' readers tell.
#[derive(Debug)]
pub(super) enum Report {
    /// The command starts.
    Started,
    /// The command ended with this status.
    Status(u8),
    /// The guest's kernel logged a warning that begins so.
    KernelWarning(String),
    /// All of this stream has come.
    Complete(Port),
    /// Our own side cannot take the output.
    Broken(anyhow::Error),
}

/// Names and sockets of the ports below a run's directory.
pub(super) fn sockets(dir: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> + use<> {
    let dir = dir.to_path_buf();
    PORTS
        .into_iter()
        .map(move |port| (port.name(), dir.join(port.name())))
}

/// The readers of all ports.
pub(super) struct Ports {
    readers: Vec<JoinHandle<Vec<u8>>>,
}

impl Ports {
    /// Listens for QEMU on the ports' sockets; the readers end with it or when `over` is set.
    pub(super) fn listen(
        dir: &Path,
        output: Output,
        token: &[u8],
        over: &Arc<AtomicBool>,
        reports: &Sender<Report>,
    ) -> Result<Self> {
        let mut readers = Vec::new();
        for port in PORTS {
            let socket = dir.join(port.name());
            let listener = UnixListener::bind(&socket)
                .with_context(|| format!("cannot listen on {}", socket.display()))?;
            listener.set_nonblocking(true)?;
            let (over, reports) = (Arc::clone(over), reports.clone());
            let mut sink = Sink::new(port, output, token);
            readers.push(thread::spawn(move || {
                if let Err(error) = read_port(&listener, &over, port, &mut sink, &reports) {
                    let _ = reports.send(Report::Broken(error));
                }
                sink.kept
            }));
        }
        Ok(Self { readers })
    }

    /// Waits for the readers and returns what was captured of the command's two streams.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let mut streams = self
            .readers
            .into_iter()
            .map(|reader| reader.join().unwrap_or_default());
        let stdout = streams.next().unwrap_or_default();
        let stderr = streams.next().unwrap_or_default();
        streams.for_each(drop);
        (stdout, stderr)
    }
}

/// Waits for QEMU to connect; none if the run is over first.
fn accept(listener: &UnixListener, over: &AtomicBool) -> Result<Option<UnixStream>> {
    while !over.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(Some(stream));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error).context("cannot accept QEMU's connection"),
        }
    }
    Ok(None)
}

/// Reads one port to its end.
fn read_port(
    listener: &UnixListener,
    over: &AtomicBool,
    port: Port,
    sink: &mut Sink,
    reports: &Sender<Report>,
) -> Result<()> {
    let Some(mut stream) = accept(listener, over)? else {
        return Ok(());
    };
    let mut buffer = vec![0; 64 * 1024];
    let mut line = Vec::new();
    loop {
        let n = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // QEMU was killed.
            Err(_) => break,
        };
        if port == Port::Control {
            for byte in &buffer[..n] {
                if *byte == b'\n' {
                    if let Some(report) = control(&String::from_utf8_lossy(&line)) {
                        let _ = reports.send(report);
                    }
                    line.clear();
                } else {
                    line.push(*byte);
                }
            }
        } else if sink.take(&buffer[..n])? {
            let _ = reports.send(Report::Complete(port));
        }
    }
    sink.end()
}

/// What a control line says.
fn control(line: &str) -> Option<Report> {
    match line.split_once(' ') {
        None if line == "start" => Some(Report::Started),
        Some(("warning", text)) => Some(Report::KernelWarning(text.to_owned())),
        Some(("status", code)) => code.trim().parse().ok().map(Report::Status),
        _ => None,
    }
}

/// Takes a stream up to the token that ends it.
struct Sink {
    target: Option<Port>,
    token: Vec<u8>,
    /// Bytes that may be the token's beginning.
    held: Vec<u8>,
    complete: bool,
    kept: Vec<u8>,
}

impl Sink {
    /// A sink for the port's bytes.
    fn new(port: Port, output: Output, token: &[u8]) -> Self {
        let target = (output == Output::Inherit).then_some(port);
        let token = token.to_vec();
        Self {
            target,
            token,
            held: Vec::new(),
            complete: false,
            kept: Vec::new(),
        }
    }

    /// Takes bytes; true when they complete the stream.
    fn take(&mut self, bytes: &[u8]) -> Result<bool> {
        if self.complete {
            return Ok(false);
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let found = held
            .windows(self.token.len())
            .position(|window| window == self.token);
        if let Some(at) = found {
            self.complete = true;
            self.pass(&held[..at])?;
            return Ok(true);
        }
        let keep = (0..self.token.len().min(held.len() + 1))
            .rev()
            .find(|&n| held.ends_with(&self.token[..n]))
            .unwrap_or(0);
        let split = held.len() - keep;
        self.pass(&held[..split])?;
        self.held = held.split_off(split);
        Ok(false)
    }

    /// Gives up waiting for the token.
    fn end(&mut self) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.pass(&held)
    }

    /// Hands bytes on.
    fn pass(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match self.target {
            Some(Port::Out) => {
                let mut out = io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush())
            }
            Some(Port::Err) => io::stderr().lock().write_all(bytes),
            Some(Port::Control) | None => {
                self.kept.extend_from_slice(bytes);
                Ok(())
            }
        };
        written.context("cannot write the command's output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink() -> Sink {
        Sink::new(Port::Out, Output::Capture, b"<end>")
    }

    #[test]
    fn the_token_ends_a_stream() {
        let mut sink = sink();
        assert!(!sink.take(b"a<en").unwrap());
        assert_eq!(sink.kept, b"a");
        assert!(!sink.take(b"x<e").unwrap());
        assert!(sink.take(b"nd>late").unwrap());
        assert!(!sink.take(b"later").unwrap());
        assert_eq!(sink.kept, b"a<enx");
    }

    #[test]
    fn a_stream_cut_short_keeps_its_bytes() {
        let mut sink = sink();
        assert!(!sink.take(b"ab<").unwrap());
        sink.end().unwrap();
        assert_eq!(sink.kept, b"ab<");
    }

    #[test]
    fn control_lines() {
        assert!(matches!(control("start"), Some(Report::Started)));
        assert!(matches!(control("status 137"), Some(Report::Status(137))));
        assert!(control("status x").is_none());
        assert!(control("").is_none());
    }
}
