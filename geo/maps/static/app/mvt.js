// Reads Mapbox Vector Tiles (specification 2.1): as much of protobuf as they are made of.

const POINT = 1;
const POLYGON = 3;

/** The layers of a tile: {name: {extent, features: [{id, type, values: {key: value}, at, end}], bytes}}. */
export function readTile(buffer) {
  const bytes = new Uint8Array(buffer);
  const layers = {};
  each(bytes, 0, bytes.length, (field, at, end) => {
    if (field !== 3) return;
    const layer = readLayer(bytes, at, end);
    layers[layer.name] = layer;
  });
  return layers;
}

/** The lines of a feature: arrays [x, y, x, y, …] of whole steps of the tile; rings are left open. */
export function linesOf(layer, feature) {
  const reader = { bytes: layer.bytes, at: feature.at };
  const lines = [];
  let line = null;
  let x = 0;
  let y = 0;
  while (reader.at < feature.end) {
    const command = varint(reader);
    const what = command & 7;
    if (what === 7) continue;
    for (let n = command >>> 3; n > 0 && reader.at < feature.end; n -= 1) {
      x += signed(reader);
      y += signed(reader);
      if (what === 1 && (feature.type !== POINT || !line)) lines.push((line = []));
      if (line) line.push(x, y);
    }
  }
  return feature.type === POLYGON ? lines.filter((ring) => ring.length >= 6) : lines;
}

function readLayer(bytes, from, to) {
  const layer = { name: "", extent: 4096, features: [], bytes };
  const keys = [];
  const values = [];
  const spans = [];
  each(bytes, from, to, (field, at, end) => {
    if (field === 1) layer.name = text(bytes, at, end);
    else if (field === 2) spans.push(at, end);
    else if (field === 3) keys.push(text(bytes, at, end));
    else if (field === 4) values.push(readValue(bytes, at, end));
    else if (field === 5) layer.extent = varint({ bytes, at });
  });
  for (let i = 0; i < spans.length; i += 2) layer.features.push(readFeature(bytes, spans[i], spans[i + 1], keys, values));
  return layer;
}

function readFeature(bytes, from, to, keys, values) {
  const feature = { id: 0, type: 0, values: {}, at: 0, end: 0 };
  each(bytes, from, to, (field, at, end) => {
    if (field === 1) feature.id = varint({ bytes, at });
    else if (field === 3) feature.type = varint({ bytes, at });
    else if (field === 4) Object.assign(feature, { at, end });
    else if (field === 2) {
      const reader = { bytes, at };
      while (reader.at < end) {
        const key = keys[varint(reader)];
        feature.values[key] = values[varint(reader)];
      }
    }
  });
  return feature;
}

function readValue(bytes, from, to) {
  let value = null;
  each(bytes, from, to, (field, at, end) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    if (field === 1) value = text(bytes, at, end);
    else if (field === 2) value = view.getFloat32(0, true);
    else if (field === 3) value = view.getFloat64(0, true);
    else if (field === 6) value = signed({ bytes, at });
    else if (field === 7) value = varint({ bytes, at }) === 1;
    else value = varint({ bytes, at });
  });
  return value;
}

/** Calls `hear(field, at, end)` for every field of a message; numbers begin at `at`. */
function each(bytes, from, to, hear) {
  const reader = { bytes, at: from };
  while (reader.at < to) {
    const tag = varint(reader);
    const kind = tag & 7;
    const at = reader.at;
    if (kind === 0) varint(reader);
    else if (kind === 1) reader.at += 8;
    else if (kind === 5) reader.at += 4;
    else if (kind === 2) {
      const length = varint(reader);
      const start = reader.at;
      reader.at += length;
      hear(tag >>> 3, start, reader.at);
      continue;
    } else throw new Error("no vector tile");
    hear(tag >>> 3, at, reader.at);
  }
}

/** A number ≥ 0, exact up to 2^53. */
function varint(reader) {
  const { bytes } = reader;
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[reader.at];
    reader.at += 1;
    value += (byte & 127) * scale;
    if (byte < 128 || byte === undefined) return value;
    scale *= 128;
  }
}

function signed(reader) {
  const value = varint(reader);
  return value % 2 ? -(value + 1) / 2 : value / 2;
}

function text(bytes, at, end) {
  return new TextDecoder().decode(bytes.subarray(at, end));
}
