/*
 * Loads and unloads modules, and keeps an account by a clock of its own, CLOCK_MONOTONIC, of when each
 * system call began and ended: `load BEGIN END PID` on standard output, each line at once.
 *
 *     killed MODULE…                     without end, one process for each module
 *     killed -k TRACER MS MODULE…        after MS milliseconds kills process TRACER, having said `killed TIME`
 *
 * On each CPU a process that does nothing else wants to run every 5 ms, and says `late BEGIN END` where it could not for 20 ms
 * more: then the machine did not let the tracer run, either.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void say(const char *text, int length)
{
	if (write(1, text, length) != length)
		_exit(2);
}

static void loads(const char *path)
{
	char name[64], line[128];
	const char *base = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	snprintf(name, sizeof(name), "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = 0;
	srandom(getpid());
	for (;;) {
		unsigned long long begin = now(), end;
		long failed = syscall(SYS_finit_module, fd, "", 0);

		end = now();
		if (failed) {
			perror(name);
			_exit(1);
		}
		say(line, snprintf(line, sizeof(line), "load %llu %llu %d\n", begin, end, getpid()));
		syscall(SYS_delete_module, name, O_NONBLOCK);
		usleep(random() % 30000);
	}
}

static void watch(int cpu)
{
	unsigned long long before = now(), at;
	char line[128];
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(cpu, &here);
	sched_setaffinity(0, sizeof(here), &here);
	for (;; before = at) {
		usleep(5000);
		at = now();
		if (at - before > 25000000)
			say(line, snprintf(line, sizeof(line), "late %llu %llu\n", before + 5000000, at));
	}
}

int main(int count, char **words)
{
	int tracer = 0, ms = 0, first = 1, n = 0;
	pid_t children[32];
	char line[64];

	if (count > 4 && !strcmp(words[1], "-k")) {
		tracer = atoi(words[2]);
		ms = atoi(words[3]);
		first = 4;
	}
	for (int i = first; i < count && n < 16; i++) {
		pid_t child = fork();

		if (!child)
			loads(words[i]);
		children[n++] = child;
	}
	for (int cpu = 0; tracer && cpu < sysconf(_SC_NPROCESSORS_ONLN) && n < 32; cpu++) {
		pid_t child = fork();

		if (!child)
			watch(cpu);
		children[n++] = child;
	}
	if (tracer) {
		usleep(ms * 1000);
		say(line, snprintf(line, sizeof(line), "killed %llu\n", now()));
		if (kill(tracer, SIGKILL))
			perror("kill");
		for (int i = 0; i < n; i++)
			kill(children[i], SIGTERM);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
