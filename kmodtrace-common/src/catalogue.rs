//! The hook catalogue: one row per hook.
//!
//! A row says what the hook means, which kernel symbols can serve it (first found wins; compiler
//! suffixes `.isra`, `.part`, `.constprop`, `.llvm` count as the name, `.cold` never does), where it
//! attaches, in which part of a load it counts, and which extractors of the eBPF crate read its
//! arguments. Kernel symbol names stand here and in the phase catalogue of the user-space crate,
//! nowhere else. Ids are append-only: recordings refer to them.
//!
//! Row grammar, in order: id, constant, name, point(argument count), scope, entry extractor, return
//! extractor, symbols, and optionally `instead_of OTHER` (used only when OTHER is not served), `only DETAIL`
//! (attached only when that detail is asked for) and `needs OFFSET` (served only where that one is known).
//! Which kernel has which symbol was measured on Debian's builds of Linux 5.10 to 7.3.

/// Expands `$each! { rows }` with the whole catalogue. Both sides of the ring buffer use it.
#[macro_export]
macro_rules! for_each_hook {
    ($each:path) => {
        $each! {
            /// `init_module(2)`: entry begins a load, return ends it.
            1 SYS_INIT_MODULE sys_init_module Ends(1) Syscall sys_init_module none
                ["__x64_sys_init_module", "__arm64_sys_init_module"];
            /// `finit_module(2)`: entry begins a load, return ends it.
            2 SYS_FINIT_MODULE sys_finit_module Ends(1) Syscall sys_finit_module none
                ["__x64_sys_finit_module", "__arm64_sys_finit_module"];
            /// Looks whether the same file is being loaded already, and waits for that load if so.
            3 IDEMPOTENT idempotent_init_module Entry(3) OutsideInit idempotent none
                ["idempotent_init_module"];
            /// Reads the module file into memory. a: `struct file`.
            4 READ_FILE kernel_read_file Entry(6) OutsideInit read_file none
                ["kernel_read_file"];
            /// Security hook in front of the copy of a module image from user space.
            5 COPY_FROM_USER security_kernel_load_data Entry(2) OutsideInit none none
                ["security_kernel_load_data"];
            /// Decompresses a module file in the kernel. a: compressed size, bytes.
            6 DECOMPRESS module_decompress Entry(3) OutsideInit decompress none
                ["module_decompress"];
            /// The load proper. a: image size, bytes; return: 0 or -errno.
            7 LOAD_MODULE load_module Ends(3) InLoad load_module status
                ["load_module"];
            /// Checks the appended signature. Return: 0 or -errno.
            8 SIG_CHECK module_sig_check Span(2) OutsideInit none status
                ["module_sig_check"] only Usual;
            /// Verifies a signature that is there. Return: 0 or -errno.
            9 VERIFY_SIG mod_verify_sig Span(2) OutsideInit none status
                ["mod_verify_sig"] instead_of SIG_CHECK only Usual;
            /// Condition of the wait for another load of the same module: evaluated only while waiting.
            10 FINISHED_LOADING finished_loading Entry(1) OutsideInit none none
                ["finished_loading"];
            /// Looks for a module of the same name, twice per load. First argument: the name.
            11 CHECK_EXISTS module_patient_check_exists Entry(1) OutsideInit check_exists none
                ["module_patient_check_exists"] only Usual;
            /// First step of the layout, after all early checks. Fourth argument: `struct module`.
            12 FROB_ARCH module_frob_arch_sections Entry(4) OutsideInit frob_arch none
                ["module_frob_arch_sections"];
            /// Allocates one memory type. a: size, bytes; b: `enum execmem_type`; return: address.
            13 EXECMEM_ALLOC execmem_alloc Span(2) OutsideInit execmem_alloc value
                ["execmem_alloc_rw", "execmem_alloc"];
            /// Allocates core or init memory. a: size, bytes; return: address.
            14 MODULE_ALLOC module_alloc Span(1) OutsideInit module_alloc value
                ["module_alloc"] instead_of EXECMEM_ALLOC;
            /// Puts the module's memory into the address tree. a: `struct module`.
            15 TREE_INSERT mod_tree_insert Span(1) OutsideInit tree_insert none
                ["mod_tree_insert"];
            /// Puts one memory node into the address tree. a: `struct module`.
            16 TREE_NODE_INSERT __mod_tree_insert Span(1) OutsideInit tree_node_insert none
                ["__mod_tree_insert"] instead_of TREE_INSERT;
            /// Resolves one undefined symbol; aggregated, only the first call is a mark.
            17 RESOLVE_SYMBOL resolve_symbol Entry(4) OutsideInit resolve_symbol none
                ["resolve_symbol"] only Usual;
            /// Applies one relocation section. a: its section index.
            18 APPLY_RELOCATE apply_relocate Entry(5) OutsideInit apply_relocate none
                ["apply_relocate_add", "apply_relocate"];
            /// Prepares the module's own kallsyms: end of relocation.
            19 ADD_KALLSYMS add_kallsyms Entry(2) OutsideInit none none
                ["add_kallsyms"];
            /// Architecture's part of finishing: alternatives, returns, jump labels.
            20 FINALIZE module_finalize Entry(3) OutsideInit none none
                ["module_finalize"] instead_of ADD_KALLSYMS;
            /// Copies the parameter string: end of finalisation.
            21 COPY_ARGS strndup_user Entry(2) OutsideInit none none
                ["strndup_user"];
            /// First of the calls that set final memory permissions.
            22 PROTECT module_enable_ro Entry(2) OutsideInit none none
                ["module_enable_rodata_ro", "module_enable_ro"];
            /// Last of the calls that set final memory permissions.
            23 PROTECT_END module_enable_x Return(1) OutsideInit none none
                ["module_enable_text_rox", "module_enable_x", "frob_text"] only Usual;
            /// First step after ftrace is enabled for the module: livepatch.
            24 KLP_COMING klp_module_coming Entry(1) OutsideInit none none
                ["klp_module_coming"];
            /// Calls the COMING notifiers.
            25 COMING_CHAIN blocking_notifier_call_chain_robust Entry(4) OutsideInit coming_chain none
                ["blocking_notifier_call_chain_robust"] instead_of KLP_COMING;
            /// Parses the parameters. Second argument: the parameter string.
            26 PARSE_ARGS parse_args Entry(8) OutsideInit parse_args none
                ["parse_args"];
            /// Creates the module's sysfs entries.
            27 SYSFS mod_sysfs_setup Entry(4) OutsideInit none none
                ["mod_sysfs_setup"];
            /// Frees the temporary copy of the image; other frees are passed over.
            28 VFREE vfree Entry(1) OutsideInit vfree none
                ["vfree"] only Usual;
            /// Frees the temporary copy of a compressed image.
            29 DECOMPRESS_CLEANUP module_decompress_cleanup Entry(1) OutsideInit free_copy none
                ["module_decompress_cleanup"] only Usual;
            /// Init begins. a: `struct module`.
            30 DO_INIT do_init_module Entry(1) OutsideInit do_init none
                ["do_init_module"];
            /// The module's init function has returned. a: its address, b: its return value.
            31 INITCALL_FINISH initcall_finish RawTracepoint(2) InInit initcall_finish none
                ["initcall_finish"];
            /// Calls the LIVE or GOING notifiers of this module. a: `enum module_state`.
            32 NOTIFY blocking_notifier_call_chain Entry(3) InLoad notify none
                ["blocking_notifier_call_chain"];
            /// Unwinding of a failed load: drops the references to other modules.
            33 UNLOAD_FREE module_unload_free Entry(1) InLoad of_module none
                ["module_unload_free"] only Usual;
            /// Unwinding of a failed load: undoes the architecture's part.
            34 ARCH_CLEANUP module_arch_cleanup Entry(1) InLoad of_module none
                ["module_arch_cleanup"] only Usual;
            /// Frees module memory: unwinding of a failed load, or init memory later. a: address.
            35 MEM_FREE execmem_free Entry(1) Anywhere mem_free none
                ["execmem_free", "module_memfree"] only Usual;
            /// Frees the init memory of modules loaded before, on a kworker.
            36 FREE_INIT do_free_init Span(1) Anywhere free_init_begin free_init_end
                ["do_free_init"] only Usual;
            /// A task starts a helper process (modprobe). a: `struct subprocess_info`.
            37 HELPER_EXEC call_usermodehelper_exec Entry(2) Anywhere helper_exec none
                ["call_usermodehelper_exec"] only Usual;
            /// A helper process begins to exist. First argument: `struct subprocess_info`.
            38 HELPER_TASK call_usermodehelper_exec_async Entry(1) Anywhere helper_task none
                ["call_usermodehelper_exec_async"] only Usual;
            /// Makes pages read-only. a: address, b: pages.
            39 SET_MEMORY_RO set_memory_ro Entry(2) OutsideInit two_args none
                ["set_memory_ro"] only Usual;
            /// Makes pages writable. a: address, b: pages.
            40 SET_MEMORY_RW set_memory_rw Entry(2) OutsideInit two_args none
                ["set_memory_rw"] only Usual;
            /// Makes pages executable. a: address, b: pages.
            41 SET_MEMORY_X set_memory_x Entry(2) OutsideInit two_args none
                ["set_memory_x"] only Usual;
            /// Makes pages not executable. a: address, b: pages.
            42 SET_MEMORY_NX set_memory_nx Entry(2) OutsideInit two_args none
                ["set_memory_nx"] only Usual;
            /// Makes pages read-only and executable. a: address, b: pages.
            43 SET_MEMORY_ROX set_memory_rox Entry(2) OutsideInit two_args none
                ["set_memory_rox"] only Usual;
            /// The module's init function has returned, seen without tracepoints. b: return value.
            44 ONE_INITCALL do_one_initcall Return(1) InInit none initcall_return
                ["do_one_initcall"] instead_of INITCALL_FINISH;
            /// A process begins another program: from here on it is its own user time.
            45 EXEC sched_process_exec RawTracepoint(3) Anywhere exec none
                ["sched_process_exec"] only Usual;
            /// A process ends.
            46 EXIT sched_process_exit RawTracepoint(1) Anywhere exit none
                ["sched_process_exit"] only Usual;
            /// A task asks for a module by name. First argument: the name.
            47 MODULE_REQUEST module_request RawTracepoint(3) Anywhere module_request none
                ["module_request"] only Usual;
            /// Looks for a firmware file. Second argument: its name; return: 0 or -errno.
            48 FIRMWARE request_firmware Span(7) InInit firmware firmware_result
                ["_request_firmware"] only Usual;
            /// Waits for all asynchronous work.
            49 ASYNC_WAIT async_synchronize_full Span(0) OutsideInit none none
                ["async_synchronize_full"] only Usual;
            /// Makes text read-only and executable again in the memory that it shares. a: address, b: bytes.
            50 RESTORE_ROX execmem_restore_rox Entry(2) OutsideInit two_args none
                ["execmem_restore_rox"] only Usual;
            /// COMING, LIVE or GOING notifier of jump labels. a: `enum module_state`.
            51 NOTIFY_JUMP_LABEL jump_label_module_notify Span(3) InLoad notifier none
                ["jump_label_module_notify"] only Notifiers;
            /// The same of static calls.
            52 NOTIFY_STATIC_CALL static_call_module_notify Span(3) InLoad notifier none
                ["static_call_module_notify"] only Notifiers;
            /// The same of kprobes.
            53 NOTIFY_KPROBES kprobes_module_callback Span(3) InLoad notifier none
                ["kprobes_module_callback"] only Notifiers;
            /// The same of BTF.
            54 NOTIFY_BTF btf_module_notify Span(3) InLoad notifier none
                ["btf_module_notify"] only Notifiers;
            /// The same of tracepoints.
            55 NOTIFY_TRACEPOINTS tracepoint_module_notify Span(3) InLoad notifier none
                ["tracepoint_module_notify"] only Notifiers;
            /// Resolves one undefined symbol, each told by itself. Third argument: the name, fourth: room
            /// for the owner's; return: `struct kernel_symbol`.
            56 EACH_SYMBOL each_symbol Span(4) OutsideInit each_symbol each_symbol
                ["resolve_symbol"] only Symbols;
            /// A line is written to the kernel's log, or to the console. Arguments: text, length.
            57 LOG console RawTracepoint(2) InLoad log none
                ["console"] instead_of LOG_FINAL only Log;
            /// `delete_module(2)`: entry begins an unload, return ends it.
            58 SYS_DELETE_MODULE sys_delete_module Span(1) Syscall sys_delete_module none
                ["__x64_sys_delete_module", "__arm64_sys_delete_module"] only Usual;
            /// Takes an unloaded module apart. a: `struct module`.
            59 FREE_MODULE free_module Entry(1) InUnload of_module none
                ["free_module"] only Usual;
            /// Waits for readers of the module list.
            60 SYNC_RCU synchronize_rcu Span(0) InUnload none none
                ["synchronize_rcu"] only Usual;
            /// A record of the kernel's log is complete. First argument: `struct prb_reserved_entry`.
            61 LOG_FINAL prb_final_commit Entry(1) InLoad log_record none
                ["prb_final_commit"] only Log needs RING_TEXT;
            /// The same of a record that may go on: its line has no end yet.
            62 LOG_COMMIT prb_commit Entry(1) InLoad log_record none
                ["prb_commit"] only Log needs RING_TEXT;
            /// Sets a parameter: the setter of its type. Second argument: `struct kernel_param`.
            63 PARAM_BYTE param_set_byte Span(2) OutsideInit param_set param_set
                ["param_set_byte"] only Params;
            /// The same for parameters of type short.
            64 PARAM_SHORT param_set_short Span(2) OutsideInit param_set param_set
                ["param_set_short"] only Params;
            /// The same for parameters of type ushort.
            65 PARAM_USHORT param_set_ushort Span(2) OutsideInit param_set param_set
                ["param_set_ushort"] only Params;
            /// The same for parameters of type int.
            66 PARAM_INT param_set_int Span(2) OutsideInit param_set param_set
                ["param_set_int"] only Params;
            /// The same for parameters of type uint.
            67 PARAM_UINT param_set_uint Span(2) OutsideInit param_set param_set
                ["param_set_uint"] only Params;
            /// The same for parameters of type long.
            68 PARAM_LONG param_set_long Span(2) OutsideInit param_set param_set
                ["param_set_long"] only Params;
            /// The same for parameters of type ulong.
            69 PARAM_ULONG param_set_ulong Span(2) OutsideInit param_set param_set
                ["param_set_ulong"] only Params;
            /// The same for parameters of type ullong.
            70 PARAM_ULLONG param_set_ullong Span(2) OutsideInit param_set param_set
                ["param_set_ullong"] only Params;
            /// The same for parameters of type hexint.
            71 PARAM_HEXINT param_set_hexint Span(2) OutsideInit param_set param_set
                ["param_set_hexint"] only Params;
            /// The same for parameters of type charp.
            72 PARAM_CHARP param_set_charp Span(2) OutsideInit param_set param_set
                ["param_set_charp"] only Params;
            /// The same for parameters of type bool.
            73 PARAM_BOOL param_set_bool Span(2) OutsideInit param_set param_set
                ["param_set_bool"] only Params;
            /// The same for parameters of type invbool.
            74 PARAM_INVBOOL param_set_invbool Span(2) OutsideInit param_set param_set
                ["param_set_invbool"] only Params;
            /// The same for parameters of type bint.
            75 PARAM_BINT param_set_bint Span(2) OutsideInit param_set param_set
                ["param_set_bint"] only Params;
            /// The same for parameters of type copystring.
            76 PARAM_COPYSTRING param_set_copystring Span(2) OutsideInit param_set param_set
                ["param_set_copystring"] only Params;
            /// The same for arrays: the setter of the elements' type is called inside.
            77 PARAM_ARRAY param_array_set Span(2) OutsideInit param_set param_set
                ["param_array_set"] only Params;
        }
    };
}

