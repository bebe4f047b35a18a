# Loads that the kernel refuses, each for another reason; the host checks what is said of each. The last script
# of its guest: in the end modules must be signed, and no more are taken. The kernel's command line forbids
# nlmon (module_blacklist=).
. /guest/lib.sh

unload
work=/var/kt
mkdir -p $work && cd $work || exit 1
rm -rf ./*
cp /share/failures/bin /tmp/failures || exit 1
make() {
	check "$3" /tmp/failures damage "$@"
}
for m in dummy nlmon nft_reject cmac; do plain $m signed-$m.ko; done
plain intel_powerclamp no-device.ko
# What is broken below has no signature: the kernel looks at that first.
for m in dummy nlmon nft_reject cmac; do make unsigned signed-$m.ko $m.ko; done

: >empty.ko
truncate -s 3G huge.ko
seq 20000 >garbage.ko
head -c 40 dummy.ko >cut-head.ko
head -c 3000 dummy.ko >cut-body.ko
gzip -c dummy.ko >packed.ko.gz
for how in cut-table overrun machine elf32 executable vermagic licence; do make $how dummy.ko $how.ko; done
for how in content signature signature-size key digest; do make $how signed-dummy.ko bad-$how.ko; done
if no_versions=$(/tmp/failures damage no-crcs dummy.ko no-crcs.ko 2>&1); then
	make crc dummy.ko layout-crc.ko module_layout
	make crc dummy.ko symbol-crc.ko alloc_netdev_mqs
else
	echo "no modversions: $no_versions"
fi
# An area of 1008 MiB: one of these fits, not both; the last would fit nowhere.
make bss dummy.ko some.ko 260
make bss nft_reject.ko rest.ko 760
make bss dummy.ko over.ko 3000
if own_modules; then
	cp /modules/kt_fail.ko /modules/kt_ns.ko /modules/kt_params.ko .
	cp kt_fail.ko twin.ko
	make namespace /modules/kt_ns_user.ko namespace.ko
else
	make namespace cmac.ko namespace.ko
fi

configure
kmodtrace run -o "$out/failures.kmt" --json -- sh /guest/failures-loads.sh \
	>"$out/failures.json" 2>"$out/failures.err"
check "run of the failures" [ $? -eq 0 ]
kmodtrace report --json "$out/failures.kmt" >"$out/report.json" 2>"$out/report.err"
check "a report says the same" cmp "$out/failures.json" "$out/report.json"
kmodtrace report "$out/failures.kmt" >"$out/failures.txt" 2>>"$out/report.err"
rm -rf $work "$configuration"
finish
