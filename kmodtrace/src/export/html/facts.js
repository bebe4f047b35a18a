// What is known of a load besides its ledger.

import { el, factList, tableOf } from "./dom.js";
import { duration, plural, size, stamp, visible } from "./format.js";

const shown = (value) => (value === null || value === undefined ? null : visible(value));

/** Why it failed, as `kmodtrace` explains it. */
export function failureCard(load) {
  const { result } = load;
  if (result.errno === 0) {
    return null;
  }
  const number = result.errno === null ? "" : ` (${result.errno})`;
  const why = result.explanation;
  return el("section", { class: "card", id: "failure" },
    el("h3", { text: `${result.name}${number}${result.phase ? ` in ${result.phase}` : ""}` }),
    why ? el("p", { text: visible(why.meaning) }) : null,
    why?.culprits.length ? el("p", {}, "To blame: ", ...why.culprits.flatMap((name) => [el("code", { text: visible(name) }), " "])) : null,
    why?.providers.length ? el("p", { text: `Provided by: ${why.providers.map((one) => `${visible(one.module)} (${visible(one.symbol)})`).join(", ")}` }) : null,
    why ? el("p", {}, el("b", { text: "Next: " }), visible(why.next)) : null,
    why?.unseen ? el("p", { class: "muted", text: `No probe sees into ${visible(why.unseen)} on this kernel.` }) : null,
    why && !why.certain ? el("p", { class: "muted", text: "Read from the error number alone." }) : null);
}

function caller(load) {
  const { caller: who } = load;
  const user = who.user;
  const request = who.request;
  return [
    ["asked by", `${visible(load.comm)}[${load.pid}]${load.parent_pid === null ? "" : ` · parent ${load.parent_pid}`}${load.descendant ? " · started by kmodtrace" : ""}`],
    ["command", who.command_line ? el("code", { text: visible(who.command_line.join(" ")) + (who.command_line_truncated ? " …" : "") }) : null],
    ["request", request ? `${visible(request.name)} by ${visible(request.comm)}[${request.pid}]${request.wait ? ", which waits" : ""}` : null],
    ["user, group", who.uid === null ? null : `${who.uid}, ${who.gid}`],
    ["cgroup", shown(who.cgroup_path)],
    ["user space", user ? `${duration(user.before_ns)} before, since ${user.since === "exec" ? "it began" : "its load before"}` : null],
  ];
}

function file(load) {
  const { file_facts: of, file_bytes: bytes, image_bytes: image } = load;
  const flags = load.flag_names?.length ? ` · ${load.flag_names.join(" ")}` : "";
  const sizes = [bytes === null ? null : size(bytes), image !== null && image !== bytes ? `image ${size(image)}` : null];
  return [
    ["call", load.syscall ? `${load.syscall}${load.fd === null ? "" : `(fd ${load.fd})`}${flags}` : null],
    ["file", shown(of.path ?? load.file)],
    ["size", sizes.filter(Boolean).join(" · ")],
    ["inode", of.inode === null ? null : `${of.inode} on ${of.device ?? "?"}${of.cached_pages === null ? "" : ` · ${plural(of.cached_pages, "page")} cached`}`],
    ["parameters", load.params ? el("code", { text: visible(load.params) + (load.params_truncated ? " …" : "") }) : null],
  ];
}

function identity(load) {
  const { identity: who, signature, registration, exports: exported, init } = load;
  const signed = signature && [
    signature.present ? "signed" : "not signed",
    signature.accepted === null ? null : signature.accepted ? "accepted" : "not accepted",
    signature.signer && visible(signature.signer),
    signature.hash,
  ].filter(Boolean).join(" · ");
  return [
    ["version", shown(who.version)],
    ["srcversion", shown(who.srcversion)],
    ["build id", who.build_id],
    ["vermagic", shown(who.vermagic)],
    ["licence", shown(who.license)],
    ["depends on", who.depends?.length ? who.depends.map(visible).join(", ") : null],
    ["taints", who.taints?.length ? el("span", { class: "warn", text: who.taints.join(", ") }) : null],
    ["signature", signed],
    ["exports", exported ? plural(exported.all, "symbol") + (exported.gpl ? `, ${exported.gpl} of them for GPL modules` : "") : null],
    ["init", init ? `${init.symbol ? `${visible(init.symbol)} at ` : ""}${init.address}${init.name ? ` returned ${init.status} ${init.name}` : ""}` : null],
    ["state", registration?.state ? `${registration.state}${registration.references ? ` · ${plural(registration.references, "reference")}` : ""}${registration.uses.length ? ` · uses ${registration.uses.map(visible).join(", ")}` : ""}` : null],
  ];
}

/** Who asked, for which file, and what the module says of itself. */
export function facts(load) {
  const cpus = load.cpu_start === load.cpu_end ? String(load.cpu_start) : `${load.cpu_start} → ${load.cpu_end}`;
  return [el("h3", { text: "Facts" }), factList([...caller(load), ["CPU", cpus], ...file(load), ...identity(load)])];
}

