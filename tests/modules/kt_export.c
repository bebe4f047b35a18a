// SPDX-License-Identifier: GPL-2.0
// Exports the symbol that kt_user needs.
#include <linux/module.h>

int kt_exported(int x);

int kt_exported(int x)
{
	return x + 1;
}
EXPORT_SYMBOL_GPL(kt_exported);

static int __init kt_export_init(void)
{
	return 0;
}

static void __exit kt_export_exit(void)
{
}

module_init(kt_export_init);
module_exit(kt_export_exit);
MODULE_DESCRIPTION("exports a symbol");
MODULE_LICENSE("GPL");
