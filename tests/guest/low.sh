# `--detail low`: loads by both system calls, loads that fail in front of the load proper, in it, and in init; and what is
# hooked meanwhile.
. /guest/lib.sh

unload
KMODTRACE_LOG=debug kmodtrace run --detail low -o "$out/low.kmt" --json -- sh /guest/low-loads.sh >"$out/low.json" 2>"$out/low.err"
check "run" [ $? -eq 0 ]
check_not "the optimizer of kprobes rests while they come and go, also behind the sandbox" \
	grep -q -e 'the optimizer of kprobes' -e 'kprobes are optimized meanwhile' "$out/low.err"
check "when they come and when they go" [ "$(sed 's/\x1b\[[0-9;]*m//g' "$out/low.err" | grep -c 'meanwhile rests=true')" = 2 ]
check "and works again" [ "$(cat /proc/sys/debug/kprobes-optimization)" = 1 ]
kmodtrace report --json "$out/low.kmt" | cmp - "$out/low.json"
check "its recording is the same" [ $? -eq 0 ]
unload
finish
