# The loads of facts.sh. `timed LABEL SPIN SLEEP UID FILE…`: the loader that notes everything itself.
. /guest/lib.sh
cd /var/kt || exit 1

timed() {
	/tmp/facts load "$out/loaders.tsv" "$@" || echo "FAILED: loader $1" >&2
}

# `snapshot MOMENT MODULES`: which modules there are, their addresses and sizes, and how the kernel's memory is mapped.
snapshot() {
	cat /proc/modules >"$out/modules.$1"
	grep -r '' /sys/module/$2/sections >"$out/sections.$1"
	/tmp/facts pages "$out/pages.$1" || echo "FAILED: page tables" >&2
}

echo 3 >/proc/sys/vm/drop_caches
timed cold 0 0 0 dummy.ko
rmmod dummy
timed warm 0 0 0 dummy.ko
rmmod dummy
load badparam dummy.ko /sbin/insmod dummy.ko numdummies=x
load unknown nft_reject.ko /sbin/insmod nft_reject.ko
mkdir -p /sys/fs/cgroup/kt.slice/kt.scope
sh -c 'echo $$ >/sys/fs/cgroup/kt.slice/kt.scope/cgroup.procs
	exec /tmp/facts load "$0" timed 120 150 1000 dummy.ko /var/kt/../kt/ifb.ko' "$out/loaders.tsv" ||
	echo "FAILED: loader in a cgroup" >&2
load packaged "$(packaged nf_tables)" /sbin/modprobe nft_reject
/tmp/facts ask "$out/asked" || echo "FAILED: socket" >&2

if own_modules; then
	load enodev /modules/kt_enodev.ko /sbin/insmod /modules/kt_enodev.ko
	load badnumber /modules/kt_params.ko /sbin/insmod /modules/kt_params.ko num=x
	load params /modules/kt_params.ko /sbin/insmod /modules/kt_params.ko arr=3,1,2 nosuch=1 str=hello num=5
	rmmod kt_params
	load export /modules/kt_export.ko /sbin/insmod /modules/kt_export.ko
	load user /modules/kt_user.ko /sbin/insmod /modules/kt_user.ko
	load firmware /modules/kt_firmware.ko /sbin/insmod /modules/kt_firmware.ko
	dmesg | grep -o 'kt_firmware: kt-.* .* .* .*' >"$out/firmware"
	rmmod dummy
	load request /modules/kt_request.ko /sbin/insmod /modules/kt_request.ko name=dummy
	# While init runs, its memory is there; the module holds a reference to itself.
	load facts /modules/kt_facts.ko /sbin/insmod /modules/kt_facts.ko wait=1 hold=1 &
	until [ "$(cat /sys/module/kt_facts/parameters/in_init 2>/dev/null)" = Y ]; do sleep 0.1; done
	snapshot init kt_facts
	grep "kt_facts" /proc/kallsyms >"$out/kallsyms.init"
	cat /sys/module/kt_facts/initsize >"$out/initsize"
	echo 1 >/sys/module/kt_facts/parameters/go
	wait
fi

# Init memory is freed after a while; what is said of it then says nothing.
sleep 0.3
snapshot end '*'
cat /proc/kallsyms >"$out/kallsyms"
for m in dummy ifb nfnetlink libcrc32c nf_tables nft_reject can can_raw kt_export kt_user kt_firmware kt_request \
	kt_facts; do
	[ -d /sys/module/$m ] || continue
	(
		cd /sys/module/$m || exit
		grep -s '' coresize initsize initstate refcnt taint srcversion version
		echo "holders:$(ls holders | tr '\n' ,)"
	) | sed "s/^/$m:/" >>"$out/sysfs"
	cp /sys/module/$m/notes/.note.gnu.build-id "$out/build-id.$m" 2>/dev/null
done
own_modules && echo 0 >/sys/module/kt_facts/parameters/drop
rmmod kt_facts kt_firmware 2>/dev/null
:
