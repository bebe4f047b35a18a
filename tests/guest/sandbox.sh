# What a run gives up once everything is attached, what still works, and what its command gets.
. /guest/lib.sh
cd /tmp || exit 1
unload
home=/tmp/home
mkdir -m 700 $home
chown 1000:1000 $home
cp /etc/passwd /tmp/passwd
echo 'somebody:x:1000:1000::/tmp/home:/bin/sh' >>/etc/passwd

# `begin ARGUMENT…`: a run that is confined, as soon as this returns.
begin() {
	rm -f /tmp/ready
	kmodtrace run --json --ready-file /tmp/ready "$@" >/tmp/run.jsonl 2>/tmp/run.err &
	tracer=$!
	await /tmp/ready $tracer
	n=0
	until grep -q '^Seccomp:.2' /proc/$tracer/status || [ $n -gt 50 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}

end() {
	kill -INT $tracer
	wait $tracer
	status=$?
}

# `of FIELD`: what all threads of the run have there.
of() {
	sed -n "s/^$1:[[:space:]]*//p" /proc/$tracer/task/*/status | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# Kernels that want CAP_BPF for every use of a map let none be dropped.
bpf=0
begin
[ "$(of CapPrm)" = 0000008000000004 ] && bpf=8000000000
end
case $(uname -r) in
5.10.*) check "maps want CAP_BPF here" [ $bpf = 8000000000 ] ;;
6.12.*) check "maps do not want CAP_BPF here" [ $bpf = 0 ] ;;
esac
# `set HEX`: a set of capabilities, with CAP_BPF if it has to be.
set_of() {
	printf '%016x' $((0x$1 | 0x$bpf))
}

# A run, its recorder's threads, and what is left to it.
head -c 4096 /modules/kt_nop.ko >$home/cut.ko
begin -o /tmp/whole.kmt
check "three threads" [ "$(ls /proc/$tracer/task | wc -l)" -eq 3 ]
check "capabilities: $(of CapPrm)" [ "$(of CapPrm) $(of CapEff)" = "$(set_of 4) $(set_of 4)" ]
check "none can be gained: $(of CapBnd)" [ "$(of CapBnd) $(of CapInh) $(of CapAmb)" = \
	"0000000000000000 0000000000000000 0000000000000000" ]
check "no new privileges" [ "$(of NoNewPrivs)" = 1 ]
check "system calls are filtered" [ "$(of Seccomp)" = 2 ]
/sbin/insmod /modules/kt_nop.ko
line=$(grep '^kt_nop ' /proc/modules)
check_not "a file that is cut off" /sbin/insmod $home/cut.ko
sleep 0.5
end
check "exit code of the run ($status)" [ $status -eq 0 ]
check "nothing is said to be kept" sh -c '! grep -q "given up" /tmp/run.err'
check "its line in /proc/modules, with the address" grep -qF "\"$line\"" /tmp/run.jsonl
check "what is wrong with a file that its owner alone may read" grep -q 'cut off' /tmp/run.jsonl
kmodtrace report --json /tmp/whole.kmt >/tmp/report.jsonl
check "the recording is whole" cmp /tmp/run.jsonl /tmp/report.jsonl
rmmod kt_nop

begin --no-sandbox
check "without: all capabilities" [ "$(of CapEff)" = "$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)" ]
check "without: no filter" [ "$(of Seccomp) $(of NoNewPrivs)" = "0 0" ]
end

# A recording that is divided, in a directory of root's and in somebody else's.
divided() {
	begin --symbols -o "$1/d.kmt" --rotate-size 64K
	check "capabilities for $1: $(of CapPrm)" [ "$(of CapPrm)" = "$(set_of $2)" ]
	n=0
	while [ $n -lt 8 ]; do
		/sbin/modprobe nf_tables && rmmod nf_tables
		n=$((n + 1))
	done
	sleep 0.5
	end
	check "divided in $1 ($status)" [ $status -eq 0 ]
	check "several files in $1" [ -e "$1/d.kmt.1" ]
	kmodtrace report --json $1/d.kmt* >/tmp/report.jsonl 2>/tmp/report.err
	check "all of them can be read" cmp /tmp/run.jsonl /tmp/report.jsonl
	rm -f $1/d.kmt*
}
mkdir -p /tmp/own
divided /tmp/own 4
divided $home 6

# The rights of files and the filter let it write to another directory by the same name; Landlock does not: it may write
# to the one that was there. `elsewhere CODE ARGUMENT…`
elsewhere() {
	wanted=$1
	shift
	begin --symbols -o /tmp/own/d.kmt --rotate-size 64K "$@"
	mv /tmp/own /tmp/was
	mkdir /tmp/own
	n=0
	while [ $n -lt 8 ]; do
		/sbin/modprobe nf_tables && rmmod nf_tables
		n=$((n + 1))
	done
	sleep 0.5
	end
	check "elsewhere${*:+ with $*}: ends with $wanted ($status)" [ $status -eq $wanted ]
	files=$(ls /tmp/own)
	rm -r /tmp/was /tmp/own
	mkdir /tmp/own
}
elsewhere 0 --no-sandbox
check "elsewhere: anybody else writes there" [ -n "$files" ]
lsm=/sys/kernel/security/lsm
case $(uname -r) in
5.10.*)
	check_not "Linux 5.10 has no Landlock" grep landlock $lsm
	elsewhere 0
	check "elsewhere: without Landlock it does" [ -n "$files" ]
	;;
*)
	check "Landlock is there" grep landlock $lsm
	elsewhere 5
	check "elsewhere: Landlock refuses" grep -q 'cannot write the recording.*Permission denied' /tmp/run.err
	check "elsewhere: nothing is written" [ -z "$files" ]
	;;
esac

# A command keeps what kmodtrace had, and gets none of its files. One of somebody else's can be ended.
kmodtrace run -- sh -c 'cat /proc/self/status; ls /proc/self/fd | tr "\n" " "' >/tmp/command.out 2>/tmp/command.err
check "the command runs" [ $? -eq 0 ]
for field in CapEff CapBnd CapInh NoNewPrivs Seccomp; do
	check "the command's $field is as it was" [ "$(grep "^$field:" /tmp/command.out)" = \
		"$(grep "^$field:" /proc/self/status)" ]
done
# The last one is that of the directory.
check "the command has no file of ours" [ "$(tail -n 1 /tmp/command.out)" = "0 1 2 3 " ]
begin -- busybox su -s /bin/sh somebody -c 'exec sleep 60'
check "capabilities beside a command: $(of CapPrm)" [ "$(of CapPrm)" = "$(set_of 24)" ]
kill -TERM $tracer
wait $tracer
status=$?
check "a command of somebody else's is told to end ($status)" [ $status -eq 143 ]

# Where /proc hides processes, loads of others do not look as if their task had died.
mount -o remount,hidepid=4 /proc
begin
/sbin/insmod /modules/kt_delay.ko init_sleep=3000
sleep 0.3
end
mount -o remount,hidepid=0 /proc
check "a load whose task is hidden" whole_loads /tmp/run.jsonl kt_delay 1
rmmod kt_delay

unload
cp /tmp/passwd /etc/passwd
rm -rf /tmp/own $home
finish
