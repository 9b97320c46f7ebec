// A sheet of paper, A4 or A3 across: the map drawn anew at the sheet's size, its legend, scale, north, sources and dates.

import * as geodesy from "./geodesy.js";
import { grid, style } from "./style.js";

const MILLIMETRES = 25.4 / 96;
const element = (tag, words = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: words }, properties);

// The dialog asks for a title and a size; the rest follows from what is on.
export function open(shown) {
  const dialog = document.querySelector(".atlas-printing");
  dialog.showModal();
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    const { title, paper } = event.target.elements;
    dialog.close();
    print(shown, title.value.trim(), paper.value);
  };
}

export async function print(shown, title, paper) {
  const sheet = await lay(shown, title, paper);
  document.documentElement.classList.add("printing");
  window.addEventListener("afterprint", () => {
    sheet.remove();
    document.documentElement.classList.remove("printing");
  }, { once: true });
  window.print();
}

// The sheet, with the map in it as a picture; in the page, unseen until it is printed.
export async function lay({ library, map, layers, states, words, picked, measured }, title, paper) {
  const sheet = element("section", "", { className: `sheet ${paper}` });
  const [figure, side, foot] = [element("figure"), element("aside"), element("footer")];
  const head = element("header");
  head.append(element("h1", title || words.title), element("p", document.querySelector(".atlas-centre").textContent));
  sheet.append(head, figure, side, foot);
  document.body.append(sheet);
  const { picture, ground } = await drawn(figure, { library, map, layers, states, picked, measured });
  figure.append(picture);
  legends(side, layers, states);
  compass(side, words);
  foot.append(bar(ground, words), ...said(ground, words));
  return sheet;
}

function drawn(figure, { library, map, layers, states, picked, measured }) {
  const holder = element("div", "", { className: "sheet-map" });
  figure.append(holder);
  const paper = document.documentElement.dataset.theme;
  // Paper is white, whatever the screen is.
  document.documentElement.dataset.theme = "light";
  const gridded = states.get("grid")?.on;
  const wanted = style(layers, states, { grid: grid(map), picked, measure: measured, gridded });
  if (paper) document.documentElement.dataset.theme = paper;
  else delete document.documentElement.dataset.theme;
  return new Promise((done) => {
    const copy = new library.Map({
      container: holder, style: wanted, bounds: map.getBounds(), interactive: false, attributionControl: false,
      fadeDuration: 0, pixelRatio: 2, renderWorldCopies: false, canvasContextAttributes: { preserveDrawingBuffer: true },
    });
    copy.once("idle", async () => {
      const middle = copy.getCenter();
      const at = copy.project(middle);
      const beside = copy.unproject([at.x + 100, at.y]);
      const long = geodesy.distance(middle.toArray(), beside.toArray());
      const picture = element("img", "", { alt: "", src: copy.getCanvas().toDataURL("image/png") });
      await picture.decode();
      copy.remove();
      holder.remove();
      done({ picture, ground: long / 100 / MILLIMETRES });
    });
  });
}

function legends(side, layers, states) {
  for (const one of layers.filter((layer) => states.get(layer.code)?.on)) {
    const found = states.get(one.code).values;
    const lines = found?.legend ?? one.legend;
    if (!lines.length) continue;
    const part = element("div");
    part.append(element("h2", found?.name ?? one.name));
    if (found) part.append(element("p", [found.unit, found.source, found.as_of].filter(Boolean).join(" · ")));
    const list = element("ul");
    for (const line of lines) {
      const item = element("li");
      item.append(element("span", "", { className: `swatch ${line.colour}` }), line.name);
      list.append(item);
    }
    part.append(list);
    side.append(part);
  }
}

const SVG = "http://www.w3.org/2000/svg";
function compass(side, words) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 40");
  drawing.setAttribute("class", "north");
  const arrow = document.createElementNS(SVG, "path");
  arrow.setAttribute("d", "M12 2 19 28 12 23 5 28z");
  const letter = document.createElementNS(SVG, "text");
  letter.setAttribute("x", "12");
  letter.setAttribute("y", "39");
  letter.textContent = words.north;
  drawing.append(arrow, letter);
  side.append(drawing);
}

// `ground` is how many metres of ground a millimetre of paper is.
function bar(ground, words) {
  const unit = 10 ** Math.floor(Math.log10(ground * 50));
  const round = [5, 2, 1].find((one) => one * unit <= ground * 50) * unit;
  const line = element("span", geodesy.metres(round, words), { className: "sheet-bar" });
  line.style.setProperty("inline-size", `${round / ground}mm`);
  return line;
}

function said(ground, words) {
  const digits = 10 ** (Math.floor(Math.log10(ground * 1000)) - 1);
  const scale = Math.round((ground * 1000) / digits) * digits;
  const today = new Date();
  const day = `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}-${String(today.getDate()).padStart(2, "0")}`;
  return [
    element("span", `${words.scale} 1 : ${geodesy.grouped(scale)}`),
    element("span", words.projection),
    element("span", `${words.printed} ${day}`),
    element("span", document.querySelector(".atlas-credit").textContent),
    element("span", location.href, { className: "sheet-address" }),
  ];
}
