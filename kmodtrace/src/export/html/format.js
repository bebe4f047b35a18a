// Numbers and strings as kmodtrace writes them elsewhere: render/number.rs, render/escape.rs.

const TIMES = [["ns", 1, 999], ["µs", 1e3, 999], ["ms", 1e6, 999], ["s", 1e9, 9999], ["h", 3.6e12, 9999], ["d", 8.64e13, Infinity]];
const SIZES = [["B", 1, 1023], ["KiB", 2 ** 10, 1023], ["MiB", 2 ** 20, 1023], ["GiB", 2 ** 30, 1023], ["TiB", 2 ** 40, Infinity]];

/** Three significant digits and a unit. */
function scaled(value, units) {
  for (const [name, unit, limit] of units) {
    for (const places of unit === 1 ? [0] : [2, 1, 0]) {
      const rounded = Math.floor((value * 10 ** places + unit / 2) / unit);
      if (places === 0 ? rounded <= limit : rounded < 1000) {
        return `${(rounded / 10 ** places).toFixed(places)} ${name}`;
      }
    }
  }
  return String(value);
}

/** A time in ns: `184 ms`. */
export function duration(ns) {
  return ns < 0 ? `−${scaled(-ns, TIMES)}` : scaled(ns, TIMES);
}

/** A size in bytes: `145 KiB`. */
export function size(bytes) {
  return scaled(bytes, SIZES);
}

/** A share of a whole: `12.3%`. */
export function share(part, whole) {
  if (!whole) {
    return "-";
  }
  const permille = Math.floor((part * 1000 + whole / 2) / whole);
  return permille === 0 && part > 0 ? "<0.1%" : `${(permille / 10).toFixed(1)}%`;
}

/** A time on the kernel's clock, ns as a BigInt, as the kernel's log writes it: `[8.776685]`. */
export function stamp(ns) {
  const text = String(ns < 0n ? 0n : ns).padStart(10, "0");
  return `[${text.slice(0, -9)}.${text.slice(-9, -3)}]`;
}

/** Exact nanoseconds, in groups of three. */
export function exact(ns) {
  return `${String(ns).replace(/\B(?=(\d{3})+$)/g, "\u202f")} ns`;
}

// Without a width of their own, or with power over the line: never shown as they are.
const TREACHEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\ufffc]|(?! )\p{Zs}/gu;

/** A string from outside with nothing in it that acts or hides: `\x1b`, `\u{202e}`. */
export function visible(text) {
  return String(text).replace(TREACHEROUS, (c) => {
    const code = c.codePointAt(0);
    return code < 128 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** `1 load`, `2 loads`. */
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Reads `10ms`, `1.5 s`, `300`: ns, or null. */
export function parseDuration(text) {
  const match = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)?$/.exec(text);
  if (!match) {
    return null;
  }
  const unit = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 }[match[2] ?? "ns"];
  return Number(match[1]) * unit;
}
