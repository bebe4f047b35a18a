// SPDX-License-Identifier: GPL-2.0
// Needs all 2000 symbols of kt_symprov.
#include <linux/module.h>
#include "kt_repeat.h"

#define KT_DECLARE(n) int kt_sym_##n(int x);
#define KT_CALL(n) sum = kt_sym_##n(sum);

KT_1000(KT_DECLARE, 1)
KT_1000(KT_DECLARE, 2)

static int __init kt_syms_many_init(void)
{
	int sum = 0;

	KT_1000(KT_CALL, 1)
	KT_1000(KT_CALL, 2)
	return sum ? 0 : -EINVAL;
}

static void __exit kt_syms_many_exit(void)
{
}

module_init(kt_syms_many_init);
module_exit(kt_syms_many_exit);
MODULE_DESCRIPTION("imports 2000 symbols");
MODULE_LICENSE("GPL");
