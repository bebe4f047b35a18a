// The timeline: rows of loads, each a bar of its phases. Drawing costs what is in view.

import { sharp } from "./dom.js";
import { firstOf } from "./data.js";
import { duration } from "./format.js";
import { hatched, palette, tickLabel, ticks } from "./paint.js";

const AXIS = 24;
const ROW = 36;
const LABEL = 17;
const BAR = 13;
/** Bars narrower than this, in pixels, have one colour. */
const PLAIN = 3;

/** The first load of a row that ends behind this time. */
function firstBehind(row, time) {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle].end <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

export class Timeline {
  constructor(canvas, state, rows) {
    this.canvas = canvas;
    this.state = state;
    this.rows = rows;
    /** Pixels that are scrolled out at the top. */
    this.top = 0;
    this.range = null;
    this.dirty = false;
    this.widths = new Map();
    /** How long the last pictures took, ms. */
    this.frames = [];
    this.resize();
    state.on("select hover highlight match view theme", () => this.redraw());
    state.on("print", () => this.draw());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** As high as its rows, within bounds. */
  resize() {
    const wanted = AXIS + this.rows.length * ROW + 10;
    const most = Math.max(220, window.innerHeight * 0.48);
    this.canvas.style.height = `${Math.round(Math.min(Math.max(wanted, 130), most))}px`;
  }

  redraw() {
    if (!this.dirty) {
      this.dirty = true;
      requestAnimationFrame(() => this.draw());
    }
  }

  x(time) {
    return ((time - this.state.from) / (this.state.to - this.state.from)) * this.width;
  }

  time(x) {
    return this.state.from + (x / this.canvas.clientWidth) * (this.state.to - this.state.from);
  }

  scroll(by) {
    const most = Math.max(0, AXIS + this.rows.length * ROW + 10 - this.canvas.clientHeight);
    this.top = Math.min(Math.max(this.top + by, 0), most);
    this.redraw();
  }

  /** Scrolls to a load's row. */
  scrollTo(load) {
    const [y, room] = [load.row * ROW, this.canvas.clientHeight - AXIS - ROW];
    if (y < this.top || y > this.top + room) {
      this.top = y - room / 2;
    }
    this.scroll(0);
  }

  draw() {
    const began = performance.now();
    this.dirty = false;
    const { context, width, height } = sharp(this.canvas);
    Object.assign(this, { context, width, height });
    const colors = palette();
    context.fillStyle = colors.panel;
    context.fillRect(0, 0, width, height);
    this.drawGrid(colors);
    context.save();
    context.beginPath();
    context.rect(0, AXIS, width, height - AXIS);
    context.clip();
    const first = Math.floor(this.top / ROW);
    const last = Math.min(this.rows.length - 1, Math.floor((this.top + height - AXIS) / ROW));
    for (let row = first; row <= last; row += 1) {
      this.drawRow(this.rows[row], AXIS + row * ROW - this.top, colors);
    }
    context.restore();
    this.drawRange(colors);
    this.drawScrollbar(colors);
    this.frames.push(performance.now() - began);
    if (this.frames.length > 240) {
      this.frames.shift();
    }
  }

  drawGrid(colors) {
    const { context, width, height, state } = this;
    const { run } = state;
    const { step, list } = ticks(state.from - run.start, state.to - run.start, width, 92);
    const largest = Math.max(Math.abs(state.from - run.start), Math.abs(state.to - run.start));
    context.fillStyle = colors.raised;
    context.fillRect(0, 0, width, AXIS);
    context.font = `11px ${colors.sans}`;
    context.textBaseline = "middle";
    for (const at of list) {
      const x = Math.round(this.x(at + run.start)) + 0.5;
      context.fillStyle = colors.grid;
      context.fillRect(x - 0.5, AXIS, 1, height);
      context.fillStyle = colors.line;
      context.fillRect(x - 0.5, AXIS - 6, 1, 6);
      context.fillStyle = colors.muted;
      const label = tickLabel(at, step, largest);
      if (x + 8 + label.length * 6 < width) {
        context.fillText(label, x + 4, AXIS / 2);
      }
    }
    context.fillStyle = colors.line;
    context.fillRect(0, AXIS - 1, width, 1);
  }

  drawRow(row, y, colors) {
    const { state } = this;
    let drawnTo = -1;
    for (let at = firstBehind(row, state.from); at < row.length && row[at].start < state.to; at += 1) {
      const load = row[at];
      const x = this.x(load.start);
      const end = this.x(load.end);
      // Of loads that share a pixel one is drawn, and those that are looked for.
      const wanted = !load.ok || load === state.selected || (state.searching && load.match);
      if (end - x < 1 && Math.floor(x) === drawnTo && !wanted) {
        continue;
      }
      drawnTo = Math.floor(x);
      this.drawLoad(load, x, Math.max(end - x, 1), y, colors);
      const next = row[at + 1];
      this.drawLabel(load, x, next ? this.x(next.start) : Infinity, y, colors);
    }
  }

  drawLoad(load, x, width, y, colors) {
    const { context, state } = this;
    const bar = y + LABEL;
    context.globalAlpha = load.match ? 1 : 0.16;
    if (load.parentLoad && width > 2) {
      const up = (load.row - load.parentLoad.row) * ROW - BAR;
      context.fillStyle = colors.muted;
      context.fillRect(Math.round(x), bar - up, 1, up);
    }
    if (width < PLAIN) {
      context.fillStyle = load.top ? state.run.spanColor(load.top) : colors.gap;
      context.fillRect(x, bar, width, BAR);
    } else {
      this.drawPhases(load, x, width, bar);
    }
    context.lineWidth = 1.5;
    if (!load.ok) {
      context.fillStyle = colors.bad;
      context.fillRect(x, bar + BAR, Math.max(width, 2), 2.5);
    }
    if (load.incomplete && width > 4) {
      context.setLineDash([3, 2]);
      context.strokeStyle = colors.text;
      context.strokeRect(x, bar, width, BAR);
      context.setLineDash([]);
    }
    if (load === state.selected || load === state.hovered) {
      context.globalAlpha = 1;
      context.strokeStyle = load === state.selected ? colors.accent : colors.muted;
      context.lineWidth = load === state.selected ? 2 : 1;
      context.strokeRect(x - 1.5, bar - 1.5, width + 3, BAR + 3);
    }
    context.globalAlpha = 1;
  }

  drawPhases(load, x, width, bar) {
    const { context, state } = this;
    const scale = width / Math.max(load.total, 1);
    const alpha = context.globalAlpha;
    context.fillStyle = hatched(context);
    context.fillRect(x, bar, width, BAR);
    let drawnTo = -1;
    for (const span of load.phases) {
      const left = x + span[1] * scale;
      const right = left + span[2] * scale;
      // Nothing of it would be seen: it is left of the picture, right of it, or inside of the last pixel.
      if (right < 0 || right - drawnTo < 0.25) {
        continue;
      }
      if (left > this.width) {
        break;
      }
      const low = state.highlight !== null && firstOf(span) !== state.highlight;
      context.globalAlpha = low ? alpha * 0.2 : alpha;
      context.fillStyle = state.run.spanColor(span);
      context.fillRect(left, bar, Math.max(right - left, 0.5), BAR);
      drawnTo = right;
    }
    context.globalAlpha = alpha;
  }

  drawLabel(load, x, next, y, colors) {
    const { context } = this;
    const left = Math.max(x, 3);
    const room = Math.min(next, this.width) - left - 8;
    if (room < 14 || !load.match) {
      return;
    }
    const mark = load.ok ? "" : "✗ ";
    const name = `${mark}${load.unload ? "unload " : ""}${load.name}`;
    context.font = `${load.unload ? "italic " : "600 "}11px ${colors.sans}`;
    const shown = this.clipped(name, room);
    context.fillStyle = load.ok ? colors.text : colors.bad;
    context.fillText(shown.text, left, y + LABEL - 7);
    if (shown.whole) {
      context.font = `11px ${colors.sans}`;
      const rest = this.clipped(`${load.ok ? "" : `${load.result} `}${duration(load.total)}`, room - shown.width - 6);
      if (rest.whole) {
        context.fillStyle = colors.muted;
        context.fillText(rest.text, left + shown.width + 6, y + LABEL - 7);
      }
    }
  }

  /** As much of a text as there is room for. */
  clipped(text, room) {
    const key = this.context.font + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      width = this.context.measureText(text).width;
      this.widths.set(key, width);
    }
    if (width <= room) {
      return { text, width, whole: true };
    }
    const letters = Math.floor((text.length * room) / width) - 1;
    return { text: letters > 2 ? `${text.slice(0, letters)}…` : "", width: room, whole: false };
  }

