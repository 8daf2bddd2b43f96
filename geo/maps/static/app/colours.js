// The colours of tokens.css for the canvas, which cannot read style sheets cheaply.

export const WASH = ["#F3C7C4", "#EBCDA0", "#FBF0CC", "#D6E8BC", "#C4E6D7", "#B9D3DC", "#E4EBFD", "#DCCBF4"];
export const SEQUENTIAL = ["#EEF3F6", "#C5DBE8", "#8DB9D3", "#4D8FB8", "#1B5F8C"];
export const DIVERGING = ["#2A6FA8", "#9CC3E0", "#F3F1EA", "#F0BE8F", "#B3541E"];
export const RATIO = ["#7FB0D3", "#C9DFEC", "#F5F3EC", "#F9D3A5", "#EE9C5B", "#C4521D"];
export const TOO_FEW = "#E3E6E9";
export const PAPER = "#F1F1ED";
export const SHEET = "#FBFAF5";

/** The class of a value among rising limits: the number of limits that it reaches. */
export function classOf(value, breaks) {
  let k = 0;
  while (k < breaks.length && value >= breaks[k]) k += 1;
  return k;
}