/// Identity of a hook: the number that marks carry. Append-only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct HookId(pub u16);

/// Where a hook attaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// At the function's entry.
    Entry,
    /// At the function's return.
    Return,
    /// At both.
    Span,
    /// At both, and the return ends the load, or all but its last step: a kprobe at each place where the function
    /// returns can serve it, too.
    Ends,
    /// A raw tracepoint; the symbols are tracepoint names.
    RawTracepoint,
}

/// In which part of a load a hook counts; elsewhere its program returns at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Begins and ends the load.
    Syscall,
    /// Inside a load, but not while its init function runs: what that calls belongs to init.
    OutsideInit,
    /// Inside a load, while its init function runs.
    InInit,
    /// Anywhere inside a load or unload.
    InLoad,
    /// Anywhere inside an unload.
    InUnload,
    /// In any task.
    Anywhere,
}

/// What a hook is for, if it is attached only when that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Detail {
    /// What a load shows beside the times of its phases.
    Usual,
    /// The time of each notifier.
    Notifiers,
    /// Every symbol by itself.
    Symbols,
    /// Every parameter by itself.
    Params,
    /// The kernel's log.
    Log,
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Hook {
    /// Its identity.
    pub id: HookId,
    /// Its stable name: part of program names, of recordings' plans and of `doctor`.
    pub name: &'static str,
    /// What it means, one or two sentences.
    pub meaning: &'static str,
    /// Where it attaches.
    pub point: Point,
    /// Number of arguments of the function: where an fexit program finds the return value.
    pub args: u8,
    /// When it counts.
    pub scope: Scope,
    /// Kernel symbols (or raw tracepoints) that can serve it, best first.
    pub symbols: &'static [&'static str],
    /// Used only when nothing serves this other hook.
    pub instead_of: Option<HookId>,
    /// Attached only when this is asked for.
    pub only: Option<Detail>,
    /// Global of an offset without which its extractor reads nothing: see [`crate::offsets`].
    pub needs: Option<&'static str>,
}

