/* SPDX-License-Identifier: GPL-2.0 */
/* Body of the modules kt_c00 … kt_c24: xtask writes a .c file with KT_ID for each. */
#include <linux/module.h>

static int id = KT_ID;
module_param(id, int, 0444);

static char kt_c_data[4096 + 1024 * KT_ID] = { 1 };

static int __init kt_c_init(void)
{
	OPTIMIZER_HIDE_VAR(kt_c_data[KT_ID]);
	pr_info("kt_c%02d: id=%d\n", KT_ID, id);
	return 0;
}

static void __exit kt_c_exit(void)
{
}

module_init(kt_c_init);
module_exit(kt_c_exit);
MODULE_DESCRIPTION("one of 25 modules of different sizes");
MODULE_LICENSE("GPL");
