# Loads and unloads kt_nop so many times, all on one CPU: then it is certain which loads are measured.
for n in $(seq "$1"); do
	taskset 1 insmod /modules/kt_nop.ko
	rmmod kt_nop
done
