//! Where a function returns: x86-64 machine code → addresses for kprobes.
//!
//! The code is decoded from the function's first byte to its last. Whatever leaves a doubt about one of its
//! ways out — a jump to an unknown place or through a register, bytes that are no instruction, somebody
//! else's probe — makes all of the function [`Unsure`]: its return is then seen in another way.

use std::collections::{BTreeMap, BTreeSet};

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

/// Bytes that the jump takes with which the kernel replaces a trap.
const JUMP: u64 = 5;
/// Bytes of an ftrace site.
const SITE: usize = 5;
/// More exits than these are not worth a probe each.
pub(super) const MOST: usize = 12;

/// The code of a function, or of the part of it that is seldom run and lies elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    /// Address of the first byte.
    pub(super) address: u64,
    /// The bytes up to the next symbol.
    pub(super) bytes: &'a [u8],
}

/// What must be known of the rest of the kernel.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Addresses of return thunks: a jump there is a return.
    pub(super) thunks: BTreeSet<u64>,
    /// Addresses to which code may get without an instruction that says so: fix-ups of faults, jump labels.
    /// `None` if they are not known.
    pub(super) landings: Option<BTreeSet<u64>>,
}

/// Why the exits of a function are not certain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Unsure {
    /// Bytes that are no instruction, or one that goes on behind the end.
    #[error("no instruction at {0:#x}")]
    NotCode(u64),
    /// A trap where code runs: somebody's kprobe, whose instruction is not shown.
    #[error("a breakpoint at {0:#x}")]
    Breakpoint(u64),
    /// A jump or a return that is none of an ordinary function.
    #[error("a jump to an unknown place at {0:#x}")]
    Jump(u64),
    /// It goes on in something of which nothing is known.
    #[error("it goes on elsewhere, at {0:#x}")]
    Leaves(u64),
    /// Something gets between two instructions.
    #[error("a jump into an instruction, to {0:#x}")]
    Inside(u64),
    /// It does not return, or in too many places.
    #[error("{0} returns")]
    Count(usize),
}

/// Where an instruction leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flow {
    /// To the next one.
    On,
    /// There, or to the next one.
    Branch(u64),
    /// There.
    Jump(u64),
    Return,
    /// Nowhere, or to the next one: `ud2` of a warning.
    Bug,
    Breakpoint,
    Unknown,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    address: u64,
    bytes: u64,
    flow: Flow,
    /// It only restores what the caller had in its registers; the return value is there already.
    restores: bool,
    /// The kernel can run it elsewhere: it may be covered by a jump.
    moves: bool,
}

/// The ways out of a function.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Exits {
    /// Addresses of which one is passed whenever the function returns by itself, with the return value in its
    /// register. Where the code allows, so far in front of the return that a jump fits in.
    pub(super) returns: BTreeSet<u64>,
    /// Where it goes on otherwise: when what begins there returns, it has returned, too.
    pub(super) tails: BTreeSet<u64>,
}

/// The ways out of the function that consists of these pieces.
pub(super) fn exits(pieces: &[Piece<'_>], around: &Around) -> Result<Exits, Unsure> {
    let mut steps = Vec::new();
    for piece in pieces {
        decode(piece, around, &mut steps)?;
    }
    let at: BTreeMap<u64, usize> = steps
        .iter()
        .enumerate()
        .map(|(index, step)| (step.address, index))
        .collect();
    let mut landings = BTreeSet::new();
    let mut tails = BTreeSet::new();
    for step in &steps {
        let inside = |target| pieces.iter().any(|piece| piece.holds(target));
        match step.flow {
            Flow::Branch(target) | Flow::Jump(target) if inside(target) => {
                landings.insert(target);
            }
            Flow::Jump(target) => {
                tails.insert(target);
            }
            Flow::Branch(_) => return Err(Unsure::Leaves(step.address)),
            _ => {}
        }
    }
    for piece in pieces {
        landings.insert(piece.address);
        if let Some(hidden) = &around.landings {
            landings.extend(hidden.range(piece.address..piece.end()));
        }
    }
    if let Some(&inside) = landings.iter().find(|landing| !at.contains_key(landing)) {
        return Err(Unsure::Inside(inside));
    }
    // Behind a return there is nothing, but whatever is jumped to is code.
    let trap = |step: &&Step| step.flow == Flow::Breakpoint && landings.contains(&step.address);
    if let Some(step) = steps.iter().find(trap) {
        return Err(Unsure::Breakpoint(step.address));
    }
    let returns = (0..steps.len()).filter(|&index| steps[index].flow == Flow::Return);
    let returns: BTreeSet<u64> = returns
        .map(|index| match &around.landings {
            Some(_) => steps[site(&steps, index, &landings)].address,
            None => steps[index].address,
        })
        .collect();
    let count = returns.len() + tails.len();
    if count == 0 || count > MOST {
        return Err(Unsure::Count(count));
    }
    Ok(Exits { returns, tails })
}

/// True if the code begins like that of a function that ftrace can hook, which functions in assembly, and what
/// the kernel keeps probes from, do not: with a call of something else, or room for one.
pub(super) fn has_site(piece: &Piece<'_>) -> bool {
    let mut decoder = Decoder::with_ip(64, piece.bytes, piece.address, DecoderOptions::NONE);
    let mut first = decoder.decode();
    if first.mnemonic() == Mnemonic::Endbr64 {
        first = decoder.decode();
    }
    let calls = first.mnemonic() == Mnemonic::Call && !piece.holds(first.near_branch_target());
    first.len() == SITE && (calls || first.mnemonic() == Mnemonic::Nop)
}

impl Piece<'_> {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.bytes.len() as u64)
    }

    /// What there is from an address of it on.
    fn from(&self, address: u64) -> &[u8] {
        let before = usize::try_from(address.saturating_sub(self.address)).unwrap_or(usize::MAX);
        self.bytes.get(before..).unwrap_or_default()
    }

    fn holds(&self, address: u64) -> bool {
        (self.address..self.end()).contains(&address)
    }
}

