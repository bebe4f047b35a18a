# Injected delays of 150 ms, each next to the same load without, and waits of one load for another.
# The host checks that each delay is found in its own phase.
. /guest/lib.sh

unload
cp /modules/kt_delay.ko /tmp/kt_copy.ko
kmodtrace run -o "$out/delay.kmt" --json -- sh /guest/delay-loads.sh \
	>"$out/delay.json" 2>"$out/delay.err"
check "run of the delays" [ $? -eq 0 ]
unload
finish
