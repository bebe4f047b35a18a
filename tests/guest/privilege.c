/*
 * privilege UID CAP[,CAP…] COMMAND…: runs COMMAND as user UID with these capabilities and no other, `-` for none.
 * They are the bounding set too, so that user 0 does not get the rest back.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	int number;
} known[] = {
	{ "dac_override", CAP_DAC_OVERRIDE },
	{ "dac_read_search", CAP_DAC_READ_SEARCH },
	{ "kill", CAP_KILL },
	{ "sys_ptrace", CAP_SYS_PTRACE },
	{ "sys_admin", CAP_SYS_ADMIN },
	{ "sys_resource", CAP_SYS_RESOURCE },
	{ "syslog", CAP_SYSLOG },
	{ "perfmon", 38 },
	{ "bpf", 39 },
};

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

static unsigned long long set(char *words)
{
	unsigned long long set = 0;

	for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
		size_t n = 0;

		if (!strcmp(word, "-"))
			continue;
		while (n < sizeof(known) / sizeof(*known) && strcmp(known[n].name, word))
			n++;
		if (n == sizeof(known) / sizeof(*known)) {
			fprintf(stderr, "%s is no capability that is known here\n", word);
			exit(125);
		}
		set |= 1ULL << known[n].number;
	}
	return set;
}

int main(int count, char **words)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	unsigned long long caps;
	int uid;

	if (count < 4)
		return 125;
	uid = atoi(words[1]);
	caps = set(words[2]);
	for (int bit = 0; bit < 64; bit++)
		if (!(caps >> bit & 1))
			prctl(PR_CAPBSET_DROP, bit, 0, 0, 0);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		fail("PR_SET_KEEPCAPS");
	if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		fail("setresuid");
	for (int n = 0; n < 2; n++) {
		data[n].effective = data[n].permitted = data[n].inheritable = caps >> (32 * n);
	}
	if (syscall(SYS_capset, &header, data))
		fail("capset");
	for (int bit = 0; bit < 64; bit++)
		if (caps >> bit & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0))
			fail("PR_CAP_AMBIENT_RAISE");
	execvp(words[3], words + 3);
	fail(words[3]);
}
