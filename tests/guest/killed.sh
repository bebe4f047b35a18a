# `kill -9` of the recorder at random moments, $KT_ROUNDS times, while two processes load modules: once while it
# records, and once while it starts. Round N leaves N.truth (what `killed` says), N.json (what `report` prints),
# N.status and N.err.
. /guest/lib.sh
cp /share/killed/bin /tmp/killed || exit 1
unload

# A number of milliseconds from $1 to $1 + $2.
some() {
	echo $(($1 + $(od -An -N2 -tu2 /dev/urandom) % $2))
}

# The kernel detaches what a killed process leaves, one grace period after the other: sooner with these, which changes nothing
# else.
echo 1 >/sys/kernel/rcu_expedited
remember_traces
round=0
while [ $round -lt "${KT_ROUNDS:-3}" ]; do
	rm -f /tmp/ready /tmp/k.kmt
	kmodtrace run -o /tmp/k.kmt --brief --ready-file /tmp/ready >/dev/null 2>"$out/$round.err" &
	tracer=$!
	await /tmp/ready $tracer
	check "round $round: there is something to be left" [ "$(traces | wc -l)" -gt 50 ]
	/tmp/killed -k $tracer $(some 300 1700) /modules/kt_nop.ko /modules/kt_noinit.ko >"$out/$round.truth"
	wait $tracer 2>/dev/null
	check "round $round: nothing is left" no_traces
	kmodtrace report --json /tmp/k.kmt >"$out/$round.json" 2>>"$out/$round.err"
	echo $? >"$out/$round.status"
	unload

	kmodtrace run --brief >/dev/null 2>&1 &
	tracer=$!
	/tmp/killed -k $tracer $(some 0 1500) /modules/kt_nop.ko /modules/kt_noinit.ko >/tmp/loads
	wait $tracer 2>/dev/null
	check "round $round: nothing is left of a start" no_traces
	unload
	check "round $round: loads go on" /sbin/insmod /modules/kt_nop.ko
	rmmod kt_nop
	round=$((round + 1))
done
echo $round >"$out/rounds"
echo 0 >/sys/kernel/rcu_expedited
# Loads that were under way when their process was killed end by themselves.
sleep 0.5
unload
check_not "no module is left" grep -q '^kt_no[pi]' /proc/modules
finish
