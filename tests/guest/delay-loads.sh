# The loads of delay.sh. Labels: what is delayed, `control` or `delayed`, number of the repetition.
. /guest/lib.sh

for n in 1 2 3 4 5; do
	for what in init_sleep init_spin setter_spin async_ms; do
		load "$what-control-$n" - /sbin/insmod /modules/kt_delay.ko $what=0
		rmmod kt_delay
		load "$what-delayed-$n" - /sbin/insmod /modules/kt_delay.ko $what=150
		rmmod kt_delay
	done
	for what in coming_ms live_ms; do
		insmod /modules/kt_notify.ko target=kt_nop $what=0
		load "$what-control-$n" - /sbin/insmod /modules/kt_nop.ko
		rmmod kt_nop kt_notify
		insmod /modules/kt_notify.ko target=kt_nop $what=150
		load "$what-delayed-$n" - /sbin/insmod /modules/kt_nop.ko
		rmmod kt_nop kt_notify
	done
done

# A second load of a module whose init sleeps waits for the first one: of the same file, of a copy
# of it, and a load that needs a symbol of it.
load file-first - /sbin/insmod /modules/kt_delay.ko init_sleep=2000 &
sleep 0.4
load file-second - /sbin/insmod /modules/kt_delay.ko
wait
rmmod kt_delay
load copy-first - /sbin/insmod /modules/kt_delay.ko init_sleep=2000 &
sleep 0.4
load copy-second - /sbin/insmod /tmp/kt_copy.ko
wait
rmmod kt_delay
load symbol-first - /sbin/insmod /modules/kt_export.ko init_sleep=2000 &
sleep 0.4
load symbol-second - /sbin/insmod /modules/kt_user.ko
wait
rmmod kt_user kt_export
:
