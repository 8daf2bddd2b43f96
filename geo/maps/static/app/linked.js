// What the dispatch page shows stands in its address: a link from elsewhere opens it filtered, and can be handed on.

import { grids } from "./data.js";
import { planeAt } from "./board.js";
import { union } from "./stage.js";

const NAMES = { tab: "tab", category: "category", department: "department", grids: "grids", community: "community", days: "days", from: "since", to: "until" };
const TABS = ["to_confirm", "to_dispatch", "in_progress", "overdue", "closed", "all"];
const MOST = 500;

/** What the address asks for: {wish, only, hotspot, issue}; what it cannot mean is left out. */
function readLink() {
  const query = new URLSearchParams(window.location.search);
  const wish = {};
  for (const [name, field] of Object.entries(NAMES)) {
    const value = (query.get(name) || "").trim();
    if (value && fits(name, value)) wish[field] = value;
  }
  if (query.get("closed") === "1" || wish.tab === "closed") wish.closed = true;
  const only = (query.get("only") || "").split(",").map(Number).filter((id) => Number.isSafeInteger(id) && id > 0).slice(0, MOST);
  return { wish, only: only.length ? only : null, hotspot: numberOf(query.get("hotspot")), issue: numberOf(query.get("issue")) };
}

function fits(name, value) {
  if (name === "tab") return TABS.includes(value);
  if (name === "days") return /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 36500;
  if (name === "from" || name === "to") return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
  return value.length <= 8000;
}

function numberOf(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** Writes what is shown into the address, and takes it along to the other language. */
export function writeLink({ wish, only, hotspot }, issue) {
  const query = new URLSearchParams();
  const lang = new URLSearchParams(window.location.search).get("lang");
  if (lang) query.set("lang", lang);
  for (const [name, field] of Object.entries(NAMES)) {
    if (wish[field] !== "" && !(name === "tab" && wish.tab === "all")) query.set(name, wish[field]);
  }
  if (wish.closed) query.set("closed", "1");
  if (only && only.length <= MOST) query.set("only", only.join(","));
  if (hotspot) query.set("hotspot", hotspot);
  if (issue) query.set("issue", issue);
  const text = query.toString();
  window.history.replaceState(null, "", text ? `?${text}` : window.location.pathname);
  for (const link of document.querySelectorAll(".langs a")) {
    query.set("lang", link.getAttribute("hreflang"));
    link.setAttribute("href", `?${query}`);
  }
}

/** Shows what the address asks for, once: its issues, the place on the map, the card. */
export async function followLink({ board, moves, refresh, open }) {
  const { wish, only, hotspot, issue } = readLink();
  Object.assign(board.wish, wish);
  Object.assign(board, { only, hotspot });
  // Who came by a link wants all of it, not what a map happens to show.
  if (only || hotspot || Object.keys(wish).length) board.follow = false;
  const wanted = new Set((board.wish.grids || "").split(","));
  const boxes = grids.filter((grid) => wanted.has(grid.code)).map((grid) => grid.box);
  if (boxes.length) moves.look(boxes.reduce(union));
  await refresh({ moved: true });
  const extent = board.answer && board.answer.extent;
  if (extent && !issue) moves.look([...planeAt(extent[0], extent[3]), ...planeAt(extent[2], extent[1])]);
  if (issue) await open(issue);
}
