// SPDX-License-Identifier: GPL-2.0
// Patches the function behind /proc/cmdline.
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int kt_cmdline_show(struct seq_file *m, void *v)
{
	seq_puts(m, "kt_livepatch was here\n");
	return 0;
}

static struct klp_func kt_funcs[] = {
	{ .old_name = "cmdline_proc_show", .new_func = kt_cmdline_show },
	{ }
};

static struct klp_object kt_objects[] = {
	{ .funcs = kt_funcs },
	{ }
};

static struct klp_patch kt_patch = {
	.mod = THIS_MODULE,
	.objs = kt_objects,
};

static int __init kt_livepatch_init(void)
{
	return klp_enable_patch(&kt_patch);
}

static void __exit kt_livepatch_exit(void)
{
}

module_init(kt_livepatch_init);
module_exit(kt_livepatch_exit);
MODULE_DESCRIPTION("patches the function behind /proc/cmdline");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
