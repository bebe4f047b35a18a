# Modules that do much of one thing, and twins that do 1 % and 5 % more of it, in turns: in each of 33 rounds one load of
# each. The host compares them. Then benchmarks as a person would make them: of a module against itself, and against a twin
# with 5,000 relocations less.
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
against() {
	kmodtrace bench --json --quiet "/modules/grow-$2/kt_grow_relocs.ko" --against /modules/grow-00/kt_grow_relocs.ko \
		>"$out/$1.json" 2>/tmp/bench.err || {
		cat /tmp/bench.err
		false
	}
}
check "a module against itself" against itself 00
check "a module against one with 5,000 relocations less" against more 10
unload
finish
