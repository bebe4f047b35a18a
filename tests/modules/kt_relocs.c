// SPDX-License-Identifier: GPL-2.0
// 40000 relocations in loaded data: a table of pointers to one function.
#include <linux/module.h>

static noinline int kt_relocs_target(int x)
{
	return x + 1;
}

static int (*kt_relocs_table[40000])(int) = {
	[0 ... 39999] = kt_relocs_target,
};

static int __init kt_relocs_init(void)
{
	int i = 39999;

	OPTIMIZER_HIDE_VAR(i);
	return kt_relocs_table[i] == kt_relocs_target ? 0 : -EINVAL;
}

static void __exit kt_relocs_exit(void)
{
	WRITE_ONCE(kt_relocs_table[0], NULL);
}

module_init(kt_relocs_init);
module_exit(kt_relocs_exit);
MODULE_DESCRIPTION("40000 relocations in loaded data");
MODULE_LICENSE("GPL");
