// SPDX-License-Identifier: GPL-2.0
// Memory of every kind, exported symbols, and an init that waits, for at most 20 s, until go= is written.
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/percpu.h>

static bool wait;
module_param(wait, bool, 0444);
static bool go;
module_param(go, bool, 0644);
static bool in_init;
module_param(in_init, bool, 0444);
static bool hold;
module_param(hold, bool, 0444);

static DEFINE_PER_CPU(long, kt_facts_per_cpu);
static unsigned long kt_facts_late[600] __ro_after_init;
static const unsigned long kt_facts_table[600] = { 1, 2, 3 };
static unsigned long kt_facts_words[600] = { 1, 2, 3 };
static unsigned long kt_facts_begin[600] __initdata = { 1, 2, 3 };
static const unsigned long kt_facts_first[600] __initconst = { 1, 2, 3 };

long kt_facts_all(unsigned int n);
long kt_facts_gpl(unsigned int n);
long kt_facts_gpl_too(unsigned int n);

long kt_facts_all(unsigned int n)
{
	return kt_facts_table[n % 600] + kt_facts_words[n % 600] + kt_facts_late[n % 600];
}
EXPORT_SYMBOL(kt_facts_all);

long kt_facts_gpl(unsigned int n)
{
	return kt_facts_words[n % 600]++;
}
EXPORT_SYMBOL_GPL(kt_facts_gpl);

long kt_facts_gpl_too(unsigned int n)
{
	return raw_cpu_read(kt_facts_per_cpu) + n;
}
EXPORT_SYMBOL_GPL(kt_facts_gpl_too);

/* While it is set, the module holds a reference to itself; it is written to once the module is live. */
static int kt_facts_drop(const char *val, const struct kernel_param *kp)
{
	if (hold)
		module_put(THIS_MODULE);
	hold = false;
	return 0;
}

static const struct kernel_param_ops kt_facts_ops = {
	.set = kt_facts_drop,
};
module_param_cb(drop, &kt_facts_ops, NULL, 0200);

static int __init kt_facts_init(void)
{
	int n;

	for (n = 0; n < 600; n++)
		kt_facts_late[n] = kt_facts_begin[n] + kt_facts_first[n];
	raw_cpu_write(kt_facts_per_cpu, 1);
	if (hold)
		__module_get(THIS_MODULE);
	in_init = true;
	for (n = 0; wait && !READ_ONCE(go) && n < 1000; n++)
		msleep(20);
	in_init = false;
	return 0;
}

static void __exit kt_facts_exit(void)
{
}

module_init(kt_facts_init);
module_exit(kt_facts_exit);
MODULE_DESCRIPTION("memory of every kind, exported symbols, a slow init");
MODULE_VERSION("1.2.3");
MODULE_LICENSE("GPL v2");
