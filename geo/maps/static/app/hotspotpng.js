// The map as a picture: what is on the screen, with its heading above and its key below.

import { data, t } from "./data.js";
import { RATIO, TOO_FEW } from "./colours.js";
import { announce, visible } from "./dom.js";
import { coveredHeight } from "./drawer.js";
import { save } from "./files.js";
import { canvasesOf, creditShown, withOwnGround } from "./foreignmap.js";
import { WITHHELD_FILL, span, state } from "./hotspotstate.js";
import { classWords, periodName, summary } from "./hotspotwords.js";

const MARGIN = 16;
const LINE = 20;
const INK = "#17222d";
const QUIET = "#465361";

/** Hands over the map as a PNG. */
export async function exportPng(map) {
  const canvas = withOwnGround(() => pictureOf(map));
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const name = `hotspots-${span().first}.png`;
  save(name, blob);
  announce(t("hs_exported", { name }));
}

/** What a printer gets for the map: the page's own canvases would keep the screen's size. */
export function printMap(map, before) {
  let canvas = null;
  window.addEventListener("beforeprint", () => {
    if (canvas) canvas.remove();
    canvas = pictureOf(map);
    canvas.className = "print-map";
    before.before(canvas);
  });
  window.addEventListener("afterprint", () => {
    if (canvas) canvas.remove();
    canvas = null;
  });
}

/** The map as it is seen, without what covers it, as a canvas of twice the screen's pixels. */
function pictureOf(map) {
  const box = map.getContainer();
  const { width, height } = box.getBoundingClientRect();
  const seen = height - coveredHeight();
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  ctx.font = font(400, 12);
  const lines = broken(ctx, [filters(), ...summary()].filter(Boolean).join(" "), width - 2 * MARGIN);
  const head = 38 + lines.length * LINE;
  const signs = keySigns();
  const foot = MARGIN + key(ctx, signs, width, null) * LINE;
  canvas.width = Math.round(width * 2);
  canvas.height = Math.round((head + seen + foot) * 2);
  ctx.scale(2, 2);
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, width, head + seen + foot);
  heading(ctx, width, lines);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, head, width, seen);
  ctx.clip();
  ctx.translate(0, head);
  const origin = box.getBoundingClientRect();
  for (const sheet of canvasesOf(box)) {
    const at = sheet.getBoundingClientRect();
    ctx.drawImage(sheet, at.left - origin.left, at.top - origin.top, at.width, at.height);
  }
  for (const label of box.querySelectorAll(".lb-grid, .lb-area")) write(ctx, label, origin);
  ctx.restore();
  ctx.fillStyle = QUIET;
  ctx.font = font(400, 12);
  ctx.fillText(visible(creditShown()), 6, head + seen - 5);
  key(ctx, signs, width, head + seen + MARGIN / 2);
  return canvas;
}

function font(weight, size) {
  return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
}

/** The lines of a label at their places, with a white halo. */
function write(ctx, label, origin) {
  for (const node of label.children) {
    const at = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    ctx.font = font(style.fontWeight, parseFloat(style.fontSize));
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    const [x, y] = [at.left - origin.left + at.width / 2, at.top - origin.top + at.height / 2];
    const light = label.classList.contains("lb-light");
    ctx.lineWidth = 3;
    ctx.lineJoin = "round";
    ctx.strokeStyle = light ? "rgba(23,34,45,.55)" : "rgba(255,255,255,.9)";
    ctx.strokeText(node.textContent, x, y);
    ctx.fillStyle = style.color;
    ctx.fillText(node.textContent, x, y);
  }
}

function heading(ctx, width, lines) {
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillStyle = INK;
  ctx.font = font(600, 18);
  const title = [data.place, t("hotspots_title"), periodName(), state.change ? t("hs_mode_change") : ""].filter(Boolean).join(" · ");
  ctx.fillText(visible(title), MARGIN, 26, width - 2 * MARGIN);
  ctx.fillStyle = QUIET;
  ctx.font = font(400, 12);
  lines.forEach((line, i) => ctx.fillText(line, MARGIN, 46 + i * LINE));
}

/** A text in lines of at most so many pixels, broken between words or Chinese signs. */
function broken(ctx, text, width) {
  const lines = [""];
  for (const piece of visible(text).match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+/g) || []) {
    const at = lines.length - 1;
    if (lines[at] && ctx.measureText(lines[at] + piece).width > width) lines.push(piece.trimStart());
    else lines[at] += piece;
  }
  return lines;
}

/** What the choice is narrowed to. */
export function filters() {
  const { question, choices } = state.body;
  const category = choices.categories.find(([value]) => value === question.category);
  const department = choices.departments.find(([value]) => value === question.department);
  return [category && category[1], department && department[1]].filter(Boolean).join(" · ");
}

/** [fill, edge, width of the edge, words] of every sign. */
function keySigns() {
  const signs = RATIO.map((colour, k) => [colour, "rgba(23,34,45,.3)", 1, classWords(k)]);
  signs.push([TOO_FEW, "#9aa4ae", 1, t("too_few")]);
  if (state.body.public) signs.push([WITHHELD_FILL, "#aab2bb", 1, t("hs_withheld", { n: state.body.least })]);
  signs.push(["#ffffff", INK, 2, t("significant")]);
  return [[null, null, 0, t(state.change ? "hs_change" : "hs_ratio")], ...signs];
}

/** Draws the key from `top` on, or measures it alone (null); returns how many lines it takes. */
function key(ctx, signs, width, top) {
  ctx.font = font(400, 12);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  let [x, line] = [MARGIN, 0];
  for (const [fill, edge, thick, words] of signs) {
    const wide = (fill ? 22 : 0) + ctx.measureText(words).width + 14;
    if (x > MARGIN && x + wide > width) [x, line] = [MARGIN, line + 1];
    if (top !== null) {
      const y = top + line * LINE + LINE / 2;
      if (fill) {
        ctx.fillStyle = fill;
        ctx.fillRect(x, y - 6, 16, 12);
        ctx.strokeStyle = edge;
        ctx.lineWidth = thick;
        ctx.strokeRect(x, y - 6, 16, 12);
      }
      ctx.fillStyle = QUIET;
      ctx.fillText(words, x + (fill ? 22 : 0), y);
    }
    x += wide;
  }
  return line + 1;
}
