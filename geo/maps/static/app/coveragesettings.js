// What can be set of a measure: role and target line of the span of control, the period of the rate.

import { data, t } from "./data.js";
import { chosen, keepTarget } from "./coveragemeasures.js";
import { PERIODS } from "./coveragerows.js";
import { el } from "./dom.js";

/** By measure: what makes its settings; `changed(name)` is told which field was changed. */
export const SETTINGS = { span: spanSettings, rate: periodSettings };

function spanSettings(changed) {
  const roles = [[-1, t("role_all")], ...data.roles.map((role, i) => [i, role])];
  const role = select("role", roles, chosen.role, (value) => {
    chosen.role = Number(value);
    changed("role");
  });
  const target = el("input", {
    type: "number", name: "target", min: "0", max: "100000", step: "10", inputmode: "numeric", value: chosen.target ? String(chosen.target) : "",
    onchange: (event) => {
      chosen.target = Math.max(0, Number(event.target.value) || 0);
      keepTarget();
      changed("target");
    },
  });
  return el("div", { class: "settings" }, el("label", {}, t("role"), role), el("label", {}, t("target_line"), target));
}

function periodSettings(changed) {
  const options = PERIODS.map(({ days }, i) => [i, days ? t("last_days", { n: days }) : t("any_time_all")]);
  const period = select("period", options, PERIODS.indexOf(chosen.period), (value) => {
    chosen.period = PERIODS[Number(value)];
    changed("period");
  });
  return el("div", { class: "settings" }, el("label", {}, t("period"), period));
}

function select(name, options, held, pick) {
  return el(
    "select",
    { name, onchange: (event) => pick(event.target.value) },
    options.map(([value, word]) => el("option", { value: String(value), selected: value === held }, word)),
  );
}
