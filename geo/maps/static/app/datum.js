// GCJ-02 and BD-09, the shifted datums of Chinese web maps: the formulas of geo/crs/shifted.py, which a test holds them to.

const E2 = 0.00669342162296594323;
const DEGREE = 180 / Math.PI / 6378245;
// west, south, east, north: outside, the datums are the identity.
const BOX = [72.004, 0.8293, 137.8347, 55.8271];
const ROUNDS = 8;

/** [lon, lat] of a WGS84 place in a datum. */
export function ofWgs84(datum, lon, lat) {
  if (!isShifted(datum) || !within(lon, lat)) return [lon, lat];
  const gcj = forth(lon, lat);
  return datum === "BD-09" ? bdOfGcj(...gcj) : gcj;
}

/** [lon, lat] in WGS84 of a place in a datum, by iteration: the formulas have no inverse. */
export function toWgs84(datum, lon, lat) {
  if (!isShifted(datum)) return [lon, lat];
  const gcj = datum === "BD-09" ? settle(bdOfGcj, lon, lat, lon - 0.0065, lat - 0.006) : [lon, lat];
  const at = settle(forth, ...gcj, ...gcj);
  return within(...at) ? at : [lon, lat];
}

export function isShifted(datum) {
  return datum === "GCJ-02" || datum === "BD-09";
}

function settle(shift, lon, lat, x, y) {
  let at = [x, y];
  for (let i = 0; i < ROUNDS; i += 1) {
    const [sx, sy] = shift(...at);
    at = [at[0] + lon - sx, at[1] + lat - sy];
  }
  return at;
}

function within(lon, lat) {
  return lon >= BOX[0] && lon <= BOX[2] && lat >= BOX[1] && lat <= BOX[3];
}

function forth(lon, lat) {
  const x = lon - 105;
  const y = lat - 35;
  const wave = (v, n) => Math.sin(Math.PI * v * n);
  const fast = wave(x, 6) + wave(x, 2);
  const root = Math.sqrt(Math.abs(x));
  const north =
    (2 / 3) * (20 * fast + 20 * wave(y, 1) + 40 * wave(y, 1 / 3) + 160 * wave(y, 1 / 12) + 320 * wave(y, 1 / 30)) +
    (-100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root);
  const east =
    (2 / 3) * (20 * fast + 20 * wave(x, 1) + 40 * wave(x, 1 / 3) + 150 * wave(x, 1 / 12) + 300 * wave(x, 1 / 30)) +
    (300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root);
  const sine = Math.sin((Math.PI / 180) * lat);
  const magic = 1 - E2 * sine * sine;
  const rootMagic = Math.sqrt(magic);
  return [
    lon + (east * rootMagic * DEGREE) / Math.cos((Math.PI / 180) * lat),
    lat + (north * magic * rootMagic * DEGREE) / (1 - E2),
  ];
}

function bdOfGcj(x, y) {
  const turn = (Math.PI * 3000) / 180;
  const radius = Math.sqrt(x * x + y * y) + 0.00002 * Math.sin(y * turn);
  const angle = Math.atan2(y, x) + 0.000003 * Math.cos(x * turn);
  return [radius * Math.cos(angle) + 0.0065, radius * Math.sin(angle) + 0.006];
}
