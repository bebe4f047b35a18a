# Records to the disk while two processes load modules, until the power fails; `power.sh nosync`: by a recorder whose
# syncs do nothing. To standard output go what `killed` says of the loads, and what the kernel says of fdatasync: it is
# nothing of the recorder's.
mkdir -p /disk
for d in /sys/block/vd*; do
	[ "$(cat "$d/serial")" = kt-disk ] && mount -t ext4 "/dev/${d##*/}" /disk
done
grep -q ' /disk ' /proc/mounts || exit 1
cp /share/bin /tmp/killed || exit 1
run=
if [ "$1" = nosync ]; then
	cp /share/nosync /tmp/nosync || exit 1
	run=/tmp/nosync
fi
cd /sys/kernel/tracing || exit 1
echo mono >trace_clock
echo 1 >events/syscalls/sys_enter_fdatasync/enable
echo 1 >events/syscalls/sys_exit_fdatasync/enable
echo 1 >tracing_on
cat trace_pipe &
cd /
$run kmodtrace run -o /disk/power.kmt --brief --ready-file /tmp/ready >/dev/null &
until [ -e /tmp/ready ]; do sleep 0.1; done
# The time until the cut begins with the first load, however slow the machine is.
/tmp/killed /modules/kt_nop.ko /modules/kt_noinit.ko | {
	read -r line
	echo "$line"
	touch /share/ready
	exec cat
}
