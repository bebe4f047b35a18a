// SPDX-License-Identifier: GPL-2.0
// An int, a string and an array as parameters.
#include <linux/module.h>

static int num = 1;
module_param(num, int, 0444);
static char *str = "none";
module_param(str, charp, 0444);
static int arr[8];
static int arr_len;
module_param_array(arr, int, &arr_len, 0444);

static int __init kt_params_init(void)
{
	pr_info("kt_params: num=%d str=%s arr_len=%d\n", num, str, arr_len);
	return 0;
}

static void __exit kt_params_exit(void)
{
}

module_init(kt_params_init);
module_exit(kt_params_exit);
MODULE_DESCRIPTION("takes parameters");
MODULE_LICENSE("GPL");
