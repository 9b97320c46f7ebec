// The map's page. Drawn by MapLibre from the registry's vector tiles; where WebGL is missing the page stays as the server
// wrote it, a drawing with its table, and its form asks for another.

import * as address from "./address.js";
import * as geodesy from "./geodesy.js";
import { columns } from "./names.js";
import { feature, grid, style } from "./style.js";

const atlas = document.querySelector(".atlas");
const part = (name) => atlas.querySelector(`.atlas-${name}`) ?? document.querySelector(`.atlas-${name}`);
const json = async (at, options) => {
  const answer = await fetch(at, { headers: { Accept: "application/json" }, credentials: "same-origin", ...options });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
};
const element = (tag, words = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: words }, properties);
const EMPTY = { type: "FeatureCollection", features: [] };

let map;
let library;
let layers = [];
let words = {};
let measuring = "";
let moving = false;
const states = new Map();
const state = { at: null, on: null, pick: "", mark: null, measure: null };
let picked = EMPTY;

export const drawable = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
};

// The list of layers is the page's form: what is ticked there is on.

const row = (code) => atlas.querySelector(`[data-layer="${CSS.escape(code)}"]`);

function fromForm() {
  for (const one of atlas.querySelectorAll("[data-layer]")) {
    const before = states.get(one.dataset.layer) ?? { values: null };
    states.set(one.dataset.layer, {
      ...before,
      on: one.querySelector("[name=layer]").checked,
      opacity: Number(one.querySelector("[type=range]")?.value ?? 100),
      picked: [...one.querySelectorAll("select")].map((choice) => choice.value),
    });
    one.classList.toggle("on", states.get(one.dataset.layer).on);
  }
}

function intoForm(on) {
  for (const one of atlas.querySelectorAll("[data-layer]")) {
    const wanted = on.get(one.dataset.layer);
    one.querySelector("[name=layer]").checked = Boolean(wanted);
    const range = one.querySelector("[type=range]");
    if (wanted && range) range.value = wanted.opacity;
    one.querySelectorAll("select").forEach((choice, index) => {
      const code = wanted?.picked[index];
      if ([...choice.options].some((option) => option.value === code)) choice.value = code;
    });
  }
}

function legend(layer, found) {
  const list = row(layer.code)?.querySelector(".legend");
  if (!list || !found) return;
  list.replaceChildren(...found.legend.map((line) => {
    const item = element("li");
    item.append(element("span", "", { className: `swatch ${line.colour}` }), line.name);
    return item;
  }));
  const told = row(layer.code).querySelector(".atlas-told");
  if (told) told.textContent = [found.unit, found.source, found.as_of].filter(Boolean).join(" · ");
}

async function values(layer) {
  const one = states.get(layer.code);
  const key = one.picked.join(":");
  if (!one.on || one.key === key) return;
  const query = new URLSearchParams(one.picked.map((code) => ["of", code]));
  const found = await json(`${layer.values}?${query}`);
  if (states.get(layer.code).picked.join(":") !== key) return;
  Object.assign(states.get(layer.code), { key, values: found });
  legend(layer, found);
}

function redraw() {
  const known = { grid: grid(map), picked, measure: measured(), gridded: states.get("grid")?.on };
  map.setStyle(style(layers, states, known), { diff: true });
}

async function change() {
  fromForm();
  await Promise.all(layers.filter((layer) => layer.values).map(values)).catch(() => say(words.failed));
  redraw();
  remember();
}

// What stands in the address follows the map.

function remember() {
  const middle = map.getCenter();
  state.at = { zoom: map.getZoom(), center: [middle.lng, middle.lat] };
  state.on = new Map([...states].filter(([, one]) => one.on).map(([code, { opacity, picked: of }]) => [code, { opacity, picked: of }]));
  history.replaceState(null, "", location.pathname + address.write(state));
}

const say = (text) => {
  part("said").textContent = text;
};

// Scale, position under the pointer or of the middle.

function scale() {
  const { clientWidth: wide, clientHeight: tall } = map.getContainer();
  const span = Math.min(120, wide / 3);
  const [a, b] = [map.unproject([wide / 2, tall / 2]), map.unproject([wide / 2 + span, tall / 2])];
  const long = geodesy.distance([a.lng, a.lat], [b.lng, b.lat]);
  const unit = 10 ** Math.floor(Math.log10(long));
  const round = [5, 2, 1].find((one) => one * unit <= long) * unit;
  part("scale").style.setProperty("--span", `${(span * round) / long}px`);
  part("scale").textContent = geodesy.metres(round, words);
}

