// SPDX-License-Identifier: GPL-2.0
// 40000 relocations in loaded data: a table of 32-bit distances to one function, so that the memory
// and the file grow little next to the work of relocation.
#include <linux/module.h>

int kt_relocs_target(int x);
extern s32 kt_relocs_table[40000];

noinline int kt_relocs_target(int x)
{
	return x + 1;
}

asm(".pushsection .data\n"
    ".balign 4\n"
    ".globl kt_relocs_table\n"
    ".type kt_relocs_table, @object\n"
    ".size kt_relocs_table, 160000\n"
    "kt_relocs_table:\n"
    ".rept 40000\n"
    ".long kt_relocs_target - .\n"
    ".endr\n"
    ".popsection\n");

static int __init kt_relocs_init(void)
{
	s32 *entry = &kt_relocs_table[39999];

	OPTIMIZER_HIDE_VAR(entry);
	return (unsigned long)entry + *entry == (unsigned long)kt_relocs_target ? 0 : -EINVAL;
}

static void __exit kt_relocs_exit(void)
{
	WRITE_ONCE(kt_relocs_table[0], 0);
}

module_init(kt_relocs_init);
module_exit(kt_relocs_exit);
MODULE_DESCRIPTION("40000 relocations in loaded data");
MODULE_LICENSE("GPL");
