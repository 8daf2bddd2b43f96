// The time slider in the legend strip: a button back, the slider, a button on, and the name of the period.

import { t } from "./data.js";
import { el } from "./dom.js";
import { state } from "./hotspotstate.js";
import { periodName } from "./hotspotwords.js";

/** Puts the slider into the strip; `onStep(step)` hears of every choice. Returns a function that shows the state. */
export function timeBar(onStep) {
  const button = (word, sign, by) => el("button", { type: "button", class: "step-button", "aria-label": t(word), title: t(word), onclick: () => go(state.step + by) }, sign);
  const slider = el("input", { type: "range", min: "0", step: "1", class: "time-slider", "aria-label": t("hs_period_choose"), oninput: () => go(Number(slider.value)) });
  const name = el("output", { class: "time-name" });
  const back = button("hs_earlier", "◀", -1);
  const on = button("hs_later", "▶", 1);
  const bar = el("div", { class: "timebar", role: "group", "aria-label": t("hs_time") }, back, slider, on, name);
  document.getElementById("legend").prepend(bar);

  function go(step) {
    const last = state.body.periods.length - 1;
    const to = Math.max(0, Math.min(last, step));
    if (to !== state.step) onStep(to);
  }

  return () => {
    const last = state.body.periods.length - 1;
    slider.max = String(last);
    slider.value = String(state.step);
    slider.disabled = last === 0;
    slider.setAttribute("aria-valuetext", periodName());
    // The one that has the focus stays one that can have it.
    back.setAttribute("aria-disabled", String(state.step === 0));
    on.setAttribute("aria-disabled", String(state.step === last));
    name.textContent = periodName();
  };
}
