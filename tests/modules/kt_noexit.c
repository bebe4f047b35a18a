// SPDX-License-Identifier: GPL-2.0
// Has no exit function: it cannot be unloaded.
#include <linux/module.h>

static int __init kt_noexit_init(void)
{
	return 0;
}
module_init(kt_noexit_init);

MODULE_DESCRIPTION("cannot be unloaded");
MODULE_LICENSE("GPL");