function where([lon, lat]) {
  const plane = geodesy.gaussKrueger([lon, lat]);
  part("where").textContent = geodesy.degrees([lon, lat], map.getZoom() > 12 ? 6 : 4);
  part("plane").textContent = `${words.zone} ${plane.zone}  X ${geodesy.grouped(plane.north)}  Y ${geodesy.grouped(plane.east)}`;
}

const middle = () => map.getCenter().toArray();

// Details of a feature.

const fromTiles = () => map.getStyle().layers.filter((one) => one.metadata?.layer && one.type !== "symbol").map((one) => one.id);

function features(at) {
  const seen = new Set();
  return map.queryRenderedFeatures(at, { layers: fromTiles() }).filter((one) => {
    const key = `${one.layer.metadata.layer}/${idOf(one)}`;
    return !seen.has(key) && seen.add(key);
  });
}

// Tiles have the place's number as the feature's own id.
const idOf = (one) => one.id ?? one.properties.id;
const layerOf = (one) => layers.find((layer) => layer.code === one.layer.metadata.layer);

function told(layer, properties) {
  const pairs = Object.entries(layer.facts ?? {}).map(([name, what]) => {
    const value = properties[name];
    return [what, name === layer.by ? layer.kinds[value] ?? value : value];
  });
  const shades = layers.filter((one) => one.over === layer.code && states.get(one.code).on);
  for (const one of shades) {
    const found = states.get(one.code).values;
    const value = found?.areas[properties.area];
    pairs.unshift([found?.name ?? one.name, value?.shown ?? words.none, value?.href]);
  }
  return pairs.filter(([, value]) => value !== undefined && value !== "" && value !== null);
}

async function pick(code, id, { move = false } = {}) {
  const layer = layers.find((one) => one.code === code);
  if (!layer?.page) return;
  const page = layer.page.replace("{id}", id);
  let found;
  try {
    found = await json(page.replace("f=html", "f=json"));
  } catch {
    say(words.failed);
    return;
  }
  state.pick = `${code}/${id}`;
  picked = found.geometry ? { type: "FeatureCollection", features: [feature(found.geometry)] } : EMPTY;
  map.getSource("picked")?.setData(picked);
  card(found.properties.name || found.properties.key || found.id, layer, told(layer, { ...found.properties, id }), page, found.properties.area);
  if (move && found.geometry) {
    const box = new library.LngLatBounds();
    const walk = (at) => (typeof at[0] === "number" ? box.extend(at) : at.forEach(walk));
    walk(found.geometry.coordinates);
    map.fitBounds(box, { padding: 60, maxZoom: 13 });
  }
  remember();
}

function card(name, layer, pairs, page) {
  const details = part("details");
  const list = element("dl", "", { className: "pairs" });
  for (const [what, value, href] of pairs) {
    const said = element("dd");
    said.append(href ? element("a", value, { href }) : String(value));
    list.append(element("dt", what), said);
  }
  const body = details.querySelector(".atlas-body");
  const kind = element("p", layer.name, { className: "small faint" });
  const link = element("p", "", { className: "small" });
  link.append(element("a", words.page, { href: page }));
  body.replaceChildren(element("h2", name), kind, list, link);
  details.hidden = false;
}

function unpick() {
  state.pick = "";
  state.mark = null;
  picked = EMPTY;
  map.getSource("picked")?.setData(EMPTY);
  part("details").hidden = true;
  remember();
}

// What is in view, as a table: for screen readers, and for whoever wants the words.

let listing;
function list() {
  clearTimeout(listing);
  listing = setTimeout(() => {
    const found = features().filter((one) => !layerOf(one).over);
    const most = 200;
    const rows = found.slice(0, most).map((one) => {
      const layer = layerOf(one);
      const line = element("tr");
      const name = element("th", "", { scope: "row" });
      const title = one.properties[layer.label] || layer.kinds[one.properties.kind] || idOf(one);
      name.append(element("button", title, { type: "button", className: "plain-button", onclick: () => pick(layer.code, idOf(one), { move: true }) }));
      const more = told(layer, one.properties).slice(0, 3).map(([what, value]) => `${what} ${value}`).join(" · ");
      const end = element("td");
      end.append(element("a", words.page, { href: layer.page.replace("{id}", idOf(one)) }));
      line.append(name, element("td", layer.name), element("td", more), end);
      return line;
    });
    const table = part("table");
    table.querySelector("thead").replaceChildren(head());
    table.querySelector("tbody").replaceChildren(...rows);
    part("count").textContent = (found.length > most ? words.first : words.inView).replace("{shown}", geodesy.grouped(rows.length)).replace("{n}", geodesy.grouped(found.length));
  }, 250);
}

