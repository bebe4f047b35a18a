# A reader that is stopped while more comes than the smallest ring holds: what was lost is counted,
# nothing else is wrong, and loads after it are whole again.
. /guest/lib.sh

loads=15
kmodtrace run --json --ring-size 4K >/tmp/run.jsonl 2>/tmp/run.err &
tracer=$!
until grep -q '^ready' /tmp/run.err; do sleep 0.1; done
kill -STOP $tracer
n=0
while [ $n -lt $loads ]; do
	modprobe dummy
	rmmod dummy
	n=$((n + 1))
done
kill -CONT $tracer
sleep 1
modprobe dummy
kill -INT $tracer
wait $tracer
status=$?

# `number NAME`: a number of the summary.
number() {
	tail -n 1 /tmp/run.jsonl | sed "s/.*\"$1\":\([0-9]*\).*/\1/"
}
told=$(grep -c '"schema":"kmodtrace.load/1"' /tmp/run.jsonl)
lost=$(number segments)
check "some loads were lost ($lost)" [ "$lost" -gt 0 ]
check "loads made = told ($told) + lost ($lost)" [ $((loads + 1)) -eq $((told + lost)) ]
# What came in after the count was read makes it larger.
check "no record sent is missing" [ "$(number sent)" -le "$(number received)" ]
check "the last load was told" sh -c 'grep -c "\"complete\":true" /tmp/run.jsonl | grep -qv "^0$"'
check "the exit code says incomplete ($status)" [ $status -eq 5 ]
finish
