/*
 * floor FILE COMMAND…: what the kernel takes for as many hooks as a tracer has. Puts an empty eBPF program behind a kprobe at each place of
 * FILE (`p SYMBOL+OFFSET` or `r SYMBOL`, a line each), as libraries do it (perf_event_open(2) and PERF_EVENT_IOC_SET_BPF), runs the
 * command, and takes them away again, one after the other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 256 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned number(const char *file, const char *format)
{
	FILE *from = fopen(file, "r");
	unsigned number;

	if (!from || fscanf(from, format, &number) != 1)
		fail(file);
	fclose(from);
	return number;
}

/* Old kernels want to be told their version. */
static unsigned version(void)
{
	struct utsname system;
	unsigned a = 0, b = 0, c = 0;

	uname(&system);
	sscanf(system.release, "%u.%u.%u", &a, &b, &c);
	return (a << 16) + (b << 8) + (c > 255 ? 255 : c);
}

static int program(void)
{
	struct bpf_insn empty[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insn_cnt = 2,
		.insns = (unsigned long)empty,
		.license = (unsigned long)"GPL",
		.kern_version = version(),
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));

	if (fd < 0)
		fail("BPF_PROG_LOAD");
	return fd;
}

static int attach(int program, unsigned type, unsigned returns, const char *symbol, unsigned long offset, int is_return)
{
	struct perf_event_attr event = {
		.type = type,
		.size = sizeof(event),
		.config = is_return ? 1ull << returns : 0,
		.kprobe_func = (unsigned long)symbol,
		.probe_offset = offset,
	};
	int fd = syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		fail(symbol);
	return fd;
}

int main(int argc, char **argv)
{
	const char *source = "/sys/bus/event_source/devices/kprobe";
	char path[128], kind, symbol[128];
	unsigned long offset = 0;
	unsigned type, returns;
	int links[MOST], count = 0, status;
	FILE *places;
	pid_t child;

	if (argc < 3)
		return 2;
	snprintf(path, sizeof(path), "%s/type", source);
	type = number(path, "%u");
	snprintf(path, sizeof(path), "%s/format/retprobe", source);
	returns = number(path, "config:%u");
	places = fopen(argv[1], "r");
	if (!places)
		fail(argv[1]);
	while (count < MOST && fscanf(places, " %c %127[^+ \n]+%li", &kind, symbol, &offset) >= 2) {
		links[count++] = attach(program(), type, returns, symbol, kind == 'r' ? 0 : offset, kind == 'r');
		offset = 0;
	}
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	waitpid(child, &status, 0);
	for (int i = 0; i < count; i++)
		close(links[i]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