function head() {
  const line = element("tr");
  for (const what of words.columns) line.append(element("th", what, { scope: "col" }));
  return line;
}

// Lengths and areas.

function measured() {
  const points = state.measure?.points ?? [];
  const found = points.map((coordinates) => feature({ type: "Point", coordinates }));
  if (points.length > 1 && state.measure.kind === "line") found.unshift(feature({ type: "LineString", coordinates: points }));
  if (points.length > 2 && state.measure.kind === "ring") found.unshift(feature({ type: "Polygon", coordinates: [[...points, points[0]]] }));
  return { type: "FeatureCollection", features: found };
}

function measure(kind) {
  measuring = measuring === kind ? "" : kind;
  move(false);
  if (measuring) state.measure = { kind, points: [] };
  reading();
  if (measuring) map.getCanvas().focus();
}

function reading() {
  for (const button of atlas.querySelectorAll("[data-measures]")) {
    button.setAttribute("aria-pressed", String(button.dataset.measures === measuring));
  }
  atlas.classList.toggle("measuring", Boolean(measuring));
  map.getSource("measure")?.setData(measured());
  const box = part("measure");
  box.hidden = !measuring && !state.measure?.points.length;
  const { kind, points } = state.measure ?? { kind: "", points: [] };
  const enough = points.length >= (kind === "ring" ? 3 : 2);
  const around = kind === "ring" ? geodesy.length([...points, points[0] ?? [0, 0]]) : 0;
  const size = kind === "ring"
    ? `${geodesy.squareMetres(geodesy.area(points), words)} · ${words.around} ${geodesy.metres(around, words)}`
    : geodesy.metres(geodesy.length(points), words);
  box.querySelector("output").textContent = enough ? size : words.measureHow;
  remember();
}

function add(point) {
  state.measure.points.push(point.map((value) => Number(value.toFixed(5))));
  reading();
}

function measureKeys(event) {
  if (!measuring) return;
  if (event.key === "Enter") add(middle());
  else if (event.key === "Backspace") state.measure.points.pop();
  else if (event.key === "Escape") measuring = "";
  else return;
  event.preventDefault();
  event.stopPropagation();
  reading();
}

function forget() {
  measuring = "";
  state.measure = null;
  reading();
}

// Search: a position is understood here; names, codes and addresses are asked for in a body, kept nowhere.

async function search(event) {
  event.preventDefault();
  const form = event.target;
  const text = form.elements.q.value.trim();
  const results = part("results");
  if (!text) return results.replaceChildren();
  const at = geodesy.position(text);
  if (at) {
    results.replaceChildren();
    return mark(at);
  }
  try {
    const body = new URLSearchParams({ q: text });
    const found = await json(atlas.dataset.search, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } });
    results.replaceChildren(...found.places.map(result));
    say(found.places.length ? words.found.replace("{n}", found.places.length) : words.nothing);
    if (!found.places.length) results.append(element("li", words.nothing, { className: "faint" }));
  } catch {
    say(words.failed);
  }
  return undefined;
}

function result(one) {
  const item = element("li");
  const button = element("button", "", { type: "button", onclick: () => goTo(one) });
  button.append(element("b", one.name), element("span", one.note, { className: "small faint" }));
  item.append(button);
  return item;
}

function goTo(one) {
  if (one.layer && layers.some((layer) => layer.code === one.layer)) {
    const box = row(one.layer)?.querySelector("[name=layer]");
    if (box && !box.checked) {
      box.checked = true;
      change();
    }
    pick(one.layer, one.id, { move: true });
  }
  if (one.box) map.fitBounds(one.box, { padding: 40, maxZoom: 13 });
  if (one.hint) say(one.hint);
}

function mark(at, { move = true } = {}) {
  state.pick = "";
  state.mark = at;
  picked = { type: "FeatureCollection", features: [feature({ type: "Point", coordinates: at })] };
  map.getSource("picked")?.setData(picked);
  const plane = geodesy.gaussKrueger(at);
  const details = part("details");
  const pairs = element("dl", "", { className: "pairs" });
  pairs.append(
    element("dt", words.position), element("dd", geodesy.degrees(at)),
    element("dt", `${words.zone} ${plane.zone}`), element("dd", `X ${plane.north.toFixed(1)}  Y ${plane.east.toFixed(1)}`),
  );
  details.querySelector(".atlas-body").replaceChildren(element("h2", words.position), pairs);
  details.hidden = false;
  if (move) map.easeTo({ center: at, zoom: Math.max(map.getZoom(), 10) });
  remember();
}

