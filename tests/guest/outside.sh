# What a run does when the system around it fails: a clear word, the right exit code, nothing left, no hang.
. /guest/lib.sh
cd /tmp || exit 1
unload
remember_traces

# `ends NAME CODE`: how the command in front of it has ended.
ends() {
	code=$?
	[ $code -eq "$2" ] || sed 's/^/    /' $said
	check "$1: ends with $2 ($code)" [ $code -eq "$2" ]
}

# `run NAME CODE TEXT ARGUMENT…`: the run ends with CODE by itself and says TEXT (a pattern), or nothing of it if
# TEXT is empty; a load is made while it lasts. `said` and `told` are what it said and told.
said=/tmp/case.err
told=/tmp/case.out
run() {
	name=$1 wanted=$2 text=$3
	shift 3
	rm -f /tmp/ready
	(
		appears /tmp/ready || exit
		/sbin/modprobe dummy
		rmmod dummy
	) &
	loader=$!
	timeout 120 kmodtrace run --json ${long---duration 2s} --ready-file /tmp/ready "$@" >$told 2>$said
	ends "$name" "$wanted"
	[ -e /tmp/ready ] || kill $loader
	wait $loader 2>/dev/null
	[ -z "$text" ] || check "$name: says why" grep -q -e "$text" $said
	check_not "$name: no panic" grep -q panicked $said
	check "$name: nothing is left" ${left-no_traces}
}

# Also that the load is told, with which the run ends.
run_told() {
	long="--count 1 --duration 50s" run "$@"
	check "$1: the load is told" whole_loads $told dummy 1
}

# `background ARGUMENT…` and `end NAME CODE`: a run in the middle of which something happens.
background() {
	rm -f /tmp/ready
	kmodtrace run --json --ready-file /tmp/ready "$@" >$told 2>$said &
	tracer=$!
	await /tmp/ready $tracer
}
end() {
	kill -INT $tracer 2>/dev/null
	wait $tracer
	ends "$1" "$2"
}
loads() {
	n=0
	while [ $n -lt "$1" ]; do
		/sbin/modprobe dummy && rmmod dummy
		n=$((n + 1))
	done
}

# The disk is full, at once and later; what was recorded can be read, and the run goes on.
mkdir -p /tmp/small
mount -t tmpfs -o size=64k small /tmp/small
dd if=/dev/zero of=/tmp/small/fill bs=1k count=56 2>/dev/null
background --symbols -o /tmp/small/r.kmt
loads 1
# What is older than a second is in the recording.
sleep 2
/sbin/modprobe nf_tables && rmmod nf_tables nfnetlink
loads 2
sleep 0.5
end "disk full" 5
check "disk full: says so" grep -q 'cannot write the recording.*No space left' $said
check "disk full: says it once" [ "$(grep -c 'cannot write' $said)" -eq 1 ]
check "disk full: loads after it are told" [ "$(grep -c '"module":"dummy"' $told)" -ge 6 ]
check "disk full: nothing is left" no_traces
kmodtrace report --json /tmp/small/r.kmt >/tmp/report 2>&1
ends "disk full: report" 5
check "disk full: the recording can be read" grep -q '"module":"dummy"' /tmp/report
umount /tmp/small
run "output on a full disk" 5 'cannot write the recording' -o /dev/full
timeout 120 kmodtrace run --json -- /sbin/modprobe dummy >/dev/full 2>$said
ends "standard output on a full disk, with a command" 0
check "standard output on a full disk: says so, once" [ "$(grep -c 'cannot write the output' $said)" -eq 1 ]
{
	timeout 120 kmodtrace run --json -- /sbin/modprobe -r dummy 2>$said
	echo $? >/tmp/pipe.status
} | :
check "standard output without a reader, with a command: ends with 0" [ "$(cat /tmp/pipe.status)" = 0 ]
check_not "standard output without a reader: nothing is said" grep -q 'cannot write' $said

# Files that go away meanwhile: the run goes on, divided or not; without its directory there is no next file.
mkdir -p /tmp/gone
background -o /tmp/gone/r.kmt
loads 1
rm /tmp/gone/r.kmt
loads 1
end "recording removed" 0
check "recording removed: all is told" [ "$(grep -c 'kmodtrace.load/1' $told)" -eq 2 ]
background --symbols -o /tmp/gone/r.kmt --rotate-size 64K
rm /tmp/gone/r.kmt
n=0
while [ $n -lt 8 ]; do
	/sbin/modprobe nf_tables && rmmod nf_tables nfnetlink
	n=$((n + 1))
