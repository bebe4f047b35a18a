// The panel at the side: the run, or the load that is selected.

import { byId, el } from "./dom.js";
import { facts, failureCard, later, lists, log, unloadFacts } from "./facts.js";
import { duration, size, stamp } from "./format.js";
import { ledger } from "./ledger.js";
import { memoryMap } from "./memory.js";
import { say } from "./paint.js";
import { runPanel } from "./phases.js";

export class Detail {
  constructor(state) {
    this.state = state;
    this.element = byId("side");
    this.timer = 0;
    state.on("select", () => this.redraw());
    state.on("match highlight", () => this.redrawRun());
    // What is in view changes with every frame of a zoom; the table need not.
    state.on("view", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.redrawRun(), 120);
    });
    this.redraw();
  }

  redrawRun() {
    if (!this.state.selected) {
      this.element.replaceChildren(...runPanel(this.state));
    }
  }

  async redraw() {
    const load = this.state.selected;
    if (!load) {
      this.redrawRun();
      return;
    }
    let content;
    try {
      content = this.content(load, await this.state.run.details(load));
    } catch (error) {
      content = [el("p", { class: "bad", text: `The details of this load cannot be unpacked here: ${error.message}` })];
    }
    // Another one may have been selected meanwhile.
    if (this.state.selected === load) {
      this.element.replaceChildren(this.head(load), ...content.filter(Boolean));
      this.element.scrollTop = 0;
      this.element.dataset.load = load.id;
      say(`${load.name}, ${load.result}, ${duration(load.total)}`);
    }
  }

  head(load) {
    const { run } = this.state;
    const how = load.unload ? "unloaded" : "loaded";
    const words = load.ok ? `${how} in ${duration(load.total)}` : `failed after ${duration(load.total)}`;
    const close = el("button", { type: "button", "aria-label": "Back to the run", "aria-keyshortcuts": "Escape", onclick: () => this.state.select(null), text: "×" });
    const show = el("button", { type: "button", "aria-keyshortcuts": "z", title: "Zoom to this load", onclick: () => this.state.reveal(load, true), text: "Zoom" });
    return el("div", { class: "side-top" },
      el("div", {},
        el("h2", {}, el("span", { class: load.ok ? "good" : "bad", text: load.ok ? "✓ " : "✗ " }), load.name),
        el("p", { class: "muted", text: `${words} · ${stamp(run.clock(load.start))}` })),
      show, close);
  }

  content(load, line) {
    const { run } = this.state;
    const phases = new Map(run.phases.filter((phase) => Boolean(phase.unload) === Boolean(load.unload)).map((phase) => [phase.name, phase.color]));
    const warnings = [];
    if (!line.complete) {
      warnings.push(el("p", { class: "warn", text: `⚠ Incomplete: something of this was not seen${line.lost_events ? ` (${line.lost_events} records lost)` : ""}. What is shown is right, but not all.` }));
    }
    if (line.redacted) {
      warnings.push(el("p", { class: "muted", text: "Redacted: addresses are not the kernel's." }));
    }
    if (line.escaped.length) {
      warnings.push(el("p", { class: "muted", text: `Not UTF-8, hence with \\xff for bytes: ${line.escaped.join(", ")}` }));
    }
    const notes = later(load.updates, BigInt(run.clock(load.start)), line);
    return [
      ...warnings,
      failureCard(line),
      ...this.links(load, line),
      el("h3", { text: "Ledger" }),
      ...ledger(line, (name) => phases.get(name)),
      ...log(line),
      ...memoryMap(line.memory),
      ...(load.unload ? unloadFacts(line) : facts(line)),
      ...(notes.length ? [el("h3", { text: "Afterwards" }), ...notes.map((text) => el("p", { text }))] : []),
      ...lists(line),
    ];
  }

  /** What it went through because another load wanted the same. */
  contest(load, contest, link) {
    const { run } = this.state;
    // Who won may have become known later.
    const update = load.updates.find((one) => one.kind === "lost");
    const other = run.byId.get(contest.with ?? update?.against);
    const vain = [
      contest.waited_ns ? `waited ${duration(contest.waited_ns)}` : null,
      contest.read_bytes ? `read ${size(contest.read_bytes)} in vain` : null,
      contest.allocated_bytes ? `allocated ${size(contest.allocated_bytes)} in vain` : null,
    ].filter(Boolean).join(", ");
    const how = contest.lost ? "The result is that of another load" : "It waited for another load";
    return el("p", {}, `${how} of this ${contest.over}`, other ? ": " : "", other ? link(other) : "", vain ? ` (${vain}).` : ".");
  }

  /** Loads that belong to this one. */
  links(load, line) {
    const { run } = this.state;
    const link = (other) => el("button", { class: "link", type: "button", text: other.name, onclick: () => {
      this.state.select(other);
      this.state.reveal(other);
    } });
    const list = [];
    if (load.parentLoad) {
      list.push(el("p", {}, `Asked for${load.probable ? ", probably," : ""} by the init function of `, link(load.parentLoad), "."));
    }
    if (load.children.length) {
      const children = load.children.flatMap((child, at) => [at ? ", " : "", link(child)]);
      list.push(el("p", {}, "Its init function includes the loads of ", ...children, "."));
    }
    const first = run.byId.get(line.retry_of);
    if (first) {
      list.push(el("p", {}, "The same task tried before: ", link(first), ` (${first.result}).`));
    }
    if (line.contest) {
      list.push(this.contest(load, line.contest, link));
    }
    const others = run.loads.filter((other) => other !== load && other.name === load.name && other.name !== "?");
    if (others.length) {
      const some = others.slice(0, 8).map((other) => el("button", { class: "link", type: "button", title: duration(other.total), onclick: () => {
        this.state.select(other);
        this.state.reveal(other);
      }, text: `${other.unload ? "unload " : ""}${stamp(run.clock(other.start))}` }));
      const rest = others.length > some.length ? ` and ${others.length - some.length} more` : "";
      list.push(el("p", { class: "muted" }, "Same module: ", ...some.flatMap((button, at) => [at ? ", " : "", button]), rest));
    }
    return list;
  }
}
