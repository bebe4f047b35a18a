// SPDX-License-Identifier: GPL-2.0
// No init function at all; exports one symbol.
#include <linux/module.h>

int kt_noinit_symbol(int x);

int kt_noinit_symbol(int x)
{
	return x + 1;
}
EXPORT_SYMBOL_GPL(kt_noinit_symbol);

MODULE_DESCRIPTION("has no init function");
MODULE_LICENSE("GPL");
