// Small maps on other pages: what `{% map %}` wrote becomes one to move in when it is scrolled to. Without WebGL it stays
// as the page wrote it.

import * as address from "./address.js";
import { columns } from "./names.js";
import { feature, style } from "./style.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const json = async (at) => {
  const answer = await fetch(at, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
};

const drawable = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
};

async function draw(place) {
  const { layers: at, library: from, worker, on, picks } = place.dataset;
  const [{ layers, home, words }, library] = await Promise.all([json(at), import(from)]);
  library.setWorkerUrl(worker);
  const wanted = address.read(`?on=${on}`).on ?? new Map();
  const states = new Map(layers.map((layer) => [layer.code, { on: wanted.has(layer.code), opacity: 100, picked: [], ...wanted.get(layer.code) }]));
  await Promise.all(layers.filter((layer) => layer.values && wanted.has(layer.code)).map(async (layer) => {
    const query = new URLSearchParams(states.get(layer.code).picked.map((code) => ["of", code]));
    states.get(layer.code).values = await json(`${layer.values}?${query}`);
  }));
  const fields = (picks ?? "").split(" ").filter(Boolean).map((name) => document.getElementsByName(name)[0]);
  const chosen = () => {
    const [lon, lat] = fields.map((field) => field?.value.trim());
    return lon && lat && Number.isFinite(Number(lon)) && Number.isFinite(Number(lat)) ? [Number(lon), Number(lat)] : null;
  };
  const marked = () => (chosen() ? { type: "FeatureCollection", features: [feature({ type: "Point", coordinates: chosen() })] } : EMPTY);
  const canvas = document.createElement("div");
  canvas.className = "small-canvas";
  place.append(canvas);
  const made = () => style(layers, states, { grid: EMPTY, picked: marked(), measure: EMPTY, gridded: false });
  const map = new library.Map({
    container: canvas, style: made(), bounds: [home.slice(0, 2), home.slice(2)], fitBoundsOptions: { padding: 16 },
    attributionControl: false, dragRotate: false, maxPitch: 0, minZoom: 3, maxZoom: 17, renderWorldCopies: false,
    fadeDuration: 0, locale: { "Map.Title": place.dataset.label || words.title },
    // A page is scrolled past a small map, not into it.
    scrollZoom: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.once("idle", () => place.classList.add("ready"));
  map.on("load", () => {
    place.classList.add("living");
    columns(library, map, layers, (layer) => states.get(layer.code).on);
  });
  if (fields.length === 2) picking(map, fields, marked);
  else leading(map, layers, states);
  const themed = () => map.isStyleLoaded() && map.setStyle(made());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
  new MutationObserver(themed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

// A point is picked by a click, or by Enter for the middle; the page's own fields hold it and may be typed into.
function picking(map, fields, marked) {
  const take = ([lon, lat]) => {
    fields[0].value = lon.toFixed(5);
    fields[1].value = lat.toFixed(5);
    fields[0].closest("details")?.setAttribute("open", "");
    fields.forEach((field) => field.dispatchEvent(new Event("change", { bubbles: true })));
  };
  const show = () => map.getSource("picked")?.setData(marked());
  map.on("click", (event) => take(event.lngLat.toArray()));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take(map.getCenter().toArray());
  });
  fields.forEach((field) => field.addEventListener("change", show));
}

// A click leads to the page of what lies there.
function leading(map, layers, states) {
  map.on("click", (event) => {
    for (const one of map.queryRenderedFeatures(event.point).filter((found) => found.layer.metadata?.layer)) {
      const layer = layers.find((each) => each.code === one.layer.metadata.layer);
      const href = states.get(layer.code).values?.areas[one.properties.area]?.href || layer.page.replace("{id}", one.id);
      if (href) {
        location.href = href;
        return;
      }
    }
  });
}

if (drawable()) {
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target).catch(() => target.querySelector(".small-canvas")?.remove());
    }
  });
  document.querySelectorAll(".small-map").forEach((place) => seen.observe(place));
}
