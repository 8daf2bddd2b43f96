// The panel of a draft: its state, live figures, the balance strip, checkpoints, every grid in a table, the foot.

import { data, grids, t } from "./data.js";
import { el, isPhone, put, said } from "./dom.js";
import { state } from "./drawing.js";
import { lockAll, lockGrid } from "./editlocks.js";
import { Rows } from "./editrows.js";
import { clock, count, decimal, isoMoment, planName } from "./format.js";
import { toolIcon } from "./icons.js";
import { keep } from "./links.js";
import { balanceStrip } from "./strip.js";
import { figures } from "./table.js";

export class EditPanel {
  constructor(panel, stage, editor, faults, { onSubmit, finder }) {
    Object.assign(this, { panel, stage, editor, faults, onSubmit });
    this.head = el("section", { class: "block block-plan" });
    this.strip = el("section", { class: "block block-strip" });
    this.tableNode = el("section", { class: "block block-table" });
    this.table = new Rows(this.tableNode);
    this.rows = this.table.list;
    this.menu = this.marks();
    this.facts = el("div", {});
    // The menu stays in its place: whoever types in it is not disturbed by what others do.
    this.head.append(el("div", { class: "head-line" }, el("h1", {}, said(data.draft.name)), this.menu), this.facts);
    this.lost = null;
    this.foot = el("div", { class: "foot" });
    this.scroll = el("div", { class: "scroll" }, this.head, this.strip, faults.node, finder, this.tableNode);
    // The foot stands below what scrolls, so that it covers no row.
    panel.append(this.scroll, this.foot);
    this.listen();
  }

  /** Everything that comes from the drawing. */
  render() {
    const focus = this.focused();
    this.renderHead();
    this.renderMarks();
    put(
      this.strip,
      el("h2", { class: "sr" }, t("balance")),
      balanceStrip(live(), (grid) => this.pick(grid), (grid) => this.stage.hover(grid)),
      el("p", { class: "strip-note" }, t(data.band ? "band_note" : "band_people", { low: count(state.band[0]), high: count(state.band[1]) })),
    );
    this.faults.render();
    this.table.render(() => lockAll(this.editor));
    this.renderFoot();
    this.work();
    if (focus) {
      const again = this.panel.querySelector(focus);
      if (again) again.focus({ preventScroll: true });
    }
  }

  /** What had the focus, as a selector that finds it again in a panel that was made anew. */
  focused() {
    const node = document.activeElement;
    if (!this.panel.contains(node)) return null;
    if (node.dataset.part) return `[data-part="${node.dataset.part}"]`;
    const row = node.closest("tr[data-grid]");
    if (row) return `tr[data-grid="${row.dataset.grid}"] ${node.classList.contains("lock") ? ".lock" : ".row-name"}`;
    return node.dataset.fault ? `[data-fault="${node.dataset.fault}"]` : null;
  }

  renderHead() {
    const totals = state.totals;
    put(
      this.facts,
      el(
        "p",
        { class: "state" },
        el("span", { class: "chip chip-draft" }, t(state.submitted === null ? "state_editing" : "state_submitted")),
        el("span", {}, t("based_on", { plan: planName(data.plan) })),
        this.line(),
      ),
      figures(
        [
          [t("grids"), count(totals.grids)],
          totals.residents === null ? null : [t("sum_people"), count(totals.residents)],
          [t(`sum_${data.measure}`), count(totals.weight)],
          [t("mean"), count(totals.grids ? totals.weight / totals.grids : 0), t(`unit_${data.measure}`)],
          [t("out_of_band"), count(totals.outside_band), "", totals.outside_band ? "over" : ""],
          [t("compactness"), totals.compactness === null ? "–" : decimal(totals.compactness, 2)],
        ].filter(Boolean),
        "figures-six",
      ),
    );
  }

  /** When the last step was kept; or since when nobody answers, with the way back. */
  line() {
    if (!this.lost) return el("time", { class: "saved", datetime: isoMoment(state.savedAt), title: isoMoment(state.savedAt) }, t("saved_at", { time: clock(state.savedAt) }));
    return el(
      "span",
      { class: "saved lost", role: "alert" },
      t("line_lost", { time: clock(this.lost.since) }),
      " ",
      el("button", { type: "button", class: "link", "data-part": "connect", onclick: this.lost.again }, t("connect")),
    );
  }

  /** The line is gone (`since` in seconds, `again` asks once more), or is back (null). */
  setLine(lost) {
    this.lost = lost;
    this.renderHead();
  }

