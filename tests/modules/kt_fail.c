// SPDX-License-Identifier: GPL-2.0
// Init sleeps, in milliseconds, and returns what its parameters say.
#include <linux/delay.h>
#include <linux/module.h>

static unsigned int sleep;
module_param(sleep, uint, 0444);
static int status;
module_param(status, int, 0444);

static int __init kt_fail_init(void)
{
	if (sleep)
		msleep(sleep);
	return status;
}

static void __exit kt_fail_exit(void)
{
}

module_init(kt_fail_init);
module_exit(kt_fail_exit);
MODULE_DESCRIPTION("init returns what it is told to");
MODULE_LICENSE("GPL");
