//! Every cause of a failure that is told apart, with its words.

/// Makes the enum, its keys and its words from one table.
macro_rules! causes {
    ($($(#[doc = $doc:literal])+ $Cause:ident $key:literal $meaning:literal, $next:literal;)+) => {
        /// Why a load or an unload failed. Keys are stable: outputs carry them.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Cause {
            $($(#[doc = $doc])+ $Cause,)+
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &[Self] = &[$(Self::$Cause),+];

            /// Its name in outputs.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$Cause => $key,)+ }
            }

            /// What it means, one sentence.
            pub(super) fn meaning(self) -> &'static str {
                match self { $(Self::$Cause => $meaning,)+ }
            }

            /// What to do next, one sentence.
            pub(super) fn next(self) -> &'static str {
                match self { $(Self::$Cause => $next,)+ }
            }
        }
    };
}

causes! {
    /// No bytes in it, or too few for an ELF header.
    Empty "empty"
        "there is nothing in it, or less than the header of an ELF file",
        "build or copy the file again; the disk may have been full";
    /// Larger than the kernel takes.
    TooLarge "too_large"
        "the file is larger than the kernel takes (2 GiB)",
        "see whether this is the right file";
    /// Not ELF at all.
    NotElf "not_elf"
        "this is no ELF file, hence no module",
        "compare the file with the one that was built";
    /// Compressed, and the kernel was not told or cannot decompress it.
    Compressed "compressed"
        "the file is compressed, and the kernel was not asked to decompress it",
        "decompress it first, or load it with modprobe";
    /// Said to be compressed, and it is not, or in another way.
    NotCompressed "not_compressed"
        "the kernel was asked to decompress the file, and could not: it is damaged or not compressed in the \
         one way that this kernel knows",
        "decompress it in user space (xz -d, zstd -d, gzip -d) and load the result";
    /// For another machine.
    Architecture "wrong_architecture"
        "the module was built for another architecture",
        "build it for the machine that is to load it; `kmodtrace inspect FILE` names the one in the file";
    /// An executable, shared library or core.
    NotRelocatable "not_relocatable"
        "this is an ELF file of another type: an executable or a library, no module",
        "load the .ko file that the kernel's build made";
    /// An ELF file whose parts do not fit.
    Damaged "damaged"
        "the file is damaged, cut off or no module: its headers do not fit together",
        "build or copy it again; `kmodtrace inspect FILE` tells what is wrong";
    /// A format error of which no more is known.
    Format "bad_format"
        "the kernel does not take this for a module of its own: damaged, cut off, or built for another \
         kernel or machine",
        "`kmodtrace inspect FILE` tells what is wrong with it, or what it was built for";
    /// Version magic differs.
    VersionMagic "version_magic"
        "the module was built for another kernel: its version magic differs",
        "build it for the running kernel, or install the kernel it was built for";
    /// The CRC of a symbol differs.
    SymbolVersion "symbol_version"
        "a symbol has another version (CRC) than the one the module was built with",
        "rebuild the module against the headers and Module.symvers of the running kernel";
    /// The signature is wrong.
    SignatureWrong "signature_wrong"
        "the module's signature is wrong: the module was changed after it was signed",
        "install it again, or sign it again (scripts/sign-file); strip a module before it is signed";
    /// The signature is missing and required.
    SignatureMissing "signature_missing"
        "the module has no signature, and the kernel requires one",
        "sign the module with a key that the kernel trusts (scripts/sign-file)";
    /// The signature is there, by a key that the kernel does not know.
    KeyUnknown "signature_key_unknown"
        "the kernel does not know the key that the module was signed with, and requires one that it trusts",
        "enrol the key (mokutil --import), or sign with one that the kernel trusts";
    /// The signature uses an algorithm that the kernel does not have.
    CryptoUnknown "signature_crypto_unknown"
        "the kernel does not have the algorithm that the module was signed with",
        "sign with an algorithm that this kernel has (CONFIG_MODULE_SIG_HASH)";
    /// The signature cannot be read.
    SignatureBroken "signature_broken"
        "the module's signature cannot be read: its format is broken",
        "sign the module again; it may have been stripped or cut after it was signed";
    /// Wrong or missing, not known which.
    Signature "signature_refused"
        "the module's signature is wrong, or it has none that the kernel trusts and the kernel requires one",
        "sign the module with a key that the kernel trusts (scripts/sign-file)";
    /// The kernel is locked down.
    LockedDown "locked_down"
        "the kernel is locked down and takes only modules that are signed with a key that it trusts",
        "sign the module with such a key; /sys/kernel/security/lockdown shows the state";
    /// Undefined symbols.
    UnknownSymbol "unknown_symbol"
        "the module needs symbols that neither the kernel nor a loaded module exports",
        "load the modules that provide them first, as modprobe does; `kmodtrace inspect FILE --modules DIR` \
         names them";
    /// A symbol for GPL-compatible modules, and the module is none.
    GplOnly "gpl_only_symbol"
        "the module's licence is not compatible with the GPL, and it needs symbols that the kernel exports \
         to GPL-compatible modules only",
        "use other symbols, or state the module's licence (MODULE_LICENSE) if it is compatible";
    /// A namespace is not imported.
    Namespace "symbol_namespace"
        "the module uses a symbol of a namespace that it does not import",
        "add MODULE_IMPORT_NS() for that namespace to the module's source";
    /// The module that has a symbol did not become ready.
    ProviderBusy "provider_not_ready"
        "a module that it needs is still in its init function, or was taken back",
        "see why that module's load takes so long or fails";
    /// Loaded already.
    Loaded "already_loaded"
        "a module of this name is loaded already",
        "nothing, if it is the same one; else remove it first (rmmod)";
    /// Another load of it was under way and failed.
    OtherFailed "other_load_failed"
        "another load of this module was under way, this one waited for it, and it failed",
        "see why that load failed";
    /// Forbidden on the kernel's command line.
    Blacklisted "blacklisted"
        "the kernel's command line forbids this module (module_blacklist=)",
        "remove it from module_blacklist= and boot again";
    /// A value that a parameter does not take.
    ParameterValue "parameter_value"
        "a parameter has a value that it does not accept",
        "correct the value; `kmodtrace inspect FILE` lists parameters and their types";
    /// A parameter without a value.
    ParameterMissing "parameter_without_value"
        "a parameter that needs a value has none",
        "write NAME=VALUE; `kmodtrace inspect FILE` lists parameters and their types";
    /// A value that is too long.
    ParameterLong "parameter_too_long"
        "the value of a parameter is too long",
        "shorten it";
    /// No memory.
    NoMemory "no_memory"
        "there was no memory for it: the kernel's own, or room in the area for modules",
        "see how much memory the module asks for (`kmodtrace inspect FILE`) and who fills the area \
         (/proc/modules)";
    /// Larger than the whole area for modules.
    AreaTooSmall "larger_than_module_area"
        "the module asks for more memory than the whole area for modules has",
        "`kmodtrace inspect FILE` tells which sections are so large";
    /// No room in the area for modules.
    AreaFull "module_area_full"
        "there was no room for it in the area for modules",
        "see how much memory the module asks for (`kmodtrace inspect FILE`) and who fills the area \
         (/proc/modules)";
    /// No device for it.
    NoDevice "no_device"
        "the module's init function found no device that it can serve",
        "nothing, if the hardware is not there; else see why it was not found (dmesg, lspci)";
    /// Init failed.
    InitFailed "init_failed"
        "the module's own init function failed",
        "see what the module logs (dmesg); its source knows what this error means";
    /// Not permitted.
    NotPermitted "not_permitted"
        "loading modules is not permitted: no CAP_SYS_MODULE, or a security module forbids it",
        "load as root, outside of containers";
    /// No modules are taken any more.
    ModulesDisabled "modules_disabled"
        "the kernel takes no modules any more: kernel.modules_disabled was set",
        "boot again; find out what sets it (/etc/sysctl.d)";
    /// Not permitted, of an unload.
    UnloadNotPermitted "unload_not_permitted"
        "unloading modules is not permitted: no CAP_SYS_MODULE, or kernel.modules_disabled",
        "unload as root; see /proc/sys/kernel/modules_disabled";
    /// A signal.
    Interrupted "interrupted"
        "the process was interrupted by a signal while it waited",
        "try again";
    /// Addresses from user space that do not hold.
    Address "bad_address"
        "the image or the parameters could not be read from the memory of the loading process",
        "this is an error of the loading program: give init_module(2) addresses that it may read";
    /// The kernel does not know the flags, or has not what they ask for.
    Flags "bad_flags"
        "the kernel does not know these flags of finit_module(2), or does not have what they ask for",
        "use a loader that fits the kernel: kmod tries again without them";
    /// A file that cannot be read as one.
    BadFile "bad_file"
        "the file is empty, or the file descriptor is none of a regular file that is open for reading",
        "see whether the file is empty; else the loading program is to open it for reading";
    /// A file that is being written.
    FileBusy "file_busy"
        "the file is open for writing",
        "wait until it is written, or see who has it open (fuser)";
    /// An unload, while modules use it.
    UsedByModules "used_by_modules"
        "other modules use it",
        "unload those first, as `modprobe -r` does";
    /// An unload, while somebody holds it.
    InUse "in_use"
        "somebody holds a reference to it: an open device, a mount, a running program",
        "end what uses it; its reference count is in /proc/modules";
    /// An unload of a module that is neither there nor gone.
    BetweenStates "being_loaded_or_unloaded"
        "the module is being loaded or unloaded just now",
        "unload it when that has ended; a load that never ends is listed as in flight";
    /// An unload of a module that cannot go.
    NoExit "no_exit"
        "the module has no exit function, or was being loaded or unloaded",
        "a module without an exit function stays until the next boot";
    /// An unload of what is not there.
    NotLoaded "not_loaded"
        "no module of this name is loaded",
        "see /proc/modules for the names of those that are";
    /// Nothing known.
    Unknown "unknown"
        "the kernel refused it",
        "see the kernel's log (dmesg) around this time";
}
