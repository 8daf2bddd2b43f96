// The choices of the hotspots page: what, when, by what it is measured, and which layers are drawn.

import { data, t } from "./data.js";
import { el, said } from "./dom.js";
import { exportAs } from "./hotspotfiles.js";
import { exportPng, filters } from "./hotspotpng.js";
import { baseName, state } from "./hotspotstate.js";

const PERIODS = ["day", "week", "ten_days", "month", "quarter"];
const LAYERS = ["ratio", "significant", "clusters", "analyst"];

/** The layers as checkboxes, and this period by itself or against the one before. */
export function layerBox(onLayer, onMode) {
  const boxes = LAYERS.map((name) =>
    el("label", { class: "check" }, el("input", { type: "checkbox", name: "layer", value: name, checked: state.layers[name], onchange: (event) => onLayer(name, event.target.checked) }), el("span", {}, t(`hs_layer_${name}`))),
  );
  const modes = [false, true].map((change) =>
    el("label", { class: "seg" }, el("input", { type: "radio", name: "mode", checked: state.change === change, onchange: () => onMode(change) }), el("span", {}, t(change ? "hs_mode_change" : "hs_mode_period"))),
  );
  return el(
    "section",
    { class: "block block-layers" },
    el("fieldset", { class: "segs" }, el("legend", { class: "sr" }, t("hs_mode")), modes),
    el("fieldset", { class: "checks" }, el("legend", {}, t("hs_layers")), boxes),
  );
}

/** The choices of the question; `onAsk({name: value})` hears of each. */
export function questionBox(onAsk) {
  const { question, choices } = state.body;
  if (data.standalone) return el("p", { class: "note chosen" }, said([filters(), `${t("hs_step")} ${t(`hs_by_${question.period}`)}`].filter(Boolean).join(" · ")));
  const select = (name, word, options) =>
    el("label", { class: "choose" }, el("span", {}, t(word)), el("select", { name, onchange: (event) => onAsk({ [name]: event.target.value }) }, options.map(([value, text]) => el("option", { value, selected: value === question[name] }, text))));
  const indent = "\u2003";
  return el(
    "div",
    { class: "chooser" },
    select("period", "hs_step", PERIODS.map((kind) => [kind, t(`hs_by_${kind}`)])),
    el("label", { class: "choose" }, el("span", {}, t("hs_until")), el("input", { type: "date", name: "until", value: question.until, onchange: (event) => onAsk({ until: event.target.value }) })),
    select("category", "hs_category", [["", t("hs_all_categories")], ...choices.categories.map(([value, name, depth]) => [value, indent.repeat(depth) + name])]),
    select("department", "hs_department", [["", t("hs_all_departments")], ...choices.departments]),
    select("denominator", "hs_denominator", choices.denominators.map((name) => [name, baseName(name)])),
    select("plan", "hs_plan", [["now", t("hs_plan_choice_now")], ["then", t("hs_plan_choice_then")]]),
  );
}

/** Files of what is shown. */
export function fileBox(map, onProblem) {
  const act = (work) => async (event) => {
    const button = event.currentTarget;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      onProblem(error.message);
    }
    button.removeAttribute("aria-busy");
  };
  const button = (word, work) => el("button", { type: "button", class: "btn", onclick: act(work) }, word);
  return el(
    "section",
    { class: "block block-files" },
    el("h2", {}, t("hs_files")),
    el(
      "div",
      { class: "files" },
      button("CSV", () => exportAs("csv")),
      data.standalone ? null : button("GeoPackage", () => exportAs("gpkg")),
      button("GeoJSON", () => exportAs("geojson")),
      button("PNG", () => exportPng(map)),
      button(t("hs_print"), async () => window.print()),
    ),
  );
}
