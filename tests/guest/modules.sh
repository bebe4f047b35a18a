# The project's own test modules: each loads and unloads, or fails as it is meant to.
. /guest/lib.sh

[ -e /modules/kt_nop.ko ] || {
	echo "no own modules for $(uname -r)"
	exit 1
}

# `load MODULE [PARAM…]` loads and unloads.
load() {
	m=$1
	shift
	insmod "/modules/$m.ko" "$@" && rmmod "$m"
}

# Milliseconds since boot.
now() {
	sed 's/ .*//; s/\.//; s/$/0/' /proc/uptime
}

# `takes MIN COMMAND…`: the command succeeds and takes at least MIN ms.
takes() {
	min=$1
	shift
	start=$(now)
	"$@" || return
	took=$(($(now) - start))
	echo "took $took ms"
	[ $took -ge $((min - 10)) ]
}

for m in kt_nop kt_noinit kt_export kt_params kt_bss kt_delay kt_sections kt_symprov kt_relocs kt_funcs kt_file; do
	check "$m" load $m
done
n=0
while [ $n -lt 25 ]; do
	m=kt_c$(printf %02d $n)
	check "$m" sh -c "insmod /modules/$m.ko && [ \$(cat /sys/module/$m/parameters/id) = $n ] && rmmod $m"
	n=$((n + 1))
done

check_not "kt_user without kt_export" insmod /modules/kt_user.ko
check "kt_export" insmod /modules/kt_export.ko
check "kt_user with kt_export" insmod /modules/kt_user.ko
rmmod kt_user kt_export
check_not "kt_syms_many without kt_symprov" insmod /modules/kt_syms_many.ko
check "kt_symprov" insmod /modules/kt_symprov.ko
check "kt_syms_many with kt_symprov" insmod /modules/kt_syms_many.ko
rmmod kt_syms_many kt_symprov

check_not "kt_enodev fails" insmod /modules/kt_enodev.ko
check_not "kt_enodev is not there" grep -q '^kt_enodev ' /proc/modules

check "kt_params takes parameters" insmod /modules/kt_params.ko num=3 str=abc arr=1,2,3
check "num" sh -c '[ "$(cat /sys/module/kt_params/parameters/num)" = 3 ]'
check "str" sh -c '[ "$(cat /sys/module/kt_params/parameters/str)" = abc ]'
check "arr" sh -c '[ "$(cat /sys/module/kt_params/parameters/arr)" = 1,2,3 ]'
rmmod kt_params
check_not "kt_params rejects a bad number" insmod /modules/kt_params.ko num=x

for p in init_sleep init_spin setter_spin async_ms; do
	check "kt_delay $p" takes 200 insmod /modules/kt_delay.ko $p=200
	rmmod kt_delay
done

for p in coming_ms live_ms; do
	insmod /modules/kt_notify.ko target=kt_nop $p=200
	check "kt_notify $p" takes 200 insmod /modules/kt_nop.ko
	rmmod kt_nop kt_notify
done

rmmod dummy 2>/dev/null
check "kt_request" insmod /modules/kt_request.ko name=dummy
check "dummy was loaded by kt_request" grep -q '^dummy ' /proc/modules
rmmod kt_request dummy
finish
