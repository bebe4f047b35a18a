# Second half of a guest's first process, inside the root image: runs the command and reports.
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux LANG=C.UTF-8
cd /root || exit 1
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t bpf bpf /sys/fs/bpf 2>/dev/null
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts 2>/dev/null
mount -t tmpfs shm /dev/shm
. /run/config

# The character device of the virtio port named $1.
port() {
	n=0
	while [ $n -lt 100 ]; do
		for p in /sys/class/virtio-ports/*; do
			if [ "$(cat "$p/name" 2>/dev/null)" = "$1" ] && [ -c "/dev/${p##*/}" ]; then
				echo "/dev/${p##*/}"
				return
			fi
		done
		sleep 0.1
		n=$((n + 1))
	done
	echo "kmodtrace-guest: no virtio port $1" >/dev/console
	poweroff -f
}

# The command writes into pipes, so that it can reopen /dev/stdout; cat carries on to the ports.
# The token tells the host that all of a stream has come: it goes through the same pipe.
out=$(port kt.out)
err=$(port kt.err)
exec 3>"$(port kt.control)"
mkfifo /run/out /run/err
cat /run/out >"$out" &
cat /run/err >"$err" &
exec 4>/run/out 5>/run/err
echo start >&3
setsid sh /run/command </dev/null >&4 2>&5 3>&- 4>&- 5>&-
status=$?
sync
# The line after the mark says what the kernel warned of.
dmesg | grep -A1 -F -- '[ cut here ]' | grep -v -e '\[ cut here \]' -e '^--$' | head -n 5 |
	while read -r line; do echo "warning $line"; done >&3
printf '%s' "$KT_TOKEN" >&4
printf '%s' "$KT_TOKEN" >&5
echo "status $status" >&3
# The host ends the machine when it has everything.
while :; do sleep 10; done
