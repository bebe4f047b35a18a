//! System calls: a list of those that the rest of a run makes; others fail with `EPERM`.

use std::{collections::BTreeMap, env::consts::ARCH};

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::Needs;

/// Calls that are allowed whatever their arguments.
const ALWAYS: &[c_long] = &[
    // What is open, and reading of files.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    // Memory.
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    // Time, waiting, signals.
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_ppoll,
    // The pipe that a signal's handler writes into is a pair of sockets.
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_wait4,
    libc::SYS_waitid,
    // Threads.
    libc::SYS_futex,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Refused by the other filter, so that the C library takes `clone`.
    libc::SYS_clone3,
];

/// The same, by the names that only this architecture has.
#[cfg(target_arch = "x86_64")]
const ALWAYS_HERE: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_epoll_wait,
    libc::SYS_lstat,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS_HERE: &[c_long] = &[];

/// What a recording that is divided into files does with them.
const FILES: &[c_long] = &[libc::SYS_renameat2, libc::SYS_unlinkat];
#[cfg(target_arch = "x86_64")]
const FILES_HERE: &[c_long] = &[libc::SYS_rename, libc::SYS_renameat, libc::SYS_unlink];
#[cfg(target_arch = "aarch64")]
const FILES_HERE: &[c_long] = &[libc::SYS_renameat];
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const FILES_HERE: &[c_long] = &[];

/// `enum bpf_cmd`: look-up, update and deletion of an element, and the next key.
const MAP_COMMANDS: [u64; 4] = [1, 2, 3, 4];
/// `PERF_EVENT_IOC_DISABLE`.
const PERF_DISABLE: u64 = 0x2401;

/// Installs the filters, for all threads.
pub(super) fn install(needs: &Needs) -> Result<(), seccompiler::Error> {
    let [no_clone3, allowed] = programs(needs)?;
    // In this order: the second one does not allow filters.
    apply_filter_all_threads(&no_clone3)?;
    apply_filter_all_threads(&allowed)
}

/// The filters, in the order in which they are installed.
pub(super) fn programs(needs: &Needs) -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let architecture = TargetArch::try_from(ARCH)?;
    let program = |rules, others, these| -> Result<BpfProgram, seccompiler::BackendError> {
        SeccompFilter::new(rules, others, these, architecture)?.try_into()
    };
    // Its flags lie in memory, where no filter sees them; whoever may not use it uses `clone`.
    let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let missing = SeccompAction::Errno(errno(libc::ENOSYS));
    let refused = SeccompAction::Errno(errno(libc::EPERM));
    Ok([
        program(clone3, SeccompAction::Allow, missing)?,
        program(rules(needs)?, refused, SeccompAction::Allow)?,
    ])
}

/// Calls, and what must be true of their arguments: one of the rules, if there are any.
type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn rules(needs: &Needs) -> Result<Rules, seccompiler::BackendError> {
    let always = ALWAYS.iter().chain(ALWAYS_HERE);
    let mut rules: Rules = always.map(|&call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_bpf, any_of(0, &MAP_COMMANDS)?);
    // A terminal's state and size, and the end of a probe.
    let ioctls = [
        libc::TCGETS,
        // What glibc asks from 2.42 on.
        libc::TCGETS2,
        libc::TIOCGWINSZ,
        PERF_DISABLE,
    ];
    rules.insert(libc::SYS_ioctl, any_of(1, &ioctls)?);
    // Duplicates and flags, not who gets signals (`F_SETOWN`): that could be any process of the same user.
    let fcntl = [
        libc::F_GETFD,
        libc::F_SETFD,
        libc::F_GETFL,
        libc::F_SETFL,
        libc::F_DUPFD_CLOEXEC,
    ];
    rules.insert(libc::SYS_fcntl, any_of(1, &fcntl.map(bits))?);
    // Its own limits.
    rules.insert(libc::SYS_prlimit64, any_of(0, &[0])?);
    rules.insert(libc::SYS_prctl, any_of(0, &[bits(libc::PR_SET_NAME)])?);
    let executable = bits(libc::PROT_EXEC);
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![rule([masked(2, executable, 0)?])?]);
    }
    let thread = bits(libc::CLONE_THREAD);
    rules.insert(libc::SYS_clone, vec![rule([masked(0, thread, thread)?])?]);
    // Whether a task exists, and signals for the command and for this process.
    let mut signals = any_of(1, &[0])?;
    if let Some(child) = needs.child {
        signals.extend(any_of(0, &[bits(child.as_raw_nonzero().get())])?);
    }
    rules.insert(libc::SYS_kill, signals);
    let own = bits(rustix::process::getpid().as_raw_nonzero().get());
    rules.insert(libc::SYS_tgkill, any_of(0, &[own])?);
    opening(needs, &mut rules)?;
    Ok(rules)
}

/// Files may be opened to be read, and created if the recording is divided.
fn opening(needs: &Needs, rules: &mut Rules) -> Result<(), seccompiler::BackendError> {
    let writing = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
    // The argument that holds the flags.
    let mut calls = vec![(libc::SYS_openat, 2)];
    #[cfg(target_arch = "x86_64")]
    calls.push((libc::SYS_open, 1));
    for (call, flags) in calls {
        let conditions = match needs.directory {
            None => vec![rule([masked(flags, bits(writing), 0)?])?],
            Some(_) => Vec::new(),
        };
        rules.insert(call, conditions);
    }
    if needs.directory.is_some() {
        let files = FILES.iter().chain(FILES_HERE);
        rules.extend(files.map(|&call| (call, Vec::new())));
    }
    Ok(())
}

/// One rule for each value that argument `index` may have.
fn any_of(index: u8, values: &[u64]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let rules = values.iter().map(|&value| {
        let length = SeccompCmpArgLen::Dword;
        rule([SeccompCondition::new(
            index,
            length,
            SeccompCmpOp::Eq,
            value,
        )?])
    });
    rules.collect()
}

/// Of argument `index`, the bits in `mask` must be those of `value`.
fn masked(index: u8, mask: u64, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    let compare = SeccompCmpOp::MaskedEq(mask);
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, compare, value)
}

fn rule<const N: usize>(
    conditions: [SeccompCondition; N],
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(conditions.into())
}

/// A constant of the C library as an argument.
fn bits(constant: i32) -> u64 {
    u64::from(constant.cast_unsigned())
}

fn errno(number: i32) -> u32 {
    number.cast_unsigned()
}
