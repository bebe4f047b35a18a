# A module whose init does a counted amount of work, and twins that do 1 to 50 % more, in turns. The host looks which
# of them it finds how often: KT_ROUNDS times 33 rounds.
. /guest/lib.sh

unload
cp /share/effect/bin /tmp/reload
cat >/tmp/loads.sh <<'END'
set --
for grow in 00 01 02 03 05 08 10 20 50; do
	set -- "$@" /modules/grow-$grow/kt_grow_init.ko
done
n=0
while [ $n -lt $KT_ROUNDS ]; do
	/tmp/reload 33 "$@" || exit
	n=$((n + 1))
done
END
check "rounds of twins" kmodtrace run -o "$out/effect.kmt" --brief -- sh /tmp/loads.sh
unload
finish
