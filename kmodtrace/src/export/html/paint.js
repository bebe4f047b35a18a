// Colours and patterns for canvases.

import { byId } from "./dom.js";

let colors = null;
let hatch = null;

/** Colours of the page as it is now. */
export function palette() {
  if (!colors) {
    const style = getComputedStyle(document.documentElement);
    const names = ["panel", "raised", "text", "muted", "line", "grid", "accent", "accent-soft", "bad", "gap", "sans"];
    colors = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }
  return colors;
}

/** Forgets colours: light has become dark. */
export function repaint() {
  colors = null;
  hatch = null;
}

/** Slanted lines: time in no phase. */
export function hatched(context) {
  if (!hatch) {
    const tile = document.createElement("canvas");
    tile.width = 6;
    tile.height = 6;
    const pen = tile.getContext("2d");
    pen.strokeStyle = palette().gap;
    pen.lineWidth = 1.5;
    for (const x of [-6, 0, 6]) {
      pen.moveTo(x, 6);
      pen.lineTo(x + 6, 0);
    }
    pen.stroke();
    hatch = context.createPattern(tile, "repeat");
  }
  return hatch;
}

/** Ticks of a time axis: 1, 2, 5 × 10ⁿ ns, at least `room` pixels apart. */
export function ticks(from, to, width, room) {
  const least = ((to - from) / Math.max(width, 1)) * room;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= least);
  const list = [];
  // Counted, not added up: a step may be too small to change a time as large as that.
  const first = Math.ceil(from / step);
  const count = Math.floor((to - from) / step);
  for (let at = 0; at <= count; at += 1) {
    const tick = (first + at) * step;
    if (tick <= to) {
      list.push(tick);
    }
  }
  return { step, list };
}

/** A tick's time, with as many decimals as its neighbours need. */
export function tickLabel(at, step, largest) {
  const [unit, ns] = [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]].find(([, value]) => largest >= value) ?? ["ns", 1];
  const decimals = Math.max(0, Math.ceil(Math.log10(ns / step) - 1e-9));
  return `${(at / ns).toFixed(decimals)} ${unit}`;
}

/** The page's announcements for those who hear it. */
export function say(text) {
  byId("spoken").textContent = text;
}
