// SPDX-License-Identifier: GPL-2.0
// Init writes to address 0: the loading task dies in the middle of its load.
#include <linux/module.h>

static int __init kt_oops_init(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	pr_info("kt_oops: about to fall\n");
	WRITE_ONCE(*nowhere, 1);
	return 0;
}

module_init(kt_oops_init);
MODULE_DESCRIPTION("init oopses");
MODULE_LICENSE("GPL");
