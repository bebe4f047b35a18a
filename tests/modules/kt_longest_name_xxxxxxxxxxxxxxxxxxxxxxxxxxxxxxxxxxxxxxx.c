// SPDX-License-Identifier: GPL-2.0
// The longest name that a module can have on a 64-bit kernel: MODULE_NAME_LEN - 1.
#include <linux/module.h>

MODULE_DESCRIPTION("has a name of 55 characters");
MODULE_LICENSE("GPL");