/** What is known of an unload. */
export function unloadFacts(unload) {
  const held = unload.held_by;
  const holders = held && [held.references === null ? null : plural(held.references, "reference"), ...held.used_by.map(visible)].filter(Boolean).join(", ");
  return [el("h3", { text: "Facts" }), factList([
    ...caller(unload),
    ["flags", unload.flags ? `0x${unload.flags.toString(16)}` : null],
    ["freed", unload.freed_bytes ? size(unload.freed_bytes) : null],
    ["held by", holders],
  ])];
}

/** Lines of the kernel's log. */
export function log(load) {
  if (load.log.length === 0) {
    return [];
  }
  const lines = load.log.map((line) => el("li", { class: ["emerg", "alert", "crit", "err"].includes(line.level) ? "bad" : null, title: line.level }, el("time", { text: `+${duration(line.offset_ns)}` }), `${line.probable ? "(probably) " : ""}${visible(line.text)}`));
  return [el("h3", { text: "Kernel log" }), el("ul", { class: "log" }, ...lines)];
}

function folded(title, ...content) {
  return el("details", {}, el("summary", { text: title }), el("div", { class: "scroll" }, ...content));
}

/** Long lists, folded: sections, relocations, symbols, firmware, changes of permissions. */
export function lists(load) {
  const result = [];
  const sections = load.sections ?? [];
  if (sections.length) {
    const rows = sections.map((section) => [String(section.index), visible(section.name), size(section.bytes), el("code", { text: section.address ?? "-" })]);
    result.push(folded(`Sections (${sections.length})`, tableOf([["#", "number"], ["Name"], ["Size", "number"], ["Address"]], rows, "Sections")));
  }
  if (load.relocations?.length) {
    const rows = load.relocations.map((one) => [visible(one.target ?? one.name ?? `#${one.section}`), one.entries === null ? "" : one.entries.toLocaleString("en"), `+${duration(one.offset_ns)}`, one.duration_ns === null ? "" : duration(one.duration_ns)]);
    result.push(folded(`Relocations (${rows.length} sections)`, tableOf([["Of"], ["Entries", "number"], ["At", "number"], ["Time", "number"]], rows, "Relocations")));
  }
  if (load.param_setters?.length) {
    const rows = load.param_setters.map((one) => [visible(one.name), one.result, `+${duration(one.offset_ns)}`, duration(one.duration_ns)]);
    result.push(folded(`Parameters that were set (${rows.length})`, tableOf([["Name"], ["Result"], ["At", "number"], ["Time", "number"]], rows, "Parameters that were set")));
  }
  result.push(...symbols(load.symbols));
  if (load.firmware?.length) {
    const rows = load.firmware.map((one) => [visible(one.name), one.result, duration(one.duration_ns)]);
    result.push(folded(`Firmware (${rows.length})`, tableOf([["File"], ["Result"], ["Time", "number"]], rows, "Firmware")));
  }
  const changes = load.memory.changes;
  if (changes.length) {
    const rows = changes.map((one) => [`+${duration(one.offset_ns)}`, one.call, el("code", { text: one.address }), String(one.pages), one.sections.map(visible).join(" ")]);
    result.push(folded(`Changes of permissions (${rows.length})`, tableOf([["At", "number"], ["Call"], ["Address"], ["Pages", "number"], ["Sections"]], rows, "Changes of permissions")));
  }
  return result;
}

function symbols(of) {
  if (!of?.count) {
    return [];
  }
  const longest = of.longest ? `; the longest was ${visible(of.longest)}, ${duration(of.longest_ns)}` : "";
  const said = el("p", { text: `${plural(of.count, "look-up")} in ${duration(of.total_ns)}${longest}.` });
  const rows = of.list?.map((one) => [visible(one.name), visible(one.owner ?? ""), one.found ? (one.address ?? "found") : el("span", { class: "bad", text: "not found" }), duration(one.duration_ns)]);
  const table = rows && tableOf([["Name"], ["Owner"], ["Address"], ["Time", "number"]], rows, "Symbols");
  return [folded(`Symbols (${of.count})`, said, table)];
}

/** What became known after a load was told. */
export function later(updates, clock, load) {
  return updates.map((update) => {
    if (update.kind === "free_init") {
      const after = Number(BigInt(update.time_ns) - clock) - load.total_ns;
      return `Its init memory was freed ${duration(Math.max(after, 0))} after the load, at ${stamp(BigInt(update.time_ns))}.`;
    }
    if (update.kind === "user_after") {
      return `Its process spent ${duration(update.after_ns)} in user space until its ${update.until === "exit" ? "end" : "next load"}.`;
    }
    return null;
  }).filter(Boolean);
}