macro_rules! define_hooks {
    ($($(#[doc = $doc:literal])+ $id:literal $NAME:ident $name:ident $point:ident($args:literal)
        $scope:ident $enter:ident $leave:ident [$($symbol:literal),+] $(instead_of $other:ident)?
        $(only $detail:ident)? $(needs $offset:ident)?;)+) => {
        impl HookId {
            $($(#[doc = $doc])+ pub const $NAME: Self = Self($id);)+
        }

        /// Every hook, in order of its id.
        pub static HOOKS: &[Hook] = &[$(Hook {
            id: HookId::$NAME,
            name: stringify!($name),
            meaning: concat!($($doc),+).trim_ascii(),
            point: Point::$point,
            args: $args,
            scope: Scope::$scope,
            symbols: &[$($symbol),+],
            instead_of: define_hooks!(@other $($other)?),
            only: define_hooks!(@detail $($detail)?),
            needs: define_hooks!(@offset $($offset)?),
        }),+];
    };
    (@detail) => { None };
    (@detail $detail:ident) => { Some(Detail::$detail) };
    (@offset) => { None };
    (@offset $offset:ident) => { Some(stringify!($offset)) };
    (@other) => { None };
    (@other $other:ident) => { Some(HookId::$other) };
}

for_each_hook!(define_hooks);

impl HookId {
    /// The row of this hook; `None` for an id that this version does not know (a newer recording).
    #[must_use]
    pub fn hook(self) -> Option<&'static Hook> {
        HOOKS.get(usize::from(self.0).checked_sub(1)?)
    }
}

impl Hook {
    /// Its place in [`HOOKS`].
    #[must_use]
    pub fn place(&self) -> usize {
        usize::from(self.id.0) - 1
    }
}

const _: () = {
    let mut place = 0;
    while place < HOOKS.len() {
        assert!(HOOKS[place].id.0 as usize == place + 1, "ids have no gaps");
        place += 1;
    }
};
