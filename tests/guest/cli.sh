# How `kmodtrace run` begins, ends and filters. Each case leaves NAME.out, NAME.err and NAME.status.
. /guest/lib.sh
cd /tmp || exit 1
unload

# `traced NAME COMMAND…` runs kmodtrace with the rest of the line as arguments.
traced() {
	name=$1
	shift
	kmodtrace "$@" >"$out/$name.out" 2>"$out/$name.err"
	echo $? >"$out/$name.status"
}

# The same in the background; returns when it is ready.
begin() {
	name=$1
	shift
	rm -f /tmp/ready
	kmodtrace run --json --ready-file /tmp/ready "$@" >"$out/$name.out" 2>"$out/$name.err" &
	tracer=$!
	await /tmp/ready
}

# Waits for the end of what `begin` began, for at most 20 s.
end() {
	n=0
	while kill -0 $tracer 2>/dev/null && [ $n -lt 200 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	kill -9 $tracer 2>/dev/null && echo "FAILED: $name had to be killed"
	wait $tracer
	echo $? >"$out/$name.status"
}

traced exit-code run -- sh -c 'exit 7'
traced no-command run -- /nonexistent/command
touch /tmp/plain-file
traced not-executable run -- /tmp/plain-file
traced usage run --no-such-option -- true
traced dry-run run --dry-run --json
cp /etc/passwd /tmp/passwd
echo 'somebody:x:1000:1000::/:/bin/sh' >>/etc/passwd
busybox su -s /bin/sh somebody -c 'exec kmodtrace run --duration 1s' >"$out/user.out" 2>"$out/user.err"
echo $? >"$out/user.status"
cp /tmp/passwd /etc/passwd

nops='/sbin/insmod /modules/kt_nop.ko; /sbin/insmod /modules/kt_noinit.ko; rmmod kt_nop kt_noinit
	/sbin/modprobe dummy; rmmod dummy'
# The format that ledger.sh does not print; filters work alike for runs and reports.
traced verbose run -v -o /tmp/verbose.kmt -- sh -c "$nops; sleep 0.5"
traced verbose-report report -v /tmp/verbose.kmt
traced module report --json --module 'kt-n*' /tmp/verbose.kmt
traced comm report --json --comm modprobe /tmp/verbose.kmt
traced first report --json --count 2 /tmp/verbose.kmt

# Exports of a run are those of its recording.
live=
for format in perfetto chrome json csv csv-phases; do
	live="$live --to $format:/tmp/live.$format"
done
traced live run -o /tmp/live.kmt $live -- sh -c "$nops; sleep 0.5"
for format in perfetto chrome json csv csv-phases; do
	kmodtrace export /tmp/live.kmt --to $format | cmp - /tmp/live.$format && echo $format
done >"$out/live.same"
traced live-full run --json --to csv:/dev/full -- /sbin/insmod /modules/kt_nop.ko
rmmod kt_nop

# Without kernel addresses, printed and recorded. The parameter is one.
all='-v --map --relocs --symbols'
traced redacted run --redact $all -o /tmp/redacted.kmt -- sh -c '
	/sbin/insmod /modules/kt_params.ko str=0x$(grep -m 1 " T _printk$" /proc/kallsyms | cut -d" " -f1)
	grep ^kt_ /proc/modules >/tmp/addresses
	/sbin/modprobe nf_tables
	/sbin/insmod /modules/kt_noinit.ko
	grep " T _printk$" /proc/kallsyms >>/tmp/addresses
	sleep 0.5'
traced redacted-report report $all /tmp/redacted.kmt
traced redacted-json report --json /tmp/redacted.kmt
traced redacted-later report --redact $all -o /tmp/later.kmt /tmp/verbose.kmt
traced redacted-itself report -o /tmp/later.kmt /tmp/later.kmt
cp /tmp/redacted.kmt /tmp/later.kmt /tmp/addresses "$out"
unload

# Where a module lies: loaded, and recorded.
/sbin/modprobe nf_tables
traced map map nf_tables
traced map-gdb map --gdb nf_tables
traced map-json map --json nf_tables
for s in /sys/module/nf_tables/sections/.* /sys/module/nf_tables/sections/*; do
	[ -f "$s" ] && echo "${s##*/} $(cat "$s")"
