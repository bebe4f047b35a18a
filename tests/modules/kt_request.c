// SPDX-License-Identifier: GPL-2.0
// Init asks the kernel to load the module that name= says, and waits for it.
#include <linux/kmod.h>
#include <linux/module.h>

static char *name = "dummy";
module_param(name, charp, 0444);

static int __init kt_request_init(void)
{
	int ret = request_module("%s", name);

	pr_info("kt_request: %s gave %d\n", name, ret);
	return 0;
}

static void __exit kt_request_exit(void)
{
}

module_init(kt_request_init);
module_exit(kt_request_exit);
MODULE_DESCRIPTION("loads another module from its init");
MODULE_LICENSE("GPL");
