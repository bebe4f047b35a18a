// SPDX-License-Identifier: GPL-2.0
// Needs the symbol of kt_ns, and imports its namespace: the tests take that away.
#include <linux/module.h>

int kt_in_namespace(void);

static int __init kt_ns_user_init(void)
{
	return kt_in_namespace();
}

static void __exit kt_ns_user_exit(void)
{
}

module_init(kt_ns_user_init);
module_exit(kt_ns_user_exit);
MODULE_DESCRIPTION("imports a symbol of a namespace");
MODULE_LICENSE("GPL");
/* As MODULE_IMPORT_NS() has it, which takes another kind of argument since Linux 6.13. */
MODULE_INFO(import_ns, "KT_SPACE");
