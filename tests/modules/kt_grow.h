/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Body of the modules kt_grow_*, each of which does much of one thing: KT_GROW percent more of it than its twin
 * that grows by 0. xtask writes a .c file for each kind (KT_GROW_RELOCS and so on) and each KT_GROW, and gives all
 * twins of a kind the same name. What else would grow along, above all the size of the file, is made up for.
 */
#include <linux/module.h>
#include <linux/stringify.h>
#include "kt_repeat.h"

/* BASE and KT_GROW percent of it, for the assembler, which has no fractions: BASE is a multiple of 100. */
#define KT_GROWN(base) base + base / 100 * KT_GROW
/* What is missing to 110 percent. */
#define KT_REST(base) base / 100 * (10 - KT_GROW)

/* F(n) for 100 numbers n, and one for each percent. */
#define KT_ALSO_0(F)
#define KT_ALSO_1(F) F(2000)
#define KT_ALSO_5(F) F(2000) F(2001) F(2002) F(2003) F(2004)
#define KT_100_GROWN(F) KT_100(F, 10) __PASTE(KT_ALSO_, KT_GROW)(F)

static int __init kt_grow_init(void);

/*
 * As much work as it is told, in steps that are counted. It is in every kind: where all functions that ftrace can
 * trace are freed after init, the load waits for RCU, and so to the next tick, however long the rest took.
 */
static noinline __used void kt_grow_work(unsigned long steps)
{
	unsigned long n;

	for (n = 0; n < steps; n++)
		barrier();
}

#if defined(KT_GROW_RELOCS)
/* 50000 relocations in loaded data; a table of as many entries whatever KT_GROW, and a file as long. */
int kt_grow_target(int x);
extern s32 kt_grow_table[55000];
noinline int kt_grow_target(int x)
{
	return x + 1;
}
asm(".pushsection .data\n"
    ".balign 4\n"
    ".globl kt_grow_table\n"
    ".type kt_grow_table, @object\n"
    ".size kt_grow_table, 220000\n"
    "kt_grow_table:\n"
    ".rept " __stringify(KT_GROWN(50000)) "\n"
    ".long kt_grow_target - .\n"
    ".endr\n"
    ".rept " __stringify(KT_REST(50000)) "\n"
    ".long 0\n"
    ".endr\n"
    ".popsection\n"
    ".pushsection .kt_pad, \"\", @progbits\n"
    ".fill 24 * (" __stringify(KT_REST(50000)) "), 1, 0x5a\n"
    ".popsection\n");
static int __init kt_grow_init(void)
{
	s32 *entry = &kt_grow_table[0];

	OPTIMIZER_HIDE_VAR(entry);
	return (unsigned long)entry + *entry == (unsigned long)kt_grow_target ? 0 : -EINVAL;
}

#elif defined(KT_GROW_INIT)
/* Two million steps in init. */
static int __init kt_grow_init(void)
{
	kt_grow_work(KT_GROWN(2000000));
	return 0;
}

#elif defined(KT_GROW_PARAMS)
/* Two million steps while its parameter is set. */
static int kt_grow_set(const char *val, const struct kernel_param *kp)
{
	kt_grow_work(KT_GROWN(2000000));
	return 0;
}
static const struct kernel_param_ops kt_grow_ops = {
	.set = kt_grow_set,
};
module_param_cb(work, &kt_grow_ops, NULL, 0200);
static int __init kt_grow_init(void)
{
	return 0;
}

#elif defined(KT_GROW_DATA)
/* 1000000 bytes of data; the less .bss and the less of the file that is not kept. */
asm(".pushsection .data\n"
    ".globl kt_grow_data\n"
    "kt_grow_data:\n"
    ".fill " __stringify(KT_GROWN(1000000)) ", 1, 0x5a\n"
    ".popsection\n"
    ".pushsection .bss\n"
    ".fill " __stringify(KT_REST(1000000)) ", 1, 0\n"
    ".popsection\n"
    ".pushsection .kt_pad, \"\", @progbits\n"
    ".fill " __stringify(KT_REST(1000000)) ", 1, 0x5a\n"
    ".popsection\n");
static int __init kt_grow_init(void)
{
	return 0;
}

#elif defined(KT_GROW_FILE)
/* 1000000 bytes of the file that are read and not kept. */
asm(".pushsection .kt_pad, \"\", @progbits\n"
    ".fill " __stringify(KT_GROWN(1000000)) ", 1, 0x5a\n"
    ".popsection\n");
static int __init kt_grow_init(void)
{
	return 0;
}

#elif defined(KT_GROW_SYMBOLS)
/* 100 symbols of kt_symprov. */
#define KT_NEED(n) ".long kt_sym_" #n " - .\n"
asm(".pushsection .data\n"
    ".balign 4\n"
    KT_100_GROWN(KT_NEED)
    ".popsection\n");
static int __init kt_grow_init(void)
{
	return 0;
}

#elif defined(KT_GROW_SYSFS)
/* 100 parameters, each a file in sysfs. */
#define KT_PARAMETER(n) \
	static int kt_grow_p##n; \
	module_param_named(p##n, kt_grow_p##n, int, 0444);
KT_100_GROWN(KT_PARAMETER)
static int __init kt_grow_init(void)
{
	return 0;
}

#elif defined(KT_GROW_FUNCS)
/* 100 functions that ftrace can trace. */
#define KT_FUNCTION(n) \
	int kt_grow_fn_##n(int x); \
	noinline int kt_grow_fn_##n(int x) { return x * 3 + n; }
KT_100_GROWN(KT_FUNCTION)
static int __init kt_grow_init(void)
{
	return 0;
}
#endif

static void __exit kt_grow_exit(void)
{
}

module_init(kt_grow_init);
module_exit(kt_grow_exit);
MODULE_DESCRIPTION("much of one thing, or some percent more");
MODULE_LICENSE("GPL");
