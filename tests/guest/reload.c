/*
 * reload ROUNDS FILE[=PARAMETERS]…: loads and unloads each of the modules, ROUNDS times, in an order that differs from round to
 * round: what the load in front leaves behind must not always meet the same module.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 64 };

static struct {
	char *file, *parameters, name[64];
} modules[MOST];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void reload(int which)
{
	const char *file = modules[which].file;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, modules[which].parameters, 0))
		fail(file);
	close(fd);
	/* Somebody may look at it just now, as systems do. */
	while (syscall(SYS_delete_module, modules[which].name, O_NONBLOCK)) {
		if (errno != EAGAIN)
			fail(modules[which].name);
		usleep(1000);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0, count = argc - 2;

	if (rounds <= 0 || count > MOST)
		return 2;
	for (int i = 0; i < count; i++) {
		char *file = argv[2 + i], *name, *end;

		modules[i].file = strsep(&argv[2 + i], "=");
		modules[i].parameters = argv[2 + i] ? argv[2 + i] : "";
		name = strrchr(file, '/');
		name = name ? name + 1 : file;
		end = strchrnul(name, '.');
		snprintf(modules[i].name, sizeof(modules[i].name), "%.*s", (int)(end - name), name);
	}
	for (int round = 0; round < rounds; round++) {
		int order[MOST];

		for (int i = 0; i < count; i++) {
			int at = rand() % (i + 1);

			order[i] = order[at];
			order[at] = i;
		}
		for (int i = 0; i < count; i++)
			reload(order[i]);
	}
	return 0;
}
