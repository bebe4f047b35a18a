# A reader that is stopped while more comes than a small ring holds: what was lost is counted, and
# said of the load that it belongs to; nothing else is wrong, and loads after it are whole again.
. /guest/lib.sh

# Starts a run with a ring that holds a few loads and stops its reader.
begin() {
	rm -f /tmp/ready
	kmodtrace run --json --ring-size 32K --ready-file /tmp/ready >/tmp/run.jsonl 2>/tmp/run.err &
	tracer=$!
	await /tmp/ready $tracer
	kill -STOP $tracer
}

end() {
	kill -INT $tracer
	wait $tracer
	status=$?
}

# `number NAME`: a number of the summary.
number() {
	tail -n 1 /tmp/run.jsonl | sed "s/.*\"$1\":\([0-9]*\).*/\1/"
}

# How many loads and unloads were told; each is one segment.
told() {
	grep -c '"schema":"kmodtrace.\(un\)\?load/1"' /tmp/run.jsonl
}

# Whole loads are lost, and the small records that tell of their init memory.
loads=45
begin
n=0
while [ $n -lt $loads ]; do
	modprobe dummy
	rmmod dummy
	n=$((n + 1))
done
# Time for the kworker that frees init memory.
sleep 1
kill -CONT $tracer
sleep 1
modprobe dummy
end
told=$(told)
lost=$(number segments)
check "some loads were lost ($lost)" [ "$lost" -gt 0 ]
check "loads and unloads made = told ($told) + lost ($lost)" \
	[ $((2 * loads + 1)) -eq $((told + lost)) ]
check "small records were lost ($(number records))" [ "$(number records)" -gt 0 ]
# What came in after the count was read makes it larger.
check "no record sent is missing" [ "$(number sent)" -le "$(number received)" ]
check "the last load was told" sh -c 'grep -c "\"complete\":true" /tmp/run.jsonl | grep -qv "^0$"'
check "the exit code says incomplete ($status)" [ $status -eq 5 ]
rmmod dummy

# Of one load the beginning is lost: its parameters, what else comes early, and the first of its two segments. What fills the
# ring are loads that fail at once: they free nothing later, and none of them leaves room for parameters.
head -c 4096 /modules/kt_nop.ko >/tmp/kt_cut.ko
begin
n=0
while [ $n -lt $loads ]; do
	/sbin/insmod /tmp/kt_cut.ko 2>/dev/null
	n=$((n + 1))
done
/sbin/insmod /modules/kt_sections.ko init_sleep=4000 &
until grep -q '^kt_sections ' /proc/modules; do sleep 0.1; done
sleep 1
kill -CONT $tracer
wait $!
sleep 1
end
told=$(told)
lost=$(number segments)
line=$(grep '"module":"kt_sections"' /tmp/run.jsonl)
check "small records were lost too ($(number records))" [ "$(number records)" -gt 0 ]
check "loads made = told ($told) + lost ($lost), but for the first part of one" \
	[ $((loads + 1)) -eq $((told + lost - 1)) ]
case $line in
*'"params":null'*'"lost_events":'*'"complete":false'*) said=${line#*'"lost_events":'} ;;
*) said=0 ;;
esac
check "its parameters are not known, and more than one record of it is missing (${said%%,*})" \
	[ "${said%%,*}" -ge 2 ]
case $line in
*'"covers":["relocate"]'*) line=${line#*'"covers":["relocate"]'} ;;
*) line= ;;
esac
case $line in
*'"bounds":'*) line=${line#*'"bounds":'} ;;
esac
check "when relocation began is not known" [ "${line%%,*}" = '"inferred"' ]
check "the exit code says incomplete ($status)" [ $status -eq 5 ]
rmmod kt_sections
finish
