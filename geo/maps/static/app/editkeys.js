// Keys of the editor: single letters while the map or the list has the focus; arrows choose units by adjacency.

import { grids, t } from "./data.js";
import { announce, el, put } from "./dom.js";
import { labelOf, state } from "./drawing.js";
import { lockGrid, lockUnits } from "./editlocks.js";
import { neighbours, unitAt, units } from "./units.js";

import { stroke } from "./canvas.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keys {
  constructor({ stage, editor, tools, panel, faults, split, help, aim }) {
    Object.assign(this, { stage, editor, tools, panel, faults, split, help, aim });
    this.cursor = null;
    document.addEventListener("keydown", (event) => this.down(event));
    document.addEventListener("keyup", (event) => {
      if (event.key === " ") tools.hold(false);
    });
    window.addEventListener("blur", () => tools.hold(false));
    stage.map.getContainer().addEventListener("pointerdown", () => this.hide());
  }

  /** Single keys work where nobody types or chooses something else. */
  quiet(event) {
    const node = event.target;
    if (["Enter", "Escape"].includes(event.key) && node.closest && node.closest(".action input, .action select")) return false;
    return node.closest && Boolean(node.closest("input, textarea, select, [contenteditable], dialog, summary"));
  }

  down(event) {
    if (this.quiet(event)) return;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (control) {
      if (key === "z") this.act(event, () => (event.shiftKey ? this.editor.redo() : this.editor.undo()));
      else if (key === "y") this.act(event, () => this.editor.redo());
      else if (key === "Enter") this.act(event, () => this.editor.commit());
      return;
    }
    if (event.altKey) return;
    if (key === "Escape") {
      this.act(event, () => (this.cursor !== null && this.editor.phase.kind === "idle" ? this.hide() : this.editor.escape()));
      return;
    }
    const box = this.stage.map.getContainer();
    const onMap = box.contains(document.activeElement) || document.activeElement === document.body;
    const onButton = event.target.closest && event.target.closest("button, a");
    if (key === "Enter" && !onButton) {
      this.act(event, () => (this.cursor !== null && onMap && this.tools.mode === "pick" && this.choosing() ? this.enter() : this.editor.commit()));
      return;
    }
    if (key === " " && onMap && !onButton) {
      this.act(event, () => this.tools.hold(true));
      return;
    }
    if (ARROWS[key] && onMap && !onButton && this.tools.mode === "pick") {
      this.act(event, () => this.walk(ARROWS[key]));
      return;
    }
    const letters = this.letters(event);
    if (letters[key]) this.act(event, letters[key]);
  }

  letters(event) {
    const { editor, tools, panel, faults, stage } = this;
    return {
      v: () => tools.use("pick"),
      s: () => tools.use("lasso"),
      b: () => tools.use("paint"),
      "[": () => tools.resize(-1),
      "]": () => tools.resize(1),
      j: () => panel.step(1),
      k: () => panel.step(-1),
      l: () => (event.shiftKey ? this.lockHere() : editor.target ? lockGrid(editor, editor.target) : announce(t("choose_target"))),
      n: () => faults.walk(event.shiftKey ? -1 : 1),
      o: () => this.aimHere(),
      "/": () => document.getElementById("find").focus(),
      "?": () => this.help(),
      "+": () => stage.map.zoomIn(1),
      "=": () => stage.map.zoomIn(1),
      "-": () => stage.map.zoomOut(1),
    };
  }

  act(event, f) {
    event.preventDefault();
    f();
  }

  /** Shift+L: the units chosen, else the one under the cursor. */
  lockHere() {
    const { editor } = this;
    const list = editor.chosen.size ? [...editor.chosen] : this.cursor === null ? [] : [this.cursor];
    if (list.length) lockUnits(editor, list);
    else announce(t("choose_units_to_lock"));
  }

  /** Whether Enter chooses a unit; where something waits to be taken, tried again or done anew it does that. */
  choosing() {
    const { phase } = this.editor;
    return ["idle", "chosen"].includes(phase.kind) || (this.split.way === "seeds" && !(phase.told && phase.told.count));
  }

  /** O: the grid under the cursor becomes the target, as Alt and a click do. */
  aimHere() {
    const label = this.cursor === null ? -1 : labelOf[this.cursor];
    if (label >= 0) this.aim(grids[label]);
    else if (this.stage.hovered) this.aim(this.stage.hovered);
  }

  /** The cursor goes to the neighbour that lies most in a direction. */
  walk([dx, dy]) {
    document.body.classList.add("keyed");
    if (this.cursor === null) {
      const middle = this.stage.planeOf(this.stage.map.getCenter());
      const from = this.editor.target && this.editor.target.label ? this.editor.target.label.at : middle;
      const under = unitAt(...from);
      this.cursor = under ? under.k : nearest(from);
    } else {
      const [x, y] = units[this.cursor].at;
      let best = null;
      for (const k of neighbours(this.cursor)) {
        const [ex, ey] = [units[k].at[0] - x, units[k].at[1] - y];
        const cos = (ex * dx + ey * dy) / (Math.hypot(ex, ey) || 1);
        if (cos > 0.35 && (!best || cos > best.cos)) best = { k, cos };
      }
      if (!best) {
        announce(t("no_neighbour"));
        return;
      }
      this.cursor = best.k;
    }
    this.show();
  }

  show() {
    const { map } = this.stage;
    const unit = units[this.cursor];
    const at = this.stage.latLngOf(unit.at);
    if (!map.getBounds().pad(-0.1).contains(at)) map.panTo(at, { animate: false });
    this.stage.top.repaint();
    const label = labelOf[unit.k];
    const shut = state.lockedUnits.has(unit.k) || state.lockedGrids.has(label);
    const said = [t("unit_is", { id: String(unit.k + 1), grid: label >= 0 ? grids[label].name : t("no_grid"), n: unit.weight })];
    if (this.editor.chosen.has(unit.k)) said.push(t("unit_chosen"));
    if (shut) said.push(t("unit_locked"));
    announce(said.join(t("stop")));
  }

  enter() {
    if (this.split.way === "seeds") this.split.seed(this.cursor);
    else if (this.editor.target === null && labelOf[this.cursor] >= 0) this.aim(grids[labelOf[this.cursor]]);
    else this.editor.toggle(this.cursor);
  }

  hide() {
    this.cursor = null;
    document.body.classList.remove("keyed");
    this.stage.top.repaint();
  }

  paint(ctx, view) {
    if (this.cursor === null) return;
    stroke(ctx, view, units[this.cursor].path, "#ffffff", 6);
    stroke(ctx, view, units[this.cursor].path, "#17222d", 2.6);
  }
}

