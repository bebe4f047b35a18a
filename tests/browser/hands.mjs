// Mouse, wheel, keys: what a person does.

import assert from "node:assert/strict";
import { drawn, open } from "./browser.mjs";

const view = (page) => page.evaluate(() => {
  const { state, run } = window.kmodtrace;
  return { from: state.from, to: state.to, length: state.to - state.from, start: run.start, end: run.end, selected: state.selected?.name ?? null, matches: state.matches.length };
});

/** The middle of a load's bar on the screen. */
const middleOf = (page, name) => page.evaluate((wanted) => {
  const { timeline, run } = window.kmodtrace;
  const load = run.loads.find((one) => one.name === wanted && one.ok && !one.unload);
  const box = timeline.canvas.getBoundingClientRect();
  return { x: box.left + timeline.x(load.start + load.total / 2), y: box.top + 24 + load.row * 36 + 22 - timeline.top, id: load.id };
}, name);

export async function pointer(browser, dir) {
  const page = await open(browser, `${dir}/6.12.html`);
  await drawn(page);
  const box = await page.locator("#timeline").boundingBox();
  const whole = await view(page);
  // The time under the pointer stays where it is.
  const at = box.x + box.width * 0.3;
  const time = (now) => now.from + 0.3 * now.length;
  await page.mouse.move(at, box.y + 60);
  await page.mouse.wheel(0, -400);
  const near = await view(page);
  assert.ok(near.length < whole.length * 0.6, "the wheel zooms in");
  assert.ok(Math.abs(time(near) - time(whole)) < whole.length * 1e-3, "at the pointer");
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, 30);
  await page.keyboard.up("Control");
  assert.ok((await view(page)).length > near.length, "a pinch zooms out");
  // Dragging moves.
  const before = await view(page);
  await page.mouse.down();
  await page.mouse.move(at + 100, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const dragged = await view(page);
  assert.ok(Math.abs(dragged.length - before.length) < 1 && dragged.from < before.from, "dragging moves");
  // A double click beside the loads shows everything.
  await page.mouse.dblclick(box.x + 5, box.y + box.height - 6);
  assert.ok(Math.abs((await view(page)).length - whole.length) < 2, "a double click fits");
  // Shift and drag chooses a time.
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + 200, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + 400, box.y + 80, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  assert.ok(Math.abs((await view(page)).length - (whole.length * 200) / box.width) < whole.length * 0.02, "a chosen time");
  await page.keyboard.press("f");
  await drawn(page);
  // A click opens the load, with its name in the address.
  const load = await middleOf(page, "nft_reject");
  await page.mouse.move(load.x, load.y);
  await page.waitForSelector("#tip:not([hidden])");
  assert.match(await page.textContent("#tip"), /nft_reject/);
  await page.mouse.click(load.x, load.y);
  await page.waitForFunction((id) => document.getElementById("side").dataset.load === id, load.id);
  assert.match(await page.textContent("#side h2"), /nft_reject/);
  assert.ok(page.url().endsWith(`#load=${load.id}`), page.url());
  assert.ok(await page.locator("#side .strip span").count() > 3, "a memory map");
  // A double click on it zooms to it.
  await page.mouse.dblclick(load.x, load.y);
  const close = await view(page);
  assert.ok(close.length < whole.length / 5);
  // The table sorts, and selects.
  await page.click("#table .header button:has-text('Time')");
  await page.click("#table .row.body >> nth=0");
  const slowest = await page.evaluate(() => [window.kmodtrace.state.selected.total, Math.max(...window.kmodtrace.run.loads.map((one) => one.total))]);
  assert.equal(slowest[0], slowest[1]);
  // A colour of the legend shows that phase alone.
  await page.click("#legend button:has-text('init')");
  assert.equal(await page.getAttribute("#legend button:has-text('init')", "aria-pressed"), "true");
  assert.deepEqual(page.problems, []);
  await page.close();
  return "wheel, pinch, drag, choose, click, double click, table, legend";
}

export async function keys(browser, dir) {
  const page = await open(browser, `${dir}/6.12.html`);
  const whole = await view(page);
  const press = async (key) => {
    await page.keyboard.press(key);
    return view(page);
  };
  assert.ok((await press("w")).length < whole.length && (await press("ArrowUp")).length < whole.length * 0.6);
  const [here, right] = [await view(page), await press("d")];
  assert.ok(right.from > here.from && (await press("ArrowLeft")).from < right.from && (await press("a")).from < right.from);
  assert.ok((await press("s")).length > here.length && (await press("-")).length > here.length);
  assert.ok(Math.abs((await press("f")).length - whole.length) < 2);
  // Search, go through what is found, open, close.
  await press("/");
  await page.keyboard.type("errno:enoexec");
  const found = await view(page);
  assert.ok(found.matches > 2 && found.matches < whole.matches, `${found.matches}`);
  await press("Enter");
  assert.match(await page.textContent("#matches"), /^1 \//);
  await press("Escape");
  assert.equal((await view(page)).matches, whole.matches);
  await press("Escape");
  await press("/");
  await page.keyboard.type("nf_tables");
  await press("Enter");
  await page.click("#timeline", { position: { x: 4, y: 100 } });
  await press("n");
  assert.match(await page.textContent("#matches"), /^2 \/ 2/);
  await press("Shift+N");
  assert.equal((await press("Enter")).selected, "nf_tables");
  assert.equal(await page.evaluate(() => document.activeElement.id), "side");
  assert.equal((await press("Escape")).selected, null);
  assert.equal((await press("Escape")).matches, whole.matches);
  for (const query of ["phase:params", "phase:decompress>10ms", ">50ms", "comm:busybox", "module:dummy"]) {
    await page.fill("#query", query);
    const { matches } = await view(page);
    assert.ok(matches > 0 && matches < whole.matches, `${query}: ${matches}`);
  }
  await page.fill("#query", "no such module");
  assert.match(await page.textContent("#table"), /No load matches/);
  await page.fill("#query", "");
  await page.selectOption("#only", "failed");
  assert.equal((await view(page)).matches, await page.evaluate(() => window.kmodtrace.run.loads.filter((load) => !load.ok).length));
  await page.selectOption("#only", "");
  // From load to load, help, theme.
  await page.focus("#timeline");
  const first = await press("]");
  assert.notEqual((await press("]")).selected === null, true);
  assert.equal((await press("[")).selected, first.selected);
  await press("?");
  assert.ok(await page.locator("#help").isVisible());
  await press("Escape");
  assert.ok(!await page.locator("#help").isVisible());
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await press("t");
  assert.equal(await theme(), "dark");
  // The table has arrows of its own.
  await page.focus("#table");
  await press("Home");
  const selected = () => page.evaluate(() => window.kmodtrace.state.selected?.id);
  const top = await selected();
  await press("ArrowDown");
  assert.notEqual(await selected(), top);
  assert.deepEqual(page.problems, []);
  await page.close();
  return "zoom, move, fit, search, matches, open, close, neighbours, help, theme, table";
}

/** An address with a load opens it. */
export async function deepLink(browser, dir) {
  let page = await open(browser, `${dir}/6.12.html`);
  const id = await page.evaluate(() => window.kmodtrace.run.loads.find((load) => load.name === "kt_enodev").id);
  await page.close();
  page = await open(browser, `${dir}/6.12.html`, { hash: `#load=${id}` });
  await page.waitForSelector("#failure");
  assert.match(await page.textContent("#failure"), /ENODEV/);
  await page.evaluate(() => { location.hash = "#load=nonsense"; });
  await drawn(page);
  assert.deepEqual(page.problems, []);
  await page.close();
  return id;
}
