// The hotspots on the map: classes of the ratio, outlines of what is significant, dashed circles of clusters.

import { data, grids, pixelsPerMetre, planePoint, trace } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { borders, chain, paintBorders, paintVeil } from "./borders.js";
import { pattern, stroke } from "./canvas.js";
import { PAPER, SHEET } from "./colours.js";
import { hatch } from "./hatch.js";
import { FEW, WITHHELD, classOfGrid, clusters, colourOfGrid, isSignificant, state } from "./hotspotstate.js";
import { outlineOf, paintGrids, paper } from "./stage.js";
import { tiles } from "./vectortiles.js";

const INK = "#17222d";
const ACCENT = "#1f5f95";
// A circle reaches beyond the middles of its grids, and one grid has a circle too.
const MARGIN_M = 70;
const LEAST_M = 110;
export const look = { cluster: null };

export function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, state.layers.ratio ? colourOfGrid : () => SHEET);
  if (state.layers.ratio) {
    const fills = { [FEW]: dots(ctx, view), [WITHHELD]: hatch(ctx, view, 8, "#aab2bb", 1) };
    paintGrids(ctx, view, (grid) => fills[classOfGrid(grid)]);
  }
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, true);
  if (!state.layers.significant) return;
  const hot = outlineOf(view, grids.filter(isSignificant));
  for (const [colour, width] of [["#ffffff", 5], [INK, 2.4]]) stroke(ctx, view, hot, colour, width);
}

export function paintTop(ctx, view) {
  if (!state.layers.clusters) return;
  clusters().forEach((cluster, i) => {
    const colour = look.cluster === cluster ? ACCENT : INK;
    const path = pathOfCluster(cluster, view);
    stroke(ctx, view, path, "#ffffff", 5.6);
    stroke(ctx, view, path, colour, look.cluster === cluster ? 3.6 : 2.4, [7, 5]);
    number(ctx, view, signOf(cluster, i, view), String(i + 1), colour);
  });
}

/** Where the number of the i-th cluster stands, in the plane: on its edge; two circles at one place have two places. */
export function signOf(cluster, i, view) {
  const rows = cluster.shape === "neighbours" ? cluster.rows : [];
  if (rows.length) {
    const top = rows.map((k) => grids[k]).reduce((a, b) => (a.box[1] < b.box[1] ? a : b));
    return [(top.box[0] + top.box[2]) / 2, top.box[1]];
  }
  const [x, y] = middle(cluster);
  const angle = ((i % 8) * Math.PI) / 4 - Math.PI / 2;
  return [x + Math.cos(angle) * radius(cluster, view), y + Math.sin(angle) * radius(cluster, view)];
}

/** The box of a cluster in the plane. */
export function boxOf(cluster) {
  const [x, y] = middle(cluster);
  const r = radius(cluster, null);
  return [x - r, y - r, x + r, y + r];
}

function pathOfCluster(cluster, view) {
  const path = new Path2D();
  if (cluster.shape === "neighbours" && cluster.rows.length) {
    if (tiles) {
      for (const xy of tiles.around(cluster.rows.map((k) => grids[k]))) trace(path, xy, false);
      return path;
    }
    const inside = new Set(cluster.rows);
    const { left, right, grid } = data.arcs;
    const held = (piece) => piece >= 0 && inside.has(grid[piece]);
    const parts = borders.decoded.filter((_, i) => held(left[i]) !== held(right[i]));
    for (const xy of chain(parts)) trace(path, xy, false);
    return path;
  }
  path.arc(...middle(cluster), radius(cluster, view), 0, 2 * Math.PI);
  return path;
}

function middle(cluster) {
  return planePoint((cluster.lon - data.origin[0]) * 1e6, (cluster.lat - data.origin[1]) * 1e6);
}

function radius(cluster, view) {
  const metres = Math.max(cluster.radius_m + MARGIN_M, LEAST_M);
  // Far out a circle stays large enough to be seen around its number.
  return Math.max(metres * pixelsPerMetre(), view ? view.px(16) : 0);
}

function number(ctx, view, [x, y], text, colour) {
  ctx.beginPath();
  ctx.arc(x, y, view.px(11), 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = view.px(2);
  ctx.setLineDash([]);
  ctx.strokeStyle = "#ffffff";
  ctx.stroke();
  ctx.fillStyle = "#ffffff";
  ctx.font = `600 ${view.px(12)}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + view.px(0.5));
}

function dots(ctx, view) {
  return pattern(ctx, view, 6, (c) => {
    c.fillStyle = "#9aa4ae";
    c.beginPath();
    c.arc(3, 3, 1, 0, 7);
    c.fill();
  });
}
