# The loads of ledger.sh: `load LABEL FILE COMMAND…`, each with an outcome that the host knows.
. /guest/lib.sh
cd /tmp/ledger || exit 1

# Files that may be compressed, through kmod; parameters.
load first "$(packaged dummy)" /sbin/modprobe dummy numdummies=2
load again "$(packaged dummy)" /sbin/insmod "$(packaged dummy)"
rmmod dummy
load badparam "$(packaged dummy)" /sbin/modprobe dummy numdummies=x
# Plain files.
load plain dummy.ko /sbin/insmod dummy.ko
load exists dummy.ko /sbin/insmod dummy.ko
rmmod dummy
load cut kt_cut.ko /sbin/insmod kt_cut.ko
load unknown nft_reject.ko /sbin/insmod nft_reject.ko
# busybox tries finit_module twice, as a compressed file and as any file, then init_module with what
# it has read and unpacked.
load image dummy.ko busybox insmod kt_packed.ko.gz
rmmod dummy
load cutimage kt_cut.ko busybox insmod kt_cut.ko
# Dependencies: whatever is new afterwards was loaded by this modprobe.
cut -d' ' -f1 /proc/modules | sort >before
load deps - /sbin/modprobe nft_reject
cut -d' ' -f1 /proc/modules | sort >after
grep -vxF -f before after >"$out/deps"
rmmod nft_reject nf_tables
rmmod nfnetlink libcrc32c 2>/dev/null
if own_modules; then
	load enodev /modules/kt_enodev.ko /sbin/insmod /modules/kt_enodev.ko
	load params /modules/kt_params.ko /sbin/insmod /modules/kt_params.ko num=7 'str="a b"' arr=1,2
	load request /modules/kt_request.ko /sbin/insmod /modules/kt_request.ko name=dummy
	rmmod kt_request kt_params dummy
fi
# Time for the kworker that frees init memory.
sleep 1
