// 识别 What a scan, a tap or a typed text is: GS1 keys in every spelling, ear tags. Check digits are verified here, without a network.

const ROOT = "https://id.gs1.org";
const GS = "\u001d";
const NAMES = { gtin: "01", sscc: "00", gln: "414", glnx: "254", lot: "10", ser: "21", cpv: "22", tpx: "235", grai: "8003", giai: "8004" };
// Keys that a task can be about: how long the value is, and which qualifiers may follow.
const KEYS = { "00": /^\d{18}$/, "01": /^(\d{8}|\d{12,14})$/, "414": /^\d{13}$/, "8003": /^\d{14}[^/]{0,16}$/, "8004": /^\d{4}[^/]{0,26}$/ };
// Of several keys on one label the one that is meant: the box before what it holds, goods before a place.
const FIRST = ["00", "01", "8003", "8004", "414"];
// By their first two digits: lengths of elements that no separator ends (GS1 General Specifications 7.8.5); others end at a
// separator or with the text.
const FIXED = { "00": 18, "01": 14, "02": 14, "03": 14, "04": 16, 11: 6, 12: 6, 13: 6, 14: 6, 15: 6, 16: 6, 17: 6, 18: 6, 19: 6, 20: 2, 31: 6, 32: 6, 33: 6, 34: 6, 35: 6, 36: 6, 41: 13 };
// By their first two digits: how many digits the identifiers of elements have (7.8.4); two where nothing stands here.
const DIGITS = { 23: 3, 24: 3, 25: 3, 31: 4, 32: 4, 33: 4, 34: 4, 35: 4, 36: 4, 39: 4, 40: 3, 41: 3, 42: 3, 43: 4, 70: 4, 71: 3, 72: 4, 80: 4, 81: 4, 82: 4 };
// What scanners that may not type the separator type instead: its picture, its names, and what Windows makes of Alt+29.
const SEPARATORS = /\u241d|\u2194|\{GS\}|<GS>|\[GS\]|\\x1d|\\u001d|\^\]/gi;
const SPECIES = { 1: "pig", 2: "cattle", 3: "sheep" };
// First two digits of area codes (GB/T 2260); 99 is no province and kept for demonstrations.
const PROVINCES = new Set("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 99".split(" "));

// The digit that follows: modulo 10, weights 3 and 1 from the right (GS1 General Specifications 7.9.1).
export function checkDigit(digits) {
  let sum = 0;
  for (let at = digits.length - 1, weight = 3; at >= 0; at -= 1, weight = 4 - weight) sum += weight * Number(digits[at]);
  return String((10 - (sum % 10)) % 10);
}

const wrong = (why, more = {}) => ({ ok: false, why, ...more });

function checked(digits) {
  const right = checkDigit(digits.slice(0, -1));
  return digits.endsWith(right) ? null : wrong("check_digit", { value: digits, right });
}

