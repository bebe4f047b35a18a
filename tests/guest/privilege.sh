# With which capabilities each mode works, as an ordinary user. The sets that were tried are left in sets.tsv.
. /guest/lib.sh
cp /share/privilege/bin /tmp/privilege || exit 1
cd /tmp || exit 1
unload

# `try MODE CODE CAPS COMMAND…`: as an ordinary user with these capabilities, the command must end so.
try() {
	mode=$1 wanted=$2 caps=$3
	shift 3
	/tmp/privilege 1000 "$caps" "$@" >/tmp/try.out 2>/tmp/try.err </dev/null
	code=$?
	printf '%s\t%s\t%s\n' "$mode" "$caps" "$code" >>"$out/sets.tsv"
	[ $code -eq $wanted ] || sed 's/^/    /' /tmp/try.err
	check "$mode with $caps ends with $wanted ($code)" [ $code -eq $wanted ]
}

# The same, and a load of root's must be told.
is_told() {
	mode=$1 wanted=$2 caps=$3
	shift 3
	rm -f /tmp/ready
	(
		appears /tmp/ready || exit
		/sbin/insmod /modules/kt_nop.ko && rmmod kt_nop
	) &
	loader=$!
	try "$mode" "$wanted" "$caps" kmodtrace run --json --duration 4s --ready-file /tmp/ready "$@"
	[ -e /tmp/ready ] || kill $loader
	wait $loader 2>/dev/null
	check "$mode with $caps tells of a load" whole_loads /tmp/try.out kt_nop 1
}

chmod 1777 /tmp
memory=
# Kernels before 5.11 charge maps to RLIMIT_MEMLOCK.
case $(uname -r) in
5.10.*) memory=,sys_resource ;;
esac
for caps in - bpf perfmon syslog,dac_read_search; do
	try run 3 $caps kmodtrace run --duration 1s
done
# Debian's kernels keep perf events, and so kprobes, from all without CAP_SYS_ADMIN at 3.
paranoid=/proc/sys/kernel/perf_event_paranoid
before=$(cat $paranoid)
echo 3 >$paranoid
try "run --attach kprobe, perf_event_paranoid=3" 3 bpf,perfmon$memory kmodtrace run --attach kprobe --duration 1s
check "it says what to do" grep -q 'sysctl kernel.perf_event_paranoid=2' /tmp/try.err
is_told "run, perf_event_paranoid=3" 0 sys_admin$memory
case $(uname -r) in
5.10.*) ;; # There every entry is a kprobe.
*)
	is_told "run, perf_event_paranoid=3" 1 bpf,perfmon
	check "it says which probes were refused" grep -q 'the kernel refused the probe for' /tmp/try.err
	;;
esac
echo 2 >$paranoid
is_told run 0 bpf,perfmon$memory
is_told "run --attach kprobe" 0 bpf,perfmon$memory --attach kprobe
is_told "run --symbols --notifiers --params" 0 bpf,perfmon$memory --symbols --notifiers --params
is_told "run -o" 0 bpf,perfmon$memory -o /tmp/user.kmt
is_told run 0 bpf,perfmon,syslog,dac_read_search$memory
try "run -- CMD" 7 bpf,perfmon$memory kmodtrace run -- sh -c 'exit 7'
try "run --dry-run" 0 - kmodtrace run --dry-run
try report 0 - kmodtrace report /tmp/user.kmt
try ls 0 - kmodtrace ls /tmp/user.kmt
try export 0 - kmodtrace export /tmp/user.kmt --to csv
try inspect 0 - kmodtrace inspect /modules/kt_nop.ko
try doctor 3 - kmodtrace doctor
echo "$before" >$paranoid
modprobe nf_tables
for caps in - syslog dac_read_search; do
	try map 3 $caps kmodtrace map nf_tables
done
try map 0 syslog,dac_read_search kmodtrace map nf_tables
unload
finish
