# Runs the named tests of this directory one after the other in this guest. Each leaves its results,
# outputs and exit status in /share/NAME; a test without a status did not come to its end. NAME:N is one that
# has N rounds.
for name in "$@"; do
	export KT_ROUNDS=
	case $name in
	*:*)
		KT_ROUNDS=${name#*:}
		name=${name%%:*}
		;;
	esac
	export KT_OUT=/tmp/results/$name
	mkdir -p "$KT_OUT" "/share/$name"
	start=$(cut -d' ' -f1 /proc/uptime)
	sh "/guest/$name.sh" >"$KT_OUT/stdout" 2>"$KT_OUT/stderr"
	status=$?
	end=$(cut -d' ' -f1 /proc/uptime)
	uname -r >"$KT_OUT/release"
	cp -r "$KT_OUT/." "/share/$name/"
	sync
	echo "$status $start $end" >"/share/$name/status"
	rm -rf "$KT_OUT"
done
