# Benchmarks: a module with dependencies against itself, one that is stopped in the middle, and all that is refused.
# The host checks the figures.
. /guest/lib.sh

unload
modules() {
	sort /proc/modules | cut -d' ' -f1,3
}
# `same WHAT`: the modules that are loaded, and how often they are used, are those that $1.before names.
same() {
	modules >/tmp/after
	cmp "/tmp/$1" /tmp/after || { cat "/tmp/$1" /tmp/after && false; }
}
# `refuses CODE TEXT ARGUMENT…`: that ends with the code and says the text.
refuses() {
	code=$1 text=$2
	shift 2
	kmodtrace bench "$@" >/tmp/refused.out 2>/tmp/refused.err
	status=$?
	cat /tmp/refused.out /tmp/refused.err
	[ $status -eq "$code" ] && grep -q "$text" /tmp/refused.err
}

modules >/tmp/none
kmodtrace bench nft_reject_ipv4 --against nft_reject_ipv4 -n 6 --warmup 1 --untraced 2 --seed 7 --params '' \
	-o "$out/bench.kmt" --json >"$out/bench.json" 2>"$out/bench.err"
check "a benchmark of a module against itself" [ $? -eq 0 ]
check "leaves nothing behind" same none
kmodtrace report --bench --json "$out/bench.kmt" >"$out/again.json"
check "its recording says the same" cmp "$out/bench.json" "$out/again.json"
kmodtrace report --bench "$out/bench.kmt" >"$out/bench.txt"
kmodtrace report --json "$out/bench.kmt" >"$out/loads.json"

check "no such module" refuses 2 'there is no module no_such_module' no_such_module
check "no such file" refuses 2 'cannot read' ./no_such.ko
check "no module" refuses 2 'cannot be read as a module' /guest/lib.sh
check "--prepare that fails" refuses 5 'prepare failed' --prepare 'exit 3' nft_reject_ipv4
check "which leaves nothing behind" same none
/sbin/modprobe dummy
modules >/tmp/dummy
check "a module that is loaded" refuses 2 'is loaded, though nothing uses it' dummy
check "is left alone" same dummy
/sbin/modprobe nft_reject
modules >/tmp/used
check "a module in use" refuses 2 'nf_tables is in use by nft_reject' nf_tables
check "and stays in use" same used

# `stop SIGNAL LOADS ARGUMENT…` sends the signal before that load.
stop() {
	signal=$1 loads=$2
	shift 2
	rm -f /tmp/count /tmp/reached
	kmodtrace bench --prepare "echo >>/tmp/count; [ \$(wc -l </tmp/count) -lt $loads ] || : >/tmp/reached" -n 5000 \
		"$@" >/tmp/stopped.out 2>/tmp/stopped.err &
	pid=$!
	await /tmp/reached
	kill -"$signal" $pid
	wait $pid
	status=$?
	cat /tmp/stopped.err
	[ $status -eq 5 ]
}
unload
/sbin/modprobe dummy
check "SIGTERM before the tracer" stop TERM 3 --reload dummy
check "loads the module again" same dummy
unload
if own_modules; then
	check "no exit function" refuses 2 'no exit function' /modules/kt_noexit.ko
	check "no dependency" refuses 2 'kt_user needs kt_export' /modules/kt_user.ko
	check "two of which one needs the other" refuses 2 'they cannot be measured against each other' \
		/modules/kt_user.ko --against /modules/kt_export.ko
	check "parameters that are refused" refuses 5 'EINVAL' /modules/kt_params.ko --params 'num=x'
	check "leave nothing behind" same none
fi
# The signal comes while --prepare runs, which ends with what it has started.
rm -f /tmp/reached
kmodtrace bench --untraced 0 --warmup 0 --prepare ': >/tmp/reached; sleep 314; true' nft_reject_ipv4 \
	>/tmp/stopped.out 2>&1 &
pid=$!
await /tmp/reached
kill -INT $pid
wait $pid
check "Ctrl-C while --prepare runs" [ $? -eq 5 ]
check_not "ends what that has started" pgrep -f 'sleep 31[4]'
check "leaves nothing behind, too" same none
check "Ctrl-C in the middle" stop INT 9 --untraced 1 --warmup 0 nft_reject_ipv4 -o "$out/stopped.kmt"
check "leaves nothing behind, either" same none
kmodtrace report --bench --json "$out/stopped.kmt" >"$out/stopped.json"
check "what came before Ctrl-C is there" [ $? -eq 0 ]
rm -f "$out"/*.kmt
finish
