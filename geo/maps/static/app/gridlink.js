// The grid that the plan page shows stands in its address; its printed sheet is one link away.

import { data, grids, t } from "./data.js";
import { el } from "./dom.js";
import { keep } from "./links.js";

/** What the address asks for: {code, grid}; "" and null for nothing, grid null too where this plan has none of it. */
export function gridOfAddress() {
  const code = data.standalone ? "" : (new URLSearchParams(window.location.search).get("grid") || "").trim().slice(0, 64);
  return { code, grid: code ? grids.find((grid) => grid.code === code) || null : null };
}

/** Writes the chosen grid (null for none) into the address, and takes it along to the other language. */
export function writeGrid(grid) {
  if (data.standalone) return;
  const query = new URLSearchParams(window.location.search);
  if (grid) query.set("grid", grid.code);
  else query.delete("grid");
  const text = query.toString();
  window.history.replaceState(null, "", text ? `?${text}` : window.location.pathname);
  for (const link of document.querySelectorAll(".langs a")) {
    query.set("lang", link.getAttribute("hreflang"));
    link.setAttribute("href", `?${query}`);
  }
}

/** The way to a grid's printed sheet; null in a file, which has no server to make it. */
export function sheetLink(grid) {
  if (data.standalone) return null;
  const of = data.plan.state === "active" ? "" : `?plan=${data.plan.id}`;
  const href = keep(`/maps/sheets/${encodeURIComponent(grid.code)}.pdf${of}`);
  return el("a", { class: "sheet-link", href, target: "_blank", rel: "noopener" }, t("print_sheet"));
}
