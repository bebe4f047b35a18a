# The guest itself: module tools, file systems and the files that xtask puts there.
. /guest/lib.sh

check "modprobe loads dummy" modprobe dummy
check "dummy is loaded" grep -q '^dummy ' /proc/modules
check "rmmod unloads dummy" rmmod dummy
check "dummy is gone" sh -c '! grep -q "^dummy " /proc/modules'
check "dependencies are loaded" modprobe nf_tables
check "kmod reads compressed modules" sh -c 'modinfo nf_tables | grep -q "^license: *GPL"'
check "kernel helpers find modprobe" sh -c '[ -x "$(cat /proc/sys/kernel/modprobe)" ]'
check "BTF" test -s /sys/kernel/btf/vmlinux
check "tracefs" test -d /sys/kernel/tracing/events/module
check "bpffs" grep -q ' /sys/fs/bpf bpf ' /proc/mounts
check "/modules is there" test -d /modules
check "/tmp takes files" touch /tmp/x
check "kmodtrace is there" test -x /usr/local/bin/kmodtrace
finish
