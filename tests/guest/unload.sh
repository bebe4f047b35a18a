# Unloads that succeed and that the kernel refuses; the host checks their ledgers. Busybox's rmmod asks the
# kernel itself, kmod's would refuse by itself what is in use.
. /guest/lib.sh

unload
cat >/tmp/unloads.sh <<'EOF'
# kmodtrace looks at what holds a module when it reads of the refusal, up to 100 ms later.
refused() {
	busybox rmmod "$1"
	sleep 0.3
}
/sbin/modprobe nf_tables
busybox rmmod nf_tables
refused no_such_module
# A module that another one uses: the project's own, or those of the package.
if [ -e /modules/kt_user.ko ]; then
	/sbin/insmod /modules/kt_export.ko
	/sbin/insmod /modules/kt_user.ko
	refused kt_export
else
	/sbin/modprobe nft_reject_ipv4
	refused nft_reject
fi
if [ -e /modules/kt_exit.ko ]; then
	/sbin/insmod /modules/kt_exit.ko
	busybox rmmod kt_exit
	/sbin/insmod /modules/kt_exit.ko exit_spin=150
	busybox rmmod kt_exit
	/sbin/insmod /modules/kt_noexit.ko
	refused kt_noexit
fi
exit 0
EOF
kmodtrace run -o "$out/unload.kmt" --json -- sh /tmp/unloads.sh >"$out/unload.json" 2>"$out/unload.err"
check "run of the unloads" [ $? -eq 0 ]
kmodtrace report --json "$out/unload.kmt" >"$out/report.json"
check "a report says the same" cmp "$out/unload.json" "$out/report.json"
rm -f "$out/unload.kmt"
unload
finish
