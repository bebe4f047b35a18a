// The strip above the timeline: loads in flight over the whole run, failures, and what is in view.

import { sharp } from "./dom.js";
import { palette } from "./paint.js";

export class Overview {
  constructor(canvas, state) {
    this.canvas = canvas;
    this.state = state;
    this.dirty = false;
    this.counts = { width: 0 };
    const room = Math.max((state.run.end - state.run.start) * 0.015, 50);
    this.from = state.run.start - room;
    this.to = state.run.end + room;
    state.on("view theme match select", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(canvas);
    this.listen();
  }

  listen() {
    const move = (event) => {
      const { state, canvas } = this;
      const half = (state.to - state.from) / 2;
      const at = this.from + ((event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth) * (this.to - this.from);
      state.show(at - half, at + half);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      move(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) {
        move(event);
      }
    });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.state.zoom(Math.exp(event.deltaY * 0.002));
    }, { passive: false });
    this.canvas.addEventListener("dblclick", () => this.state.fit());
  }

  redraw() {
    if (!this.dirty) {
      this.dirty = true;
      requestAnimationFrame(() => this.draw());
    }
  }

  /** How many loads are under way, for each pixel. */
  count(width) {
    if (this.counts.width !== width) {
      const change = new Int32Array(width + 2);
      for (const load of this.state.run.loads) {
        change[Math.floor(this.x(load.start, width))] += 1;
        change[Math.floor(this.x(load.end, width)) + 1] -= 1;
      }
      let [now, most] = [0, 1];
      const list = new Int32Array(width);
      for (let x = 0; x < width; x += 1) {
        now += change[x];
        list[x] = now;
        most = Math.max(most, now);
      }
      this.counts = { width, list, most };
    }
    return this.counts;
  }

  x(time, width) {
    return Math.min(Math.max(((time - this.from) / (this.to - this.from)) * width, 0), width - 1);
  }

  draw() {
    this.dirty = false;
    const { context, width: exactWidth, height } = sharp(this.canvas);
    const width = Math.max(Math.floor(exactWidth), 1);
    const { state } = this;
    const colors = palette();
    context.fillStyle = colors.panel;
    context.fillRect(0, 0, exactWidth, height);
    const { list, most } = this.count(width);
    context.fillStyle = colors.muted;
    context.globalAlpha = 0.55;
    for (let x = 0; x < width; x += 1) {
      if (list[x]) {
        const high = Math.max(3, (list[x] / most) * (height - 12));
        context.fillRect(x, height - 4 - high, 1, high);
      }
    }
    context.globalAlpha = 1;
    const marked = state.searching ? state.matches : [];
    context.fillStyle = colors.accent;
    for (const load of marked) {
      context.fillRect(this.x(load.start, width), height - 4, 2, 4);
    }
    context.fillStyle = colors.bad;
    for (const load of state.run.loads) {
      if (!load.ok) {
        context.fillRect(this.x(load.start, width), 0, 2, 5);
      }
    }
    this.drawView(context, width, height, colors);
  }

  drawView(context, width, height, colors) {
    const left = this.x(this.state.from, width);
    const right = Math.max(this.x(this.state.to, width), left + 3);
    context.fillStyle = colors.accent;
    context.globalAlpha = 0.1;
    context.fillRect(left, 0, right - left, height);
    context.globalAlpha = 1;
    context.strokeStyle = colors.accent;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, 0.5, right - left, height - 1);
  }
}
