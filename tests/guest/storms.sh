# More of everything than there is on any machine: loads, loads at once, loads that hang, symbols, names; and
# things that change under them. Each part leaves NAME.jsonl.
. /guest/lib.sh
cp /share/storms/bin /tmp/storms || exit 1
cd /tmp || exit 1
unload
remember_traces
numbered=$(ls /modules/kt_c[0-9][0-9].ko)
sixteen=$(echo "$numbered" | head -n 16)

# With room in the ring for all there is, however slow the machine: nothing may be lost then.
begin() {
	name=$1
	shift
	rm -f /tmp/ready
	kmodtrace run --json --ring-size ${ring:-128M} --ready-file /tmp/ready "$@" >"$out/$name.jsonl" 2>"$out/$name.err" &
	tracer=$!
	await /tmp/ready $tracer
}

# `status` is how it ended.
end() {
	sleep 0.5
	kill -INT $tracer
	wait $tracer
	status=$?
}

# Of what was told: loads, unloads, incomplete loads; of the summary a number.
told() {
	grep -c "\"schema\":\"kmodtrace.$1/1\"" "$out/$name.jsonl"
}
number() {
	tail -n 1 "$out/$name.jsonl" | sed "s/.*\"$1\":\([0-9]*\).*/\1/"
}

# `storm PROCESSES ROUNDS PARAMS MODULE…`, of which none may fail: `made` and `dropped` are how many loads and unloads
# there were. `count` reads that where it ran in the background.
storm() {
	/tmp/storms "$@" >/tmp/storm.out
	check "$name: the storm comes to its end" [ $? -eq 0 ]
	count
}
count() {
	read -r made x dropped x failed undropped x </tmp/storm.out
	check "$name: none failed ($failed, $undropped)" [ "$failed $undropped" = "0 0" ]
}

# Nearly all that was told is complete: on a kernel that preempts, one of twenty
# may not be, and one of a few. The exit code says it.
nearly_whole() {
	incomplete=$(number incomplete)
	check "$name: $incomplete of $(told load) incomplete" [ $((20 * incomplete)) -le $(($(told load) + 20)) ]
	check "$name: the exit code says so ($status)" [ $status -eq $((incomplete > 0 ? 5 : 0)) ]
}

# Every system call was told, and nothing lost.
all_told() {
	all=$(($(told load) + $(told unload)))
	lost=$(number segments)
	check "$name: $made loads and $dropped unloads are told ($all), $lost lost" \
		[ "$((made + dropped)) 0" = "$all $lost" ]
	check "$name: no load was passed over" [ "$(number untracked_loads)" -eq 0 ]
	check "$name: what was sent was received" [ "$(number sent)" -le "$(number received)" ]
	nearly_whole
	check "$name: nothing is left" ${left:-no_traces}
}

begin many
storm 16 125 id=7 $sixteen
end
check "many: 2,000" [ "$made" -eq 2000 ]
all_told

begin at-once
storm 64 1 '' $numbered /modules/kt_nop.ko /modules/kt_noinit.ko
end
check "at once: 64" [ "$made" -eq 64 ]
all_told

# One hangs in its init function, the others wait for it, until it is told to end, and whoever loads it then.
n=0
files=
while [ $n -lt 50 ]; do
	cp /modules/kt_hang.ko /tmp/kt_hang.$n
	files="$files /tmp/kt_hang.$n"
	n=$((n + 1))
done
# How many processes are in finit_module(2).
within() {
	cat /proc/[0-9]*/syscall 2>/dev/null | grep -c '^313 '
}
begin hang
/tmp/storms 50 1 '' $files >/tmp/hanging.out 2>/tmp/hanging.err &
hanging=$!
n=0
until [ "$(within)" -eq 50 ] || [ $n -gt 600 ]; do
	sleep 0.1
	n=$((n + 1))
done
check "hanging: 50 do ($(within))" [ "$(within)" -eq 50 ]
end
flights=$(tail -n 1 "$out/hang.jsonl" | grep -o '"seen_ns"' | wc -l)
check "hanging: 50 are in flight when the run ends ($flights)" [ "$flights" -eq 50 ]
# The kernel keeps a trampoline for as long as a task is inside of the function that it stands in front of: of the two
# that loads return through.
check "hanging: nothing is left but trampolines" only_trampolines 2
begin after
storm 4 5 '' $sixteen
end
left="only_trampolines 2"
all_told
left=
check "after: the fifty still hang ($(within))" [ "$(within)" -eq 50 ]
while alive $hanging; do
	echo 1 >/sys/module/kt_hang/parameters/done
	sleep 0.1
done 2>/dev/null
wait $hanging
read -r made x dropped x failed undropped x </tmp/hanging.out
check "hanging: $made loads, $dropped of them in the end" [ "$made $((dropped + failed)) $undropped" = "50 50 0" ]
check "hanging: in the end nothing is left" no_traces
check "hanging: the others are told that it is or was there" [ "$(grep -c -e 'File exists' -e 'busy' /tmp/hanging.err)" -eq "$failed" ]

