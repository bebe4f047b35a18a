# Sourced by the tests in this directory.
#
# `check WHAT COMMAND…` counts failures, `finish` reports. `load LABEL FILE COMMAND…` runs a command
# that loads modules and notes what it was in $out/loads.tsv, for the checks on the host.
#
# The shell prefers busybox's own insmod, modprobe and modinfo; kmod's are in /sbin.
failures=0
# Where a script leaves what the host is to look at.
out=${KT_OUT:-/tmp/out}
mkdir -p "$out"

check() {
	what=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "ok: $what"
	else
		echo "FAILED: $what"
		sed 's/^/    /' /tmp/check.out
		failures=$((failures + 1))
	fi
}

# Like `check`, for a command that must fail.
check_not() {
	what=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "FAILED: $what"
		sed 's/^/    /' /tmp/check.out
		failures=$((failures + 1))
	else
		echo "ok: $what"
	fi
}

finish() {
	[ $failures -eq 0 ]
	exit
}

# The packaged file of module $1.
packaged() {
	/sbin/modinfo -n "$1"
}

# Writes module $1 of the kernel's package, decompressed, to file $2.
plain() {
	f=$(packaged "$1")
	case $f in
	*.xz) xz -dc "$f" ;;
	*) cat "$f" ;;
	esac >"$2"
}

# Writes module $1 to file $2, without the signature that Debian's build appends.
unsigned() {
	plain "$1" "$2.signed"
	size=$(stat -c %s "$2.signed")
	# Behind the signature: its description of 12 bytes, which ends with its length, and a mark of 28.
	set -- "$2" $(tail -c 32 "$2.signed" | head -c 4 | od -An -tu1)
	length=$((($2 << 24) + ($3 << 16) + ($4 << 8) + $5 + 40))
	head -c $((size - length)) "$1.signed" >"$1"
}

# True where the project's own modules are built for this kernel.
own_modules() {
	[ -e /modules/kt_nop.ko ]
}

# `load LABEL FILE COMMAND…`: one line of label, process id, exit status, size of FILE and the
# command. FILE is `-` where no single file is loaded.
load() {
	label=$1
	file=$2
	shift 2
	# The shell becomes the command, so that its process id is the loader's.
	sh -c 'echo $$ >"$0.pid"; exec "$@"' "/tmp/load.$label" "$@" >"/tmp/load.$label.out" 2>&1
	status=$?
	size=-
	[ "$file" = - ] || size=$(stat -L -c %s "$file")
	printf '%s\t%s\t%s\t%s\t%s\n' "$label" "$(cat "/tmp/load.$label.pid")" "$status" "$size" "$*" \
		>>"$out/loads.tsv"
	return $status
}

# Writes a configuration of the kernel: the guest has none, and the area for modules depends on it. What all of
# Debian's kernels have in common, as far as kmodtrace reads it.
configuration=/boot/config-$(uname -r)
configure() {
	mkdir -p /boot
	for option in 64BIT X86_64 MODULES BPF BPF_SYSCALL BPF_EVENTS BPF_JIT KPROBES KPROBE_EVENTS KRETPROBES \
		PERF_EVENTS TRACEPOINTS FTRACE FUNCTION_TRACER DYNAMIC_FTRACE DYNAMIC_FTRACE_WITH_DIRECT_CALLS \
		RANDOMIZE_BASE; do
		echo CONFIG_$option=y
	done >"$configuration"
}

# True while process $1 lives.
alive() {
	grep -q '^State:.[^XZ]' "/proc/$1/status" 2>/dev/null
}

# Waits until file $1 exists, for at most 60 s, and no longer than process $2 lives if one is named. False if it does
# not come to exist: for what may be refused.
appears() {
	n=0
	until [ -e "$1" ]; do
		n=$((n + 1))
		[ $n -le 600 ] && alive "${2:-$$}" || return 1
		sleep 0.1
	done
}

# The same where it has to: else the test has failed.
await() {
	appears "$@" || check "$1 appears" false
}

# `whole_loads FILE MODULE COUNT`: true if FILE tells of so many loads of the module that are complete; else it says
# what FILE tells of.
whole_loads() {
	load='"schema":"kmodtrace.load/1".*"module":"'$2'".*"complete":true'
	[ "$(grep -c "$load" "$1")" -eq "$3" ] && return
	grep -o '"schema":"kmodtrace[^"]*"\|"module":"[^"]*"\|"errno":-\?[0-9]*\|"lost_events":[0-9]*\|"complete":[a-z]*' "$1"
	return 1
}

# Unloads every module of the tests, whatever state a test left.
unload() {
	for m in kt_user kt_export kt_syms_many kt_grow_symbols kt_symprov kt_request kt_notify kt_exit kt_nop kt_noinit \
		kt_params kt_bss kt_delay kt_sections kt_relocs kt_funcs kt_file \
		kt_grow_relocs kt_grow_init kt_grow_params kt_grow_sysfs kt_grow_funcs \
		kt_grow_data kt_grow_file kt_facts kt_firmware kt_fail kt_ns crc7 dummy nft_reject_ipv4 nf_reject_ipv4 nft_reject nf_tables nfnetlink \
		libcrc32c can_raw can ifb; do
		rmmod $m 2>/dev/null
	done
	:
}

# What tracing leaves in a kernel while it lasts: processes, kprobes, hooked functions, pinned objects, eBPF programs
# and trampolines. The last ones are dear to look up, so only where nothing else is left.
traces() {
	pidof kmodtrace
	sed 's/^[^ ]* *//' /sys/kernel/debug/kprobes/list
	cat /sys/kernel/tracing/kprobe_events /sys/kernel/tracing/enabled_functions
	cat /proc/sys/debug/kprobes-optimization
	find /sys/fs/bpf -mindepth 1
}
programs() {
	grep -F '[bpf]' /proc/kallsyms | sed 's/^[^ ]* //'
}

# What of that was there before: to be called before anything is traced.
remember_traces() {
	traces >/tmp/traces.before
	programs >/tmp/programs.before
}

# True if nothing of it is left; the kernel frees programs a moment after their last user has gone.
no_traces() {
	n=0
	until traces >/tmp/traces.now && cmp -s /tmp/traces.before /tmp/traces.now &&
		programs >/tmp/programs.now && cmp -s /tmp/programs.before /tmp/programs.now; do
		n=$((n + 1))
		if [ $n -gt 50 ]; then
			diff /tmp/traces.before /tmp/traces.now
			diff /tmp/programs.before /tmp/programs.now
			return 1
		fi
		sleep 0.2
	done
}

# `only_trampolines MOST`: true if nothing is left but the code of so many trampolines.
only_trampolines() {
	no_traces >/tmp/left && return
	cat /tmp/left
	! grep '^[+-]' /tmp/left | grep -v -e '^+++ ' -e '^--- ' | grep -qv '^+t bpf_trampoline_[0-9_]*.\[bpf\]$' &&
		[ "$(grep -c '^+t bpf_trampoline_' /tmp/left)" -le "$1" ]
}
