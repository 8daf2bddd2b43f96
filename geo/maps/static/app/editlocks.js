// Locks: a locked grid neither gives nor takes, a locked unit keeps its grid; the server holds both.

import { grids } from "./data.js";
import { labelOf, state } from "./drawing.js";

export function lockGrid(editor, grid) {
  editor.send({ op: state.lockedGrids.has(grid.k) ? "unlock" : "lock", grids: [grid.k] });
}

/** Locks units, or unlocks them where all are locked by themselves; those without a grid have nothing to keep. */
export function lockUnits(editor, list) {
  const held = list.filter((k) => labelOf[k] >= 0);
  if (!held.length || editor.readOnly) return;
  const open = held.filter((k) => !state.lockedUnits.has(k));
  editor.send(open.length ? { op: "lock", units: open } : { op: "unlock", units: held });
}

/** Locks all grids, or unlocks them where all are locked. */
export function lockAll(editor) {
  const live = grids.filter((grid) => !grid.gone).map((grid) => grid.k);
  const open = live.filter((k) => !state.lockedGrids.has(k));
  editor.send(open.length ? { op: "lock", grids: open } : { op: "unlock", grids: live });
}
