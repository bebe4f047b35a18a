/*
 * Loads and unloads modules, and keeps an account by a clock of its own, CLOCK_MONOTONIC, of when each
 * system call began and ended: `load BEGIN END PID` on standard output, each line at once.
 *
 *     killed MODULE…                     without end, one process for each module
 *     killed -k TRACER MS MODULE…        after MS milliseconds kills process TRACER, having said `killed TIME`
 */
#define _GNU_SOURCE
#include <fcntl.h>
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

int main(int count, char **words)
{
	int tracer = 0, ms = 0, first = 1, n = 0;
	pid_t children[16];
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
