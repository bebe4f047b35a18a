/*
 * storm DIR LOG: processes in pairs load the modules DIR/kt_c00.ko to kt_c24.ko over and over, in
 * turns of their own and both the same one at the same moment. LOG gets a line per load: process,
 * thread, module, file size, system call, parameters, errno, beginning and end in ns of
 * CLOCK_MONOTONIC, and 1 if the other process of the pair loaded the same module meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 4, PROCESSES = 2 * PAIRS, ROUNDS = 25, MODULES = 25 };

struct entry {
	int pid, tid, module, by_file, twin, error;
	long long bytes, start, end;
	char params[16];
};

struct image {
	int fd;
	long long bytes;
	void *data;
};

static struct shared {
	atomic_int arrived[PAIRS];
	atomic_int loaded[PAIRS];
	struct entry entries[PROCESSES][ROUNDS];
} *shared;
static struct image images[MODULES];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Waits for the other process of the pair. */
static void meet(int pair, int *meetings)
{
	int all = 2 * ++*meetings;

	atomic_fetch_add(&shared->arrived[pair], 1);
	while (atomic_load(&shared->arrived[pair]) < all)
		sched_yield();
}

static void load(struct entry *e, int id)
{
	struct image *image = &images[e->module];
	long done;

	e->pid = getpid();
	e->tid = (int)syscall(SYS_gettid);
	e->bytes = image->bytes;
	snprintf(e->params, sizeof(e->params), "id=%d", id);
	e->start = now();
	if (e->by_file)
		done = syscall(SYS_finit_module, image->fd, e->params, 0);
	else
		done = syscall(SYS_init_module, image->data, image->bytes, e->params);
	e->error = done ? errno : 0;
	e->end = now();
}

static void drop(int module)
{
	char name[16];

	snprintf(name, sizeof(name), "kt_c%02d", module);
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		fail(name);
}

static void work(int process)
{
	int pair = process / 2, second = process % 2, meetings = 0;
	int owned = (MODULES - pair + PAIRS - 1) / PAIRS, half = owned / 2;

	for (int round = 0; round < ROUNDS; round++) {
		struct entry *e = &shared->entries[process][round];
		int id = round * PROCESSES + process, turn = round / 2, which;

		e->by_file = turn % 2 == 0;
		e->twin = round % 2;
		if (e->twin)
			which = turn % owned;
		else if (second)
			which = half + turn % (owned - half);
		else
			which = turn % half;
		e->module = pair + PAIRS * which;
		if (e->twin)
			meet(pair, &meetings);
		load(e, id);
		if (!e->twin) {
			if (!e->error)
				drop(e->module);
			continue;
		}
		if (!e->error)
			atomic_store(&shared->loaded[pair], 1);
		meet(pair, &meetings);
		if (!second && atomic_exchange(&shared->loaded[pair], 0))
			drop(e->module);
		meet(pair, &meetings);
	}
}

static void open_images(const char *dir)
{
	char path[256];
	struct stat st;

	for (int m = 0; m < MODULES; m++) {
		snprintf(path, sizeof(path), "%s/kt_c%02d.ko", dir, m);
		images[m].fd = open(path, O_RDONLY | O_CLOEXEC);
		if (images[m].fd < 0 || fstat(images[m].fd, &st))
			fail(path);
		images[m].bytes = st.st_size;
		images[m].data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE,
				      images[m].fd, 0);
		if (images[m].data == MAP_FAILED)
			fail(path);
	}
}

static void write_log(const char *path)
{
	FILE *log = fopen(path, "w");

	if (!log)
		fail(path);
	for (int p = 0; p < PROCESSES; p++) {
		for (int r = 0; r < ROUNDS; r++) {
			struct entry *e = &shared->entries[p][r];

			fprintf(log, "%d\t%d\tkt_c%02d\t%lld\t%s\t%s\t%d\t%lld\t%lld\t%d\n",
				e->pid, e->tid, e->module, e->bytes,
				e->by_file ? "finit_module" : "init_module", e->params, e->error,
				e->start, e->end, e->twin);
		}
	}
	if (fclose(log))
		fail(path);
}

int main(int argc, char **argv)
{
	int status, bad = 0;

	if (argc != 3)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("mmap");
	open_images(argv[1]);
	for (int process = 0; process < PROCESSES; process++) {
		pid_t pid = fork();

		if (pid < 0)
			fail("fork");
		if (!pid) {
			/* Should its partner die, this one would wait for ever. */
			alarm(120);
			work(process);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status;
	write_log(argv[2]);
	return bad != 0;
}
