# Loads that get into each other's way, fail again and again, or hang.
. /guest/lib.sh

unload
# Eight tasks at once: the same file four times, and two copies of it twice each.
for f in a b c; do cp /modules/kt_delay.ko /tmp/$f.ko; done
cat >/tmp/rivals.sh <<'EOF'
for f in a a a a b b c c; do
	/sbin/insmod /tmp/$f.ko init_sleep=500 2>/dev/null &
done
wait
/sbin/insmod /tmp/b.ko 2>/dev/null
sleep 0.3
exit 0
EOF
kmodtrace run -o "$out/rivals.kmt" --json -- sh /tmp/rivals.sh >"$out/rivals.json" 2>"$out/rivals.err"
check "run of the rivals" [ $? -eq 0 ]
kmodtrace report --json "$out/rivals.kmt" >"$out/report.json"
check "a report says the same" cmp "$out/rivals.json" "$out/report.json"
rm -f "$out/rivals.kmt"
rmmod kt_delay

# The same module fails three times, another one once.
cat >/tmp/again.sh <<'EOF'
for n in 1 2 3; do /sbin/insmod /modules/kt_enodev.ko 2>/dev/null; done
/sbin/insmod /modules/kt_nop.ko nosuch 2>/dev/null
rmmod kt_nop
/sbin/insmod /modules/kt_user.ko 2>/dev/null
exit 0
EOF
kmodtrace run --json -- sh /tmp/again.sh >"$out/again.json" 2>"$out/again.err"
check "run of the failures" [ $? -eq 0 ]

# An init that hangs: the run ends meanwhile, another one begins meanwhile, somebody wants it unloaded.
/sbin/insmod /modules/kt_nop.ko
rm -f /tmp/ready
kmodtrace run --duration 4s --ready-file /tmp/ready --json >"$out/hang.json" 2>"$out/hang.err" &
tracer=$!
await /tmp/ready $tracer
/sbin/insmod /modules/kt_delay.ko init_sleep=20000 &
loader=$!
sleep 1
busybox rmmod kt_delay 2>/dev/null
wait $tracer
check "run beside a hanging init" [ $? -eq 0 ]
kmodtrace run --json -- /sbin/rmmod kt_nop >"$out/late.json" 2>"$out/late.err"
check "run that begins too late" [ $? -eq 0 ]
wait $loader
rmmod kt_delay
finish
