# The same modules over and over, in one recording: what is compared with itself. KT_ROUNDS rounds of 8 loads of
# two small modules and 2 of two that take longer.
. /guest/lib.sh

unload
mkdir /tmp/aa
cp /share/aa/bin /tmp/aa/reload
unsigned crc7 /tmp/aa/crc7.ko
unsigned nf_tables /tmp/aa/nf_tables.ko
plain dummy /tmp/aa/dummy.ko
cp /modules/kt_params.ko /tmp/aa/
/sbin/modprobe -a nfnetlink libcrc32c
cat >/tmp/aa/loads.sh <<'END'
n=0
while [ $n -lt $KT_ROUNDS ]; do
	/tmp/aa/reload 8 /tmp/aa/crc7.ko /tmp/aa/kt_params.ko || exit
	/tmp/aa/reload 2 /tmp/aa/nf_tables.ko /tmp/aa/dummy.ko || exit
	n=$((n + 1))
done
END
/tmp/aa/reload 3 /tmp/aa/crc7.ko /tmp/aa/kt_params.ko /tmp/aa/nf_tables.ko /tmp/aa/dummy.ko
check "rounds of loads" kmodtrace run -o "$out/aa.kmt" --brief -- sh /tmp/aa/loads.sh
unload
finish
