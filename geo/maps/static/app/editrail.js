// The tools at the left of the map: what the pointer does, and operations on the target.

import { REFERENCE_ZOOM, grids, t } from "./data.js";
import { announce, el } from "./dom.js";
import { gridsAround } from "./drawing.js";
import { toolIcon } from "./icons.js";
import { MODES } from "./tools.js";

// A grid that is smaller on the screen is not seen well enough to judge what is proposed.
const SEEN_PX = 90;
export const ACTS = ["split", "merge", "insert", "dissolve", "repair", "balance"];

/** The rail; `use(mode)` and `operate(act)` do what is pressed. */
export function makeRail(use, operate) {
  const button = (name, word, data, act) => el("button", { type: "button", class: "tool", ...data, onclick: act }, toolIcon(name), el("span", {}, t(word)));
  return el(
    "div",
    { class: "float rail", role: "toolbar", "aria-label": t("tools"), "aria-orientation": "vertical" },
    ...MODES.map((mode) => button(mode, `tool_${mode}`, { "data-mode": mode, "aria-pressed": "false" }, () => use(mode))),
    el("span", { class: "rail-rule", "aria-hidden": "true" }),
    ...ACTS.map((act) => button(act, `tool_${act}`, { "data-act": act }, () => operate(act))),
  );
}

/** Marks the tool in use. */
export function press(rail, mode) {
  for (const node of rail.querySelectorAll("[data-mode]")) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
}

export class Operations {
  /** `hint(text)` says beside the tools what is missing. */
  constructor(stage, editor, card, split, hint) {
    Object.assign(this, { stage, editor, card, split, hint });
  }

  /** Every operation is shown before it is done; what is shown is taken with Enter, so the map gets the focus. */
  start(act) {
    const { editor } = this;
    this.stage.map.getContainer().focus({ preventScroll: true });
    const grid = editor.target;
    if (grid && act !== "repair" && act !== "insert") this.see(grid);
    if (act === "repair") editor.propose({ op: "repair" });
    else if (act === "insert" && editor.chosen.size) editor.propose({ op: "insert", units: [...editor.chosen] });
    else if (!grid || act === "insert") this.miss(t(act === "insert" ? "choose_units" : "choose_target"));
    else if (act === "split") this.split.begin(grid.k, "even");
    else if (act === "dissolve") editor.propose({ op: "dissolve", grid: grid.k });
    else if (act === "balance") this.balance(grid.k);
    else this.merge(grid.k);
  }

  /** Brings the target into sight: what is proposed is judged by eye. */
  see(grid) {
    const { map } = this.stage;
    const [x0, y0, x1, y1] = grid.box;
    const wide = Math.max(x1 - x0, y1 - y0) * 2 ** (map.getZoom() - REFERENCE_ZOOM);
    const inside = map.getBounds().contains(L.latLngBounds(this.stage.corners(grid.box)));
    if (!inside || wide < SEEN_PX) this.stage.zoomTo(grid);
  }

  merge(label) {
    const [other] = gridsAround(label);
    if (other === undefined) this.miss(t("no_neighbour_grid"));
    else this.editor.propose({ op: "merge", grids: [label, other], grid: label }, "merge");
  }

  balance(label) {
    this.editor.propose({ op: "rebalance", grid: label, rings: this.card.rings }, "rings");
  }

  /** What puts a fault right. */
  mend(fault) {
    this.stage.map.getContainer().focus({ preventScroll: true });
    if (fault.kind === "edit_units_without_grid") this.editor.propose({ op: "repair", grids: [-1] });
    else if (fault.kind === "grid_in_pieces") this.editor.propose({ op: "repair", grids: [fault.label] });
    else {
      this.editor.aim(grids[fault.label]);
      this.balance(fault.label);
    }
  }

  miss(text) {
    announce(text);
    this.hint(text);
  }
}
