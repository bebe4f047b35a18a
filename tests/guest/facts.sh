# Loads whose facts are known from elsewhere: the loader's own clock, sysfs, /proc, kallsyms, page tables,
# modinfo. The host compares, and reads the module files itself.
. /guest/lib.sh

unload
# A file system of which pages can be dropped.
work=/var/kt
mkdir -p $work "$out/ko" /lib/firmware
cp /share/facts/bin /tmp/facts || exit 1
for m in dummy ifb nft_reject nf_tables; do plain $m $work/$m.ko; done
cp $work/*.ko "$out/ko"
packaged nf_tables >"$out/packaged"
/sbin/modinfo "$(packaged nf_tables)" >"$out/modinfo.nf_tables"
echo firmware >/lib/firmware/kt-there.bin
if own_modules; then
	for m in kt_facts kt_firmware kt_export kt_user kt_enodev kt_params; do
		cp /modules/$m.ko "$out/ko"
		/sbin/modinfo /modules/$m.ko >"$out/modinfo.$m"
	done
fi
configure
sync
kmodtrace run --symbols --notifiers --params --json -- sh /guest/facts-loads.sh >"$out/facts.json" 2>"$out/facts.err"
check "run --symbols --notifiers --params" [ $? -eq 0 ]
# The log as the kernel keeps it: level and facility, number, µs, text.
timeout 2 cat /dev/kmsg >"$out/kmsg"
unload
rm -rf $work "$configuration"
finish
