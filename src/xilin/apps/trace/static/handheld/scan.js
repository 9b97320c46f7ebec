// 扫描 The other ways by which codes come in: a scanner that types, a tap with NFC. Each calls `found` with the text.

export const GS = "\u001d";
// A scanner is done with a code in less time than a person takes for a key.
const QUICK = 45;

// Whether a key is how scanners in keyboard mode send the separator: Ctrl+] is its control code, F8 what many are set to.
const separates = (event) => (event.ctrlKey && (event.key === "]" || event.code === "BracketRight")) || event.key === "F8" || event.key === GS;

// A scanner types and ends with Enter or Tab. Keys pressed while nothing is being written go into the field.
export function wedge(field, form, found) {
  let begun = 0;
  const done = () => {
    const text = field.value;
    field.value = "";
    if (text.trim()) found(text);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); done(); });
  field.addEventListener("input", () => { if (field.value.length <= 1) begun = Date.now(); });
  const onKey = (event) => {
    if (!field.isConnected) { document.removeEventListener("keydown", onKey); return; }
    if (document.querySelector("dialog[open]")) return;
    const at = document.activeElement;
    if (separates(event) && (at === field || !writes(at))) {
      event.preventDefault(); // else the browser would take it for a command
      field.focus();
      field.setRangeText(GS, field.selectionStart, field.selectionEnd, "end");
      return;
    }
    if (event.key === "Tab" && at === field && field.value.length >= 6 && Date.now() - begun < QUICK * field.value.length) {
      event.preventDefault();
      done();
      return;
    }
    if (writes(at) || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    field.focus();
  };
  document.addEventListener("keydown", onKey);
}

const writes = (at) => Boolean(at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName));

export const hasNfc = () => "NDEFReader" in window;

const TEXTS = new Set(["url", "absolute-url", "text", "mime"]);

function textOf(record) {
  if (!TEXTS.has(record.recordType) || !record.data) return null;
  if (record.recordType === "mime" && !/^text\//.test(record.mediaType || "")) return null;
  try {
    return new TextDecoder(record.encoding || "utf-8").decode(record.data);
  } catch {
    return null;
  }
}

// What stands on a tag, a smart poster's own records too.
function* textsOf(message) {
  for (const record of message?.records || []) {
    if (record.recordType === "smart-poster") yield* textsOf({ records: record.toRecords?.() });
    else {
      const text = textOf(record);
      if (text) yield text;
    }
  }
}

// Read tags that are held to the back of the telephone (Web NFC): the first text that names something, else the first.
// `failed` is told of a tag that can't be read or that says nothing.
export async function nfc(found, { names, failed }) {
  const reader = new NDEFReader();
  const control = new AbortController();
  reader.onreading = ({ message }) => {
    const texts = [...textsOf(message)];
    const text = texts.find(names) ?? texts[0];
    if (text === undefined) failed();
    else found(text);
  };
  reader.onreadingerror = () => failed();
  await reader.scan({ signal: control.signal });
  return { stop: () => control.abort() };
}

let sound = null;

// Felt and heard: one short for yes, two low for no.
export function signal(good) {
  navigator.vibrate?.(good ? 60 : [120, 80, 120]);
  try {
    sound ||= new AudioContext();
    const tone = sound.createOscillator();
    const loud = sound.createGain();
    tone.frequency.value = good ? 1320 : 220;
    loud.gain.value = 0.15;
    tone.connect(loud).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + (good ? 0.08 : 0.35));
  } catch { /* no sound where the browser gives none */ }
}
