// What the editor says of its steps, in the live region and in toasts.

import { data, grids, t } from "./data.js";
import { communityOf, deviationOf, state } from "./drawing.js";
import { people, percent } from "./format.js";

/** A sentence about a step that was kept; `n` units moved, `what` names the step that an undo took back. */
export function summary(body, n, what) {
  const left = t("faults_left", { n: state.faults.length });
  if (body.op === "move") return [t("moved_to", { n, grid: grids[body.grid].name }), left].join(t("stop"));
  if (body.op === "lock" || body.op === "unlock") return locked(body);
  if (body.op === "undo") return t("undone", { what });
  if (body.op === "redo") return t("redone", { what });
  if (body.op === "checkpoint") return t("checkpoint_set", { name: body.name });
  return [t("done_n", { n }), left].join(t("stop"));
}

function locked({ op, grids: labels = [], units: list = [] }) {
  if (list.length) return t(op === "lock" ? "units_locked" : "units_unlocked", { n: list.length });
  const grid = labels.length === 1 ? grids[labels[0]].name : t("n_grids", { n: labels.length });
  return t(op === "lock" ? "grid_locked" : "grid_unlocked", { grid });
}

/** What was left out of a choice and why. */
export function leftOut(skipped, target) {
  const said = [];
  if (skipped.locked.length) said.push(t("left_locked", { n: skipped.locked.length }));
  if (skipped.area.length) said.push(t("left_area", { n: skipped.area.length, area: communityOf(target.parent) }));
  return said;
}

/** What a grid holds, and how much room there is. */
export function roomOf(grid) {
  const room = state.band[1] - grid.weight;
  const sum = people(grid.weight, data.measure);
  return room >= 0 ? t("room_for", { sum, n: people(room, data.measure) }) : t("room_over", { sum, n: people(-room, data.measure) });
}

/** A weight as the plan judges it: by itself where a band is required, else by its deviation. */
export function judged(weight) {
  return data.band ? people(weight, data.measure) : percent(deviationOf(weight));
}
