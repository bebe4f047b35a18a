// SPDX-License-Identifier: GPL-2.0
// A module notifier that spins while the module named target= is COMING or goes LIVE.
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

static char *target = "";
module_param(target, charp, 0444);
static unsigned int coming_ms;
module_param(coming_ms, uint, 0444);
static unsigned int live_ms;
module_param(live_ms, uint, 0444);

static noinline void kt_notify_spin(unsigned int ms)
{
	u64 end = ktime_get_ns() + (u64)ms * NSEC_PER_MSEC;

	while (ktime_get_ns() < end)
		cpu_relax();
}

static int kt_notify_call(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, target))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING)
		kt_notify_spin(coming_ms);
	else if (state == MODULE_STATE_LIVE)
		kt_notify_spin(live_ms);
	return NOTIFY_OK;
}

static struct notifier_block kt_notify_block = {
	.notifier_call = kt_notify_call,
};

static int __init kt_notify_init(void)
{
	return register_module_notifier(&kt_notify_block);
}

static void __exit kt_notify_exit(void)
{
	unregister_module_notifier(&kt_notify_block);
}

module_init(kt_notify_init);
module_exit(kt_notify_exit);
MODULE_DESCRIPTION("slows another module's load from a notifier");
MODULE_LICENSE("GPL");
