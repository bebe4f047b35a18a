# Others look at the same functions at the same time: another kmodtrace, kprobe events, the function graph tracer,
# bpftrace, perf; and a kernel that is being patched. Every load is told to all of them, whole or with a word that it is
# not (a trampoline's program is passed over while another task is preempted in it); the host looks at what was told.
. /guest/lib.sh
cd /tmp || exit 1
unload
remember_traces
t=/sys/kernel/tracing

# `begin NAME`, `end NAME`: several runs at a time.
begin() {
	rm -f "/tmp/ready.$1"
	kmodtrace run --json --ready-file "/tmp/ready.$1" >"$out/$1.jsonl" 2>"$out/$1.err" &
	echo $! >"/tmp/$1.pid"
	await "/tmp/ready.$1" "$(cat "/tmp/$1.pid")"
}
end() {
	kill -INT "$(cat "/tmp/$1.pid")"
	wait "$(cat "/tmp/$1.pid")"
	code_is "$1" $?
}
# `code_is NAME CODE`: the run has told with its exit code whether a load was incomplete.
code_is() {
	incomplete=$(grep -c '"schema":"kmodtrace.load/1".*"complete":false' "$out/$1.jsonl")
	check "$1: exit code ($2), $incomplete incomplete" [ "$2" -eq $((incomplete > 0 ? 5 : 0)) ]
}
loads() {
	n=0
	while [ $n -lt "$1" ]; do
		/sbin/insmod /modules/kt_nop.ko && rmmod kt_nop
		n=$((n + 1))
	done
	sleep 0.3
}
# `told NAME COUNT`: so many loads, and no other.
told() {
	check "$1: $2 loads" [ "$(grep -c '"schema":"kmodtrace.load/1".*"module":"kt_nop"' "$out/$1.jsonl")" -eq "$2" ]
	check "$1: no other load" [ "$(grep -c '"schema":"kmodtrace.load/1"' "$out/$1.jsonl")" -eq "$2" ]
}

# Nobody else: what the others are compared with.
begin alone
loads 3
end alone
told alone 3

# Two at a time; one of them ends, one is killed.
begin first
begin second
loads 3
end second
loads 2
begin third
loads 1
kill -9 "$(cat /tmp/third.pid)"
wait "$(cat /tmp/third.pid)" 2>/dev/null
loads 2
end first
told first 8
told second 3
check "two at a time: nothing is left" no_traces

# Kprobe events, before and after kmodtrace has come.
functions="load_module do_init_module mod_sysfs_setup free_module"
for f in $functions; do
	grep -q " [tT] $f$" /proc/kallsyms || continue
	echo "p:kt/in_$f $f"
	echo "r:kt/out_$f $f"
done >/tmp/events
head -n 4 /tmp/events >$t/kprobe_events
echo 1 >$t/events/kt/enable
begin events
tail -n +5 /tmp/events >>$t/kprobe_events
echo 1 >$t/events/kt/enable
: >$t/trace
loads 4
check "kprobe events: they see the loads too" [ "$(grep -c ' in_load_module:' $t/trace)" -eq 4 ]
check "kprobe events: and their ends" [ "$(grep -c ' out_load_module:' $t/trace)" -eq 4 ]
end events
loads 1
check "kprobe events: they go on" [ "$(grep -c ' out_do_init_module:' $t/trace)" -eq 5 ]
echo 0 >$t/events/kt/enable
: >$t/kprobe_events
told events 4
check "kprobe events: nothing is left" no_traces

# The graph tracer, which hooks returns as well.
for f in $functions; do echo $f; done >$t/set_ftrace_filter 2>/dev/null
echo function_graph >$t/current_tracer
begin graph
loads 3
end graph
echo nop >$t/current_tracer
begin graph-later
echo function_graph >$t/current_tracer
loads 3
echo nop >$t/current_tracer
loads 1
end graph-later
: >$t/set_ftrace_filter
told graph 3
told graph-later 4
check "function graph: nothing is left" no_traces

