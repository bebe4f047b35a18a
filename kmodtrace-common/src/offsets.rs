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
            TASK_MM "task_struct" "mm" -;
            MM_ARG_START "mm_struct" "arg_start" -;
            MM_ARG_END "mm_struct" "arg_end" -;
            TASK_FS "task_struct" "fs" -;
            FS_ROOT_MNT "fs_struct" "root.mnt" -;
            FS_ROOT_DENTRY "fs_struct" "root.dentry" -;
            FILE_MNT "file" "f_path.mnt" -;
            MOUNT_MNT "mount" "mnt" -;
            MOUNT_PARENT "mount" "mnt_parent" -;
            MOUNT_POINT "mount" "mnt_mountpoint" -;
            VFSMOUNT_ROOT "vfsmount" "mnt_root" -;
            DENTRY_PARENT "dentry" "d_parent" -;
            INODE_NUMBER "inode" "i_ino" -;
            INODE_SB "inode" "i_sb" -;
            SB_DEVICE "super_block" "s_dev" -;
            INODE_MAPPING "inode" "i_mapping" -;
            MAPPING_PAGES "address_space" "nrpages" -;
            LOAD_INFO_MODINFO "load_info" "index.info" -;
            MODULE_STATE "module" "state" -;
            MODULE_REFCNT "module" "refcnt" -;
            MODULE_TAINTS "module" "taints" -;
            MODULE_NUM_SYMS "module" "num_syms" -;
            MODULE_NUM_GPL_SYMS "module" "num_gpl_syms" -;
            MODULE_INIT "module" "init" -;
            MODULE_PERCPU "module" "percpu" -;
            MODULE_PERCPU_SIZE "module" "percpu_size" -;
            MODULE_BUILD_ID "module" "build_id" -;
            MODULE_SIG_OK "module" "sig_ok" -;
            MODULE_CORE_LAYOUT "module" "core_layout" -;
            LAYOUT_SIZE "module_layout" "size" -;
            LAYOUT_TEXT_SIZE "module_layout" "text_size" -;
            LAYOUT_RO_SIZE "module_layout" "ro_size" -;
            LAYOUT_RO_AFTER_INIT_SIZE "module_layout" "ro_after_init_size" -;
            MEMORY_SIZE "module_memory" "size" -;
            KERNEL_SYMBOL_OFFSET "kernel_symbol" "value_offset" -;
            KERNEL_SYMBOL_VALUE "kernel_symbol" "value" -;
            KERNEL_PARAM_NAME "kernel_param" "name" 0;
            RESERVED_RING "prb_reserved_entry" "rb" -;
            RESERVED_ID "prb_reserved_entry" "id" -;
            RING_COUNT_BITS "printk_ringbuffer" "desc_ring.count_bits" -;
            RING_DESCS "printk_ringbuffer" "desc_ring.descs" -;
            RING_INFOS "printk_ringbuffer" "desc_ring.infos" -;
            RING_TEXT_BITS "printk_ringbuffer" "text_data_ring.size_bits" -;
            RING_TEXT "printk_ringbuffer" "text_data_ring.data" -;
            DESC_BEGIN "prb_desc" "text_blk_lpos.begin" -;
            DESC_NEXT "prb_desc" "text_blk_lpos.next" -;
            INFO_TIME "printk_info" "ts_nsec" -;
            INFO_LENGTH "printk_info" "text_len" -;
            INFO_FACILITY "printk_info" "facility" -;
        }
    };
}

/// Expands `$each! { rows }`; a row: global, structure of which it is the size in bytes. [`ABSENT`] on
/// kernels without the structure, as `module_memory` before Linux 6.4.
#[macro_export]
macro_rules! for_each_size {
    ($each:path) => {
        $each! {
            MODULE_MEMORY_SIZE "module_memory";
            DESC_SIZE "prb_desc";
            INFO_SIZE "printk_info";
        }
    };
}

/// The global that is 1 where programs can format text as the kernel does (`bpf_snprintf`).
pub const CAN_FORMAT: &str = "CAN_FORMAT";
/// The global that is 1 where a load shows its phases and little else: no text is fetched that takes time.
pub const BRIEF: &str = "BRIEF";
/// The global that is 1 where nobody sees `init_module(2)` return: it does when the load proper does, of which it is
/// the last step.
pub const INIT_ENDS_WITH_LOAD: &str = "INIT_ENDS_WITH_LOAD";
/// Global `u32`: 1 if [`IDEMPOTENT`](crate::catalogue::HookId::IDEMPOTENT) is hooked, which follows the file's path before it is
/// read: the verifier need not look twice at how that is done, a third of all its work.
pub const PATH_IS_KNOWN: &str = "PATH_IS_KNOWN";

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

/// The size of a structure that extractors need.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Name of the global that carries it.
    pub global: &'static str,
    /// Structure, as BTF names it.
    pub structure: &'static str,
}

macro_rules! define_sizes {
    ($($global:ident $structure:literal;)+) => {
        /// Every structure of which extractors need the size.
        pub static SIZES: &[Size] = &[$(Size {
            global: stringify!($global),
            structure: $structure,
        }),+];
    };
}

for_each_size!(define_sizes);
