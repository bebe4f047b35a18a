/*
 * Makes files of modules that the kernel refuses, and loads them.
 *
 * failures damage HOW FROM TO [WHAT]: copies a module, x86-64 and not compressed, and breaks the copy.
 *
 * failures HOW LOG LABEL [FILE [PARAMS]]: one load. LOG gets a line of label, process, and the error number
 * of the system call, 0 if there was none.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARKER "~Module signature appended~\n"
enum { MARK = sizeof(MARKER) - 1, TRAILER = 12, UNREADABLE = 8 };

static unsigned char *data;
static size_t size;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void need(int true, const char *what)
{
	if (true)
		return;
	fprintf(stderr, "no %s\n", what);
	exit(1);
}

static void take(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		fail(path);
	size = st.st_size;
	data = malloc(size + 1);
	if (!data || fread(data, 1, size, file) != size)
		fail(path);
	fclose(file);
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Ehdr *head = (void *)data;
	Elf64_Shdr *all = (void *)(data + head->e_shoff);
	char *names = (char *)data + all[head->e_shstrndx].sh_offset;

	for (int n = 0; n < head->e_shnum; n++)
		if (!strcmp(names + all[n].sh_name, name))
			return all + n;
	need(0, name);
	return NULL;
}

/* The value of a key in .modinfo. */
static char *info(const char *key)
{
	Elf64_Shdr *modinfo = section(".modinfo");
	char *at = (char *)data + modinfo->sh_offset, *end = at + modinfo->sh_size;

	for (; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, strlen(key)) && at[strlen(key)] == '=')
			return at;
	need(0, key);
	return NULL;
}

/* The CRC of a symbol: entries of 64 bytes, see struct modversion_info. */
static unsigned char *version(const char *symbol)
{
	Elf64_Shdr *versions = section("__versions");
	unsigned char *at = data + versions->sh_offset, *end = at + versions->sh_size;

	for (; at < end; at += 64)
		if (!strcmp((char *)at + 8, symbol))
			return at;
	need(0, symbol);
	return NULL;
}

