//! Facts of a load that have a fixed size.

use super::Header;

/// Kinds of module memory (`enum mod_mem_type`, Linux 6.4 and later): text, data, rodata,
/// `ro_after_init`, init text, init data, init rodata. Before, only text (for all of the core) and init
/// text (for all of init) are used.
pub const MEMORY_KINDS: usize = 7;
/// Index in [`Facts::memory`] of the module's core memory, before Linux 6.4.
pub const MEMORY_CORE: usize = 0;
/// Index in [`Facts::memory`] of its init memory, before Linux 6.4; the first of the init kinds later.
pub const MEMORY_INIT: usize = 4;

/// [`Facts::user_since`]: nothing is known of the process before the load.
pub const SINCE_UNKNOWN: u32 = 0;
/// [`Facts::user_since`]: the process began this program.
pub const SINCE_EXEC: u32 = 1;
/// [`Facts::user_since`]: the process returned from its load before this one.
pub const SINCE_LOAD: u32 = 2;

/// [`Facts::known`]: the memory is known, one area per kind.
pub const KNOWN_MEMORY: u32 = 1;
/// [`Facts::known`]: the memory is known, core and init, with their parts.
pub const KNOWN_LAYOUT: u32 = 1 << 1;
/// [`Facts::known`]: what `struct module` said when init began.
pub const KNOWN_MODULE: u32 = 1 << 2;
/// [`Facts::known`]: what `struct module` said when the system call returned.
pub const KNOWN_END: u32 = 1 << 3;
/// [`Facts::known`]: the file's inode.
pub const KNOWN_FILE: u32 = 1 << 4;

/// Bytes of a build id (SHA-1).
pub const BUILD_ID_BYTES: usize = 20;

records! {
    /// One block of module memory.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Memory {
        /// Its address; 0 where there is none.
        pub base: u64,
        /// Its size, bytes.
        pub size: u32,
        /// Up to here it is text (before Linux 6.4), bytes.
        pub text_size: u32,
        /// Up to here it is read-only, bytes.
        pub ro_size: u32,
        /// Up to here it is read-only after init, bytes.
        pub ro_after_init_size: u32,
    }

    /// Facts of a load, sent in front of its final segment.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Facts {
        /// Kind [`KIND_FACTS`](super::KIND_FACTS).
        pub header: Header,
        /// `KNOWN_` flags.
        pub known: u32,
        /// One of the `SINCE_` constants.
        pub user_since: u32,
        /// Since when the process has been in user space, ns of `CLOCK_MONOTONIC`.
        pub user_since_ns: u64,
        /// User id of the task, in the initial user namespace.
        pub uid: u32,
        /// Group id.
        pub gid: u32,
        /// Id of the task's cgroup (version 2): the inode number of its directory.
        pub cgroup: u64,
        /// Inode number of the file.
        pub inode: u64,
        /// Pages of the file in the page cache when it was about to be read.
        pub cached_pages: u64,
        /// Device of the file, as the kernel encodes it (`dev_t`).
        pub device: u32,
        /// `enum module_state` when the system call returned.
        pub state: u32,
        /// Reference count then, without the module's own reference.
        pub references: i32,
        /// Exported symbols for everybody, and for GPL modules only.
        pub exports: u32,
        /// See [`Facts::exports`]; [`crate::offsets::ABSENT`] where the kernel does not count them.
        pub gpl_exports: u32,
        /// 1 if the signature was found valid.
        pub signature_ok: u32,
        /// `struct module`'s taints when init began, as bits.
        pub taints: u64,
        /// Address of the module's init function; 0 if it has none.
        pub init: u64,
        /// Per-CPU area: offset or address as the kernel keeps it; 0 if there is none.
        pub percpu: u64,
        /// Its size per CPU, bytes.
        pub percpu_bytes: u64,
        /// Memory by kind.
        pub memory: [Memory; MEMORY_KINDS],
        /// Build id; zeros where the kernel keeps none.
        pub build_id: [u8; BUILD_ID_BYTES],
        /// Hits of probes in the load whose programs had something to do, but for the one that ends it; 0 in recordings of
        /// versions that did not count them.
        pub hits: u32,
    }
}

const _: () = {
    assert!(size_of::<Memory>() == 24);
    assert!(size_of::<Facts>() == 24 + 104 + MEMORY_KINDS * 24 + 24);
};
