// SPDX-License-Identifier: GPL-2.0
// 3000 functions that ftrace can trace, kt_fn_1000 to kt_fn_3999.
#include <linux/module.h>
#include "kt_repeat.h"

#define KT_FUNCTION(n) \
	int kt_fn_##n(int x); \
	noinline int kt_fn_##n(int x) { return x * 3 + n; }

KT_1000(KT_FUNCTION, 1)
KT_1000(KT_FUNCTION, 2)
KT_1000(KT_FUNCTION, 3)

static int __init kt_funcs_init(void)
{
	return 0;
}

static void __exit kt_funcs_exit(void)
{
}

module_init(kt_funcs_init);
module_exit(kt_funcs_exit);
MODULE_DESCRIPTION("3000 traceable functions");
MODULE_LICENSE("GPL");
