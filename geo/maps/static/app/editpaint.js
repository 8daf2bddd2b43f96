// What an editor sees over the sheet: locks, units without a grid, what is chosen, proposed, or was changed by others.

import { grids } from "./data.js";
import { WASH } from "./colours.js";
import { state, unitsOf } from "./drawing.js";
import { outlineOf, pathOfRings, ringsOf } from "./units.js";
import { ramp, stroke } from "./canvas.js";
import { hatch } from "./hatch.js";

/** Over the washes, under the lines: locked ground and units without a grid. */
export function paintStates(ctx, view) {
  ctx.fillStyle = hatch(ctx, view, 9, "rgba(23,34,45,.34)", 1.2);
  for (const k of state.lockedGrids) if (grids[k] && !grids[k].gone) ctx.fill(grids[k].path, "evenodd");
  if (state.lockedUnits.size) ctx.fill(together([...state.lockedUnits]), "evenodd");
  const loose = [...unitsOf(-1)];
  if (!loose.length) return;
  const path = together(loose);
  ctx.fillStyle = "#ffffff";
  ctx.fill(path, "evenodd");
  ctx.fillStyle = hatch(ctx, view, 7, "rgba(180,42,29,.55)", 1.4);
  ctx.fill(path, "evenodd");
}

/** Borders that no grid may cross: ticks across the line, whatever line runs there. */
export function paintClosed(ctx, view, path) {
  if (view.zoom < 13) return;
  const width = ramp(view.zoom, [[13, 4], [15, 7], [17, 10]]);
  stroke(ctx, view, path, "#ffffff", width + 2, [3.6, 6.4]);
  stroke(ctx, view, path, "#5f6c79", width, [2, 8]);
}

/** Over everything: units that were chosen, proposed or changed by somebody else. */
export function paintWork(ctx, view, editor) {
  const { phase } = editor;
  if (phase.kind === "proposal" && phase.told) proposed(ctx, view, phase.told);
  if (editor.chosen.size) {
    const members = [...editor.chosen];
    const path = together(members);
    ctx.fillStyle = "rgba(31,95,149,.16)";
    ctx.fill(path, "evenodd");
    ctx.fillStyle = hatch(ctx, view, 8, "rgba(31,95,149,.65)", 1.3);
    ctx.fill(path, "evenodd");
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
    ctx.fill(path, "evenodd");
    ctx.fillStyle = hatch(ctx, view, 8, "rgba(23,34,45,.5)", 1.2);
    ctx.fill(path, "evenodd");
    const members = new Set(list);
    const edge = outlineOf((k) => members.has(k), list);
    stroke(ctx, view, edge, "#ffffff", 4.4);
    stroke(ctx, view, edge, "#17222d", 2);
  }
}

function together(list) {
  return pathOfRings(ringsOf(list));
}
