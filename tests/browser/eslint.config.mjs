// How the page's scripts and these tests are linted.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.KT_NODE_MODULES}/`);
const js = require("@eslint/js");

const names = `window document location history performance requestAnimationFrame getComputedStyle ResizeObserver
  Blob Response DecompressionStream URLSearchParams WheelEvent Event EventTarget atob setTimeout clearTimeout`;
const here = "process console fetch globalThis";
const readonly = (list) => Object.fromEntries(list.split(/\s+/).map((name) => [name, "readonly"]));

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: readonly(names) },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error", "no-eval": "error", "no-implied-eval": "error" },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: readonly(here) },
    rules: { "no-control-regex": "off" },
  },
];
