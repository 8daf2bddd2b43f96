// The card at the foot of the map: what is about to happen, in numbers, before it happens; and why it did not.

import { data, grids, t, unplane } from "./data.js";
import { el, isPhone, motion, put, said } from "./dom.js";
import { deviationOf, gridsAround, sideOf, state } from "./drawing.js";
import { lockUnits } from "./editlocks.js";
import { WAYS } from "./editsplit.js";
import { units } from "./units.js";
import { clock, count, people, percent } from "./format.js";

const ROWS = 3;

export class ActionCard {
  constructor(stage, editor) {
    Object.assign(this, { stage, editor });
    this.node = el("section", { class: "float action", hidden: true, "aria-label": t("action") });
    stage.float(this.node);
    this.rings = 1;
    this.onWay = () => {};
  }

  render() {
    const { phase } = this.editor;
    const make = { idle: null, chosen: this.chosen, busy: this.busy, failed: this.failed, conflict: this.conflict, proposal: this.proposal }[phase.kind];
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    this.node.hidden = !make;
    this.node.className = `float action action-${phase.kind}`;
    // Only what must interrupt is assertive.
    if (phase.kind === "conflict" || phase.kind === "failed") this.node.setAttribute("role", "alert");
    else this.node.removeAttribute("role");
    if (make) put(this.node, ...make.call(this, phase));
    else put(this.node);
    if (focused) {
      const again = this.node.querySelector(`[data-part="${focused}"]:not([disabled])`) || this.node.querySelector("button:not([disabled])");
      (again || this.stage.map.getContainer()).focus({ preventScroll: true });
    }
    document.body.classList.toggle("acting", Boolean(make));
  }

  chosen() {
    const { editor } = this;
    const shown = editor.preview();
    const left = editor.left();
    const shut = editor.skipped.locked.filter((k) => state.lockedUnits.has(k));
    const keyed = document.body.classList.contains("keyed");
    return [
      shown.count
        ? el("div", { class: "action-sum" }, el("b", {}, t("chosen_units", { n: shown.count })), el("span", { class: "quiet" }, sums(shown)))
        : el("div", { class: "action-sum" }, el("b", {}, t("choose_more"))),
      editor.target && shown.count ? this.rows(shown.rows) : null,
      editor.target ? null : el("p", { class: "action-hint" }, t("choose_target")),
      left.length ? el("p", { class: "action-left" }, left.join(t("stop"))) : null,
      el(
        "div",
        { class: "buttons" },
        shut.length ? this.button("unlock", t("unlock_n", { n: shut.length }), "", () => lockUnits(editor, shut)) : null,
        shown.count ? this.button("lock", t("lock_n", { n: shown.count }), "Shift+L", () => lockUnits(editor, [...editor.chosen])) : null,
        this.button("cancel", t("cancel"), "Esc", () => editor.escape()),
        shown.count > 0 ? this.button("insert", t("new_grid"), "", () => editor.propose({ op: "insert", units: [...editor.chosen] })) : null,
        editor.target && shown.count
          ? this.button("go", t("move_to", { grid: editor.target.name }), keyed ? "Ctrl+Enter" : "Enter", () => editor.commit(), "main")
          : null,
      ),
    ];
  }

  busy(phase) {
    const grid = phase.body.op === "move" ? grids[phase.body.grid].name : "";
    return [
      el("div", { class: "action-sum" }, el("b", {}, grid ? t("moving_to", { grid }) : t("working"))),
      el("div", { class: "buttons" }, this.button("go", t("working"), "", () => {}, "main", true)),
    ];
  }

  failed(phase) {
    const { editor } = this;
    const far = phase.code === "draft_units_apart" && phase.body.op === "move";
    return [
      el("span", { class: "mark-warn", "aria-hidden": "true" }, "!"),
      el(
        "div",
        { class: "action-text" },
        el("b", {}, t("not_saved")),
        el("p", {}, said(phase.said)),
        el(
          "div",
          { class: "buttons" },
          phase.retry ? this.button("go", t("retry"), "Enter", () => editor.commit(), "main") : null,
          far ? this.button("anyway", t("move_anyway"), "", () => editor.move("allow")) : null,
          this.button("back", editor.chosen.size ? t("back_to_choice") : t("close"), "", () => editor.rest()),
        ),
      ),
    ];
  }

  conflict(phase) {
    const { editor } = this;
    const last = phase.steps[phase.steps.length - 1];
    const mine = phase.body.op === "move";
    const keeps = phase.lost
      ? t("conflict_lost", { n: phase.lost })
      : mine
        ? t(phase.touched ? "conflict_touched" : "conflict_untouched", { n: editor.chosen.size })
        : "";
    return [
      el("span", { class: "mark-warn", "aria-hidden": "true" }, "!"),
      el(
        "div",
        { class: "action-text" },
        el("b", {}, t("conflict_head"), " ", said(t("conflict_who", { who: last.by, time: clock(last.at) }))),
        el("p", {}, phase.steps.map((step, i) => [i ? t("semicolon") : "", said(step.text)]), t("stop"), keeps),
        el(
          "div",
          { class: "buttons" },
          this.button("go", t("redo_on_new"), "", () => editor.again(), "main"),
          this.button("look", t("see_theirs"), "", () => this.look(phase.steps)),
          this.button("drop", t("drop_mine"), "", () => editor.clear(), "plain"),
        ),
      ),
    ];
  }

