// The page's data and its words. A page of a large place has only its words at first; boot.js brings the rest.

export const page = JSON.parse(document.getElementById("page-data").textContent);

/** The word of a key, with {placeholders} filled. */
export function word(key, values) {
  const text = page.words[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return values ? fill(text, values) : text;
}

/** A sentence with its {placeholders} filled; {n:|unit|units} says the number and the word that goes with it. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)(?::[^|}]*(?:\|([^|}]*)\|([^|}]*))?)?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    const said = String(values[name]);
    return one === undefined ? said : `${said} ${said === "1" ? one : many}`;
  });
}
