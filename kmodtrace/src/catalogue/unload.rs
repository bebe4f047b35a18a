//! The phases of an unload (`delete_module(2)`) and where they begin.

use super::{HookId, borders::Edge};

/// A phase of an unload, in the kernel's order (`kernel/module/main.c`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UnloadPhase {
    /// The module is looked up and checked: is it used, can it go?
    Check,
    /// The module's exit function.
    Exit,
    /// GOING notifiers, livepatch, ftrace, wait for asynchronous work.
    Going,
    /// sysfs entries, the architecture's part and references to other modules are taken back; the module
    /// leaves the lists.
    Sysfs,
    /// Readers of the module list are waited for.
    Rcu,
    /// Memory is freed, up to the return of the system call.
    Free,
}

impl UnloadPhase {
    /// Every phase, in order.
    pub const ALL: [Self; 6] = [
        Self::Check,
        Self::Exit,
        Self::Going,
        Self::Sysfs,
        Self::Rcu,
        Self::Free,
    ];

    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Exit => "exit",
            Self::Going => "going",
            Self::Sysfs => "sysfs",
            Self::Rcu => "rcu",
            Self::Free => "free",
        }
    }
}

/// The hit at which a phase begins and the one before ends.
#[derive(Clone, Copy, Debug)]
pub struct UnloadBorder {
    /// The hook.
    pub hook: HookId,
    /// Which hit of it.
    pub edge: Edge,
    /// The phase.
    pub begins: UnloadPhase,
}

const fn row(hook: HookId, edge: Edge, begins: UnloadPhase) -> UnloadBorder {
    UnloadBorder { hook, edge, begins }
}

/// Every border in order; a later one counts only after the earlier ones. Nothing that can be probed
/// lies between the last check and the exit function.
pub static UNLOAD_BORDERS: &[UnloadBorder] = &[
    row(HookId::NOTIFY, Edge::Entry, UnloadPhase::Going),
    row(HookId::FREE_MODULE, Edge::Entry, UnloadPhase::Sysfs),
    row(HookId::SYNC_RCU, Edge::Entry, UnloadPhase::Rcu),
    row(HookId::SYNC_RCU, Edge::Return, UnloadPhase::Free),
];
