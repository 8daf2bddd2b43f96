// Classes of roads: what a kind is drawn as.

const RANK = { lane: 0, alley: 0, service: 0, footway: 0, residential: 1, tertiary: 1, local: 1, secondary: 2, primary: 3, trunk: 3, arterial: 3 };

/** From the narrowest to the widest, the order in which they are drawn. */
export const ROAD_CLASSES = ["lane", "local", "secondary", "arterial"];

/** The class that a kind of road is drawn as. */
export function roadClass(kind) {
  const rank = RANK[kind];
  return ROAD_CLASSES[rank === undefined ? 1 : rank];
}
