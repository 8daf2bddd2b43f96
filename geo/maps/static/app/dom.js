// Building the page's elements. Text reaches the page through textContent and attributes only, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const measurer = document.createElement("canvas").getContext("2d");
const widths = new Map();
let family = "";

// Controls that reorder what stands around them, or that nobody sees. The server marks them in the data of a page; what
// comes later, as an answer, is marked here.
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** A text with invisible and reordering controls as marks such as ⟦U+202E⟧. */
export function visible(text) {
  return String(text).replace(HIDDEN, (sign) => `\u27e6U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e7`);
}

/** An element: el("p", {class: "small", onclick: f}, "text", child …). */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Text that people wrote: isolated, so that its writing direction cannot reorder what stands beside it. */
export function said(text, attributes) {
  return el("bdi", attributes, text);
}

/** Replaces the children of an element. */
export function put(element, ...children) {
  element.textContent = "";
  add(element, children);
  return element;
}

/** Says a sentence in the polite live region. */
export function announce(sentence) {
  document.getElementById("live").textContent = visible(sentence);
}

export function isPhone() {
  return window.matchMedia("(max-width: 767px)").matches;
}

/** True where there is no mouse to hover with. */
export function isTouch() {
  return window.matchMedia("(hover: none)").matches;
}

/** How long a map move may take: none for people who asked for less motion. */
export function motion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches
    ? { animate: false }
    : { animate: true, duration: 0.35 };
}

/** Width of a text in the page's font, in pixels; `font` is weight and size. */
export function textWidth(text, font) {
  const key = `${font}|${text}`;
  if (!widths.has(key)) {
    // Asking for the style while names are put on the map would reckon the styles of the page anew for each of them.
    family = family || getComputedStyle(document.body).fontFamily;
    measurer.font = `${font} ${family}`;
    widths.set(key, measurer.measureText(text).width);
  }
  return widths.get(key);
}

/** A new task, after what waits: long work goes on in it. */
export function turn() {
  return new Promise((go) => {
    setTimeout(go);
  });
}

/** Calls f at most once a frame. */
export function perFrame(f) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      f();
    });
  };
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : name === "value" ? value : visible(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
}
