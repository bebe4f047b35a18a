// SPDX-License-Identifier: GPL-2.0
// Exports a symbol of a namespace, for kt_ns_user.
#include <linux/module.h>
#include <linux/version.h>

int kt_in_namespace(void);

int kt_in_namespace(void)
{
	return 0;
}
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
EXPORT_SYMBOL_NS_GPL(kt_in_namespace, KT_SPACE);
#else
EXPORT_SYMBOL_NS_GPL(kt_in_namespace, "KT_SPACE");
#endif

MODULE_DESCRIPTION("exports a symbol of a namespace");
MODULE_LICENSE("GPL");
