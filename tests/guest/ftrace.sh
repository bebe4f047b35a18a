# The kernel's function graph tracer watches the same loads, with the same clock. The host checks
# that every hook's time lies in its function's window.
. /guest/lib.sh

unload
t=/sys/kernel/tracing
# In 5.10 a function with a BPF trampoline is invisible to the graph tracer.
case $(uname -r) in
5.10.*) attach=kprobe ;;
*) attach=auto ;;
esac
echo nop >$t/current_tracer
# Which hook sits on which function. The tracepoint is the last thing that do_one_initcall does.
kmodtrace run --dry-run --attach $attach | awk '
	/^[^ ]/ && $4 == "by" { print $1 "\t" ($2 == "tracepoint" ? "do_one_initcall" : $3) }
' | sort -u >"$out/hooks.tsv"
cut -f2 "$out/hooks.tsv" >$t/set_ftrace_filter

echo mono >$t/trace_clock
echo 4096 >$t/buffer_size_kb
for option in abstime proc tail; do echo 1 >$t/options/funcgraph-$option; done
plain dummy /tmp/dummy.ko
kmodtrace run -o "$out/ftrace.kmt" --json --attach $attach -- sh -c '
	t=/sys/kernel/tracing
	. /guest/lib.sh
	echo function_graph >$t/current_tracer
	# What runs for the first time is slow in an emulator: once before what counts.
	/sbin/insmod /tmp/dummy.ko && rmmod dummy
	load dummy - /sbin/insmod /tmp/dummy.ko
	load packed - /sbin/modprobe nf_tables
	echo 0 >$t/tracing_on
	cat $t/trace >"$out/graph"' >"$out/ftrace.json" 2>"$out/ftrace.err"
check "run under the function graph tracer" [ $? -eq 0 ]
echo nop >$t/current_tracer
echo 1 >$t/tracing_on
: >$t/set_ftrace_filter
echo local >$t/trace_clock
check "nothing of the trace was lost" sh -c '! grep -q "LOST" "$0"' "$out/graph"
unload
finish