/* How long the signature is that stands in front of the marker; see struct module_signature. */
static size_t signature(void)
{
	unsigned char *at = data + size - MARK - 4;

	need(size > MARK + TRAILER && !memcmp(data + size - MARK, MARKER, MARK), "signature");
	return (size_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static unsigned char *appended(void)
{
	return data + size - MARK - TRAILER - signature();
}

/* The serial number of the signer: the first INTEGER of more than four bytes. */
static unsigned char *serial(void)
{
	unsigned char *at = appended(), *end = at + signature();

	for (; at + 2 < end; at++)
		if (at[0] == 2 && at[1] > 4 && at[1] < 32 && at + 2 + at[1] < end)
			return at + 2;
	need(0, "serial number");
	return NULL;
}

/* Another digest than SHA-2: its object identifier ends in a number that says which. */
static void change_digest(void)
{
	static const unsigned char sha2[] = { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2 };
	unsigned char *at = appended(), *end = at + signature();
	int found = 0;

	for (; at + sizeof(sha2) < end; at++)
		if (!memcmp(at, sha2, sizeof(sha2)))
			at[sizeof(sha2)] = 0x70, found = 1;
	need(found, "SHA-2");
}

static void damage(const char *how, const char *what)
{
	Elf64_Ehdr *head = (void *)data;

	if (!strcmp(how, "unsigned"))
		size = appended() - data;
	else if (!strcmp(how, "cut-table"))
		size = head->e_shoff + 3 * sizeof(Elf64_Shdr) + 20;
	else if (!strcmp(how, "overrun"))
		section(".modinfo")->sh_size = size * 2;
	else if (!strcmp(how, "machine"))
		head->e_machine = EM_AARCH64;
	else if (!strcmp(how, "elf32"))
		head->e_ident[EI_CLASS] = ELFCLASS32, head->e_machine = EM_386;
	else if (!strcmp(how, "executable"))
		head->e_type = ET_EXEC;
	else if (!strcmp(how, "vermagic"))
		/* Kernels with modversions pass over the first word. */
		strchr(info("vermagic"), ' ')[1] ^= 1;
	else if (!strcmp(how, "licence"))
		memcpy(info("license"), "license=Pro", strlen("license=Pro"));
	else if (!strcmp(how, "namespace"))
		memcpy(info("import_ns"), "import_no", strlen("import_no"));
	else if (!strcmp(how, "crc"))
		*version(what) ^= 1;
	else if (!strcmp(how, "no-crcs"))
		section("__versions")->sh_name++;
	else if (!strcmp(how, "content"))
		data[section(".text")->sh_offset + 1] ^= 1;
	else if (!strcmp(how, "signature"))
		appended()[0] ^= 0xff;
	else if (!strcmp(how, "signature-size"))
		data[size - MARK - 4] = 0x7f;
	else if (!strcmp(how, "key"))
		serial()[3] ^= 1;
	else if (!strcmp(how, "digest"))
		change_digest();
	else if (!strcmp(how, "bss"))
		section(".bss")->sh_size = strtoull(what, NULL, 0) << 20;
	else
		need(0, how);
}

/* A process without any capability. */
static void drop(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { 0 };

	if (syscall(SYS_capset, &head, caps))
		fail("capabilities");
}

static void handler(int signal)
{
}

/* A child sends the signal, after a while. */
static void expect(int signal)
{
	struct sigaction action = { .sa_handler = handler };
	struct timespec while_ = { .tv_nsec = 400000000 };
	pid_t loader = getpid();

	sigaction(SIGUSR1, &action, NULL);
	if (!fork()) {
		nanosleep(&while_, NULL);
		kill(loader, signal);
		_exit(0);
	}
}

static int load(const char *how, const char *file, const char *params)
{
	int way = O_RDONLY | O_CLOEXEC, fds[2], flags = 0;
	void *image = (void *)UNREADABLE;

	if (!strcmp(how, "image")) {
		take(file);
		return syscall(SYS_init_module, data, size, params);
	}
	if (!strcmp(how, "bad-image"))
		return syscall(SYS_init_module, image, 65536L, "");
	if (!strcmp(how, "no-image"))
		return syscall(SYS_init_module, image, 0L, "");
	if (!strcmp(how, "no-file"))
		return syscall(SYS_finit_module, 999, "", 0);
	if (!strcmp(how, "pipe")) {
		if (pipe(fds))
			fail("pipe");
		return syscall(SYS_finit_module, fds[0], "", 0);
	}
	if (!strcmp(how, "writing") && open(file, O_RDWR) < 0)
		fail(file);
	if (!strcmp(how, "write-only"))
		way = O_WRONLY;
	if (!strcmp(how, "flags"))
		flags = 0x100;
	if (!strcmp(how, "compressed"))
		flags = 4; /* MODULE_INIT_COMPRESSED_FILE */
	if (!strcmp(how, "bad-params"))
		params = image;
	fds[0] = open(file, way);
	if (fds[0] < 0)
		fail(file);
	if (!strcmp(how, "powerless"))
		drop();
	if (!strcmp(how, "interrupted"))
		expect(SIGUSR1);
	if (!strcmp(how, "killed"))
		expect(SIGKILL);
	return syscall(SYS_finit_module, fds[0], params, flags);
}

int main(int argc, char **argv)
{
	FILE *log;
	int error;

	need(argc > 3, "arguments");
	if (!strcmp(argv[1], "damage")) {
		need(argc > 4, "files");
		take(argv[3]);
		damage(argv[2], argc > 5 ? argv[5] : "");
		log = fopen(argv[4], "wb");
		if (!log || fwrite(data, 1, size, log) != size || fclose(log))
			fail(argv[4]);
		return 0;
	}
	log = fopen(argv[2], "a");
	if (!log)
		fail(argv[2]);
	/* A process that is killed does not come to say more than this. */
	if (!strcmp(argv[1], "killed")) {
		fprintf(log, "%s\t%d\t-\n", argv[3], getpid());
		fflush(log);
	}
	error = load(argv[1], argc > 4 ? argv[4] : NULL, argc > 5 ? argv[5] : "") ? errno : 0;
	fprintf(log, "%s\t%d\t%d\n", argv[3], getpid(), error);
	return fclose(log) ? 1 : 0;
}