// As the platform writes values: letters, digits and these marks stand for themselves.
const encoded = (value) => encodeURIComponent(value).replace(/[!~*()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replace(/%3D/g, "=").replace(/%3B/g, ";").replace(/%27/g, "'");

const thing = (kind, id, shown, isClass = false) => ({ ok: true, kind, id, shown, isClass });

// A key with its qualifiers, as the finest thing they name.
function ofKey(key, value, more) {
  if (!KEYS[key].test(value)) return wrong("form", { value });
  if (key === "01") return ofGtin(value.padStart(14, "0"), more);
  if (key === "00") return checked(value) || thing("sscc", `${ROOT}/00/${value}`, value);
  if (key === "414") return checked(value) || ofPlace(value, more["254"]);
  if (key === "8003") return checked(value.slice(0, 14)) || (value.length > 14 ? thing("grai", `${ROOT}/8003/${encoded(value)}`, value) : wrong("no_serial", { value }));
  return thing("giai", `${ROOT}/8004/${encoded(value)}`, value);
}

function ofPlace(gln, extension) {
  const plain = !extension || extension === "0";
  return plain ? thing("place", `${ROOT}/414/${gln}`, gln) : thing("place", `${ROOT}/414/${gln}/254/${encoded(extension)}`, `${gln} · ${extension}`);
}

function ofGtin(gtin, more) {
  const bad = checked(gtin);
  if (bad) return bad;
  const short = gtin.replace(/^0/, "");
  for (const [ai, limit] of [["21", 20], ["235", 28]]) {
    const serial = more[ai];
    if (serial !== undefined) return serial && serial.length <= limit ? thing("item", `${ROOT}/01/${gtin}/${ai}/${encoded(serial)}`, `${short} · ${serial}`) : wrong("form", { value: serial });
  }
  const lot = more["10"];
  if (lot) return lot.length <= 20 ? thing("lot", `${ROOT}/01/${gtin}/10/${encoded(lot)}`, `${short} · ${lot}`, true) : wrong("form", { value: lot });
  return thing("product", `${ROOT}/01/${gtin}`, short, true);
}

const decoded = (text) => { try { return decodeURIComponent(text); } catch { return text; } };

// GS1 Digital Link, on whatever host it stands.
function ofLink(text) {
  const path = text.replace(/^https?:\/\/[^/?#]+/i, "").split(/[?#]/)[0].split("/").filter(Boolean);
  for (let at = 0; at + 1 < path.length; at += 1) {
    const key = NAMES[path[at]] || path[at];
    if (!KEYS[key]) continue;
    const rest = path.slice(at);
    if (rest.length % 2) continue;
    const more = {};
    for (let i = 2; i < rest.length; i += 2) more[NAMES[rest[i]] || rest[i]] = decoded(rest[i + 1]);
    return ofKey(key, decoded(rest[1]), more);
  }
  return wrong("unknown", { value: text });
}

// EPC URNs: the same keys without check digit, the border of the company prefix shown.
function ofUrn(text) {
  const [, form, scheme, rest] = /^urn:epc:(id|class):([a-z]+):(.+)$/i.exec(text) || [];
  const parts = (rest || "").split(".");
  const [prefix, reference] = parts;
  const serial = parts.length > 2 ? decoded(parts.slice(2).join(".")) : undefined;
  if (!/^\d{6,12}$/.test(prefix || "") || reference === undefined) return wrong("unknown", { value: text });
  const whole = (digits) => digits + checkDigit(digits);
  const inFront = reference[0] + prefix + reference.slice(1);
  const numeric = /^\d*$/.test(reference);
  if (form === "id" && scheme === "sgtin" && numeric && inFront.length === 13 && serial) return ofKey("01", whole(inFront), { 21: serial });
  if (form === "class" && scheme === "lgtin" && numeric && inFront.length === 13 && serial) return ofKey("01", whole(inFront), { 10: serial });
  if (form === "id" && scheme === "sscc" && numeric && inFront.length === 17) return ofKey("00", whole(inFront), {});
  if (form === "id" && scheme === "sgln" && numeric && (prefix + reference).length === 12) return ofKey("414", whole(prefix + reference), { 254: serial });
  if (form === "id" && scheme === "grai" && numeric && (prefix + reference).length === 12 && serial) return ofKey("8003", `0${whole(prefix + reference)}${serial}`, {});
  if (form === "id" && scheme === "giai") return ofKey("8004", prefix + decoded(parts.slice(1).join(".")), {});
  return wrong("unknown", { value: text });
}

// Elements as a scanner types them, with brackets or with separators.
function ofElements(text) {
  const found = {};
  if (text[0] === "(") {
    for (const [, ai, value] of text.matchAll(/\((\d{2,4})\)([^(]*)/g)) found[ai] = value.trim();
  } else {
    for (let rest = text.replace(/^\u001d+/, ""); rest; ) {
      const prefix = rest.slice(0, 2);
      const ai = rest.slice(0, DIGITS[prefix] || 2);
      if (!/^\d{2,4}$/.test(ai)) return wrong("unknown", { value: text });
      const end = prefix in FIXED ? ai.length + FIXED[prefix] : (rest.indexOf(GS) + 1 || rest.length + 1) - 1;
      if (end > rest.length || end === ai.length) return wrong("form", { value: rest });
      found[ai] = rest.slice(ai.length, end);
      rest = rest.slice(end).replace(/^\u001d+/, "");
    }
  }
  const key = FIRST.find((ai) => ai in found);
  return key ? ofKey(key, found[key], found) : wrong("unknown", { value: text });
}

// 畜禽标识: species, county, number (《畜禽标识和养殖档案管理办法》第六条); it has no check digit.
function ofEarTag(digits, spelling) {
  const species = SPECIES[digits[0]];
  if (!species || !PROVINCES.has(digits.slice(1, 3))) return wrong("ear_tag", { value: digits });
  const shown = `${digits[0]} ${digits.slice(1, 7)} ${digits.slice(7)}`;
  return { ...thing("ear_tag", spelling.replace("{}", digits), shown), species };
}

function ofDigits(digits, spelling) {
  if (digits.length === 15) return ofEarTag(digits, spelling);
  if (digits.length === 18) return ofKey("00", digits, {});
  if (digits.length === 20 && digits.startsWith("00")) return ofKey("00", digits.slice(2), {});
  if ([8, 12, 13, 14].includes(digits.length)) return ofKey("01", digits, {});
  if (digits.length > 16 && digits.startsWith("01")) return ofElements(digits);
  return wrong("unknown", { value: digits });
}

// Letters as they are meant: an input method for Chinese makes brackets and digits of full width.
const plainly = (raw) => raw.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replace(SEPARATORS, GS);

// What a text names, or why it names nothing. `spellings` are ways to write an ear tag as a URI, `{}` for its digits, with blanks
// between: the first is the one that is recorded, by the others the same animal is recognised.
export function recognise(raw, spellings) {
  const [spelling, ...others] = spellings.split(" ");
  const found = named(raw, spelling);
  if (found.kind !== "giai") return found;
  for (const [before] of others.map((one) => one.split("{}"))) {
    const digits = found.id.slice(before.length);
    if (found.id.startsWith(before) && /^[1-3]\d{14}$/.test(digits)) return ofEarTag(digits, spelling);
  }
  return found;
}

function named(raw, spelling) {
  const text = plainly(raw).replace(/^\s*\][A-Za-z][0-9A-Za-z]/, "").replace(/^\u001d+(?=\(|https?:|urn:)|\u001d+$/gi, "").trim();
  if (!text) return wrong("empty");
  if (/^https?:\/\//i.test(text)) return ofLink(text);
  if (/^urn:epc:/i.test(text)) return ofUrn(text);
  const [before, after] = spelling.split("{}");
  if (text.startsWith(before) && /^\d{15}$/.test(text.slice(before.length).replace(after, ""))) return ofEarTag(text.slice(before.length).replace(after, ""), spelling);
  if (text[0] === "(" || text.includes(GS) || (!/^\d{18}$/.test(text) && /^(00\d{18}\d{2}|0[12]\d{14}\d{2}|414\d{13}\d{2}|8003\d{14}|8004\d{4}[^\d])/.test(text))) return ofElements(text);
  const digits = text.replace(/[\s-]/g, "");
  return /^\d+$/.test(digits) ? ofDigits(digits, spelling) : wrong("unknown", { value: text });
}
