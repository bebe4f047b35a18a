// Where a module lies: a map to scale, and what may be done with it.

import { el, swatch, tableOf } from "./dom.js";
import { size } from "./format.js";

const KINDS = {
  text: "#0072b2",
  rodata: "#56b4e9",
  ro_after_init: "#93d0f2",
  data: "#009e73",
  init_text: "#d55e00",
  init_rodata: "#f0e442",
  init_data: "#e69f00",
};
const OTHER = "#8b95a5";

function verdict(memory) {
  const words = {
    holds: ["good", "nothing could be both written to and executed"],
    violated: ["bad", "something could be both written to and executed"],
    unknown: ["muted", "permissions could not be followed"],
  };
  const [kind, text] = words[memory.write_xor_execute] ?? ["muted", ""];
  return el("p", {}, el("span", { class: `badge ${kind}`, text: `W^X ${memory.write_xor_execute}` }), ` ${text}`);
}

/** A strip to scale, in order of address; what lies between regions is shown as a gap and not to scale. */
function strip(regions) {
  const pieces = [];
  let end = null;
  for (const region of regions) {
    const at = BigInt(region.address);
    if (end !== null && at > end) {
      pieces.push(el("span", { class: "gap", title: `${size(Number(at - end))} between` }));
    }
    end = at + BigInt(region.bytes);
    const title = `${region.kind} · ${size(region.bytes)} · ${region.permissions ?? "?"} · ${region.address}`;
    pieces.push(el("span", { title, style: { background: KINDS[region.kind] ?? OTHER, flexGrow: String(region.bytes), flexBasis: "3px" } }));
  }
  return el("div", { class: "strip", role: "img", "aria-label": "Memory in order of address; the table below says the same" }, ...pieces);
}

/** The memory map; nothing if none is known. */
export function memoryMap(memory) {
  if (memory.regions.length === 0) {
    return [];
  }
  const rows = memory.regions.map((region) => [
    el("code", { text: region.address }),
    el("span", {}, swatch(KINDS[region.kind] ?? OTHER), ` ${region.kind}`),
    size(region.bytes),
    el("code", { class: /w.*x/.test(region.permissions ?? "") ? "bad" : "", text: region.permissions ?? "?" }),
  ]);
  const facts = [`${size(memory.kept_bytes)} kept`, `${size(memory.freed_bytes)} freed after init`];
  if (memory.per_cpu) {
    facts.push(`${size(memory.per_cpu.bytes)} for each CPU`);
  }
  if (memory.in_area === false) {
    facts.push("outside of the kernel's area for modules");
  }
  const changes = memory.changes.length ? `${memory.changes.length} changes of permissions` : null;
  return [
    el("h3", { text: "Memory" }),
    strip(memory.regions),
    tableOf([["Address"], ["Kind"], ["Size", "number"], ["Final"]], rows, "Memory"),
    el("p", { class: "muted", text: [...facts, changes].filter(Boolean).join(" · ") }),
    verdict(memory),
  ];
}
