// What the page's layers look like to the map's library. Colours are the page's own, read from its style sheets, so that
// the map follows the theme.

const root = () => document.querySelector(".atlas, .small-map") ?? document.documentElement;
export const colour = (name) => getComputedStyle(root()).getPropertyValue(`--${name}`).trim();
const fonts = () => getComputedStyle(root()).fontFamily.split(",").map((name) => name.trim().replace(/^["']|["']$/g, ""));

export const MONGOLIAN = /[\u1800-\u18AF]/;
const OUTLINE = ["==", ["geometry-type"], "Polygon"];
const SPOT = ["==", ["geometry-type"], "Point"];
const points = (features) => ({ type: "FeatureCollection", features });
export const feature = (geometry, properties = {}) => ({ type: "Feature", geometry, properties });

// Meridians and parallels, so many degrees apart that four to eight of them are in view.
export function grid(map) {
  const [west, south, east, north] = map.getBounds().toArray().flat();
  const step = [30, 15, 10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01].find((one) => (east - west) / one >= 4) ?? 0.01;
  const places = step < 0.1 ? 2 : step < 1 ? (step === 0.25 ? 2 : 1) : 0;
  const lines = [];
  for (let lon = Math.ceil(west / step) * step; lon <= east; lon += step) {
    lines.push(feature({ type: "LineString", coordinates: [[lon, south], [lon, north]] }, { name: `${lon.toFixed(places)}°` }));
  }
  for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
    lines.push(feature({ type: "LineString", coordinates: [[west, lat], [east, lat]] }, { name: `${lat.toFixed(places)}°` }));
  }
  return points(lines.slice(0, 200));
}

const byValue = (property, rows, otherwise) =>
  rows.length ? ["match", ["to-string", ["get", property]], ...rows.flat(), otherwise] : otherwise;

const kinds = (layer) => byValue(layer.by, layer.legend.map((row) => [row.value, colour(row.colour)]), colour("map-none"));
const paint = (layer) => (layer.by ? kinds(layer) : colour("atlas-land"));
const letters = (layer, size) => ({
  layout: { "text-field": ["to-string", ["get", layer.label]], "text-font": fonts(), "text-size": size, "text-max-width": 8 },
  paint: { "text-color": colour("atlas-ink"), "text-halo-color": colour("atlas-halo"), "text-halo-width": 1.6 },
});

// The layers of the library that one of ours becomes: each with the place it has among all the others, from the ground up.
function drawn(layer, state) {
  const visible = state.on ? "visible" : "none";
  const opacity = state.opacity / 100;
  const from = { source: layer.over || layer.code, "source-layer": layer.over || layer.source };
  const all = { minzoom: layer.least, metadata: { layer: layer.code } };
  const shown = (one, level) => ({ ...all, ...one, id: `${layer.code}-${one.type}-${level}`, level, layout: { ...one.layout, visibility: visible } });
  const zoomed = (small, large) => ["interpolate", ["linear"], ["zoom"], 5, small, 14, large];
  if (layer.over) {
    const shades = Object.entries(state.values?.areas ?? {}).map(([code, area]) => [code, colour(area.colour)]);
    const fill = byValue("area", shades, colour("map-none"));
    return [
      shown({ ...from, type: "fill", filter: OUTLINE, paint: { "fill-color": fill, "fill-opacity": opacity } }, 2),
      shown({ ...from, type: "circle", filter: SPOT, paint: { "circle-color": fill, "circle-opacity": opacity, "circle-radius": zoomed(8, 18), "circle-stroke-color": colour("map-line"), "circle-stroke-width": 1.5 } }, 5),
    ];
  }
  if (layer.shape === "point") {
    const found = [shown({
      ...from, type: "circle",
      paint: { "circle-color": paint(layer), "circle-radius": zoomed(2.2, 7), "circle-opacity": opacity, "circle-stroke-color": colour("atlas-paper"), "circle-stroke-width": zoomed(0.4, 1.5), "circle-stroke-opacity": opacity },
    }, 6)];
    if (layer.words) {
      const words = letters(layer, 12);
      found.push(shown({ ...from, type: "symbol", minzoom: layer.words, layout: { ...words.layout, "text-anchor": "top", "text-offset": [0, 0.7], "text-optional": true }, paint: words.paint }, 7));
    }
    return found;
  }
  if (layer.shape === "line") {
    return [shown({ ...from, type: "line", paint: { "line-color": paint(layer), "line-width": zoomed(0.8, 3), "line-opacity": opacity } }, 4)];
  }
  const found = [
    shown({ ...from, type: "fill", filter: OUTLINE, paint: { "fill-color": paint(layer), "fill-opacity": layer.by ? opacity * 0.75 : opacity } }, layer.by ? 3 : 1),
    shown({ ...from, type: "line", filter: OUTLINE, layout: { "line-join": "round" }, paint: layer.by
      ? { "line-color": paint(layer), "line-width": zoomed(0.3, 1.4), "line-opacity": opacity }
      : { "line-color": colour(state.shaded ? "map-line" : "atlas-edge"), "line-width": zoomed(1.2, 2.4), "line-opacity": opacity } }, layer.by ? 3 : 5),
  ];
  if (layer.by && layer.words) {
    found.push(shown({ ...from, type: "symbol", minzoom: layer.words, ...letters(layer, 12) }, 7));
  }
  if (!layer.by) {
    found.push(shown({ ...from, type: "circle", filter: SPOT, paint: { "circle-color": colour("atlas-land"), "circle-radius": zoomed(5, 9), "circle-stroke-color": colour("atlas-edge"), "circle-stroke-width": 1.5, "circle-opacity": opacity } }, 5));
  }
  if (layer.names?.length) {
    const words = letters({ label: "name" }, ["interpolate", ["linear"], ["zoom"], 5, 11, 6, 13, 9, 16]);
    found.push(shown({ type: "symbol", source: `${layer.code}-names`, minzoom: 0, ...words, layout: { ...words.layout, "text-offset": ["case", ["get", "spot"], ["literal", [0, -1.9]], ["literal", [0, 0]]], "text-padding": 1 } }, 9));
  }
  return found;
}

const absolute = (address) => new URL(address, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");

// The whole style. `layers` as the site tells them, `states` what is on, how opaque, and with which values.
export function style(layers, states, extra) {
  const sources = {
    grid: { type: "geojson", data: extra.grid },
    picked: { type: "geojson", data: extra.picked },
    measure: { type: "geojson", data: extra.measure },
  };
  for (const layer of layers) {
    if (layer.tiles) sources[layer.code] = { type: "vector", tiles: [absolute(layer.tiles)], minzoom: 0, maxzoom: 14 };
    if (layer.names?.length) {
      const plain = layer.names.filter((one) => !MONGOLIAN.test(one.name));
      sources[`${layer.code}-names`] = { type: "geojson", data: points(plain.map((one) => feature({ type: "Point", coordinates: one.at }, { name: one.name, spot: one.spot }))) };
    }
  }
  const bright = colour("atlas-mark");
  const gridded = letters({ label: "name" }, 10);
  const every = [
    { id: "ground", type: "background", level: 0, paint: { "background-color": colour("atlas-paper") } },
    ...layers.filter((layer) => layer.over || layer.tiles).flatMap((layer) => {
      const shaded = layers.some((one) => one.over === layer.code && states.get(one.code).on);
      return drawn(layer, { ...states.get(layer.code), shaded });
    }),
    { id: "grid-lines", type: "line", source: "grid", level: 4, layout: { visibility: extra.gridded ? "visible" : "none" }, paint: { "line-color": colour("atlas-grid"), "line-width": 0.8, "line-dasharray": [3, 3] } },
    { id: "grid-names", type: "symbol", source: "grid", level: 4, layout: { ...gridded.layout, visibility: extra.gridded ? "visible" : "none", "symbol-placement": "line", "symbol-spacing": 600 }, paint: gridded.paint },
    { id: "picked-area", type: "fill", source: "picked", level: 8, filter: OUTLINE, paint: { "fill-color": bright, "fill-opacity": 0.12 } },
    { id: "picked-line", type: "line", source: "picked", level: 8, paint: { "line-color": bright, "line-width": 3 } },
    { id: "picked-point", type: "circle", source: "picked", level: 8, filter: SPOT, paint: { "circle-color": "rgba(0,0,0,0)", "circle-radius": 10, "circle-stroke-color": bright, "circle-stroke-width": 3 } },
    { id: "measure-area", type: "fill", source: "measure", level: 10, filter: OUTLINE, paint: { "fill-color": bright, "fill-opacity": 0.15 } },
    { id: "measure-line", type: "line", source: "measure", level: 10, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": bright, "line-width": 2.5, "line-dasharray": [2, 1] } },
    { id: "measure-point", type: "circle", source: "measure", level: 10, filter: SPOT, paint: { "circle-color": colour("atlas-paper"), "circle-radius": 4.5, "circle-stroke-color": bright, "circle-stroke-width": 2.5 } },
  ];
  every.sort((one, other) => one.level - other.level);
  return { version: 8, sources, layers: every.map(({ level, ...one }) => one) };
}
