/*
 * What loads cost, and the tools that watch them.
 *
 *   cost load FILE TAG [-r] WHAT…   loads, and what else is timed
 *     COUNT:MODULE.ko[=PARAMETERS]    loads and unloads the module that often, from memory
 *     COUNT:@add_key                  gives a key another value, that often, which calls strndup_user()
 *   cost tool FILE TAG COMMAND…                             runs a tool, which runs `cost load`
 *
 * Lines are appended to FILE:
 *   load,TAG,MODULE,NS,ERRNO           one load, or @add_key: from in front of the system call until behind it; unloads are
 *                                      not counted
 *   span,TAG,BEGIN_NS,END_NS           all loads, warm-up and unloads
 *   tool,TAG,BEGIN_NS,END_NS,RSS_KIB,CPU_US,STATUS
 *
 * Times are CLOCK_MONOTONIC_RAW; in a guest that counts instructions a nanosecond is one. With -r the loads run at SCHED_FIFO, so that on
 * one CPU what the tool does meanwhile is not counted as theirs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned long long now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC_RAW, &at);
	return at.tv_sec * 1000000000ull + at.tv_nsec;
}

static FILE *lines(const char *file)
{
	FILE *lines = fopen(file, "a");

	if (!lines)
		fail(file);
	return lines;
}

/* A copy of the file in memory, open for reading alone: the kernel loads none that somebody writes to. */
static int in_memory(const char *file)
{
	int from = open(file, O_RDONLY), to = memfd_create("module", 0), copy;
	char bytes[65536], path[64];
	ssize_t got;

	if (from < 0 || to < 0)
		fail(file);
	while ((got = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, got) != got)
			fail("memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	copy = open(path, O_RDONLY);
	if (got < 0 || copy < 0)
		fail(file);
	close(to);
	close(from);
	return copy;
}

static void loads(FILE *lines, const char *tag, char *what)
{
	char *file = strchr(what, ':'), *parameters, *name, module[64];
	int count = atoi(what), fd;

	if (!file || count <= 0)
		exit(2);
	parameters = strchr(++file, '=');
	if (parameters)
		*parameters++ = 0;
	name = strrchr(file, '/');
	name = name ? name + 1 : file;
	snprintf(module, sizeof(module), "%.*s", (int)(strchrnul(name, '.') - name), name);
	fd = in_memory(file);
	while (count--) {
		unsigned long long begin = now(), end;
		int error = syscall(SYS_finit_module, fd, parameters ? parameters : "", 0) ? errno : 0;

		end = now();
		fprintf(lines, "load,%s,%s,%llu,%d\n", tag, module, end - begin, error);
		while (!error && syscall(SYS_delete_module, module, O_NONBLOCK)) {
			if (errno != EAGAIN)
				fail(module);
			usleep(1000);
		}
		usleep(2000);
	}
	close(fd);
}

static void add_keys(FILE *lines, const char *tag, const char *what)
{
	const char *name = strchr(what, ':') + 1;

	if (strcmp(name, "@add_key"))
		exit(2);
	for (int count = atoi(what); count > 0; count--) {
		unsigned long long begin = now(), end;
		long key = syscall(SYS_add_key, "user", "kmodtrace", "value", 5, KEY_SPEC_PROCESS_KEYRING);

		end = now();
		if (key < 0)
			fail("add_key");
		fprintf(lines, "load,%s,%s,%llu,0\n", tag, name, end - begin);
	}
}

static int load(int count, char **words)
{
	FILE *to = lines(words[0]);
	const char *tag = words[1];
	unsigned long long begin = now();
	int first = 2;

	if (count > first && !strcmp(words[first], "-r")) {
		struct sched_param priority = { .sched_priority = 50 };

		if (sched_setscheduler(0, SCHED_FIFO, &priority))
			fail("SCHED_FIFO");
		first++;
	}
	for (int i = first; i < count; i++)
		if (strstr(words[i], ":@"))
			add_keys(to, tag, words[i]);
		else
			loads(to, tag, words[i]);
	fprintf(to, "span,%s,%llu,%llu\n", tag, begin, now());
	return fclose(to) ? 1 : 0;
}

static int tool(char **words)
{
	unsigned long long begin = now(), end;
	struct rusage used;
	int status;
	pid_t child = fork();
	FILE *to;

	if (child < 0)
		fail("fork");
	if (!child) {
		execvp(words[2], words + 2);
		fail(words[2]);
	}
	if (wait4(child, &status, 0, &used) < 0)
		fail("wait");
	end = now();
	to = lines(words[0]);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	fprintf(to, "tool,%s,%llu,%llu,%ld,%lld,%d\n", words[1], begin, end, used.ru_maxrss,
		(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000ll + used.ru_utime.tv_usec + used.ru_stime.tv_usec,
		status);
	return fclose(to) ? 1 : status;
}

int main(int argc, char **argv)
{
	if (argc > 4 && !strcmp(argv[1], "load"))
		return load(argc - 2, argv + 2);
	if (argc > 4 && !strcmp(argv[1], "tool"))
		return tool(argv + 2);
	return 2;
}
