// Names in Mongolian letters stand in columns, which the library can't draw: they are elements upon the map. Where two
// would lie upon one another the later one gives way.

import { MONGOLIAN } from "./style.js";

export function columns(library, map, layers, shown) {
  const put = layers.filter(shown).flatMap((layer) => layer.names ?? []).filter((one) => MONGOLIAN.test(one.name)).map((one) => {
    const element = Object.assign(document.createElement("span"), { className: "atlas-name", lang: "mn-Mong", textContent: one.name });
    return new library.Marker({ element, ...(one.spot ? { anchor: "bottom", offset: [0, -10] } : {}) }).setLngLat(one.at).addTo(map);
  });
  const apart = () => {
    const taken = [];
    for (const one of put) {
      const element = one.getElement();
      element.classList.remove("gives-way");
      const box = element.getBoundingClientRect();
      const free = taken.every((other) => box.right < other.left || other.right < box.left || box.bottom < other.top || other.bottom < box.top);
      element.classList.toggle("gives-way", !free);
      if (free) taken.push(box);
    }
  };
  map.on("moveend", apart);
  if (put.length) requestAnimationFrame(apart);
  return () => {
    map.off("moveend", apart);
    put.forEach((one) => one.remove());
  };
}
