// SPDX-License-Identifier: GPL-2.0
// Init and exit do nothing: the smallest ordinary load.
#include <linux/module.h>

static int __init kt_nop_init(void)
{
	return 0;
}

static void __exit kt_nop_exit(void)
{
}

module_init(kt_nop_init);
module_exit(kt_nop_exit);
MODULE_DESCRIPTION("does nothing");
MODULE_LICENSE("GPL");
