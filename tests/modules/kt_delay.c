// SPDX-License-Identifier: GPL-2.0
// Sleeps and spins, in milliseconds, where its parameters say: in init, in a setter, in async work.
#include <linux/async.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>

static unsigned int init_sleep;
module_param(init_sleep, uint, 0444);
static unsigned int init_spin;
module_param(init_spin, uint, 0444);
static unsigned int async_ms;
module_param(async_ms, uint, 0444);

/* Unlike msleep(), which rounds up to ticks of up to 10 ms, this keeps to the time it is given. */
static void kt_delay_sleep(unsigned int ms)
{
	usleep_range(ms * 1000, ms * 1000 + 50);
}

static noinline void kt_delay_spin(unsigned int ms)
{
	u64 end = ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;

	while (ktime_get_ns() < end)
		cpu_relax();
}

static int kt_delay_set(const char *val, const struct kernel_param *kp)
{
	unsigned int ms;
	int ret = kstrtouint(val, 0, &ms);

	if (!ret)
		kt_delay_spin(ms);
	return ret;
}

static const struct kernel_param_ops kt_delay_ops = {
	.set = kt_delay_set,
};
module_param_cb(setter_spin, &kt_delay_ops, NULL, 0200);

static void kt_delay_async(void *data, async_cookie_t cookie)
{
	kt_delay_sleep(async_ms);
}

static int __init kt_delay_init(void)
{
	if (async_ms)
		async_schedule(kt_delay_async, NULL);
	if (init_sleep)
		kt_delay_sleep(init_sleep);
	if (init_spin)
		kt_delay_spin(init_spin);
	return 0;
}

static void __exit kt_delay_exit(void)
{
	async_synchronize_full();
}

module_init(kt_delay_init);
module_exit(kt_delay_exit);
MODULE_DESCRIPTION("delays of chosen kinds and lengths");
MODULE_LICENSE("GPL");
