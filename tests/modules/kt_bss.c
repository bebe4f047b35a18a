// SPDX-License-Identifier: GPL-2.0
// 8 MiB of .bss: much memory, a small file (kt_nop is its twin without).
#include <linux/module.h>

static char kt_bss_area[8 << 20];

static int __init kt_bss_init(void)
{
	kt_bss_area[12345] = 1;
	OPTIMIZER_HIDE_VAR(kt_bss_area[12345]);
	return 0;
}

static void __exit kt_bss_exit(void)
{
}

module_init(kt_bss_init);
module_exit(kt_bss_exit);
MODULE_DESCRIPTION("8 MiB of .bss");
MODULE_LICENSE("GPL");