  proposal(phase) {
    const { editor } = this;
    const { told, action, refused, how } = phase;
    const ready = told && told.count > 0;
    return [
      el(
        "div",
        { class: "action-sum" },
        el("b", {}, t(`tool_${action.op === "rebalance" ? "balance" : action.op}`), ready ? t("moves_n", { n: told.count }) : ""),
        el("span", { class: "quiet" }, ready ? sums({ weight: told.weight, households: told.households, residents: 0 }) : ""),
      ),
      this.control(phase),
      refused ? el("p", { class: "action-left" }, said(refused)) : null,
      told && !told.count ? el("p", { class: "action-hint" }, t("proposed_nothing")) : null,
      phase.missed ? el("p", { class: "action-left" }, phase.missed) : null,
      ready ? this.rows(told.grids.map((row) => this.changed(row))) : null,
      phase.waits && !phase.missed ? el("p", { class: "action-hint" }, t(`split_hint_${how}`, { grid: grids[action.grid].name })) : null,
      ready || told || refused || phase.waits ? null : el("p", { class: "action-hint" }, t("working")),
      el(
        "div",
        { class: "buttons" },
        this.button("cancel", t("cancel"), "Esc", () => editor.escape()),
        this.button("go", t("accept"), "Enter", () => editor.commit(), "main", !ready),
      ),
    ];
  }

  /** Rings of neighbours to balance, the way to split, or the grid to merge with. */
  control({ action, control, how }) {
    const { editor } = this;
    if (control === "rings") {
      const rings = (n) => {
        this.rings = n;
        editor.propose({ op: "rebalance", grid: action.grid, rings: n }, "rings");
      };
      return radios("rings", [1, 2].map((n) => [`ring${n}`, t(`rings_${n}`), this.rings === n, () => rings(n)]));
    }
    if (control === "split") return radios("split_by", WAYS.map((way) => [`way-${way}`, t(`split_${way}`), how === way, () => this.onWay(action.grid, way)]));
    if (control === "merge") {
      const select = el(
        "select",
        {
          "aria-label": t("merge_with"), "data-part": "merge",
          onchange: (event) => editor.propose({ op: "merge", grids: [editor.target.k, Number(event.target.value)], grid: editor.target.k }, "merge"),
        },
        gridsAround(editor.target.k).map((k) => el("option", { value: k, selected: action.grids.includes(k) ? "" : null }, grids[k].name)),
      );
      return el("label", { class: "merge-with" }, t("merge_with"), " ", select);
    }
    return null;
  }

  changed({ label, before, after }) {
    const grid = grids[label] || { k: label, name: after.name };
    return { grid, before: before ? before.weight : null, after: after ? after.weight : null };
  }

  /** Each grid touched: before → after. */
  rows(rows) {
    const list = [...rows].sort((a, b) => off(b) - off(a));
    const shown = list.slice(0, ROWS);
    return el(
      "dl",
      { class: "action-rows" },
      shown.map(({ grid, before, after }) =>
        el(
          "div",
          {},
          el("dt", {}, said(grid.name)),
          el("dd", {}, before === null ? el("span", {}, t("new_one")) : figure(before), " → ", after === null ? el("span", {}, t("gone_one")) : figure(after, true)),
        ),
      ),
      list.length > ROWS ? el("div", {}, el("dt", {}, t("more_grids", { n: list.length - ROWS })), el("dd", {}, "")) : null,
    );
  }

  button(part, word, key, act, kind = "", disabled = false) {
    return el(
      "button",
      { type: "button", class: `btn ${kind}`, "data-part": part, disabled: disabled ? "" : null, onclick: act },
      said(word),
      key && !isPhone() ? el("kbd", { "aria-hidden": "true" }, key) : null,
    );
  }

  /** Shows what the other person changed. */
  look(steps) {
    const list = steps.flatMap((step) => step.units);
    if (!list.length) return;
    this.editor.flash(list);
    const box = list.map((k) => units[k].box).reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
    const grow = Math.max(box[2] - box[0], box[3] - box[1]);
    const bounds = L.latLngBounds(unplane(box[0] - grow, box[1] - grow), unplane(box[2] + grow, box[3] + grow));
    this.stage.map.fitBounds(bounds, { maxZoom: 17, ...motion() });
    this.stage.repaint();
  }
}

/** One choice of few: [[part, word, whether it is chosen, what choosing does]]. */
function radios(word, list) {
  return el(
    "fieldset",
    { class: "rings" },
    el("legend", { class: "sr" }, t(word)),
    list.map(([part, text, on, act]) => el("label", {}, el("input", { type: "radio", name: word, "data-part": part, checked: on ? "" : null, onchange: act }), text)),
  );
}

function off({ grid, before, after }) {
  return (before === null || after === null ? 1e9 : Math.abs(after - before)) + (grid.gone ? 0 : 1e-6);
}

function figure(weight, after = false) {
  const side = sideOf(weight);
  const text = data.band ? people(weight, data.measure) : percent(deviationOf(weight));
  const cls = side > 0 ? "over" : side < 0 ? "under" : after ? "ok-text" : "";
  return el("b", { class: cls }, side > 0 ? "▲ " : side < 0 ? "▼ " : "", text);
}

/** Weight and what else is known of it. */
export function sums({ weight, households, residents }) {
  const parts = [people(weight, data.measure)];
  if (data.measure !== "people" && residents) parts.push(t("n_people", { n: count(residents) }));
  if (data.measure !== "households" && households) parts.push(t("n_households", { n: count(households) }));
  return parts.join(" · ");
}

