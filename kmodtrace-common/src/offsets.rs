//! The structure members that extractors read.
//!
//! User space finds each offset in the kernel's BTF and hands it to the eBPF object as a read-only
//! global of the same name. A row may give the offset to assume where there is no BTF: only members
//! whose offset was the same on all of Linux 5.10 to 7.3 (Debian builds, x86-64 and arm64).

/// The value of an offset that is not known: what depends on it is not read.
pub const ABSENT: u32 = u32::MAX;

/// Expands `$each! { rows }`; a row: global, structure, member path, offset without BTF.
#[macro_export]
macro_rules! for_each_offset {
    ($each:path) => {
        $each! {
            MODULE_NAME "module" "name" 24;
            MODULE_MEM "module" "mem" -;
            MODULE_INIT_LAYOUT "module" "init_layout" -;
            LAYOUT_BASE "module_layout" "base" -;
            LOAD_INFO_NAME "load_info" "name" 0;
            LOAD_INFO_HDR "load_info" "hdr" 16;
            LOAD_INFO_LEN "load_info" "len" 24;
            FILE_DENTRY "file" "f_path.dentry" -;
            FILE_INODE "file" "f_inode" -;
            DENTRY_NAME "dentry" "d_name.name" -;
            INODE_SIZE "inode" "i_size" -;
            TASK_PARENT "task_struct" "real_parent" -;
            TASK_TGID "task_struct" "tgid" -;
            TASK_START "task_struct" "start_boottime" -;
        }
    };
}

/// Size of `struct module_memory` (Linux 6.4 and later), bytes; [`ABSENT`] elsewhere. A global too.
pub const MODULE_MEMORY_SIZE: &str = "MODULE_MEMORY_SIZE";

/// One structure member that extractors read.
#[derive(Clone, Copy, Debug)]
pub struct Offset {
    /// Name of the global that carries it.
    pub global: &'static str,
    /// Structure, as BTF names it.
    pub structure: &'static str,
    /// Member, or members joined by dots.
    pub member: &'static str,
    /// Offset to assume without BTF, bytes.
    pub without_btf: Option<u32>,
}

macro_rules! define_offsets {
    ($($global:ident $structure:literal $member:literal $fallback:tt;)+) => {
        /// Every member that extractors read.
        pub static OFFSETS: &[Offset] = &[$(Offset {
            global: stringify!($global),
            structure: $structure,
            member: $member,
            without_btf: define_offsets!(@fallback $fallback),
        }),+];
    };
    (@fallback -) => { None };
    (@fallback $offset:literal) => { Some($offset) };
}

for_each_offset!(define_offsets);
