// The ellipsoid of CGCS2000: lengths, areas, zones of three degrees, and how positions are written. No map, no page.

const A = 6378137.0;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RAD = Math.PI / 180;
const MERCATOR = 85.0511;

// Length of the geodesic between two positions [longitude, latitude], in metres (Vincenty 1975, to a millimetre; spherical
// where it doesn't converge, on the other side of the globe).
export function distance([lon1, lat1], [lon2, lat2]) {
  const L = (lon2 - lon1) * RAD;
  const U1 = Math.atan((1 - F) * Math.tan(lat1 * RAD));
  const U2 = Math.atan((1 - F) * Math.tan(lat2 * RAD));
  const [s1, c1, s2, c2] = [Math.sin(U1), Math.cos(U1), Math.sin(U2), Math.cos(U2)];
  let lambda = L;
  for (let turn = 0; turn < 100; turn += 1) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cos2M = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
    const C = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = L + (1 - C) * F * sinAlpha * (sigma + C * sinSigma * (cos2M + C * cosSigma * (2 * cos2M ** 2 - 1)));
    if (Math.abs(lambda - before) < 1e-12) {
      const u2 = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
      const k1 = 1 + (u2 / 16384) * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)));
      const k2 = (u2 / 1024) * (256 + u2 * (-128 + u2 * (74 - 47 * u2)));
      const more = k2 * sinSigma * (cos2M + (k2 / 4) * (cosSigma * (2 * cos2M ** 2 - 1)
        - (k2 / 6) * cos2M * (4 * sinSigma ** 2 - 3) * (4 * cos2M ** 2 - 3)));
      return B * k1 * (sigma - more);
    }
  }
  const half = Math.sin(((lat2 - lat1) * RAD) / 2) ** 2
    + Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(L / 2) ** 2;
  return 2 * A * Math.asin(Math.min(1, Math.sqrt(half)));
}

// Length of a line of positions, in metres.
export const length = (line) => line.slice(1).reduce((sum, at, index) => sum + distance(line[index], at), 0);

const q = (sine) => (1 - E2) * (sine / (1 - E2 * sine ** 2) - Math.log((1 - E * sine) / (1 + E * sine)) / (2 * E));

// Area within a ring of positions, in square metres: on the sphere of equal area, whose great circles are within 1 in 10,000
// of the ellipsoid's geodesics over a province.
export function area(ring) {
  if (ring.length < 3) return 0;
  const pole = q(1);
  const onSphere = ring.map(([lon, lat]) => [lon * RAD, Math.asin(Math.max(-1, Math.min(1, q(Math.sin(lat * RAD)) / pole)))]);
  let excess = 0;
  onSphere.forEach(([lon1, lat1], index) => {
    const [lon2, lat2] = onSphere[(index + 1) % onSphere.length];
    const across = ((lon2 - lon1 + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    excess += 2 * Math.atan2(
      Math.tan(across / 2) * (Math.tan(lat1 / 2) + Math.tan(lat2 / 2)),
      1 + Math.tan(lat1 / 2) * Math.tan(lat2 / 2),
    );
  });
  return Math.abs(excess) * A ** 2 * (pole / 2);
}

const N = F / (2 - F);
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49561 / 161280) * N ** 4,
];

// The number of the zone of three degrees a longitude lies in; its meridian is three times that.
export const zone = (lon) => Math.round(lon / 3);

// Gauss-Krüger coordinates in that zone, in metres: north from the equator, east with the zone's number before it.
export function gaussKrueger([lon, lat], of = zone(lon)) {
  const away = (lon - of * 3) * RAD;
  const sine = Math.sin(lat * RAD);
  const t = Math.sinh(Math.atanh(sine) - E * Math.atanh(E * sine));
  const xi = Math.atan2(t, Math.cos(away));
  const eta = Math.atanh(Math.sin(away) / Math.hypot(1, t));
  let [north, east] = [xi, eta];
  ALPHA.forEach((alpha, index) => {
    const n = 2 * (index + 1);
    north += alpha * Math.sin(n * xi) * Math.cosh(n * eta);
    east += alpha * Math.cos(n * xi) * Math.sinh(n * eta);
  });
  return { zone: of, north: RECTIFYING * north, east: of * 1e6 + 500000 + RECTIFYING * east };
}

// A position in degrees as it is written: longitude, then latitude.
export function degrees([lon, lat], places = 5) {
  const side = (value, plus, minus) => `${Math.abs(value).toFixed(places)}° ${value < 0 ? minus : plus}`;
  return `${side(lon, "E", "W")}  ${side(lat, "N", "S")}`;
}

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const grouped = (value) => GROUPED.format(value);

// Three digits that tell something, thousands set off.
const brief = (value) => (value >= 100 || Number.isInteger(value) ? grouped(value) : value.toFixed(value < 10 ? 2 : 1));

// Metres as people say them; `words` are the units in the reader's language.
export const metres = (value, words) => (value < 1000 ? `${grouped(value)} ${words.m}` : `${brief(value / 1000)} ${words.km}`);

// Square metres as people say them: with hectares below ten square kilometres.
export function squareMetres(value, words) {
  if (value < 10000) return `${grouped(value)} ${words.m2}`;
  if (value < 1e7) return `${brief(value / 1e4)} ${words.ha}`;
  return `${brief(value / 1e6)} ${words.km2}`;
}

// One angle: 43.9, 43.9N, N43°54′12″, 43 54 12.
function angle(text) {
  const found = text.match(/^\s*([NSEW])?\s*(-?\d+(?:\.\d+)?)\s*(?:°|度|\s)?\s*(?:(\d+(?:\.\d+)?)\s*(?:['′分]|\s|$))?\s*(?:(\d+(?:\.\d+)?)\s*(?:["″秒])?)?\s*([NSEW])?\s*$/i);
  if (!found) return null;
  const [, before, whole, minutes = "0", seconds = "0", after] = found;
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return null;
  const side = (before || after || "").toUpperCase();
  const size = Math.abs(Number(whole)) + Number(minutes) / 60 + Number(seconds) / 3600;
  return { value: whole.startsWith("-") || side === "S" || side === "W" ? -size : size, side };
}

// What someone typed as a position [longitude, latitude], else null. Without letters the longitude is the number that can be
// no latitude, else the first.
export function position(text) {
  const said = text.replace(/东经/g, "E").replace(/北纬/g, "N").replace(/西经/g, "W").replace(/南纬/g, "S");
  const parts = said.split(/[,，;；、]/).filter((part) => part.trim());
  const two = parts.length === 2 ? parts : said.match(/^(.*?[NSEW])\s+(.*[NSEW])\s*$/i)?.slice(1) ?? said.trim().split(/\s+/);
  if (two.length !== 2) return null;
  const [first, second] = two.map(angle);
  if (!first || !second) return null;
  const northFirst = /[NS]/.test(first.side) || /[EW]/.test(second.side)
    || (!first.side && !second.side && Math.abs(first.value) <= 90 && Math.abs(second.value) > 90);
  const [lon, lat] = northFirst ? [second.value, first.value] : [first.value, second.value];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= MERCATOR ? [lon, lat] : null;
}
