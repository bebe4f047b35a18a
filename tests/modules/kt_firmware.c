// SPDX-License-Identifier: GPL-2.0
// Init asks for the firmware files there= and missing=, and logs what it got and when, ns.
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/ktime.h>
#include <linux/module.h>

static char *there = "kt-there.bin";
module_param(there, charp, 0444);
static char *missing = "kt-missing.bin";
module_param(missing, charp, 0444);

static void kt_firmware_ask(struct device *dev, const char *name)
{
	const struct firmware *fw = NULL;
	u64 begin = ktime_get_ns();
	int ret = request_firmware(&fw, name, dev);

	pr_info("kt_firmware: %s %d %llu %llu\n", name, ret, begin, ktime_get_ns());
	release_firmware(fw);
}

static int __init kt_firmware_init(void)
{
	struct device *dev = root_device_register("kt_firmware");

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	kt_firmware_ask(dev, there);
	kt_firmware_ask(dev, missing);
	root_device_unregister(dev);
	return 0;
}

static void __exit kt_firmware_exit(void)
{
}

module_init(kt_firmware_init);
module_exit(kt_firmware_exit);
MODULE_DESCRIPTION("asks for firmware files");
MODULE_LICENSE("GPL");
