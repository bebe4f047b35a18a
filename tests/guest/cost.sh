# cost.sh ROUNDS "TOOLS" "LOADS" [-r]: loads modules untraced and under each tool in turn, in this one boot, and leaves the lines of
# cost.c in /share/rows.csv. The tag of a session is ROUND.NUMBER.TOOL; untraced ones come before and after each tool.
. /guest/lib.sh
. /guest/peers.sh
rounds=$1 tools=$2 wanted=$3 priority=$4
rows=/share/rows.csv
functions=/tmp/functions typed=/tmp/typed
ulimit -l unlimited
ulimit -n 65536
echo 0 >/proc/sys/kernel/kptr_restrict
echo 1 >/proc/sys/kernel/perf_event_paranoid

# The steps that a user of those tools would name, as far as this kernel has them.
cut -d' ' -f1 /sys/kernel/tracing/available_filter_functions | sort -u >/tmp/available
for function in load_module do_init_module execmem_alloc module_alloc apply_relocate_add set_memory_ro set_memory_x \
	set_memory_rox set_memory_nx module_sig_check module_finalize mod_sysfs_setup parse_args; do
	grep -qx $function /tmp/available && echo $function
done >$functions
bpftrace -l 'fentry:vmlinux:*' 2>/dev/null | sed 's/.*://' | sort -u >/tmp/described
while read -r function; do
	grep -qx "$function" /tmp/described && echo "$function"
done <$functions >$typed

mkdir /tmp/cost
loads=
for load in $wanted; do
	case $load in
	*:@*)
		loads="$loads $load"
		continue
		;;
	esac
	# The first of several that this kernel has as a module.
	for module in $(echo "${load#*:}" | tr '|' ' '); do
		modinfo -F filename "${module%%=*}" 2>/dev/null | grep -q '^/' && break
	done
	parameters=
	case $module in
	*=*) parameters==${module#*=} module=${module%%=*} ;;
	esac
	check "$module is a module" sh -c "modinfo -F filename $module | grep '^/'"
	unsigned "$module" "/tmp/cost/$module.ko"
	rm -f "/tmp/cost/$module.ko.signed"
	/sbin/modprobe --show-depends "$module" | sed '$d' | while read -r _ file _; do
		/sbin/insmod "$file" 2>/dev/null
	done
	loads="$loads ${load%%:*}:/tmp/cost/$module.ko$parameters"
done

# Where kmodtrace hooks: `floor` puts nothing there.
places() {
	sed -n 's/^[^ ]*  *\([kr])*\)  *\([^ ]*\).*/\1 \2/p' /sys/kernel/debug/kprobes/list |
		awk '{ split($2, at, "+"); if ($1 == "r") print "r", at[1]; else if ($1 == "k") print "p", $2 }' >/tmp/places
}
kmodtrace run --ready-file /tmp/ready >/tmp/peer.out 2>&1 &
pid=$!
check "kmodtrace begins" await /tmp/ready
places
kill -INT $pid
wait $pid
check "it has hooks" [ -s /tmp/places ]
{
	echo "release $(uname -r)"
	echo "functions $(wc -l <$functions) $(tr '\n' ' ' <$functions)"
	echo "typed $(wc -l <$typed)"
	echo "places $(wc -l </tmp/places)"
	bpftrace --version
	trace-cmd --version | grep -m1 .
	perf --version
	kmodtrace --version
} >/share/about 2>&1

# `session TAG TOOL`
session() {
	# shellcheck disable=SC2086 # words of their own
	set -- "$1" "$2" /share/cost load $rows "$1" $priority $loads
	tag=$1 under=$2
	shift 2
	if [ "$under" = none ]; then
		"$@"
		return
	fi
	/share/cost tool $rows "$tag" sh -c '. /guest/peers.sh; functions=/tmp/functions typed=/tmp/typed; peer "$@"' peer \
		"$under" "$@" >/tmp/peer.out 2>/tmp/peer.err
	status=$?
	if [ $status -ne 0 ]; then
		echo "== $tag: exit code $status"
		tail -5 /tmp/peer.err
	fi >>/share/failed
	# Nothing may stay switched on.
	echo >/sys/kernel/tracing/kprobe_events
	echo nop >/sys/kernel/tracing/current_tracer
	rm -f /tmp/peer.data*
	check "$tag leaves no function hooked" [ "$(wc -l </sys/kernel/tracing/enabled_functions)" -eq 0 ]
}

session 0.0.none none
sed -i d $rows
round=1 number=0
while [ "$round" -le "$rounds" ]; do
	for tool in $tools; do
		number=$((number + 1))
		session $round.$number.none none
		number=$((number + 1))
		session "$round.$number.$tool" "$tool"
	done
	round=$((round + 1))
done
number=$((number + 1))
session $rounds.$number.none none
finish
