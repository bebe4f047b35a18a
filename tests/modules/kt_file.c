// SPDX-License-Identifier: GPL-2.0
// A file of 6 MiB, nearly all of it a section that is read but not kept in memory.
#include <linux/module.h>

asm(".pushsection .kt_pad, \"\", @progbits\n"
    ".fill 6291456, 1, 0x5a\n"
    ".popsection\n");

static int __init kt_file_init(void)
{
	return 0;
}

static void __exit kt_file_exit(void)
{
}

module_init(kt_file_init);
module_exit(kt_file_exit);
MODULE_DESCRIPTION("a large file, little memory");
MODULE_LICENSE("GPL");
