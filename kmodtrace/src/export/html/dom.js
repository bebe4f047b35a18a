// Elements. Strings only ever become text: nothing in this page parses markup.

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * An element. `set` holds properties (`class`, `text`, `title`, `style` as an object), handlers (`onclick`) and
 * attributes (the rest).
 */
export function el(tag, set = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(set)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name === "class") {
      element.className = value;
    } else if (name === "text") {
      element.textContent = value;
    } else if (name === "style") {
      Object.assign(element.style, value);
    } else if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A coloured square. */
export function swatch(color) {
  return el("span", { class: "swatch", style: { background: color }, "aria-hidden": "true" });
}

/** A definition list of what is known: pairs whose value is null are left out. */
export function factList(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (known.length === 0) {
    return null;
  }
  return el("dl", { class: "facts" }, ...known.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)]));
}

/** A table; columns are `[title, class]`, rows arrays of cells (text or elements). */
export function tableOf(columns, rows, label) {
  const head = columns.map(([title, kind]) => el("th", { class: kind, scope: "col", text: title }));
  const body = rows.map((cells) => el("tr", {}, ...cells.map((cell, at) => el("td", { class: columns[at][1] }, cell ?? ""))));
  return el("table", { "aria-label": label }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body));
}

/** A canvas's context in CSS pixels, at the screen's resolution. */
export function sharp(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}