done
end "removed while divided" 0
check "removed while divided: the next file is there" [ -s /tmp/gone/r.kmt ]
rm -f /tmp/gone/*
background --symbols -o /tmp/gone/r.kmt --rotate-size 64K
rm -r /tmp/gone
n=0
while [ $n -lt 8 ]; do
	/sbin/modprobe nf_tables && rmmod nf_tables nfnetlink
	n=$((n + 1))
done
end "directory removed" 5
check "directory removed: says so" grep -q 'cannot write the recording' $said
check "directory removed: nothing is left" no_traces

# The reader of the output goes away; the recording does not suffer with a command.
{
	timeout 120 kmodtrace run --brief -o /tmp/pipe.kmt -- sh -c '/sbin/modprobe dummy; rmmod dummy; sleep 0.5
		/sbin/modprobe dummy; rmmod dummy' 2>$said
	echo $? >/tmp/pipe.status
} | head -n 1 >/dev/null
check "pipe closed: the command's code" [ "$(cat /tmp/pipe.status)" = 0 ]
check "pipe closed: all is recorded" sh -c '[ "$(kmodtrace report --json /tmp/pipe.kmt | grep -c load/1)" -ge 4 ]'

# Out of file descriptors.
for limit in 20 80; do
	(ulimit -n $limit; exec timeout 120 kmodtrace run --duration 2s) >$told 2>$said
	ends "$limit file descriptors" 4
	check "$limit file descriptors: says why" grep -q 'Too many open files' $said
	check "$limit file descriptors: nothing is left" no_traces
done

# Out of memory: the kernel kills the tracer.
group=/sys/fs/cgroup/kt
echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group
check "there are limits for memory and processes" [ -e $group/memory.max -a -e $group/pids.max ]
background -o /tmp/oom.kmt
loads 2
sleep 0.5
echo $tracer >$group/cgroup.procs
echo 0 >$group/memory.swap.max 2>/dev/null
echo 16K >$group/memory.max
loads 3
n=0
while alive $tracer && [ $n -lt 100 ]; do
	sleep 0.1
	n=$((n + 1))
done
check_not "out of memory: it has been killed" alive $tracer
kill -9 $tracer 2>/dev/null
wait $tracer
ends "out of memory" 137
check "out of memory: by the kernel" grep -q 'oom_kill [1-9]' $group/memory.events
check "out of memory: nothing is left" no_traces
kmodtrace report --json /tmp/oom.kmt >/tmp/report 2>$said
code=$?
check "out of memory: report ends with 0, or 5 if a block is cut off ($code)" [ $code -eq 0 -o $code -eq 5 ]
check "out of memory: the recording can be read" grep -q '"module":"dummy"' /tmp/report
echo max >$group/memory.max
run_told "after that" 0 ''

# No process more than the command and the guard of the optimizer's switch, so no thread that records: the command is
# watched to its end.
echo 3 >$group/pids.max
timeout 120 sh -c 'echo $$ >'$group'/cgroup.procs
	exec kmodtrace run --json -o /tmp/few.kmt -- /sbin/insmod /modules/kt_nop.ko' >$told 2>$said
ends "no threads" 0
check "no threads: says so" grep -q 'cannot write the recording' $said
check_not "no threads: no panic" grep -q panicked $said
check "no threads: the load is told" whole_loads $told kt_nop 1
check "no threads: nothing is left" no_traces
rmmod kt_nop
rmdir $group

# tracefs and debugfs are not mounted.
umount /sys/kernel/tracing
umount /sys/kernel/debug/tracing 2>/dev/null
umount /sys/kernel/debug
timeout 120 kmodtrace run --json -- sh -c '/sbin/modprobe dummy; rmmod dummy' >$told 2>$said
ends "no tracefs, no debugfs" 0
check "no tracefs, no debugfs: the load is told" whole_loads $told dummy 1
kmodtrace doctor >/tmp/doctor 2>&1
ends "no tracefs: doctor" 1
check "no tracefs: doctor says so" grep -q 'tracefs is not mounted' /tmp/doctor
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
check "no tracefs, no debugfs: nothing is left" no_traces

# BTF: none, cut off, of another kernel, no BTF at all.
cp /sys/kernel/btf/vmlinux /tmp/own.btf
head -c 100000 /tmp/own.btf >/tmp/cut.btf
{ head -c $(($(stat -c %s /tmp/own.btf) - 1)) /tmp/own.btf; printf x; } >/tmp/other.btf
run_told "its own BTF" 0 '' --btf /tmp/own.btf
run "BTF cut off" 2 'btf is of no use.*cut off' --btf /tmp/cut.btf
run "BTF of another kernel" 2 'btf is of no use.*of another kernel' --btf /tmp/other.btf
run "no BTF" 2 'btf is of no use' --btf /etc/passwd
run "no file" 2 'btf is of no use.*no such file' --btf /tmp/nothing
mount -t tmpfs none /sys/kernel/btf
run_told "without BTF" 0 'without BTF'
umount /sys/kernel/btf

# Symbols: hidden, unreadable, one missing. Probes that are refused are in privilege.sh.
hide=$(cat /proc/sys/kernel/kptr_restrict)
echo 2 >/proc/sys/kernel/kptr_restrict
run_told "hidden addresses" 0 ''
echo "$hide" >/proc/sys/kernel/kptr_restrict
cp /proc/kallsyms /tmp/kallsyms
: >/tmp/empty
mount --bind /tmp/empty /proc/kallsyms
run "no symbols" 4 'no symbols'
umount /proc/kallsyms
grep -v -e ' [tT] load_module$' /tmp/kallsyms >/tmp/less
mount --bind /tmp/less /proc/kallsyms
run "no function to probe" 4 'doctor'
umount /proc/kallsyms
grep -v -e ' [tT] mod_sysfs_setup$' /tmp/kallsyms >/tmp/less
mount --bind /tmp/less /proc/kallsyms
run_told "a function less" 0 ''
umount /proc/kallsyms

# A kernel that was built without kprobes, as its configuration says: trampolines are left; without them nothing is.
configure
cp "$configuration" /tmp/config
sed -i 's/^CONFIG_KPROBES=y/# CONFIG_KPROBES is not set/' "$configuration"
kmodtrace doctor >/tmp/doctor 2>&1
check "no kprobes: doctor says so" grep -q 'CONFIG_KPROBES' /tmp/doctor
case $(uname -r) in
5.10.*)
	# No trampoline takes more than six arguments there; the kernel keeps the code of those that it refused for that.
	left="only_trampolines 3" run_told "no kprobes, trampolines" 1 'refused the probe for parse_args'
	remember_traces
	;;
*) run_told "no kprobes, trampolines" 0 '' ;;
esac
sed -i 's/^CONFIG_BPF_JIT=y/# CONFIG_BPF_JIT is not set/' "$configuration"
run "no kprobes, no trampolines" 4 'neither kprobes nor BPF trampolines'
kmodtrace doctor >/tmp/doctor 2>&1
ends "no kprobes, no trampolines: doctor" 4
sed 's/^CONFIG_BPF_EVENTS=y/# CONFIG_BPF_EVENTS is not set/' /tmp/config >"$configuration"
run "no BPF events" 4 'neither kprobes nor BPF trampolines'
rm "$configuration"

# Switches.
echo 0 >/sys/kernel/debug/kprobes/enabled
run "kprobes switched off" 3 'kprobes are switched off'
echo 1 >/sys/kernel/debug/kprobes/enabled
# The newest kernels have no such switch any more, and say so.
if sysctl -q kernel.ftrace_enabled=0 2>/tmp/sysctl; then
	run "ftrace switched off" 3 'ftrace is switched off'
	sysctl -q kernel.ftrace_enabled=1
else
	check "ftrace cannot be switched off: it is on" [ "$(cat /proc/sys/kernel/ftrace_enabled)" = 1 ]
	check "ftrace cannot be switched off: the kernel says so" grep -q 'not supported' /tmp/sysctl
fi
background
sysctl -q kernel.ftrace_enabled=0 2>/dev/null
switched=$(cat /proc/sys/kernel/ftrace_enabled)
loads 1
sleep 1.5
kill -INT $tracer
wait $tracer
status=$?
sysctl -q kernel.ftrace_enabled=1
# Only probes on ftrace sites are silent: what is missing of a load is said.
check "ftrace switched off meanwhile ($switched): the load is told" grep -q 'kmodtrace.load/1.*"module":"dummy"' $told
case "$switched $status" in
"1 0" | "0 0") check "ftrace switched off meanwhile: all is told ($status)" whole_loads $told dummy 1 ;;
"0 5") check_not "ftrace switched off meanwhile: of the load too" whole_loads $told dummy 1 ;;
*) check "ftrace switched off meanwhile: ends with 0 or 5 ($status)" false ;;
esac
check "ftrace switched off meanwhile: nothing is left" no_traces
for level in 0 2; do
	sysctl -q kernel.unprivileged_bpf_disabled=$level 2>/dev/null
	run_told "unprivileged_bpf_disabled=$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" 0 ''
done
paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
sysctl -q kernel.perf_event_paranoid=4
run_told "perf_event_paranoid=4" 0 ''
sysctl -q kernel.perf_event_paranoid="$paranoid"
if sysctl -q net.core.bpf_jit_enable=0 2>/dev/null && [ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 0 ]; then
	run_told "no BPF JIT" 0 ''
	sysctl -q net.core.bpf_jit_enable=1
else
	check "this kernel cannot do without its BPF JIT" [ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 1 ]
fi

# Lockdown, which only gets stricter. Unsigned modules are refused from then on.
lockdown=/sys/kernel/security/lockdown
echo integrity >$lockdown
check "lockdown is at integrity" grep -qF '[integrity]' $lockdown
run_told "lockdown=integrity" 0 ''
if own_modules; then
	# What is refused is told as well, and why.
	kmodtrace run --json -- /sbin/insmod /modules/kt_nop.ko >$told 2>$said
	check_not "lockdown=integrity: an unsigned module is refused" [ $? -eq 0 ]
	check "lockdown=integrity: that is told" grep -q '"schema":"kmodtrace.load/1".*"errno":1,' $told
	check "lockdown=integrity: and why" grep -q '"cause":"locked_down"' $told
fi
echo confidentiality >$lockdown
run "lockdown=confidentiality" 3 'lockdown=confidentiality'
kmodtrace doctor >/tmp/doctor 2>&1
check "lockdown=confidentiality: doctor ends with 3" [ $? -eq 3 ]
finish
