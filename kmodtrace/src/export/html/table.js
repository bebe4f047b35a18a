// All loads as a table. Only the rows in view are there.

import { byId, el } from "./dom.js";
import { duration, exact, stamp } from "./format.js";

const HEIGHT = 28;
const HEADER = 30;

const COLUMNS = [
  ["Module", "", (load) => load.name.toLowerCase()],
  ["Start", "number", (load) => load.start],
  ["Time", "number", (load) => load.total],
  ["Result", "", (load) => load.result + (load.failed ?? "")],
  ["Phases", "", (load) => load.top?.[2] ?? 0],
  ["Asked by", "", (load) => load.comm.toLowerCase()],
];

export class Table {
  constructor(state) {
    this.state = state;
    this.element = byId("table");
    this.sorted = { column: 1, down: false };
    this.spacer = el("div", { role: "presentation" });
    this.rows = el("div", { role: "rowgroup" });
    this.header = el("div", { class: "row header", role: "row", "aria-rowindex": 1 });
    this.element.append(this.header, this.rows, this.spacer);
    this.element.addEventListener("scroll", () => this.redraw());
    this.element.addEventListener("keydown", (event) => this.key(event));
    state.on("match", () => this.sort());
    state.on("select", () => this.reveal());
    new ResizeObserver(() => this.redraw()).observe(this.element);
    this.sort();
  }

  sort() {
    const { column, down } = this.sorted;
    const key = COLUMNS[column][2];
    const keyed = this.state.matches.map((load) => [key(load), load]);
    const sign = down ? -1 : 1;
    keyed.sort(([a, one], [b, other]) => sign * (a < b ? -1 : a > b ? 1 : one.start - other.start));
    this.loads = keyed.map(([, load]) => load);
    this.header.replaceChildren(...COLUMNS.map(([title, kind], at) => {
      const mark = at === column ? (down ? " ▾" : " ▴") : "";
      const button = el("button", { type: "button", text: title + mark, onclick: () => this.sortBy(at) });
      const order = at === column ? (down ? "descending" : "ascending") : null;
      return el("span", { class: kind, role: "columnheader", "aria-sort": order }, button);
    }));
    this.element.setAttribute("aria-rowcount", this.loads.length + 1);
    this.spacer.style.height = `${this.loads.length * HEIGHT}px`;
    this.redraw();
  }

  sortBy(column) {
    const numeric = COLUMNS[column][1] === "number" || column === 4;
    const down = this.sorted.column === column ? !this.sorted.down : numeric && column !== 1;
    this.sorted = { column, down };
    this.element.scrollTop = 0;
    this.sort();
  }

  redraw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - 4);
    const last = Math.min(this.loads.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + 4);
    const rows = [];
    for (let at = first; at < last; at += 1) {
      rows.push(this.row(this.loads[at], at));
    }
    if (this.loads.length === 0) {
      rows.push(el("p", { class: "empty", text: "No load matches." }));
    }
    this.rows.replaceChildren(...rows);
  }

  row(load, at) {
    const { run } = this.state;
    const result = load.ok ? "ok" : `✗ ${load.result}${load.failed ? ` in ${load.failed}` : ""}`;
    const cells = [
      el("span", { role: "gridcell", title: load.name }, load.unload ? el("i", { class: "muted", text: "unload " }) : "", load.depth ? "↳ " : "", el("b", { text: load.name })),
      el("span", { class: "number muted", role: "gridcell", text: stamp(run.clock(load.start)) }),
      el("span", { class: "number", role: "gridcell", title: exact(load.total), text: duration(load.total) }),
      el("span", { class: load.ok ? "good" : "bad", role: "gridcell", title: result, text: `${result}${load.incomplete ? " · incomplete" : ""}` }),
      el("span", { role: "gridcell", "aria-label": load.top ? `longest: ${run.spanName(load.top)}` : null }, mini(load, run)),
      el("span", { class: "muted", role: "gridcell", text: `${load.comm}[${load.pid}]` }),
    ];
    return el("div", {
      class: "row body",
      role: "row",
      style: { top: `${HEADER + at * HEIGHT}px` },
      "aria-rowindex": at + 2,
      "aria-selected": load === this.state.selected ? "true" : "false",
      onclick: () => this.choose(load),
      ondblclick: () => this.state.reveal(load, true),
    }, ...cells);
  }

  choose(load) {
    this.state.select(load);
    this.state.reveal(load);
  }

  reveal() {
    const at = this.loads.indexOf(this.state.selected);
    const { scrollTop, clientHeight } = this.element;
    if (at >= 0 && (at * HEIGHT < scrollTop || (at + 1) * HEIGHT > scrollTop + clientHeight - HEADER)) {
      this.element.scrollTop = at * HEIGHT - clientHeight / 2;
    }
    this.redraw();
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || this.loads.length === 0) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const at = this.loads.indexOf(this.state.selected);
    this.choose(this.loads[Math.min(Math.max(at + by, 0), this.loads.length - 1)]);
  }
}

/** A load's phases in one line. */
function mini(load, run) {
  const bar = el("span", { class: "mini" });
  let at = 0;
  const piece = (ns, color, kind) => {
    const share = (100 * ns) / Math.max(load.total, 1);
    if (share >= 0.4) {
      bar.append(el("i", { class: kind, style: { width: `${share}%`, background: color } }));
    }
  };
  for (const span of load.phases) {
    piece(span[1] - at, "transparent", "");
    piece(span[2], run.spanColor(span), span[3] ? "inferred" : "");
    at = span[1] + span[2];
  }
  return bar;
}
