// What is under the pointer.

import { byId, el, swatch } from "./dom.js";
import { duration, share, stamp } from "./format.js";
import { firstOf } from "./data.js";

export class Tooltip {
  constructor(run) {
    this.run = run;
    this.element = byId("tip");
  }

  hide() {
    this.element.hidden = true;
  }

  show(hit, x, y) {
    if (!hit) {
      this.hide();
      return;
    }
    const { load, span } = hit;
    const { run } = this;
    const how = load.unload ? "unloaded" : "loaded";
    const title = load.ok ? `${how} in ${duration(load.total)}` : `${load.result} after ${duration(load.total)}`;
    const lines = [
      el("div", {}, el("b", { text: load.name }), el("span", { class: load.ok ? "" : "bad", text: title })),
      el("div", { class: "muted", text: `${stamp(run.clock(load.start))} · ${load.comm}[${load.pid}] · CPU ${load.cpu}` }),
    ];
    if (span) {
      const mark = span[3] ? " ~" : "";
      lines.push(
        el("div", {}, swatch(run.spanColor(span)), el("b", { text: run.spanName(span) }), `${duration(span[2])}${mark} · ${share(span[2], load.total)}`),
        el("div", { class: "muted", text: run.phases[firstOf(span)].what }),
      );
    }
    if (load.incomplete) {
      lines.push(el("div", { class: "warn", text: "incomplete: something of it was not seen" }));
    }
    this.element.replaceChildren(...lines);
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(4, Math.min(x + 14, window.innerWidth - width - 6))}px`;
    this.element.style.top = `${y + 20 + height > window.innerHeight ? Math.max(4, y - height - 12) : y + 20}px`;
  }
}
