// SPDX-License-Identifier: GPL-2.0
// Exports the symbol that kt_user needs; sleeps in init, in milliseconds, as its parameter says.
#include <linux/delay.h>
#include <linux/module.h>

static unsigned int init_sleep;
module_param(init_sleep, uint, 0444);

int kt_exported(int x);

int kt_exported(int x)
{
	return x + 1;
}
EXPORT_SYMBOL_GPL(kt_exported);

static int __init kt_export_init(void)
{
	if (init_sleep)
		msleep(init_sleep);
	return 0;
}

static void __exit kt_export_exit(void)
{
}

module_init(kt_export_init);
module_exit(kt_export_exit);
MODULE_DESCRIPTION("exports a symbol, after a while if asked to");
MODULE_LICENSE("GPL");
