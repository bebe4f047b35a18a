# `--detail low`: loads by both system calls, loads that fail in front of the load proper, in it, and in init; and what is
# hooked meanwhile.
. /guest/lib.sh

unload
kmodtrace run --detail low -o "$out/low.kmt" --json -- sh /guest/low-loads.sh >"$out/low.json" 2>"$out/low.err"
check "run" [ $? -eq 0 ]
kmodtrace report --json "$out/low.kmt" | cmp - "$out/low.json"
check "its recording is the same" [ $? -eq 0 ]
unload
finish
