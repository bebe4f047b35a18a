// SPDX-License-Identifier: GPL-2.0
// 120 sections with a relocation each: more marks than one record holds. Its init sleeps as long as it is told.
#include <linux/delay.h>
#include <linux/module.h>

static unsigned int init_sleep;
module_param(init_sleep, uint, 0444);

int kt_sections_target(int x);

noinline int kt_sections_target(int x)
{
	return x + 1;
}

asm(".altmacro\n"
    ".macro kt_section n\n"
    ".pushsection kt_section_\\n, \"aw\"\n"
    ".balign 4\n"
    ".long kt_sections_target - .\n"
    ".popsection\n"
    ".endm\n"
    ".set kt_n, 0\n"
    ".rept 120\n"
    "kt_section %kt_n\n"
    ".set kt_n, kt_n + 1\n"
    ".endr\n"
    ".noaltmacro\n");

static int __init kt_sections_init(void)
{
	msleep(init_sleep);
	return 0;
}

static void __exit kt_sections_exit(void)
{
}

module_init(kt_sections_init);
module_exit(kt_sections_exit);
MODULE_DESCRIPTION("120 sections with a relocation each");
MODULE_LICENSE("GPL");
