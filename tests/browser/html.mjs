// The page of `export --to html` and the picture of `--to svg` in a browser: `node html.mjs DIR`, where DIR holds
// what `cargo run -p kmodtrace-tests --example pages -- DIR` writes. KT_NODE_MODULES names the directory with
// playwright-core and axe-core.

import { launch } from "./browser.mjs";
import { deepLink, keys, pointer } from "./hands.mjs";
import { cut, hostile, policy } from "./hostile.mjs";
import { accessible, sizes, themes } from "./looks.mjs";
import { numbers } from "./numbers.mjs";
import { picture } from "./picture.mjs";
import { speed } from "./speed.mjs";

const dir = process.argv[2];
const only = process.argv[3] ?? "";
const checks = [
  ...["5.10", "6.1", "6.12", "6.18", "7.3", "500", "10000"].map((name) => [`numbers of ${name}`, (browser) => numbers(browser, dir, name)]),
  ["pointer", (browser) => pointer(browser, dir)],
  ["keys", (browser) => keys(browser, dir)],
  ["address", (browser) => deepLink(browser, dir)],
  ["themes", (browser) => themes(browser, dir)],
  ["sizes", (browser) => sizes(browser, dir)],
  ["accessible", (browser) => accessible(browser, dir)],
  ["hostile", (browser) => hostile(browser, dir)],
  ["cut off", (browser) => cut(browser, dir)],
  ["policy", (browser) => policy(browser, dir)],
  ["500 loads", (browser) => speed(browser, dir, 500, { open: 10_000, draw: 33 })],
  ["10,000 loads", (browser) => speed(browser, dir, 10_000, { open: 30_000, draw: 100 })],
  ...["6.12", "hostile", "10000"].map((name) => [`picture of ${name}`, (browser) => picture(browser, dir, name)]),
];

const browser = await launch();
let failed = 0;
for (const [name, check] of checks.filter((entry) => entry[0].includes(only))) {
  try {
    console.log(`ok: ${name}: ${await check(browser)}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}: ${error.stack}`);
  }
}
await browser.close();
process.exitCode = failed ? 1 : 0;
