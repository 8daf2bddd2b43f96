// Borders, each drawn once: an arc is a grid, community or street line only where its two sides differ.

import { areaOfLevel, data, decode, grids, pathOf, trace } from "./data.js";
import { ramp, stroke } from "./canvas.js";

const WIDTH = {
  unit: [[14.8, 0.7], [16, 0.8], [17, 1]],
  grid: [[13, 1], [14.5, 1], [16, 1.7], [17, 2.2]],
  community: [[13, 1.4], [14.5, 1.6], [16, 2.4], [17, 3]],
  street: [[13, 1.6], [14.5, 2], [16, 3], [17, 3.6]],
};
const outline = pathOf(data.outline, true);

/** The borders of a net: arcs as the page has them, and the grids that the arcs' pieces belong to. */
export class Borders {
  constructor(arcs, list) {
    Object.assign(this, { arcs, list });
    this.lines = null;
  }

  /** Every arc decoded, once. */
  get decoded() {
    if (!this.xy) this.xy = this.arcs.line.map(decode);
    return this.xy;
  }

  /** Pieces have changed grids: the lines are put together anew when they are next drawn. */
  changed() {
    this.lines = null;
  }

  /** What kind of line an arc is, from the grids on its sides (−1 for none, -2 outside). */
  kindOf(left, right) {
    if (left === right) return "unit";
    if (left === -2 || right === -2) return "street";
    if (left < 0 || right < 0) return "grid";
    const a = this.list[left].parent;
    const b = this.list[right].parent;
    if (a === b) return "grid";
    return areaOfLevel(a, "street") === areaOfLevel(b, "street") ? "community" : "street";
  }

  build() {
    const { left, right, grid } = this.arcs;
    const groups = { unit: [], grid: [], community: [], street: [] };
    const gridOf = (piece) => (piece < 0 ? -2 : grid[piece]);
    this.decoded.forEach((xy, i) => groups[this.kindOf(gridOf(left[i]), gridOf(right[i]))].push(xy));
    const lines = {};
    for (const [kind, parts] of Object.entries(groups)) {
      lines[kind] = new Path2D();
      // Joined end to end, so that a dash runs on over the many arcs of one border; unit lines have no dash.
      for (const xy of kind === "unit" ? parts : chain(parts)) trace(lines[kind], xy, false);
    }
    this.lines = lines;
    return lines;
  }
}

export const borders = new Borders(data.arcs, grids);

/** The lines of a net, or those of a tile; null where they have not come. */
function linesOf({ tile }, net) {
  if (!tile) return net.lines || net.build();
  return tile.parts.borders ? tile.parts.borders.paths : null;
}

/** What the net covers of a tile; null where that is not known. */
function coveredBy({ tile }) {
  return tile.parts.grids ? tile.parts.grids.covered() : null;
}

/** Unit lines, far in only. */
export function paintUnits(ctx, view, net = borders) {
  if (view.zoom < 14.8) return;
  const { units } = view.tile ? view.tile.parts : {};
  const path = view.tile ? units && units.path : linesOf(view, net).unit;
  if (path) stroke(ctx, view, path, "rgba(23,34,45,.22)", ramp(view.zoom, WIDTH.unit));
}

/** What lies outside the area fades into the paper. */
export function paintVeil(ctx, view, around = outline) {
  if (!data.outline.length && !view.tile) return;
  const inside = view.tile ? coveredBy(view) : around;
  if (!inside) return;
  const veil = new Path2D();
  const [x0, y0, x1, y1] = view.box;
  veil.rect(x0, y0, x1 - x0, y1 - y0);
  veil.addPath(inside);
  ctx.fillStyle = "rgba(241,241,237,.72)";
  ctx.fill(veil, "evenodd");
}

/** Grid lines, then community and street lines on their band. */
export function paintBorders(ctx, view, quiet, net = borders) {
  const lines = linesOf(view, net);
  if (!lines) return;
  const z = view.zoom;
  const band = ramp(z, [[13, 4], [14.5, 6], [16, 9]]);
  stroke(ctx, view, lines.community, "rgba(31,95,149,.2)", band);
  stroke(ctx, view, lines.street, "rgba(31,95,149,.2)", band);
  const grid = ramp(z, WIDTH.grid);
  if (lines.grid) stroke(ctx, view, lines.grid, "rgba(255,255,255,.9)", ramp(z, [[13, 1.6], [14.5, 2.4], [16, 4.2], [17, 5]]));
  if (lines.grid) stroke(ctx, view, lines.grid, quiet ? "#6d7b89" : "#2b3844", quiet ? grid * 0.8 : grid);
  for (const kind of ["community", "street"]) {
    const width = ramp(z, WIDTH[kind]);
    stroke(ctx, view, lines[kind], "#ffffff", width + 2);
    const unit = Math.max(0.6, width / 2.4);
    stroke(ctx, view, lines[kind], "#123f66", width, [12, 4, 2.5, 4].map((d) => d * unit));
  }
}

/** Joins lines whose ends meet where exactly two of them meet. */
export function chain(parts) {
  const ends = new Map();
  const key = (x, y) => `${Math.round(x * 16)},${Math.round(y * 16)}`;
  const at = (xy, last) => (last ? key(xy[xy.length - 2], xy[xy.length - 1]) : key(xy[0], xy[1]));
  parts.forEach((xy, i) => {
    for (const last of [false, true]) {
      const k = at(xy, last);
      if (!ends.has(k)) ends.set(k, []);
      ends.get(k).push(i);
    }
  });
  const used = new Uint8Array(parts.length);
  const out = [];
  for (let i = 0; i < parts.length; i += 1) {
    if (used[i]) continue;
    used[i] = 1;
    const run = Array.from(parts[i]);
    for (const forward of [true, false]) {
      for (;;) {
        const k = forward ? key(run[run.length - 2], run[run.length - 1]) : key(run[0], run[1]);
        const here = ends.get(k);
        const next = here.length === 2 ? here.find((j) => !used[j]) : undefined;
        if (next === undefined) break;
        used[next] = 1;
        let xy = Array.from(parts[next]);
        if ((at(parts[next], false) === k) !== forward) xy = reversed(xy);
        if (forward) run.push(...xy.slice(2));
        else run.unshift(...xy.slice(0, -2));
      }
    }
    out.push(run);
  }
  return out;
}

function reversed(xy) {
  const out = [];
  for (let i = xy.length - 2; i >= 0; i -= 2) out.push(xy[i], xy[i + 1]);
  return out;
}
