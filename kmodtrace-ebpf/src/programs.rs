//! The programs: for each row of the catalogue one per way of attaching, all of one shape.
//!
//! Program names are `k_` (kprobe), `f_` (fentry), `r_` (kretprobe), `x_` (fexit), `e_` (kprobe where the function
//! returns) or `t_` (raw tracepoint) and the hook's name. Only those that the plan asks for are loaded into the kernel.

use aya_ebpf::programs::{
    FEntryContext, FExitContext, ProbeContext, RawTracePointContext, RetProbeContext,
};
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    config::Counter,
    for_each_hook,
    wire::{EDGE_ENTRY, EDGE_RETURN, EDGE_TRACEPOINT, LoadState, Mark},
};

use crate::{
    args::{Args, Returned},
    extract::{self, Seen},
    load,
    maps::{self, count},
};

/// A hit at a function's entry, or of a tracepoint: guard → extractor → mark.
#[inline(always)]
fn enter<A: Args>(
    hook: HookId,
    scope: Scope,
    edge: u8,
    args: &A,
    extract: impl FnOnce(&mut LoadState, &A, u64) -> Option<Seen>,
) {
    let begins = scope as u8 == Scope::Syscall as u8;
    let load = if begins {
        load::begin(hook)
    } else {
        load::current_in(scope)
    };
    let Some(load) = load else {
        if hook.0 == HookId::LOAD_MODULE.0 {
            count(Counter::Untracked);
        }
        return;
    };
    let now = if begins {
        load.segment.header.start_ns
    } else {
        load::now()
    };
    #[cfg(feature = "log")]
    aya_log_ebpf::debug!(args, "hook {} edge {}", hook.0, edge);
    if !is_of_symbols(hook) {
        extract::close_symbols(&mut load.segment, now);
    }
    if let Some(Seen { a, b, flags }) = extract(load, args, now) {
        load::mark(
            load,
            Mark {
                time_ns: now,
                hook: hook.0,
                edge,
                flags,
                reserved: 0,
                a,
                b,
            },
        );
    }
    load::spent(load, now);
}

/// True for hits inside the resolution of symbols: they do not end it.
#[inline(always)]
fn is_of_symbols(hook: HookId) -> bool {
    hook.0 == HookId::RESOLVE_SYMBOL.0 || hook.0 == HookId::EACH_SYMBOL.0
}

/// A hit at a function's return: guard → extractor → mark; a system call's return ends the load.
#[inline(always)]
fn leave(
    hook: HookId,
    scope: Scope,
    ret: u64,
    extract: impl FnOnce(&mut LoadState, u64) -> Option<Seen>,
) {
    let Some(load) = load::current_in(scope) else {
        return;
    };
    let now = load::now();
    if scope as u8 == Scope::Syscall as u8 {
        load::end(load, ret, now);
        return;
    }
    if !is_of_symbols(hook) {
        extract::close_symbols(&mut load.segment, now);
    }
    if let Some(Seen { a, b, flags }) = extract(load, ret) {
        let mark = Mark {
            time_ns: now,
            hook: hook.0,
            edge: EDGE_RETURN,
            flags,
            reserved: 0,
            a,
            b,
        };
        load::mark(load, mark);
    }
    load::spent(load, now);
    let last = hook.0 == HookId::LOAD_MODULE.0 && maps::INIT_ENDS_WITH_LOAD.load() != 0;
    if last && load.segment.syscall == u32::from(HookId::SYS_INIT_MODULE.0) {
        load::end(load, ret, now);
    }
}

macro_rules! programs {
    ($($(#[doc = $doc:literal])+ $id:literal $NAME:ident $name:ident $point:ident($args:literal)
        $scope:ident $enter:ident $leave:ident [$($symbol:literal),+] $(instead_of $other:ident)?
        $(only $detail:ident)? $(needs $offset:ident)?;)+) => {
        $(programs! { @$point $NAME $name $args $scope $enter $leave })+
    };

    (@Span $NAME:ident $name:ident $args:literal $scope:ident $enter:ident $leave:ident) => {
        programs! { @Entry $NAME $name $args $scope $enter $leave }
        programs! { @Return $NAME $name $args $scope $enter $leave }
    };
    (@Ends $NAME:ident $name:ident $args:literal $scope:ident $enter:ident $leave:ident) => {
        programs! { @Span $NAME $name $args $scope $enter $leave }
        programs! { @program "kprobe" "e_" $name RetProbeContext,
            |context| programs!(@leave $scope $NAME $args $leave context) }
    };
    (@Entry $NAME:ident $name:ident $args:literal $scope:ident $enter:ident $leave:ident) => {
        programs! { @program "kprobe" "k_" $name ProbeContext,
            |context| programs!(@enter $scope $NAME EDGE_ENTRY $enter context) }
        programs! { @program "fentry" "f_" $name FEntryContext,
            |context| programs!(@enter $scope $NAME EDGE_ENTRY $enter context) }
    };
    (@Return $NAME:ident $name:ident $args:literal $scope:ident $enter:ident $leave:ident) => {
        programs! { @program "kretprobe" "r_" $name RetProbeContext,
            |context| programs!(@leave $scope $NAME $args $leave context) }
        programs! { @program "fexit" "x_" $name FExitContext,
            |context| programs!(@leave $scope $NAME $args $leave context) }
    };
    (@RawTracepoint $NAME:ident $name:ident $args:literal $scope:ident $enter:ident $leave:ident) => {
        programs! { @program "raw_tp" "t_" $name RawTracePointContext,
            |context| programs!(@enter $scope $NAME EDGE_TRACEPOINT $enter context) }
    };

    (@enter Anywhere $NAME:ident $edge:ident $enter:ident $context:ident) => {
        extract::anywhere::$enter(&$context)
    };
    (@enter $scope:ident $NAME:ident $edge:ident $enter:ident $context:ident) => {
        enter(HookId::$NAME, Scope::$scope, $edge, &$context, extract::$enter)
    };
    (@leave Anywhere $NAME:ident $args:literal $leave:ident $context:ident) => {
        extract::anywhere::$leave($context.value($args))
    };
    (@leave $scope:ident $NAME:ident $args:literal $leave:ident $context:ident) => {
        leave(HookId::$NAME, Scope::$scope, $context.value($args), extract::returned::$leave)
    };

    (@program $section:literal $prefix:literal $name:ident $Context:ident,
        |$context:ident| $body:expr) => {
        const _: () = {
            #[unsafe(link_section = $section)]
            #[unsafe(export_name = concat!($prefix, stringify!($name)))]
            extern "C" fn program(context: *mut core::ffi::c_void) -> u32 {
                let $context = $Context::new(context);
                $body;
                0
            }
        };
    };
}

for_each_hook!(programs);