fn decode(piece: &Piece<'_>, around: &Around, steps: &mut Vec<Step>) -> Result<(), Unsure> {
    let mut decoder = Decoder::with_ip(64, piece.bytes, piece.address, DecoderOptions::NONE);
    let mut before = Flow::On;
    while decoder.can_decode() {
        let instruction = decoder.decode();
        let address = instruction.ip();
        if instruction.is_invalid() {
            return Err(Unsure::NotCode(address));
        }
        let flow = match flow(&instruction) {
            Flow::Jump(target) if around.thunks.contains(&target) => Flow::Return,
            flow => flow,
        };
        match flow {
            Flow::Unknown => return Err(Unsure::Jump(address)),
            Flow::Breakpoint if !is_padding(before, piece.from(address)) => {
                return Err(Unsure::Breakpoint(address));
            }
            _ => {}
        }
        before = flow;
        steps.push(Step {
            address,
            bytes: instruction.len() as u64,
            flow,
            restores: restores(&instruction),
            moves: instruction.mnemonic() != Mnemonic::Jmp,
        });
    }
    // The compiler's padding is in front of a symbol, or the code ends with a call that does not return.
    Ok(())
}

/// True if breakpoints behind such an instruction are never run: they only fill. Behind the trap of a warning
/// the code goes on, unless there is nothing else.
fn is_padding(before: Flow, rest: &[u8]) -> bool {
    const INT3: u8 = 0xcc;
    match before {
        Flow::On | Flow::Branch(_) => false,
        Flow::Bug => rest.iter().all(|&byte| byte == INT3),
        Flow::Jump(_) | Flow::Return | Flow::Breakpoint | Flow::Unknown => true,
    }
}

fn flow(instruction: &Instruction) -> Flow {
    let near = instruction.op0_kind() == OpKind::NearBranch64;
    let target = instruction.near_branch_target();
    match instruction.mnemonic() {
        Mnemonic::Ret => Flow::Return,
        Mnemonic::Jmp if near => Flow::Jump(target),
        Mnemonic::Call => Flow::On,
        Mnemonic::Int3 => Flow::Breakpoint,
        Mnemonic::Ud0 | Mnemonic::Ud1 | Mnemonic::Ud2 => Flow::Bug,
        Mnemonic::Jmp
        | Mnemonic::Jmpe
        | Mnemonic::Retf
        | Mnemonic::Iret
        | Mnemonic::Iretd
        | Mnemonic::Iretq
        | Mnemonic::Sysret
        | Mnemonic::Sysretq
        | Mnemonic::Sysexit
        | Mnemonic::Sysexitq
        | Mnemonic::Uiret
        | Mnemonic::Xbegin => Flow::Unknown,
        _ if near => Flow::Branch(target),
        _ => Flow::On,
    }
}

/// What a compiler puts between the return value and the return.
fn restores(instruction: &Instruction) -> bool {
    match instruction.code() {
        Code::Pop_r64 => !matches!(instruction.op0_register(), Register::RAX | Register::RSP),
        Code::Leaveq => true,
        Code::Add_rm64_imm8 | Code::Add_rm64_imm32 => {
            instruction.op0_kind() == OpKind::Register
                && instruction.op0_register() == Register::RSP
        }
        _ => false,
    }
}

/// The place for the probe of the return at `index`: in front of the instructions that restore registers, as
/// far as needed for a jump; else the return itself. Nothing gets in between without passing the place.
fn site(steps: &[Step], index: usize, landings: &BTreeSet<u64>) -> usize {
    let mut at = index;
    let mut room = if steps[index].moves {
        steps[index].bytes
    } else {
        0
    };
    while room < JUMP {
        let before = at.checked_sub(1).map(|before| &steps[before]);
        let Some(before) = before.filter(|before| {
            before.restores
                && before.address + before.bytes == steps[at].address
                && !landings.contains(&steps[at].address)
        }) else {
            return index;
        };
        room += before.bytes;
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests;
