// The card of the grid that units go to: what it holds, and how much room there is.

import { data, t } from "./data.js";
import { WASH } from "./colours.js";
import { el, put, said } from "./dom.js";
import { roomOf } from "./editwords.js";
import { count, decimal } from "./format.js";

const HINT_MS = 4000;

export class TargetCard {
  constructor(stage, editor) {
    this.editor = editor;
    this.node = el("section", { class: "float aim", "aria-label": t("target") });
    this.hinted = 0;
    stage.float(this.node);
  }

  /** Says for a while what is missing. */
  hint(text) {
    clearTimeout(this.hinted);
    put(this.node, el("p", { class: "aim-hint strong" }, text));
    this.hinted = setTimeout(() => this.render(), HINT_MS);
  }

  render() {
    clearTimeout(this.hinted);
    const { editor } = this;
    const grid = editor.target;
    if (editor.readOnly || !grid) {
      put(this.node, el("p", { class: "aim-hint" }, t(editor.readOnly ? "draft_closed" : "aim_hint")));
      return;
    }
    const facts = [];
    if (grid.residents !== null && data.measure !== "people") facts.push(t("n_people", { n: count(grid.residents) }));
    if (grid.households !== null && data.measure !== "households") facts.push(t("n_households", { n: count(grid.households) }));
    facts.push(t("n_units", { n: grid.units }), `${t("compactness")} ${decimal(grid.compactness, 2)}`);
    put(
      this.node,
      el("span", { class: "card-swatch", style: { background: WASH[grid.colour] } }),
      el("div", {}, el("h2", {}, t("move_to", { grid: "" }), said(grid.name)), el("p", { class: "quiet" }, roomOf(grid)), el("p", { class: "quiet" }, facts.join(" · "))),
      el("button", { type: "button", class: "close", "aria-label": t("target_clear"), onclick: () => editor.aim(null) }, "×"),
    );
  }
}
