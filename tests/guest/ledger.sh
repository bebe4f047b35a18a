# Loads of every kind under one `kmodtrace run`, and the same few loads with each way of attaching. The
# host checks the ledgers against what this script did, and recordings against what the runs printed.
. /guest/lib.sh

work=/tmp/ledger
mkdir -p $work && cd $work || exit 1
rm -f ./*
plain dummy dummy.ko
plain nft_reject nft_reject.ko
head -c 4096 dummy.ko >kt_cut.ko
gzip -c dummy.ko >kt_packed.ko.gz
unload
packaged dummy >"$out/packaged"

# One JSON record per load, in a run that also records.
kmodtrace run -o "$out/ledger.kmt" --json -- sh /guest/ledger-loads.sh \
	>"$out/ledger.json" 2>"$out/ledger.err"
check "run --json" [ $? -eq 0 ]
kmodtrace report "$out/ledger.kmt" --json >"$out/ledger.report" 2>"$out/ledger.report.err"
check "report --json" [ $? -eq 0 ]

# Each way of attaching, in another format; the recordings tell the same as JSON.
for attach in kprobe fentry; do
	unload
	case $attach in
	kprobe) format= ;;
	fentry) format=--brief ;;
	esac
	# BPF trampolines have numbered symbols while they are in use.
	kmodtrace run -o "$out/$attach.kmt" --attach $attach $format -- sh -c '
		grep -c " bpf_trampoline_[0-9]" /proc/kallsyms >"$0"
		/sbin/modprobe dummy && rmmod dummy
		/sbin/insmod /tmp/ledger/kt_cut.ko
		sleep 0.5' "$out/$attach.trampolines" >"$out/$attach.live" 2>"$out/$attach.err"
	check "run --attach $attach $format" [ $? -eq 0 ]
	kmodtrace report "$out/$attach.kmt" $format >"$out/$attach.report" 2>"$out/$attach.report.err"
	check "report $format" [ $? -eq 0 ]
	kmodtrace report "$out/$attach.kmt" --json >"$out/$attach.json" 2>/dev/null
done
unload
finish