function nearest([x, y]) {
  let best = { k: 0, d: Infinity };
  for (const u of units) {
    const d = Math.hypot(u.at[0] - x, u.at[1] - y);
    if (d < best.d) best = { k: u.k, d };
  }
  return best.k;
}

/** The list of keys, as a dialog beside the map. */
export function helpDialog() {
  const keys = [
    ["V", "tool_pick"], ["S", "tool_lasso"], ["B", "tool_paint"], ["[ ]", "key_brush"], [t("key_space"), "tool_pan"],
    ["Enter", "key_enter"], ["Ctrl+Enter", "key_commit"], ["Esc", "key_escape"], ["↑ ↓ ← →", "key_arrows"], ["Alt / O", "key_aim"],
    ["J K", "key_rows"], ["L", "key_lock"], ["Shift+L", "key_lock_units"], ["N", "key_faults"], ["/", "key_find"], ["+ −", "key_zoom"],
    ["Ctrl+Z", "undo"], ["Ctrl+Shift+Z", "redo"], ["Shift", "key_shift"], ["Alt", "key_alt"], ["?", "key_help"],
  ];
  const node = el("dialog", { class: "help", "aria-labelledby": "help-head" });
  put(
    node,
    el("h2", { id: "help-head" }, t("keys")),
    el("dl", {}, keys.map(([key, word]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(word))))),
    el("button", { type: "button", class: "btn main", onclick: () => node.close() }, t("close")),
  );
  document.body.append(node);
  return () => node.showModal();
}