  drawRange(colors) {
    if (!this.range) {
      return;
    }
    const { context, height } = this;
    const [from, to] = this.range;
    const [left, right] = [this.x(Math.min(from, to)), this.x(Math.max(from, to))];
    context.globalAlpha = 0.2;
    context.fillStyle = colors.accent;
    context.fillRect(left, AXIS, right - left, height);
    context.globalAlpha = 1;
    context.font = `600 12px ${colors.sans}`;
    context.fillText(duration(Math.abs(Math.round(to - from))), left + 6, AXIS + 12);
  }

  drawScrollbar(colors) {
    const all = this.rows.length * ROW + 10;
    const room = this.height - AXIS;
    if (all > room) {
      const length = Math.max((room * room) / all, 18);
      this.context.fillStyle = colors.gap;
      this.context.fillRect(this.width - 5, AXIS + (this.top / (all - room)) * (room - length), 4, length);
    }
  }

  /** The load under a point, and its phase there. */
  hit(x, y) {
    const row = Math.floor((y - AXIS + this.top) / ROW);
    if (y < AXIS || !this.rows[row]) {
      return null;
    }
    const time = this.time(x);
    const slack = (3 * (this.state.to - this.state.from)) / this.canvas.clientWidth;
    const at = firstBehind(this.rows[row], time - slack);
    const near = this.rows[row].slice(at, at + 2).filter((load) => load.start - slack <= time);
    const load = near.find((one) => one.start <= time && one.end >= time) ?? near[0];
    if (!load) {
      return null;
    }
    const span = load.phases.find((one) => time >= load.start + one[1] && time < load.start + one[1] + one[2]);
    return { load, span: span ?? null, time };
  }
}