begin symbols
/sbin/insmod /modules/kt_labels.ko
rmmod kt_labels
end
check "30,000 symbols: complete ($status)" whole_loads "$out/symbols.jsonl" kt_labels 1

# Names: a module's longest, a file's longest, a path's, and parameters of kilobytes.
long=$(basename "$(ls /modules/kt_longest_name_*.ko)" .ko)
check "the longest name there can be (${#long})" [ ${#long} -eq 55 ]
a=$(printf '%01000d' 0)
file=$(printf '%0251d' 1).ko
deep=/tmp/deep
while [ ${#deep} -lt 3600 ]; do
	deep=$deep/$(printf '%0240d' 0)
done
mkdir -p "$deep"
cp "/modules/$long.ko" "$deep/$file"
begin names
/sbin/insmod "/modules/$long.ko"
rmmod "$long"
(cd "$deep" && /sbin/insmod "./$file")
rmmod "$long"
/sbin/insmod /modules/kt_params.ko "str=$a" "nosuch=$a$a$a"
rmmod kt_params
end
check "names: the module's, twice, complete ($status)" whole_loads "$out/names.jsonl" "$long" 2
check "names: the one with long parameters, complete" whole_loads "$out/names.jsonl" kt_params 1
check "names: the module's is whole" [ "$(grep -c "\"schema\":\"kmodtrace.load/1\".*\"module\":\"$long\"" "$out/names.jsonl")" -eq 2 ]
check "names: the path ends with the file's" grep -q "$file\"" "$out/names.jsonl"
check "names: the parameters begin as they do" grep -q "\"params\":\"str=$(printf '%0100d' 0)" "$out/names.jsonl"
rm -r /tmp/deep

# Process ids come again after a few hundred.
most=$(cat /proc/sys/kernel/pid_max)
echo 600 >/proc/sys/kernel/pid_max
begin pids
n=0
failed=0
while [ $n -lt 400 ]; do
	/sbin/insmod /modules/kt_nop.ko && rmmod kt_nop || failed=$((failed + 1))
	n=$((n + 1))
done
echo "$most" >/proc/sys/kernel/pid_max
end
made=400 dropped=400
check "pids: none failed ($failed)" [ $failed -eq 0 ]
all_told
used=$(sed -n 's/.*kmodtrace.load\/1.*"tid":\([0-9]*\).*/\1/p' "$out/pids.jsonl" | sort | uniq -d | wc -l)
check "pids: $used of them came again" [ "$used" -gt 20 ]

# A CPU comes and goes.
cpu=/sys/devices/system/cpu/cpu1/online
check "a CPU can be switched off" [ -w $cpu ]
begin hotplug
: >/tmp/switched
/tmp/storms 8 80 '' $sixteen >/tmp/storm.out &
other=$!
while alive $other; do
	echo 0 >$cpu && echo off >>/tmp/switched
	sleep 0.2
	echo 1 >$cpu
	sleep 0.2
done
wait $other
check "hotplug: the storm comes to its end" [ $? -eq 0 ]
count
end
check "hotplug: the CPU went $(wc -l </tmp/switched) times" [ "$(wc -l </tmp/switched)" -ge 3 ]
all_told

# The tracer comes and goes: what it tells is whole.
rm -f /tmp/storms.stop
/tmp/storms 4 0 '' $sixteen >/tmp/storm.out &
other=$!
for middle in 0 1 2 3 4 5; do
	begin "middle$middle"
	sleep 0.$((middle + 1))
	end
	check "$name: loads are told ($(told load))" [ "$(told load)" -gt 0 ]
	check "$name: what was sent was received" [ "$(number sent)" -le "$(number received)" ]
	nearly_whole
done
check "in the middle: it was" alive $other
: >/tmp/storms.stop
wait $other
check "in the middle: the storm comes to its end" [ $? -eq 0 ]
count
check "in the middle: nothing is left" no_traces

# The reader is stopped for ten seconds, with room for a few loads only.
ring=32K
begin overrun
kill -STOP $tracer
/tmp/storms 16 20 '' $sixteen >/tmp/storm.out &
other=$!
sleep 10
kill -CONT $tracer
wait $other
count
sleep 1
before=$((made + dropped))
storm 2 1 id=77 $sixteen
end
all=$(($(told load) + $(told unload)))
lost=$(number segments)
check "overrun: $lost lost, $(number records) small ones" [ "$lost" -gt 100 ]
check "overrun: made ($((before + 4))) = told ($all) + lost" [ $((before + made + dropped)) -eq $((all + lost)) ]
check "overrun: what was sent was received" [ "$(number sent)" -le "$(number received)" ]
check "overrun: later loads are whole" [ "$(grep -c '"params":"id=77".*"complete":true' "$out/overrun.jsonl")" -eq 2 ]
check "overrun: the exit code says so ($status)" [ $status -eq 5 ]
check "overrun: nothing is left" no_traces
unload
finish
