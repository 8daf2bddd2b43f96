// What an editor sees over the sheet: locks, units without a grid, what is chosen, proposed, or was changed by others.

import { grids } from "./data.js";
import { WASH } from "./colours.js";
import { labelOf, state } from "./drawing.js";
import { outlineOf, units } from "./units.js";
import { ramp, stroke } from "./canvas.js";
import { hatch } from "./hatch.js";

/** Over the washes, under the lines: locked ground and units without a grid. */
export function paintStates(ctx, view) {
  const locked = new Path2D();
  for (const k of state.lockedGrids) if (grids[k] && !grids[k].gone) locked.addPath(grids[k].path);
  for (const k of state.lockedUnits) locked.addPath(units[k].path);
  ctx.fillStyle = hatch(ctx, view, 9, "rgba(23,34,45,.34)", 1.2);
  ctx.fill(locked);
  const loose = units.filter((u) => labelOf[u.k] < 0);
  if (!loose.length) return;
  const path = new Path2D();
  for (const u of loose) path.addPath(u.path);
  ctx.fillStyle = "#ffffff";
  ctx.fill(path);
  ctx.fillStyle = hatch(ctx, view, 7, "rgba(180,42,29,.55)", 1.4);
  ctx.fill(path);
}

/** Over everything: units that were chosen, proposed or changed by somebody else. */
export function paintWork(ctx, view, editor) {
  const { phase } = editor;
  if (phase.kind === "proposal" && phase.told) proposed(ctx, view, phase.told);
  if (editor.chosen.size) {
    const members = [...editor.chosen];
    const path = together(members);
    ctx.fillStyle = "rgba(31,95,149,.16)";
    ctx.fill(path);
    ctx.fillStyle = hatch(ctx, view, 8, "rgba(31,95,149,.65)", 1.3);
    ctx.fill(path);
    const edge = outlineOf((k) => editor.chosen.has(k), members);
    stroke(ctx, view, edge, "#ffffff", 5);
    stroke(ctx, view, edge, "#1f5f95", 2.4, [7, 4]);
  }
  if (editor.flashed.size) {
    const edge = outlineOf((k) => editor.flashed.has(k), [...editor.flashed]);
    stroke(ctx, view, edge, "#ffffff", ramp(view.zoom, [[13, 5], [16, 8]]));
    stroke(ctx, view, edge, "#b07a12", ramp(view.zoom, [[13, 2.6], [16, 4]]));
  }
}

/** Proposed moves: the colour of the grid that they would go to, hatched, with an ink outline. */
function proposed(ctx, view, told) {
  for (const [label, list] of told.units) {
    const grid = grids[label];
    const path = together(list);
    ctx.fillStyle = grid && !grid.gone ? WASH[grid.colour] : "#ffffff";
    ctx.fill(path);
    ctx.fillStyle = hatch(ctx, view, 8, "rgba(23,34,45,.5)", 1.2);
    ctx.fill(path);
    const members = new Set(list);
    const edge = outlineOf((k) => members.has(k), list);
    stroke(ctx, view, edge, "#ffffff", 4.4);
    stroke(ctx, view, edge, "#17222d", 2);
  }
}

function together(list) {
  const path = new Path2D();
  for (const k of list) path.addPath(units[k].path);
  return path;
}
