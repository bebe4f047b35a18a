/*
 * facts load LOG LABEL SPIN_MS SLEEP_MS UID FILE...: starts itself again, spins, loads the files one
 * after the other, sleeps and ends. Once it begins to load it is user UID with no capability but the one
 * for that. LOG gets a line per file: label, process, user, then in ns of CLOCK_MONOTONIC: just before
 * exec, at the beginning of main, just before and after the load, just before the end, when that was
 * seen; errno; path, inode, device, size, and pages in the page cache before; cgroup; command line.
 *
 * facts ask LOG: makes the kernel ask for the module of an address family. LOG gets process, name of the
 * task, and when, from and to.
 *
 * facts pages LOG: the kernel's page tables from the kernel's image up, as /proc/kcore shows them: LOG
 * gets a line for each range with the same permissions. x86-64 only.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 4, PAGE = 4096 };

/* Written by the child, read by its parent. */
struct times {
	long long main, before[MOST_FILES], after[MOST_FILES], end, pages[MOST_FILES];
	int uid, error[MOST_FILES];
};

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

static FILE *append(const char *path)
{
	FILE *log = fopen(path, "a");

	if (!log)
		fail(path);
	return log;
}

/* Pages of a file that are in the page cache. */
static long long cached(int fd, long long bytes)
{
	long long count = 0, pages = (bytes + PAGE - 1) / PAGE;
	unsigned char *in = calloc(pages + 1, 1);
	void *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED || mincore(at, bytes, in))
		fail("mincore");
	for (long long n = 0; n < pages; n++)
		count += in[n] & 1;
	munmap(at, bytes);
	free(in);
	return count;
}

/* Becomes another user that may load modules and nothing else. */
static void become(int uid)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { 0 };

	if (!uid)
		return;
	caps[0].effective = caps[0].permitted = 1 << CAP_SYS_MODULE;
	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
	    syscall(SYS_capset, &head, caps))
		fail("capabilities");
}

/* The child: argv is FD SPIN_MS SLEEP_MS UID FILE... */
static int child(long long begin, int argc, char **argv)
{
	struct times *times = mmap(NULL, sizeof(*times), PROT_READ | PROT_WRITE, MAP_SHARED,
				   atoi(argv[0]), 0);
	long long spin = atoll(argv[1]) * 1000000;
	int fds[MOST_FILES], files = argc - 4;
	struct stat st;

	if (times == MAP_FAILED)
		fail("mmap");
	times->main = begin;
	for (int n = 0; n < files; n++) {
		fds[n] = open(argv[4 + n], O_RDONLY | O_CLOEXEC);
		if (fds[n] < 0 || fstat(fds[n], &st))
			fail(argv[4 + n]);
		times->pages[n] = cached(fds[n], st.st_size);
	}
	become(atoi(argv[3]));
	times->uid = getuid();
	while (now() < begin + spin)
		;
	for (int n = 0; n < files; n++) {
		times->before[n] = now();
		times->error[n] = syscall(SYS_finit_module, fds[n], "", 0) ? errno : 0;
		times->after[n] = now();
	}
	usleep(atoi(argv[2]) * 1000);
	times->end = now();
	_exit(0);
}

/* The task's cgroup, without what stands in front of its path. */
static void own_cgroup(char *into, int room)
{
	FILE *file = fopen("/proc/self/cgroup", "r");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "0::", 3))
			snprintf(into, room, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
	if (file)
		fclose(file);
}

