// All that the map shows stands in its address, so that whoever opens the address sees the same.
//
//   at=7.25/43.9000/115.1000     level, latitude, longitude of the middle
//   on=counties,indicator~80:people_total:2026    layers from the list, `~` opacity in percent, `:` what was chosen
//   pick=spots/17                the feature whose details are open
//   mark=115.1,43.9              a position that was looked for
//   line=115,43;116,44  ring=…   what is measured

const numbers = (text, apart) => text.split(apart).map(Number);
const whole = (list) => list.every(Number.isFinite);

export function read(search) {
  const given = new URLSearchParams(search);
  const found = { at: null, on: null, pick: "", mark: null, measure: null };
  const at = numbers(given.get("at") ?? "", "/");
  if (given.has("at") && at.length === 3 && whole(at)) {
    found.at = { zoom: at[0], center: [at[2], Math.max(-85, Math.min(85, at[1]))] };
  }
  if (given.has("on")) {
    found.on = new Map();
    for (const part of given.get("on").split(",").filter(Boolean)) {
      const [head, ...picked] = part.split(":");
      const [code, opacity] = head.split("~");
      const percent = Number(opacity ?? 100);
      found.on.set(code, { opacity: percent >= 0 && percent <= 100 ? percent : 100, picked });
    }
  }
  found.pick = /^[\w-]+\/\d+$/.test(given.get("pick") ?? "") ? given.get("pick") : "";
  const mark = numbers(given.get("mark") ?? "", ",");
  if (mark.length === 2 && whole(mark) && given.has("mark")) found.mark = mark;
  for (const kind of ["line", "ring"]) {
    const points = (given.get(kind) ?? "").split(";").filter(Boolean).map((part) => numbers(part, ","));
    if (points.length && points.every((point) => point.length === 2 && whole(point))) found.measure = { kind, points };
  }
  return found;
}

export function write({ at, on, pick, mark, measure }) {
  const parts = [];
  if (at) parts.push(`at=${at.zoom.toFixed(2)}/${at.center[1].toFixed(4)}/${at.center[0].toFixed(4)}`);
  if (on) {
    const layers = [...on].map(([code, { opacity, picked }]) =>
      `${code}${opacity === 100 ? "" : `~${opacity}`}${picked.map((option) => `:${encodeURIComponent(option)}`).join("")}`);
    parts.push(`on=${layers.join(",")}`);
  }
  if (pick) parts.push(`pick=${pick}`);
  if (mark) parts.push(`mark=${mark.map((value) => value.toFixed(5)).join(",")}`);
  if (measure?.points.length) {
    parts.push(`${measure.kind}=${measure.points.map((point) => point.map((value) => value.toFixed(5)).join(",")).join(";")}`);
  }
  return parts.length ? `?${parts.join("&")}` : "";
}
