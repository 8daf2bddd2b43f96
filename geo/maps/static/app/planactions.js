// What can be done with a plan that stands: copy it into a draft, or approve it and set its first day.

import { data, t } from "./data.js";
import { announce, el, put } from "./dom.js";
import { keep } from "./links.js";
import { Refused, ask, ownName } from "./server.js";

/** The buttons below a plan's name. */
export function planActions() {
  const said = el("p", { class: "action-left", role: "alert", hidden: true });
  const box = el("div", { class: "publish" });
  const tell = (error) => {
    if (!(error instanceof Refused)) throw error;
    said.hidden = false;
    put(said, error.message);
  };
  const copy = async () => {
    try {
      const draft = await ask("/v1/drafts", { plan: data.plan.id }, ownName());
      window.location.assign(keep(`/maps/drafts/${draft.id}`));
    } catch (error) {
      tell(error);
    }
  };
  if (data.plan.units) box.append(el("button", { type: "button", class: "btn", onclick: copy }, t("edit_plan")));
  const inForce = data.plan.state === "active";
  box.append(el("a", { class: "btn", href: keep(`/maps/compare?${inForce ? "a" : "b"}=${data.plan.id}`) }, t(inForce ? "nav_compare" : "compare_now")));
  if (data.plan.state === "draft") {
    const day = el("input", { type: "date", required: "", "aria-label": t("publish_day"), title: t("publish_day") });
    const publish = async (event) => {
      event.preventDefault();
      try {
        const plan = await ask(`/v1/plans/${data.plan.id}/publish`, { effective: day.value }, ownName());
        announce(t(`state_${plan.state}`));
        window.location.reload();
      } catch (error) {
        tell(error);
      }
    };
    box.append(el("form", { class: "publish", onsubmit: publish }, day, el("button", { type: "submit", class: "btn main" }, t("publish_plan"))));
  }
  return el("div", {}, box, said);
}