  /** The menu of checkpoints: set one, go back to one. It stays as it is while others work, with what is typed in it. */
  marks() {
    const { editor } = this;
    const input = el("input", { type: "text", maxlength: 60, "aria-label": t("checkpoint_name"), placeholder: t("checkpoint_name"), "data-part": "mark-name" });
    const set = (event) => {
      event.preventDefault();
      if (!input.value.trim()) return;
      editor.send({ op: "checkpoint", name: input.value.trim() });
      input.value = "";
      menu.open = false;
      this.summary.focus();
    };
    this.summary = el("summary", { "data-part": "marks" });
    this.marksList = el("div", {});
    const menu = el("details", { class: "marks" }, this.summary, el("div", { class: "menu float" }, this.marksList, el("form", { onsubmit: set }, input, el("button", { type: "submit", class: "btn" }, t("checkpoint_set_now")))));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      this.summary.focus();
      event.stopPropagation();
    });
    return menu;
  }

  renderMarks() {
    const back = (mark) => {
      this.menu.open = false;
      this.editor.send({ op: "restore", name: mark.name });
    };
    const item = (mark) =>
      el(
        "li",
        {},
        el("button", { type: "button", class: "menu-item", onclick: () => back(mark) }, said(mark.name)),
        el("span", { class: "quiet" }, said(mark.by), " ", clock(mark.at)),
      );
    put(this.summary, t("checkpoints"), state.marks.length ? ` ${state.marks.length}` : "");
    put(this.marksList, state.marks.length ? el("ul", {}, [...state.marks].reverse().map(item)) : el("p", { class: "note" }, t("checkpoints_none")));
  }

  renderFoot() {
    const { editor } = this;
    if (state.submitted !== null) {
      put(this.foot, el("a", { class: "btn main", href: keep(`/maps/plans/${state.submitted}`) }, t("to_plan", { n: state.submitted })));
      return;
    }
    const named = { undo: (what) => t("undo_what", { what }), redo: (what) => t("redo_what", { what }) };
    const back = (op, what, act) =>
      el(
        "button",
        { type: "button", class: "btn", "data-part": op, disabled: what ? null : "", "aria-label": what ? named[op](what) : t(op), title: what ? named[op](what) : t(op), onclick: act },
        toolIcon(op),
        op === "undo" ? t(op) : null,
      );
    put(
      this.foot,
      back("undo", state.undo, () => editor.undo()),
      back("redo", state.redo, () => editor.redo()),
      el("span", { class: "foot-what quiet" }, state.undo ? [t("undo_what", { what: "" }), said(state.undo)] : null),
      el("a", { class: "btn", href: keep(`/maps/compare?a=${data.plan.id}&b=d${data.draft.draft}`) }, t("compare_now")),
      el("button", { type: "button", class: "btn main", "data-part": "submit", onclick: () => this.onSubmit() }, t("submit")),
    );
  }

  /** What comes from the planner's hand alone: the target's row, ghosts of what is proposed. */
  work() {
    const { editor } = this;
    for (const [k, row] of this.rows) {
      const on = editor.target !== null && editor.target.k === k;
      row.classList.toggle("chosen", on);
      row.querySelector(".row-name").setAttribute("aria-pressed", String(on));
      for (const ghost of row.querySelectorAll(".bar-ghost")) ghost.remove();
    }
    for (const { k, weight } of ghosts(editor)) {
      const row = this.rows.get(k);
      if (row) row.querySelector(".bar").append(el("i", { class: "bar-ghost", style: { left: `${this.table.place(weight)}%` } }));
    }
  }

  pick(grid) {
    this.editor.aim(grid);
    const { map } = this.stage;
    const box = L.latLngBounds(this.stage.corners(grid.box));
    if (!map.getBounds().intersects(box)) this.stage.zoomTo(grid);
    this.reveal(grid);
  }

  reveal(grid) {
    const row = this.rows.get(grid.k);
    // What peeks out of the sheet on a phone is its head.
    if (row && !isPhone()) row.scrollIntoView({ block: "nearest" });
  }

  /** J and K: the next or previous row. */
  step(by) {
    const order = [...this.rows.keys()];
    const at = this.editor.target ? order.indexOf(this.editor.target.k) : by > 0 ? -1 : order.length;
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
    if (next !== undefined) this.pick(grids[next]);
  }

  listen() {
    const gridOf = (event) => {
      const row = event.target.closest("tr.row");
      return row ? grids[Number(row.dataset.grid)] : null;
    };
    this.tableNode.addEventListener("mouseover", (event) => this.stage.hover(gridOf(event)));
    this.tableNode.addEventListener("mouseleave", () => this.stage.hover(null));
    this.tableNode.addEventListener("focusin", (event) => this.stage.hover(gridOf(event)));
    this.tableNode.addEventListener("click", (event) => {
      const grid = gridOf(event);
      if (!grid) return;
      if (event.target.closest(".lock")) lockGrid(this.editor, grid);
      else this.pick(grid);
    });
    let hovered = null;
    this.stage.hoverListeners.push((grid) => {
      if (hovered) hovered.classList.remove("hovered");
      hovered = grid ? this.rows.get(grid.k) : null;
      if (hovered) hovered.classList.add("hovered");
    });
  }
}

function live() {
  return grids.filter((grid) => !grid.gone);
}

/** Grids that what is proposed would change, and what they would weigh. */
function ghosts(editor) {
  const { phase } = editor;
  if (phase.kind === "chosen" && editor.target && editor.chosen.size) return editor.preview().rows.map(({ grid, after }) => ({ k: grid.k, weight: after }));
  if (phase.kind === "proposal" && phase.told) return phase.told.grids.filter((row) => row.after).map((row) => ({ k: row.label, weight: row.after.weight }));
  return [];
}
