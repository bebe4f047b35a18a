//! Several loads of one module or file at once: only one of them can win.

use super::{Call, CallValue, Load, LoadId, Outcome, PhaseSpan, Syscall};
use crate::catalogue::{borders::allocates, phase::Phase};

/// What a load went through because the same module or file was loaded, or had been loaded, by another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contest {
    /// The other load: the one that won or, if this load went on by itself, the one that it waited for.
    /// `None` if it is not known, or not yet.
    pub with: Option<LoadId>,
    /// What both wanted.
    pub over: Over,
    /// True if the other one's result counts for this one.
    pub lost: bool,
    /// Time waited for the other one, ns.
    pub waited_ns: u64,
    /// Bytes that a lost load had read: from the file, or from user space.
    pub read_bytes: u64,
    /// Bytes of module memory that a lost load had allocated; they are free again.
    pub allocated_bytes: u64,
}

/// What two loads wanted both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// A module of the same name (`module_patient_check_exists()`, `add_unformed_module()`).
    Module,
    /// The same file (`idempotent_init_module()`, Linux 6.5 and later).
    File,
}

impl Over {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::File => "file",
        }
    }
}

impl Load {
    /// What it went through because of another load; who that was is for the caller to find.
    #[must_use]
    pub fn contest(&self) -> Option<Contest> {
        const EINTR: i32 = 4;
        const EBUSY: i32 = 16;
        const EEXIST: i32 = 17;
        const ERESTARTSYS: i32 = 512;
        let waited_ns = self.waits().fold(0, |sum: u64, ns| sum.saturating_add(ns));
        let errno = match self.outcome {
            Outcome::Returned(Err(errno)) => errno.0,
            _ => 0,
        };
        // Who has waited in vain for the other one to end gets EBUSY.
        let refused = errno == EEXIST || errno == EBUSY && waited_ns > 0;
        let interrupted = matches!(errno, EINTR | ERESTARTSYS);
        let over = if self.is_read() {
            Over::Module
        } else {
            Over::File
        };
        let lost = match over {
            Over::Module => refused && !self.passes(Phase::Sections),
            Over::File => {
                waited_ns > 0 && matches!(self.outcome, Outcome::Returned(_)) && !interrupted
            }
        };
        if !lost && waited_ns == 0 {
            return None;
        }
        let in_vain = |bytes: u64| if lost { bytes } else { 0 };
        Some(Contest {
            with: None,
            over,
            lost,
            waited_ns,
            read_bytes: in_vain(self.read_bytes()),
            allocated_bytes: in_vain(self.allocated_bytes()),
        })
    }

    /// Bytes that it has read: from the file, or from user space.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        if !self.is_read() {
            return 0;
        }
        let bytes = match self.syscall {
            Syscall::FinitModule { .. } => self.file_bytes.or(self.image_bytes),
            Syscall::InitModule => self.image_bytes,
        };
        bytes.unwrap_or(0)
    }

    /// Bytes of module memory that it has allocated.
    #[must_use]
    pub fn allocated_bytes(&self) -> u64 {
        let blocks = self.allocations();
        blocks.fold(0, |sum: u64, block| sum.saturating_add(block.bytes))
    }

    /// Module memory that it has allocated, in order of time.
    pub fn allocations(&self) -> impl Iterator<Item = Allocation> {
        let calls = self.phases.iter().flat_map(|span| &span.calls);
        let allocates = |call: &&Call| call.hook().is_some_and(allocates);
        calls.filter(allocates).filter_map(allocation)
    }

    /// Waits for another load of the same module or file, ns. Those for the owner of a symbol are others.
    fn waits(&self) -> impl Iterator<Item = u64> {
        let before = |span: &&PhaseSpan| !span.covers.contains(&Phase::Symbols);
        let spans = self.phases.iter().take_while(before);
        let waits = spans.filter(|span| span.covers.first() == Some(&Phase::Wait));
        waits.map(|span| span.duration_ns)
    }

    /// True if its file or image was read: a load that waits for another one of the same file reads nothing.
    fn is_read(&self) -> bool {
        self.phases
            .iter()
            .any(|span| !matches!(span.covers[..], [Phase::Read | Phase::Wait | Phase::Return]))
    }

    fn passes(&self, phase: Phase) -> bool {
        self.phases.iter().any(|span| span.covers.contains(&phase))
    }
}

/// Module memory that was allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allocation {
    /// How much.
    pub bytes: u64,
    /// Where.
    pub address: u64,
}

fn allocation(call: &Call) -> Option<Allocation> {
    let (mut bytes, mut address) = (None, None);
    for value in &call.values {
        match *value {
            ("bytes", CallValue::Number(number)) => bytes = Some(number),
            ("address", CallValue::Address(at)) if at != 0 => address = Some(at),
            _ => {}
        }
    }
    let (bytes, address) = (bytes?, address?);
    Some(Allocation { bytes, address })
}
