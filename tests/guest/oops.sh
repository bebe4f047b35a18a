# An init that oopses: its task dies in the middle of the load.
. /guest/lib.sh

check "an oops is no panic here" [ "$(cat /proc/sys/kernel/panic_on_oops)" -eq 0 ]
cat >/tmp/oops.sh <<'EOF'
/sbin/insmod /modules/kt_oops.ko 2>/dev/null
sleep 2.5
exit 0
EOF
kmodtrace run --json -- sh /tmp/oops.sh >"$out/oops.json" 2>"$out/oops.err"
check "run of the oops" [ $? -eq 0 ]
finish
