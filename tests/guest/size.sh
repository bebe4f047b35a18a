# One small module and modules that are large in one way each, while instructions are counted. The
# host checks which phase grows.
. /guest/lib.sh

unload
kmodtrace run -o "$out/size.kmt" --json -- sh /guest/size-loads.sh >"$out/size.json" 2>"$out/size.err"
check "run of the sizes" [ $? -eq 0 ]
unload
finish
