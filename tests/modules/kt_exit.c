// SPDX-License-Identifier: GPL-2.0
// Spins in its exit function, as many milliseconds as its parameter says.
#include <linux/ktime.h>
#include <linux/module.h>

static unsigned int exit_spin;
module_param(exit_spin, uint, 0444);

static int __init kt_exit_init(void)
{
	return 0;
}
module_init(kt_exit_init);

static void __exit kt_exit_exit(void)
{
	u64 end = ktime_get_ns() + (u64)exit_spin * NSEC_PER_MSEC;

	while (ktime_get_ns() < end)
		cpu_relax();
}
module_exit(kt_exit_exit);

MODULE_DESCRIPTION("spins in its exit function");
MODULE_LICENSE("GPL");
