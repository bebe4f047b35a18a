# The loads of low.sh, and the functions in ftrace's hands in the middle of them.
. /guest/lib.sh

for n in 1 2; do
	load "file-$n" /modules/kt_nop.ko /sbin/insmod /modules/kt_nop.ko
	rmmod kt_nop
	gzip -c /modules/kt_nop.ko >/tmp/kt_nop.ko.gz
	load "image-$n" /modules/kt_nop.ko busybox insmod /tmp/kt_nop.ko.gz
	rmmod kt_nop
done
# Some lines go on in the next one.
grep -c "^[^[:space:]]" /sys/kernel/tracing/enabled_functions >"$out/hooked"
load symbols - /sbin/modprobe nf_tables
head -c 3000 /modules/kt_nop.ko >/tmp/cut.ko
load cut /tmp/cut.ko /sbin/insmod /tmp/cut.ko
load init /modules/kt_fail.ko /sbin/insmod /modules/kt_fail.ko status=-19
load params /modules/kt_params.ko /sbin/insmod /modules/kt_params.ko num=x
# Less than a header: refused in front of the load proper.
head -c 20 /modules/kt_nop.ko | gzip -c >/tmp/short.ko.gz
load short - busybox insmod /tmp/short.ko.gz
load file-3 /modules/kt_nop.ko /sbin/insmod /modules/kt_nop.ko
rmmod kt_nop
sleep 1.5
:
