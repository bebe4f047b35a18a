// SPDX-License-Identifier: GPL-2.0
// Needs kt_export; an unknown symbol without it.
#include <linux/module.h>

int kt_exported(int x);

static int __init kt_user_init(void)
{
	return kt_exported(1) == 2 ? 0 : -EINVAL;
}

static void __exit kt_user_exit(void)
{
}

module_init(kt_user_init);
module_exit(kt_user_exit);
MODULE_DESCRIPTION("imports a symbol of kt_export");
MODULE_LICENSE("GPL");
