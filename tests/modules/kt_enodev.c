// SPDX-License-Identifier: GPL-2.0
// Init returns -ENODEV: the load fails in its last step.
#include <linux/module.h>

static int __init kt_enodev_init(void)
{
	return -ENODEV;
}

module_init(kt_enodev_init);
MODULE_DESCRIPTION("init returns -ENODEV");
MODULE_LICENSE("GPL");