done >"$out/map.truth"
rmmod nf_tables
traced map-run run -o /tmp/map.kmt -- sh -c '/sbin/modprobe nf_tables; sleep 0.5'
for s in /sys/module/nf_tables/sections/.* /sys/module/nf_tables/sections/*; do
	[ -f "$s" ] && echo "${s##*/} $(cat "$s")"
done >"$out/map-recorded.truth"
traced map-recorded map --json --module nf_tables /tmp/map.kmt
plain nf_tables /tmp/nf_tables.ko
traced against inspect --against /tmp/map.kmt --json /tmp/nf_tables.ko
traced against-other inspect --against /tmp/map.kmt --json /modules/kt_nop.ko
unload

# Names that would act on a terminal.
hostile=$(printf '/tmp/kt\033[31m\nü\033]0;x\007.ko')
cp /modules/kt_params.ko "$hostile"
traced hostile run -v -o /tmp/hostile.kmt -- /sbin/insmod "$hostile" "$(printf 'str=\033[2J\377')"
traced hostile-json report --json /tmp/hostile.kmt
traced hostile-brief report --brief /tmp/hostile.kmt
traced hostile-command run -- "$(printf '/nonexistent/\033[31m')"
rmmod kt_params

# A command whose loads are not asked for.
traced filtered run --module nothing -- /sbin/insmod /modules/kt_nop.ko
rmmod kt_nop

# Loads while the probes are being attached are not the run's, and not lost.
rm -f /tmp/attached
(
	n=0
	until [ -e /tmp/attached ]; do
		/sbin/insmod /modules/kt_nop.ko && rmmod kt_nop
		n=$((n + 1))
	done
	echo $n >"$out/busy.loads"
) &
busy=$!
begin busy
touch /tmp/attached
wait $busy
kill -INT $tracer
end

# Only what one process loads.
mkfifo /tmp/go
sh -c 'read x </tmp/go; exec /sbin/insmod /modules/kt_nop.ko' &
one=$!
begin pid --pid $one --count 1
/sbin/insmod /modules/kt_noinit.ko
echo go >/tmp/go
end
echo $one >"$out/pid.pid"
rmmod kt_nop kt_noinit

# Hundredths of a second since boot.
now() {
	sed 's/ .*//; s/\.//' /proc/uptime
}
begin duration --duration 3s
start=$(now)
end
echo $(($(now) - start)) >"$out/duration.hundredths"

# Loads of others, next to those of the command.
rm -f /tmp/ready
(
	await /tmp/ready
	/sbin/insmod /modules/kt_noinit.ko
	touch /tmp/loaded
) &
kmodtrace run --json --ready-file /tmp/ready -- sh -c '
	until [ -e /tmp/loaded ]; do sleep 0.1; done
	/sbin/insmod /modules/kt_nop.ko
	kill -9 $$' >"$out/descendant.out" 2>"$out/descendant.err"
echo $? >"$out/descendant.status"
wait
rmmod kt_nop kt_noinit

# The same, with a command that loads nothing itself.
rm -f /tmp/ready /tmp/loaded
(
	await /tmp/ready
	/sbin/insmod /modules/kt_noinit.ko
	touch /tmp/loaded
) &
traced others run --json --ready-file /tmp/ready -- sh -c 'until [ -e /tmp/loaded ]; do sleep 0.1; done'
wait
rmmod kt_noinit

# A reader that goes away.
{
	kmodtrace run --json -- sh -c "$nops; $nops" 2>"$out/pipe.err"
	echo $? >"$out/pipe.status"
} | head -n 1 >"$out/pipe.out"

# Ctrl-C in the middle of a load; then SIGTERM, and again before the first one had its effect.
begin interrupt
/sbin/insmod /modules/kt_nop.ko
rmmod kt_nop
/sbin/insmod /modules/kt_delay.ko init_sleep=10000 &
sleep 1
kill -INT $tracer
end
begin twice
kill -TERM $tracer
kill -INT $tracer
end
wait
unload
check "every case ran" [ "$(ls "$out" | grep -c '\.status$')" -eq 38 ]
finish