/* argv is LOG LABEL SPIN_MS SLEEP_MS UID FILE... */
static int parent(char *self, int argc, char **argv)
{
	int fd = memfd_create("times", 0), files = argc - 5, status;
	struct times *times;
	char *args[8 + MOST_FILES] = { self, "child" }, number[16], cgroup[256] = "", path[4096];
	long long exec, seen;
	struct stat st;
	FILE *log;
	pid_t pid;

	if (fd < 0 || files < 1 || files > MOST_FILES || ftruncate(fd, sizeof(*times)))
		fail("memfd");
	times = mmap(NULL, sizeof(*times), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (times == MAP_FAILED)
		fail("mmap");
	snprintf(number, sizeof(number), "%d", fd);
	args[2] = number;
	for (int n = 2; n < argc; n++)
		args[n + 1] = argv[n];
	own_cgroup(cgroup, sizeof(cgroup));
	/* The child shares this memory until it begins its program. */
	long long *moment = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (moment == MAP_FAILED)
		fail("mmap");
	pid = fork();
	if (!pid) {
		*moment = now();
		execv(self, args);
		fail(self);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("child");
	seen = now();
	exec = *moment;
	log = append(argv[0]);
	for (int n = 0; n < files; n++) {
		if (!realpath(argv[5 + n], path) || stat(path, &st))
			fail(argv[5 + n]);
		fprintf(log, "%s\t%d\t%d\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%d\t%s\t%llu\t%u:%u\t%lld\t%lld\t%s\t",
			argv[1], pid, times->uid, exec, times->main, times->before[n],
			times->after[n], times->end, seen, times->error[n], path,
			(unsigned long long)st.st_ino, major(st.st_dev), minor(st.st_dev),
			(long long)st.st_size, times->pages[n], cgroup);
		for (int a = 0; args[a]; a++)
			fprintf(log, "%s%s", a ? " " : "", args[a]);
		fputc('\n', log);
	}
	return fclose(log) || status;
}

static int ask(const char *path)
{
	static const char name[] = "kt_asks";
	FILE *log = append(path);
	long long begin;
	int fd;

	prctl(PR_SET_NAME, name);
	begin = now();
	fd = socket(AF_CAN, SOCK_RAW, 1);
	fprintf(log, "%d\t%s\t%lld\t%lld\n", getpid(), name, begin, now());
	return fd < 0 || fclose(log);
}

/* Page tables. */

enum { ENTRIES = 512, PRESENT = 1, WRITE = 2, LARGE = 0x80 };
#define ADDRESS 0x000ffffffffff000ULL
#define NO_EXECUTE (1ULL << 63)
/* __START_KERNEL_map, and the first address that is no module's. */
#define BEGIN 0xffffffff80000000ULL
#define END 0xffffffffff000000ULL

static struct {
	int fd, count;
	Elf64_Phdr segments[512];
	FILE *log;
	uint64_t begin, end;
	int write, execute;
} core;

static void core_open(void)
{
	Elf64_Ehdr head;

	core.fd = open("/proc/kcore", O_RDONLY);
	if (core.fd < 0 || pread(core.fd, &head, sizeof(head), 0) != sizeof(head))
		fail("/proc/kcore");
	core.count = head.e_phnum < 512 ? head.e_phnum : 512;
	if (pread(core.fd, core.segments, core.count * sizeof(Elf64_Phdr), head.e_phoff) < 0)
		fail("/proc/kcore");
}

/* Reads a page by its virtual address, or by its physical one. */
static void core_page(uint64_t at, int physical, uint64_t *into)
{
	for (int n = 0; n < core.count; n++) {
		Elf64_Phdr *s = &core.segments[n];
		uint64_t begin = physical ? s->p_paddr : s->p_vaddr;

		if (s->p_type != PT_LOAD || (physical && begin == ~0ULL))
			continue;
		if (at - begin < s->p_memsz &&
		    pread(core.fd, into, PAGE, s->p_offset + (at - begin)) == PAGE)
			return;
	}
	fprintf(stderr, "cannot read %llx\n", (unsigned long long)at);
	exit(1);
}

static void flush_range(void)
{
	if (core.end > core.begin)
		fprintf(core.log, "%llx\t%llx\tr%c%c\n", (unsigned long long)core.begin,
			(unsigned long long)core.end, core.write ? 'w' : '-', core.execute ? 'x' : '-');
}

static void found(uint64_t at, uint64_t bytes, int write, int execute)
{
	if (core.end != at || core.write != write || core.execute != execute) {
		flush_range();
		core.begin = at;
		core.write = write;
		core.execute = execute;
	}
	core.end = at + bytes;
}

static void walk(uint64_t *table, int level, uint64_t base, int write, int execute)
{
	int shift = 12 + 9 * (level - 1);
	uint64_t below[ENTRIES];

	for (uint64_t n = 0; n < ENTRIES; n++) {
		uint64_t entry = table[n], at = base + (n << shift);
		int w = write && entry & WRITE, x = execute && !(entry & NO_EXECUTE);

		/* The upper half is sign-extended. */
		if (level >= 4 && n >= ENTRIES / 2 && base == 0)
			at |= ~0ULL << (shift + 9);
		if (!(entry & PRESENT) || at >= END || at + ((1ULL << shift) - 1) < BEGIN)
			continue;
		if (level == 1 || (level <= 3 && entry & LARGE)) {
			found(at, 1ULL << shift, w, x);
			continue;
		}
		core_page(entry & ADDRESS, 1, below);
		walk(below, level - 1, at, w, x);
	}
}

/* True if a file has a line with this word; its first field goes to `at` as a hexadecimal number. */
static int has(const char *path, const char *word, uint64_t *at)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	while (file && fgets(line, sizeof(line), file)) {
		char *found = strstr(line, word);

		if (found && strchr(" \n", found[strlen(word)])) {
			if (at)
				*at = strtoull(line, NULL, 16);
			fclose(file);
			return 1;
		}
	}
	if (file)
		fclose(file);
	return 0;
}

static int pages(const char *path)
{
	uint64_t root = 0, table[ENTRIES];
	int levels = has("/proc/cpuinfo", " la57", NULL) ? 5 : 4;

	core_open();
	core.log = append(path);
	if (!has("/proc/kallsyms", " init_top_pgt", &root))
		return 1;
	core_page(root, 0, table);
	walk(table, levels, 0, 1, 1);
	flush_range();
	return fclose(core.log);
}

int main(int argc, char **argv)
{
	long long begin = now();

	if (argc > 6 && !strcmp(argv[1], "child"))
		return child(begin, argc - 2, argv + 2);
	if (argc > 7 && !strcmp(argv[1], "load"))
		return parent(argv[0], argc - 2, argv + 2);
	if (argc == 3 && !strcmp(argv[1], "ask"))
		return ask(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "pages"))
		return pages(argv[2]);
	return 2;
}
