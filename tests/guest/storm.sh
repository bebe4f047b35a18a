# Eight processes load 25 modules two hundred times, half of the time two of them the same one.
. /guest/lib.sh

cp /share/storm/bin /tmp/storm || exit 1
lsmod_before=$(wc -l </proc/modules)
kmodtrace run -o "$out/storm.kmt" --json -- /tmp/storm /modules "$out/storm.tsv" \
	>"$out/storm.json" 2>"$out/storm.err"
check "run of the storm" [ $? -eq 0 ]
check "every module is gone" [ "$(wc -l </proc/modules)" -eq "$lsmod_before" ]
finish