let unname = () => {};
function names() {
  unname();
  unname = columns(library, map, layers, (layer) => states.get(layer.code)?.on);
}

async function start() {
  // `keys` are those the map itself takes; letters typed into it are the page's.
  const wanted = address.read(location.search);
  const given = await json(atlas.dataset.layers);
  ({ layers, words } = given);
  if (wanted.on) intoForm(wanted.on);
  fromForm();
  library = await import(atlas.dataset.library);
  library.setWorkerUrl(atlas.dataset.worker);
  await Promise.all(layers.filter((layer) => layer.values).map(values)).catch(() => say(words.failed));
  part("canvas").hidden = false;
  Object.assign(state, { pick: "", mark: wanted.mark, measure: wanted.measure });
  // Room for the tools on the one side and the scale below.
  const padding = { top: 24, left: 24, right: 68, bottom: 60 };
  const home = given.home ? [given.home.slice(0, 2), given.home.slice(2)] : [[111, 41.5], [120, 47]];
  map = new library.Map({
    container: part("canvas"),
    style: style(layers, states, { grid: EMPTY, picked, measure: measured(), gridded: states.get("grid")?.on }),
    ...(wanted.at ?? { bounds: home, fitBoundsOptions: { padding } }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    minZoom: 3,
    maxZoom: 18,
    renderWorldCopies: false,
    fadeDuration: 0,
    locale: { "Map.Title": words.title },
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  atlas.map = map;
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.on("load", () => {
    part("drawing")?.remove();
    atlas.classList.add("living");
    names();
    moved();
    where(middle());
    if (wanted.pick) pick(...wanted.pick.split("/"));
    else if (wanted.mark) mark(wanted.mark, { move: false });
    reading();
    map.once("idle", () => atlas.classList.add("ready"));
  });
  map.on("moveend", moved);
  map.on("move", scale);
  map.on("idle", list);
  map.on("mousemove", (event) => where(event.lngLat.toArray()));
  map.on("mouseout", () => where(middle()));
  map.on("click", (event) => {
    if (moving) return map.easeTo({ center: event.lngLat });
    if (measuring) return add(event.lngLat.toArray());
    const found = features([[event.point.x - 3, event.point.y - 3], [event.point.x + 3, event.point.y + 3]]);
    const one = found.find((each) => !layerOf(each).over) ?? found[0];
    if (!one) return unpick();
    return pick(layerOf(one).over || layerOf(one).code, idOf(one));
  });
  map.on("dblclick", (event) => {
    if (!measuring) return;
    event.preventDefault();
    measuring = "";
    reading();
  });
  map.getCanvas().addEventListener("keydown", measureKeys, true);
  listen(home, padding);
}

// What a sheet of paper is made of.
export const shown = () => ({ library, map, layers, states, words, picked, measured: measured() });

function moved() {
  scale();
  map.getSource("grid")?.setData(grid(map));
  where(middle());
  remember();
}

// For whoever can press but not drag: a press becomes the middle of the map.
function move(on) {
  moving = on;
  atlas.querySelector("[data-does=move]").setAttribute("aria-pressed", String(on));
}

function listen(home, padding) {
  part("layers").addEventListener("change", () => change().then(names));
  part("layers").addEventListener("input", (event) => event.target.type === "range" && change());
  part("layers").addEventListener("submit", (event) => event.preventDefault());
  part("search").addEventListener("submit", search);
  part("close").addEventListener("click", unpick);
  part("forget").addEventListener("click", forget);
  document.querySelector("[data-shuts]").addEventListener("click", (event) => event.target.closest("dialog").close());
  const does = {
    in: () => map.zoomIn(),
    out: () => map.zoomOut(),
    home: () => map.fitBounds(home, { padding }),
    move: () => move(!moving),
    line: () => measure("line"),
    ring: () => measure("ring"),
    whole: () => (document.fullscreenElement ? document.exitFullscreen() : atlas.requestFullscreen()),
    copy: () => navigator.clipboard.writeText(location.href).then(() => say(words.copied), () => say(location.href)),
    print: () => import("./print.js").then((paper) => paper.open(shown())),
  };
  for (const button of atlas.querySelectorAll("[data-does]")) {
    button.addEventListener("click", () => does[button.dataset.does]());
  }
  const themed = () => map.isStyleLoaded() && redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
  new MutationObserver(themed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

if (atlas && drawable()) {
  start().catch((fault) => {
    atlas.classList.remove("living");
    part("canvas").hidden = true;
    console.info("The map stays as it was drawn.", fault);
  });
}
