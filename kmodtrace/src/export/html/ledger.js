// A load's ledger: its phases, adding up.

import { el, swatch } from "./dom.js";
import { duration, exact, share, visible } from "./format.js";

/** Values of a call in one line: `bytes 778 KiB`. */
function values(call) {
  const entries = Object.entries(call.values);
  return entries.map(([name, value]) => `${name} ${typeof value === "number" ? value.toLocaleString("en") : value}`).join(" · ");
}

function callRows(phase) {
  return phase.calls.map((call) => el("tr", { class: "calls", hidden: true },
    el("td", { colspan: 2, text: call.name, title: values(call) }),
    el("td", { class: "number", text: duration(call.offset_ns) }),
    el("td", { class: "number", text: call.duration_ns === null ? "" : duration(call.duration_ns) }),
    el("td", { text: values(call) })));
}

/** The table of phases; `colors` gives a phase's colour by its name. */
export function ledger(load, colors) {
  const longest = Math.max(...load.phases.map((phase) => phase.duration_ns), 1);
  const rows = [];
  const gap = (at, ns) => el("tr", { class: "muted" },
    el("td", { class: "name", text: "(no phase)" }), el("td", { class: "number", text: duration(at) }),
    el("td", { class: "number", title: exact(ns), text: duration(ns) }), el("td", { class: "number", text: share(ns, load.total_ns) }), el("td"));
  let at = 0;
  for (const phase of load.phases) {
    if (phase.offset_ns > at) {
      rows.push(gap(at, phase.offset_ns - at));
    }
    at = phase.offset_ns + phase.duration_ns;
    rows.push(...phaseRows(phase, load, longest, colors));
  }
  if (load.total_ns > at) {
    rows.push(gap(at, load.total_ns - at));
  }
  rows.push(el("tr", { class: "total" }, el("td", { text: "total" }), el("td"), el("td", { class: "number", id: "ledger-total", title: exact(load.total_ns), text: duration(load.total_ns) }), el("td"), el("td")));
  const titles = [["Phase"], ["At", "number"], ["Time", "number"], ["Share", "number"], [""]];
  const inferred = load.phases.filter((phase) => phase.bounds === "inferred").reduce((sum, phase) => sum + phase.duration_ns, 0);
  const note = inferred ? `~ inferred, ${share(inferred, load.total_ns)}: begins or ends between two probes. ` : "";
  const gaps = load.unattributed_ns ? `${duration(load.unattributed_ns)} are in no phase.` : "";
  return [
    el("table", { id: "ledger", "aria-label": "Ledger" },
      el("thead", {}, el("tr", {}, ...titles.map(([text, kind]) => el("th", { class: kind, scope: "col", text })))),
      el("tbody", {}, ...rows)),
    note || gaps ? el("p", { class: "muted", text: note + gaps }) : null,
  ];
}

function phaseRows(phase, load, longest, colors) {
  const inferred = phase.bounds === "inferred";
  const color = colors(phase.covers[0]);
  const calls = callRows({ calls: phase.calls ?? [] });
  const name = phase.name.replaceAll("+", "+\u200b");
  const toggle = (event) => {
    const open = event.currentTarget.getAttribute("aria-expanded") === "true";
    event.currentTarget.setAttribute("aria-expanded", String(!open));
    calls.forEach((row) => { row.hidden = open; });
  };
  const label = calls.length
    ? el("button", { class: "link", type: "button", "aria-expanded": "false", title: `${calls.length} calls`, onclick: toggle, text: `${name} ▸` })
    : name;
  const title = `${visible(phase.from)} → ${visible(phase.to)}${inferred ? " (inferred)" : " (measured)"}`;
  const row = el("tr", { class: inferred ? "inferred" : "", title },
    el("td", {}, swatch(color), " ", label),
    el("td", { class: "number", text: duration(phase.offset_ns) }),
    el("td", { class: "number", title: exact(phase.duration_ns), text: `${inferred ? "~" : ""}${duration(phase.duration_ns)}` }),
    el("td", { class: "number", text: share(phase.duration_ns, load.total_ns) }),
    el("td", { class: "bar" }, el("i", { style: { width: `${(100 * phase.duration_ns) / longest}%`, background: color } })));
  return [row, ...calls];
}
