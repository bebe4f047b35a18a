// The run as a whole: time by phase, what failed, what took longest.

import { byId, el, swatch } from "./dom.js";
import { firstOf } from "./data.js";
import { duration, exact, plural, share, visible } from "./format.js";

/** Sums as the summary has them: children are part of their parents, a span counts for its first phase. */
export function sums(run, loads) {
  const durations = new Map();
  let [total, gaps] = [0, 0];
  for (const load of loads) {
    // `parent`, not `parentLoad`: a filter may have left the parent out.
    if (load.unload || load.parent) {
      continue;
    }
    total += load.total;
    gaps += load.unattributed;
    for (const span of load.phases) {
      const phase = firstOf(span);
      if (!durations.has(phase)) {
        durations.set(phase, []);
      }
      durations.get(phase).push(span[2]);
    }
  }
  const phases = [...durations].sort(([a], [b]) => a - b).map(([phase, list]) => {
    list.sort((a, b) => a - b);
    const middle = list.length >> 1;
    const median = list.length % 2 ? list[middle] : (list[middle - 1] + list[middle]) / 2;
    return { phase, count: list.length, sum: list.reduce((a, b) => a + b, 0), median, most: list.at(-1) };
  });
  return { total, gaps, phases };
}

function phaseTable(run, loads, state) {
  const { total, gaps, phases } = sums(run, loads);
  const longest = Math.max(...phases.map((row) => row.sum), 1);
  const rows = phases.map(({ phase, sum, median, most, count }) => {
    const { name, color, what } = run.phases[phase];
    const highlight = () => state.setHighlight(state.highlight === phase ? null : phase);
    return el("tr", { title: `${what} · ${plural(count, "time")}, longest ${duration(most)}` },
      el("td", { class: "name" }, swatch(color), " ", el("button", { class: "link", type: "button", text: name, onclick: highlight })),
      el("td", { class: "number", title: exact(sum), text: duration(sum) }),
      el("td", { class: "number", text: duration(Math.round(median)) }),
      el("td", { class: "number", text: share(sum, total) }),
      el("td", { class: "bar" }, el("i", { style: { width: `${(100 * sum) / longest}%`, background: color } })));
  });
  if (gaps) {
    rows.push(el("tr", { class: "muted" }, el("td", { text: "unattributed" }), el("td", { class: "number", text: duration(gaps) }), el("td"), el("td", { class: "number", text: share(gaps, total) }), el("td")));
  }
  rows.push(el("tr", { class: "total" }, el("td", { text: "total" }), el("td", { class: "number", id: "phase-total", title: exact(total), text: duration(total) }), el("td"), el("td"), el("td")));
  const titles = [["Phase"], ["Sum", "number"], ["Median", "number"], ["Share", "number"], [""]];
  return el("table", { id: "phase-table" },
    el("thead", {}, el("tr", {}, ...titles.map(([text, kind]) => el("th", { class: kind, scope: "col", text })))),
    el("tbody", {}, ...rows));
}

function listed(title, loads, state, tell) {
  if (loads.length === 0) {
    return [];
  }
  const items = loads.map((load) => el("li", {}, el("button", { class: "link", type: "button", text: load.name, onclick: () => {
    state.select(load);
    state.reveal(load);
  } }), ` ${tell(load)}`));
  return [el("h3", { text: title }), el("ul", {}, ...items)];
}

/** Modules that failed again and again. */
function again(run) {
  const list = run.summary?.repeated_failures ?? [];
  const item = (one) => el("li", {}, el("b", { text: visible(one.name) }), ` ${plural(one.loads, "time")}, ${duration(one.total_ns)} · ${one.errors.join(", ")} · ${one.comms.map(visible).join(", ")}`);
  return list.length ? [el("h3", { text: "Failed more than once" }), el("ul", { class: "muted" }, ...list.slice(0, 8).map(item))] : [];
}

/** The run in the side panel: of the loads that match and are in view, if not all are. */
export function runPanel(state) {
  const { run } = state;
  const inView = (load) => load.end >= state.from && load.start <= state.to;
  const loads = state.matches.filter((load) => !load.unload && inView(load));
  const all = run.loads.filter((load) => !load.unload).length;
  const of = loads.length === all ? `all ${plural(all, "load")}` : `${loads.length.toLocaleString("en")} of ${plural(all, "load")}: those that are shown`;
  const failed = loads.filter((load) => !load.ok);
  const slowest = [...loads].sort((a, b) => b.total - a.total).slice(0, 6);
  const more = failed.length > 8 ? [el("p", { class: "muted", text: `and ${failed.length - 8} more` })] : [];
  return [
    el("h2", { text: "Time by phase" }),
    el("p", { class: "muted", text: `Of ${of}. Loads made inside of others are part of those.` }),
    loads.length ? phaseTable(run, loads, state) : el("p", { class: "empty", text: "No loads here." }),
    ...listed("Failed", failed.slice(0, 8), state, (load) => `${load.result}${load.failed ? ` in ${load.failed}` : ""}`),
    ...more,
    ...again(run),
    ...listed("Slowest", slowest, state, (load) => duration(load.total)),
  ];
}

/** The list of colours below the timeline; a click shows one phase alone. */
export function legend(state) {
  const { run } = state;
  const used = new Set(run.loads.flatMap((load) => load.phases.map(firstOf)));
  const items = run.phases.map((phase, at) => ({ ...phase, at })).filter((phase) => used.has(phase.at) && !phase.unload);
  const draw = () => byId("legend").replaceChildren(...items.map(({ name, color, what, at }) => {
    const pressed = state.highlight === at ? "true" : "false";
    const onclick = () => state.setHighlight(state.highlight === at ? null : at);
    return el("li", {}, el("button", { type: "button", title: what, "aria-pressed": pressed, onclick }, swatch(color), name));
  }));
  state.on("highlight", draw);
  draw();
}
