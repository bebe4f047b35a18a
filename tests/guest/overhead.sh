# What tracing costs, as kmodtrace tells it: without and with the kernel's own statistics of eBPF programs.
. /guest/lib.sh

unload
sysctl -qw kernel.bpf_stats_enabled=0
kmodtrace run -o "$out/without.kmt" --json -- sh /guest/overhead-loads.sh 40 >"$out/without.json" 2>"$out/without.err"
check "without statistics" [ $? -eq 0 ]
sysctl -qw kernel.bpf_stats_enabled=1
kmodtrace run -o "$out/with.kmt" --json -- sh /guest/overhead-loads.sh 4 >"$out/with.json" 2>"$out/with.err"
check "with statistics" [ $? -eq 0 ]
kmodtrace report "$out/with.kmt" >"$out/with.txt" 2>&1
check "they are told to people" grep -q '^  programs .* in .* run' "$out/with.txt"
sysctl -qw kernel.bpf_stats_enabled=0
for run in without with; do
	kmodtrace report --json "$out/$run.kmt" | cmp - "$out/$run.json"
	check "the recording $run statistics is the same" [ $? -eq 0 ]
done
finish
