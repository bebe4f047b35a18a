# `peer NAME COMMAND…` becomes the tracer of that name, which runs the command. Sourced by cost.sh, which has put into $functions what
# function tracers are asked for, and into $typed what of that BTF describes.
each() {
	sed "s/^/$1/" "$2" | tr '\n' "$3" | sed "s/.\$//"
}

peer() {
	name=$1
	shift
	case $name in
	kmodtrace) exec kmodtrace run -- "$@" ;;
	kmodtrace-low | kmodtrace-full) exec kmodtrace run --detail "${name#kmodtrace-}" -- "$@" ;;
	kmodtrace-*) exec kmodtrace run --attach "${name#kmodtrace-}" -- "$@" ;;
	floor) exec /share/floor /tmp/places "$@" ;;
	bpftrace-kprobe)
		{
			echo "$(each kprobe: "$functions" ,) { printf(\"%llu %d > %s\\n\", nsecs, tid, probe); }"
			echo "$(each kretprobe: "$functions" ,) { printf(\"%llu %d < %s %lx\\n\", nsecs, tid, probe, retval); }"
		} >/tmp/peer.bt
		exec bpftrace -B line -c "$*" /tmp/peer.bt
		;;
	bpftrace-fentry)
		{
			echo "$(each fentry:vmlinux: "$typed" ,) { printf(\"%llu %d > %s\\n\", nsecs, tid, probe); }"
			echo "$(each fexit:vmlinux: "$typed" ,) { printf(\"%llu %d < %s\\n\", nsecs, tid, probe); }"
		} >/tmp/peer.bt
		exec bpftrace -B line -c "$*" /tmp/peer.bt
		;;
	perf-tracepoints) exec perf record -q -N -B -a -e 'module:*' -o /tmp/peer.data "$@" ;;
	perf-probe)
		# What `perf probe` writes for each function and its return.
		while read -r function; do
			echo "p:probe/$function $function"
			echo "r:probe/${function}__return $function"
		done <"$functions" >/sys/kernel/tracing/kprobe_events
		exec perf record -q -N -B -a -e 'module:*' -e 'probe:*' -o /tmp/peer.data "$@"
		;;
	graph)
		# shellcheck disable=SC2046 # words of their own
		exec trace-cmd record -o /tmp/peer.data -p function_graph $(each '-l ' "$functions" ' ') "$@"
		;;
	graph-full) exec trace-cmd record -o /tmp/peer.data -p function_graph -g load_module "$@" ;;
	retsnoop)
		# It runs no command: it is stopped when that has ended.
		# shellcheck disable=SC2046 # words of their own
		/share/retsnoop -e load_module $(each '-a ' "$functions" ' ') -S -T >/tmp/retsnoop.out 2>&1 &
		pid=$!
		n=0
		until grep -q 'Receiving data' /tmp/retsnoop.out; do
			sleep 0.05
			n=$((n + 1))
			[ $n -lt 1200 ] || exit 1
		done
		"$@"
		kill -INT $pid
		wait $pid
		;;
	*)
		echo "there is no tool $name" >&2
		exit 2
		;;
	esac
}
