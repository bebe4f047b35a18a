# The loads of size.sh. Each module is loaded four times; all but the first load find everything warm.
. /guest/lib.sh

insmod /modules/kt_symprov.ko
for n in 1 2 3 4; do
	for m in kt_nop kt_bss kt_syms_many kt_relocs kt_funcs kt_file; do
		load "$m-$n" "/modules/$m.ko" /sbin/insmod /modules/$m.ko
		rmmod $m
	done
	# These kernels cannot unpack gzip: busybox loads what it has unpacked itself.
	for m in kt_nop kt_file; do
		gzip -c /modules/$m.ko >/tmp/$m.ko.gz
		load "$m-image-$n" "/modules/$m.ko" busybox insmod /tmp/$m.ko.gz
		rmmod $m
	done
done
