# Sourced by the tests in this directory: `check WHAT COMMAND…` counts failures, `finish` reports.
failures=0

check() {
	what=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "ok: $what"
	else
		echo "FAILED: $what"
		sed 's/^/    /' /tmp/check.out
		failures=$((failures + 1))
	fi
}

# Like `check`, for a command that must fail.
check_not() {
	what=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "FAILED: $what"
		sed 's/^/    /' /tmp/check.out
		failures=$((failures + 1))
	else
		echo "ok: $what"
	fi
}

finish() {
	[ $failures -eq 0 ]
	exit
}
