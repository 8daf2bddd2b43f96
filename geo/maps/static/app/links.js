// Addresses within this site.

/** An address in the language of this page, where its own address says one. */
export function keep(address) {
  const lang = new URLSearchParams(window.location.search).get("lang");
  return lang ? `${address}${address.includes("?") ? "&" : "?"}lang=${encodeURIComponent(lang)}` : address;
}
