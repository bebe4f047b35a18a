# What `cargo xtask demo` shows: a few module loads, traced.
exec kmodtrace run -- sh -c '
	modprobe dummy
	modprobe nf_tables
	if [ -e /modules/kt_delay.ko ]; then
		insmod /modules/kt_delay.ko init_sleep=20 setter_spin=5
		insmod /modules/kt_enodev.ko
	fi
	rmmod dummy
	:'
