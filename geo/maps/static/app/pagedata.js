// The page's data and its words. A page of a large place has only its words at first; boot.js brings the rest.

export const page = JSON.parse(document.getElementById("page-data").textContent);

/** The word of a key, with {placeholders} filled. */
export function word(key, values) {
  const text = page.words[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name])) : text;
}
