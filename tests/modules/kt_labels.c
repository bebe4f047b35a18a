// SPDX-License-Identifier: GPL-2.0
// 30000 symbols in data: kt_label_0 to kt_label_29999.
#include <linux/module.h>

asm(".altmacro\n"
    ".macro kt_label n\n"
    "kt_label_\\n:\n"
    ".byte 1\n"
    ".endm\n"
    ".pushsection .data\n"
    ".set kt_number, 0\n"
    ".rept 30000\n"
    "kt_label %kt_number\n"
    ".set kt_number, kt_number + 1\n"
    ".endr\n"
    ".popsection\n"
    ".noaltmacro\n");

MODULE_DESCRIPTION("30000 symbols");
MODULE_LICENSE("GPL");
