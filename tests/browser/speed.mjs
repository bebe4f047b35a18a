// How long pages of many loads take to open, and their pictures to draw.

import assert from "node:assert/strict";
import { drawn, open } from "./browser.mjs";

export async function speed(browser, dir, count, limits) {
  const page = await open(browser, `${dir}/${count}.html`);
  await drawn(page);
  assert.equal(await page.evaluate(() => window.kmodtrace.run.loads.filter((load) => !load.unload).length), count);
  // From the whole run into a microsecond and back, then along it.
  const frames = await page.evaluate(async () => {
    const { state, timeline, run } = window.kmodtrace;
    const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const target = run.loads[run.loads.length >> 1];
    timeline.frames.length = 0;
    const gaps = [];
    let last = performance.now();
    const step = async () => {
      await frame();
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    };
    for (let at = 0; at < 60; at += 1) {
      state.zoom(at < 30 ? 0.72 : 1 / 0.72, target.start);
      await step();
    }
    for (let at = 0; at < 60; at += 1) {
      state.pan(0.02);
      await step();
    }
    const sorted = (list) => [...list].sort((a, b) => a - b);
    const [draw, gap] = [sorted(timeline.frames), sorted(gaps)];
    const at = (list, share) => list[Math.floor(list.length * share)];
    return { draw50: at(draw, 0.5), draw95: at(draw, 0.95), gap50: at(gap, 0.5), gap95: at(gap, 0.95) };
  });
  const search = await page.evaluate(() => {
    const began = performance.now();
    const { search: box } = window.kmodtrace;
    box.query.value = "nf_tables phase:init>100us";
    box.apply();
    return performance.now() - began;
  });
  const scroll = await page.evaluate(() => {
    const began = performance.now();
    const { table } = window.kmodtrace;
    for (let at = 0; at < 50; at += 1) {
      table.element.scrollTop = at * 5000;
      table.redraw();
    }
    return (performance.now() - began) / 50;
  });
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  assert.ok(page.openMs < limits.open, `opens in ${page.openMs} ms`);
  assert.ok(frames.draw95 < limits.draw, `draws in ${frames.draw95} ms`);
  assert.deepEqual(page.problems, []);
  await page.close();
  const ms = (value) => `${value.toFixed(1)} ms`;
  return `opens in ${ms(page.openMs)}; draws in ${ms(frames.draw50)} (95%: ${ms(frames.draw95)}); frames ${ms(frames.gap50)} apart (95%: ${ms(frames.gap95)}); search ${ms(search)}; table ${ms(scroll)}; heap ${(heap / 2 ** 20).toFixed(0)} MiB`;
}