# All of them at once: the graph tracer, bpftrace with kprobes, kretprobes and trampolines, and perf, of which each
# runs the next one. First kmodtrace has come before them, then it comes last and goes first.
here=$(for f in $functions; do grep -q " [tT] $f$" /proc/kallsyms && echo $f; done)
for f in $here; do
	echo "kprobe:$f { @[\"in $f\"] = count(); }"
	echo "kretprobe:$f { @[\"out $f\"] = count(); }"
done >/tmp/company.bt
echo 'fentry:vmlinux:load_module { @["fentry"] = count(); }' >>/tmp/company.bt
echo 'fexit:vmlinux:load_module { @["fexit"] = count(); }' >>/tmp/company.bt
cat >/tmp/loads.sh <<'EOF'
for n in 1 2 3; do
	/sbin/insmod /modules/kt_nop.ko && rmmod kt_nop
done
sleep 0.3
EOF
for f in $here; do
	check "perf probe $f" perf probe -q -a $f -a "${f}__out=$f%return"
done
# `graphed FUNCTION`: how many calls the graph tracer sees. Linux 5.10 keeps it from functions that a BPF trampoline calls,
# whoever's that is.
graphed() {
	case $(uname -r).$1 in
	5.10.*.load_module) echo 0 ;;
	*) echo 3 ;;
	esac
}
# `together COMMAND…`: what the others see of three loads of the command.
together() {
	for f in $here; do echo $f; done >$t/set_ftrace_filter
	echo function_graph >$t/current_tracer
	: >$t/trace
	bpftrace -c "perf record -q -N -B -a -e probe:* -o /tmp/perf.data $*" /tmp/company.bt >/tmp/bpftrace.out 2>/tmp/bpftrace.err
	check "$name: bpftrace and what it ran end well" [ $? -eq 0 ]
	cp $t/trace /tmp/graph.out
	echo nop >$t/current_tracer
	: >$t/set_ftrace_filter
	perf script -i /tmp/perf.data -F event >/tmp/perf.out 2>/tmp/perf.err
	for f in $here; do
		for end in in out; do
			check "$name: bpftrace sees $f, $end" grep -q "^@\[$end $f\]: 3$" /tmp/bpftrace.out
		done
		check "$name: perf sees $f" [ "$(grep -c "probe:$f:" /tmp/perf.out)" -eq 3 ]
		check "$name: perf sees $f return" [ "$(grep -c "probe:${f}__out" /tmp/perf.out)" -eq 3 ]
		check "$name: the graph tracer sees $f" [ "$(grep -c " $f()" /tmp/graph.out)" -eq "$(graphed $f)" ]
	done
	for kind in fentry fexit; do
		check "$name: bpftrace's $kind" grep -q "^@\[$kind\]: 3$" /tmp/bpftrace.out
	done
}
name=together
begin together
together sh /tmp/loads.sh
end together
told together 3
name=inside
together kmodtrace run --json -o /tmp/inside.kmt -- sh /tmp/loads.sh
kmodtrace report --json /tmp/inside.kmt >"$out/inside.jsonl"
told inside 3
perf probe -q -d 'probe:*'
check "bpftrace, perf, function graph: nothing is left" no_traces

# A patched kernel: the patch is a module too.
begin patching
/sbin/insmod /modules/kt_livepatch.ko
check "the patch is loaded" [ "$(cat /sys/kernel/livepatch/kt_livepatch/enabled)" = 1 ]
n=0
while [ "$(cat /sys/kernel/livepatch/kt_livepatch/transition)" = 1 ] && [ $n -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
check "the patch acts" grep -q 'kt_livepatch' /proc/cmdline
loads 2
end patching
check "the load of the patch is told" [ "$(grep -c '"module":"kt_livepatch","' "$out/patching.jsonl")" -ge 1 ]
begin patched
loads 2
end patched
told patched 2
echo 0 >/sys/kernel/livepatch/kt_livepatch/enabled
n=0
while [ -d /sys/kernel/livepatch/kt_livepatch ] && [ $n -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
check "the patch is gone" rmmod kt_livepatch
check "livepatch: nothing is left" no_traces
unload
finish
