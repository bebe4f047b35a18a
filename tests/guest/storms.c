/*
 * storms PROCESSES ROUNDS PARAMS MODULE…: so many processes, which begin together, load modules so often, process
 * N the Nth one of the list, and unload what they have loaded; with 0 rounds until /tmp/storms.stop is there. Where
 * there are more processes than modules, the list begins again with copies by another name, which are loaded from
 * memory. Says how many system calls they made, and how many of either kind failed: `LOADS loads, UNLOADS unloads,
 * FAILED FAILED failed`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
	atomic_int ready, go, loads, unloads, failed_loads, failed_unloads;
} *shared;

/* What the file holds, with another letter in the module's name wherever that stands. */
static char *renamed(int fd, const char *path, char *name, char letter, size_t *size)
{
	struct stat stat;
	char *image = NULL, old[64];
	size_t length = strlen(name);

	strcpy(old, name);
	name[1] = letter;
	if (!fstat(fd, &stat))
		image = malloc(stat.st_size);
	if (!image || read(fd, image, stat.st_size) != stat.st_size) {
		perror(path);
		_exit(1);
	}
	*size = stat.st_size;
	for (char *at = image, *end = image + *size; (at = memmem(at, end - at, old, length)); at += length)
		memcpy(at, name, length);
	return image;
}

static void work(const char *path, int copy, int rounds, const char *params)
{
	char name[64], *image = NULL;
	const char *base = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (fd < 0) {
		perror(path);
		_exit(1);
	}
	snprintf(name, sizeof(name), "%s", base ? base + 1 : path);
	name[strcspn(name, ".")] = 0;
	if (copy)
		image = renamed(fd, path, name, '@' + copy, &size);
	atomic_fetch_add(&shared->ready, 1);
	while (!atomic_load(&shared->go))
		usleep(1000);
	for (int round = 0; rounds ? round < rounds : access("/tmp/storms.stop", F_OK); round++) {
		long failed = image ? syscall(SYS_init_module, image, size, params) :
				      syscall(SYS_finit_module, fd, params, 0);

		atomic_fetch_add(&shared->loads, 1);
		if (failed) {
			fprintf(stderr, "%s: %s\n", name, strerror(errno));
			atomic_fetch_add(&shared->failed_loads, 1);
			continue;
		}
		if (syscall(SYS_delete_module, name, O_NONBLOCK))
			atomic_fetch_add(&shared->failed_unloads, 1);
		atomic_fetch_add(&shared->unloads, 1);
	}
}

int main(int count, char **words)
{
	int processes, bad = 0, status;

	if (count < 5)
		return 2;
	processes = atoi(words[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	for (int n = 0; n < processes; n++) {
		pid_t child = fork();

		if (child < 0)
			return 2;
		if (!child) {
			work(words[4 + n % (count - 4)], n / (count - 4), atoi(words[2]), words[3]);
			_exit(0);
		}
	}
	while (atomic_load(&shared->ready) < processes && waitpid(-1, NULL, WNOHANG) <= 0)
		usleep(1000);
	atomic_store(&shared->go, 1);
	while (wait(&status) > 0)
		bad |= status;
	printf("%d loads, %d unloads, %d %d failed\n", shared->loads, shared->unloads, shared->failed_loads,
	       shared->failed_unloads);
	return bad != 0;
}
