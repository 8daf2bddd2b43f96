// What every page does with its header: keeps the chosen language on the way through the pages.

/** Carries ?lang= of this page over to the links of the header. */
export function keepLanguage() {
  const lang = new URLSearchParams(window.location.search).get("lang");
  if (!lang) return;
  for (const link of document.querySelectorAll("header nav a, header .brand")) {
    const url = new URL(link.getAttribute("href"), window.location.href);
    url.searchParams.set("lang", lang);
    link.setAttribute("href", url.pathname + url.search);
  }
}
