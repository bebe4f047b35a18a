// SPDX-License-Identifier: GPL-2.0
// Exports 2000 functions, kt_sym_1000 to kt_sym_2999.
#include <linux/module.h>
#include "kt_repeat.h"

#define KT_EXPORT(n) \
	int kt_sym_##n(int x); \
	int kt_sym_##n(int x) { return x + n; } \
	EXPORT_SYMBOL_GPL(kt_sym_##n);

KT_1000(KT_EXPORT, 1)
KT_1000(KT_EXPORT, 2)

MODULE_DESCRIPTION("exports 2000 functions");
MODULE_LICENSE("GPL");
