// SPDX-License-Identifier: GPL-2.0
// Its init function does not return before something else than 0 is written to its parameter.
#include <linux/delay.h>
#include <linux/module.h>

static unsigned int done;
module_param(done, uint, 0644);

static int __init kt_hang_init(void)
{
	while (!READ_ONCE(done))
		msleep(20);
	return 0;
}

static void __exit kt_hang_exit(void)
{
}

module_init(kt_hang_init);
module_exit(kt_hang_exit);
MODULE_DESCRIPTION("hangs in its init function");
MODULE_LICENSE("GPL");
