// What was traced, and its totals.

import { byId, el } from "./dom.js";
import { duration, exact, plural, stamp, visible } from "./format.js";

function tile(value, label, kind, title) {
  return el("div", { class: `tile ${kind ?? ""}`, title }, el("b", { text: value }), el("span", { text: label }));
}

function chips(run) {
  const { session } = run;
  if (!session) {
    return [];
  }
  const cpus = session.cpus ? `${plural(session.cpus, "CPU")}${session.cpu_model ? ` · ${session.cpu_model}` : ""}` : session.cpu_model;
  const hypervisor = { none: "no" }[session.hypervisor] ?? session.hypervisor;
  const when = Number(BigInt(session.realtime_ns) / 1000000n);
  return [
    ["machine", `${session.machine}${cpus ? ` · ${cpus}` : ""}`],
    ["governor", session.governor],
    ["virtualised", hypervisor],
    ["boot", session.boot_id],
    ["time", when > 0 ? new Date(when).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC") : null],
    ["kmodtrace", session.kmodtrace],
    ["command", session.command?.join(" ").replace(/\s+/g, " ")],
  ].filter(([, value]) => value);
}

function tiles(run) {
  const { summary } = run;
  const list = [];
  if (summary) {
    list.push(
      tile(summary.loads.toLocaleString("en"), summary.loads === 1 ? "load" : "loads"),
      tile(summary.failed.toLocaleString("en"), "failed", summary.failed ? "bad" : ""),
      tile(duration(summary.total_ns), "in loads", "", exact(summary.total_ns)),
      tile(duration(summary.unattributed_ns), "unattributed", "", exact(summary.unattributed_ns)),
      tile(duration(summary.inferred_ns), "inferred", "", exact(summary.inferred_ns)),
    );
    if (summary.lost?.loads) {
      const title = `${duration(summary.lost.waited_ns)} waited, for nothing`;
      list.push(tile(summary.lost.loads.toLocaleString("en"), "lost to others", "", title));
    }
    if (summary.unloads) {
      const failed = summary.failed_unloads ? `, ${summary.failed_unloads} failed` : "";
      list.push(tile(summary.unloads.toLocaleString("en"), `${summary.unloads === 1 ? "unload" : "unloads"}${failed}`, summary.failed_unloads ? "bad" : ""));
    }
  }
  const first = stamp(run.clock(run.start));
  list.push(tile(duration(run.end - run.start), `from ${first}`, "", exact(run.end - run.start)));
  return list;
}

/** What a reader must know before believing the rest. */
function warnings(run) {
  const { summary, session } = run;
  const list = [];
  if (!summary) {
    list.push("This page is not whole: it ends before its summary.");
  } else {
    const { losses } = summary;
    if (losses.segments || losses.records || losses.untracked_loads) {
      list.push(`Lost: ${plural(losses.segments, "part")} of loads, ${plural(losses.records, "other record")}; ${plural(losses.untracked_loads, "load")} not followed.`);
    }
    if (losses.sent > losses.received) {
      list.push(`${plural(losses.sent - losses.received, "record")} never came in.`);
    }
    if (summary.incomplete) {
      list.push(`${plural(summary.incomplete, "load is", "loads are")} incomplete: what is shown is right, but not all.`);
    }
    if (summary.anomalies) {
      list.push(`${plural(summary.anomalies, "event")} fitted nowhere.`);
    }
    if (summary.passed_over) {
      list.push(`${plural(summary.passed_over, "load was", "loads were")} seen and left out by a filter.`);
    }
    for (const load of summary.in_flight) {
      list.push(`${visible(load.module ?? load.file ?? "A load")} by ${visible(load.comm)}[${load.pid}] had not ended${load.phase ? `; it was in ${load.phase}` : ""}.`);
    }
  }
  if (new Set(run.sessions.map((one) => one.boot_id)).size > 1) {
    list.push("Of several boots: their clocks have nothing to do with each other. The machine above is that of the first one.");
  }
  if (session?.redacted) {
    list.push("Redacted: addresses are not the kernel's.");
  }
  return list;
}

/** Fills in the page's head. */
export function header(run) {
  byId("release").textContent = visible(run.session?.release ?? "");
  document.title = `kmodtrace ${visible(run.session?.release ?? "")}`;
  byId("chips").replaceChildren(...chips(run).map(([name, value]) => el("div", { class: name === "command" ? "command" : null }, el("dt", { text: name }), el("dd", { text: visible(value), title: visible(value) }))));
  byId("tiles").replaceChildren(...tiles(run));
  byId("warnings").replaceChildren(...warnings(run).map((text) => el("p", { text: `⚠ ${text}` })));
}
