//! Every fact of a load against what tells the same elsewhere (`tests/guest/facts.sh`): sysfs, `/proc`,
//! kallsyms, the page tables, the loader's own clock, kmod's modinfo, and binutils' readelf.

#[path = "vm_facts/asked.rs"]
mod asked;
#[path = "vm_facts/failed.rs"]
mod failed;
#[path = "vm_facts/identity.rs"]
mod identity;
#[path = "vm_facts/image.rs"]
mod image;
#[path = "vm_facts/loader.rs"]
mod loader;
#[path = "vm_facts/log.rs"]
mod log;
#[path = "vm_facts/memory.rs"]
mod memory;
#[path = "vm_facts/symbols.rs"]
mod symbols;
#[path = "vm_facts/truth.rs"]
mod truth;

use asked::{firmware_is_told, notifiers_are_told, requests_tell_who_asked};
use failed::failed_loads_keep_what_they_had;
use identity::{identity_is_modinfos, registration_is_proc_modules, signatures_are_modinfos};
use image::{relocations_are_readelfs, sections_are_the_files, sections_are_where_sysfs_says};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Results, none_of};
use loader::{the_caller_is_the_loader, user_time_is_the_loaders};
use log::{
    setters_are_the_command_lines, the_log_is_the_kernels, the_logs_clock_keeps_its_distance,
};
use memory::{
    memory_is_what_proc_modules_says, permissions_are_the_page_tables, the_per_cpu_area_is_kallsyms,
};
use symbols::{exports_are_the_files, init_is_kallsyms, symbols_are_kallsyms};

per_kernel!(
    "facts",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        v6_18 = "6.18",
        newest = "newest",
    ],
    [
        sums_are_exact,
        sections_are_where_sysfs_says,
        sections_are_the_files,
        relocations_are_readelfs,
        memory_is_what_proc_modules_says,
        the_per_cpu_area_is_kallsyms,
        permissions_are_the_page_tables,
        symbols_are_kallsyms,
        exports_are_the_files,
        init_is_kallsyms,
        user_time_is_the_loaders,
        the_caller_is_the_loader,
        identity_is_modinfos,
        signatures_are_modinfos,
        registration_is_proc_modules,
        requests_tell_who_asked,
        firmware_is_told,
        notifiers_are_told,
        failed_loads_keep_what_they_had,
        the_log_is_the_kernels,
        the_logs_clock_keeps_its_distance,
        setters_are_the_command_lines,
    ]
);

fn sums_are_exact(results: &Results) {
    none_of(&results.output("facts.json").wrong());
}
