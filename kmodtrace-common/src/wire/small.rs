//! Small records of fixed size, sent as they happen.

use super::{COMM_BYTES, Header, NAME_BYTES};

records! {
    /// A helper process (modprobe) that a load asks for, or that begins to exist.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Helper {
        /// Kind [`KIND_HELPER_REQUEST`](super::KIND_HELPER_REQUEST) (about the asking load) or [`KIND_HELPER_TASK`](super::KIND_HELPER_TASK) (about the new task).
        pub header: Header,
        /// When.
        pub time_ns: u64,
        /// Address of the `struct subprocess_info` that both share.
        pub subprocess: u64,
    }

    /// Init memory that was freed after a load.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Freed {
        /// Kind [`KIND_FREED`](super::KIND_FREED); the task is the kworker.
        pub header: Header,
        /// When the batch of frees began.
        pub batch_ns: u64,
        /// When this memory was about to be freed.
        pub time_ns: u64,
        /// Address of the memory.
        pub address: u64,
    }

    /// A task asks for a module by name (`request_module`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Request {
        /// Kind [`KIND_REQUEST`](super::KIND_REQUEST), about the asking task.
        pub header: Header,
        /// When.
        pub time_ns: u64,
        /// 1 if it waits for the module.
        pub wait: u32,
        /// Zero.
        pub reserved: u32,
        /// Task name.
        pub comm: [u8; COMM_BYTES],
        /// What it asks for: a module's name or alias.
        pub name: [u8; NAME_BYTES],
    }

    /// A process that has loaded modules ends.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Exit {
        /// Kind [`KIND_EXIT`](super::KIND_EXIT), about the ending task.
        pub header: Header,
        /// When.
        pub time_ns: u64,
    }

    /// A call about something that has a name: a firmware file, a symbol, a parameter.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NamedCall {
        /// Kind [`KIND_FIRMWARE`](super::KIND_FIRMWARE), [`KIND_SYMBOL`](super::KIND_SYMBOL) or
        /// [`KIND_PARAM`](super::KIND_PARAM).
        pub header: Header,
        /// Entry.
        pub begin_ns: u64,
        /// Return.
        pub end_ns: u64,
        /// Firmware, parameter: 0 or -errno. Symbol: its address; 0 or -errno if it was not found.
        pub value: u64,
        /// Its name.
        pub name: [u8; NAME_BYTES],
        /// Symbol: the module that owns it; empty for the kernel's own.
        pub owner: [u8; NAME_BYTES],
    }
}

const _: () = {
    assert!(size_of::<Helper>() == 40);
    assert!(size_of::<Freed>() == 48);
    assert!(size_of::<Request>() == 40 + COMM_BYTES + NAME_BYTES);
    assert!(size_of::<Exit>() == 32);
    assert!(size_of::<NamedCall>() == 48 + 2 * NAME_BYTES);
};
