# The loads of failures.sh: `try HOW LABEL FILE [PARAMS]`. What must load for the next to fail is loaded the
# same way.
. /guest/lib.sh
cd /var/kt || exit 1

try() {
	how=$1
	label=$2
	shift 2
	/tmp/failures "$how" "$out/failures.tsv" "$label" "$@" || echo "FAILED: loader of $label" >&2
}

# Unloads a module, if it is loaded.
gone() {
	[ ! -d "/sys/module/$1" ] || rmmod "$1"
}

# The file.
for f in empty huge garbage cut-head cut-body cut-table overrun machine elf32 executable vermagic; do
	try file $f $f.ko
	gone dummy
done
try image cut-image cut-body.ko
try file packed packed.ko.gz
try compressed not-packed dummy.ko
try file directory /var/kt
try pipe pipe
try no-file no-file
try write-only write-only dummy.ko
try writing writing dummy.ko
try flags flags dummy.ko
try bad-image bad-image
try no-image no-image
try bad-params bad-params dummy.ko
gone dummy
for f in no-crcs layout-crc symbol-crc; do
	[ -e $f.ko ] && try file $f $f.ko
	gone dummy
done

# The signature, where none is asked for.
for how in content signature signature-size key; do try file bad-$how bad-$how.ko; done
gone dummy
try file unsigned dummy.ko
try file loaded dummy.ko
rmmod dummy

# Symbols.
try file unknown nft_reject.ko
try file licence licence.ko
if own_modules; then
	try file ns kt_ns.ko
fi
try file namespace namespace.ko

# Parameters.
try file bad-value dummy.ko numdummies=x
try file no-value dummy.ko numdummies
try file out-of-range dummy.ko numdummies=99999999999
try file unknown-param dummy.ko kt_nothing=1
rmmod dummy
if own_modules; then
	try file long-value kt_params.ko "str=$(head -c 1100 /dev/zero | tr '\0' x)"
fi

# Who may.
try file blacklisted nlmon.ko
try powerless powerless dummy.ko

# Init.
try file no-device no-device.ko
if own_modules; then
	try file enodev kt_fail.ko status=-19
	try file einval kt_fail.ko status=-22
	try file eexist kt_fail.ko status=-17
	try file enoent kt_fail.ko status=-2
	try file positive kt_fail.ko status=5
	rmmod kt_fail
	# Another load of the same file, of the same module; it succeeds, it fails.
	try file long kt_fail.ko sleep=1000 &
	sleep 0.3
	try interrupted interrupted twin.ko
	wait
	rmmod kt_fail
	try file longer kt_fail.ko sleep=1000 &
	sleep 0.3
	try killed killed kt_fail.ko
	wait
	rmmod kt_fail
	for twin in twin kt_fail; do
		try file fails-$twin kt_fail.ko "sleep=600 status=-19" &
		sleep 0.3
		try file loses-$twin $twin.ko
		wait
		gone kt_fail
	done
fi

# Memory.
try file too-large over.ko
try file some some.ko
try file area-full rest.ko
rmmod dummy

# What cannot be taken back.
echo integrity >/sys/kernel/security/lockdown
try file locked-down dummy.ko
try file locked-down-key bad-key.ko
echo 1 >/sys/module/module/parameters/sig_enforce
try file enforced dummy.ko
try file enforced-key bad-key.ko
try file enforced-digest bad-digest.ko
try file enforced-content bad-content.ko
echo 1 >/proc/sys/kernel/modules_disabled
try file disabled signed-dummy.ko
# kmodtrace looks at failed loads up to 100 ms later.
sleep 0.3
exit 0
