# Modules that do much of one thing, and twins that do 1 % and 5 % more of it, in turns: in each of 33 rounds one load of
# each. The host compares them.
. /guest/lib.sh

unload
insmod /modules/kt_symprov.ko
cp /share/twins/bin /tmp/reload
cat >/tmp/loads.sh <<'END'
for kind in relocs symbols init params sysfs funcs data file; do
	[ $kind = params ] && parameters==work=1 || parameters=
	set --
	for grow in 00 01 05; do
		set -- "$@" "/modules/grow-$grow/kt_grow_$kind.ko$parameters"
	done
	/tmp/reload 33 "$@" || exit
done
END
check "rounds of twins" kmodtrace run -o "$out/twins.kmt" --brief -- sh /tmp/loads.sh
unload
finish
