# `kill -9` of the recorder at random moments, $KT_ROUNDS times, while two processes load modules. Round N
# leaves N.truth (what `killed` says), N.json (what `report` prints), N.status and N.err.
. /guest/lib.sh
cp /share/killed/bin /tmp/killed || exit 1
unload

round=0
while [ $round -lt "${KT_ROUNDS:-3}" ]; do
	rm -f /tmp/ready /tmp/k.kmt
	kmodtrace run -o /tmp/k.kmt --brief --ready-file /tmp/ready >/dev/null 2>"$out/$round.err" &
	tracer=$!
	await /tmp/ready
	ms=$((300 + $(od -An -N2 -tu2 /dev/urandom) % 1700))
	/tmp/killed -k $tracer $ms /modules/kt_nop.ko /modules/kt_noinit.ko >"$out/$round.truth"
	wait $tracer 2>/dev/null
	kmodtrace report --json /tmp/k.kmt >"$out/$round.json" 2>>"$out/$round.err"
	echo $? >"$out/$round.status"
	unload
	round=$((round + 1))
done
echo $round >"$out/rounds"
# Loads that were under way when their process was killed end by themselves.
sleep 0.5
unload
check_not "nothing is left" grep -q '^kt_no[pi]' /proc/modules
finish
