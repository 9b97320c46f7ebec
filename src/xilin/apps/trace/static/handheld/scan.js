// 扫描 The ways by which codes come in: a scanner that types, the camera, a tap with NFC. Each calls `found` with the text.

const PAUSE = 1500;

// A scanner types and ends with Enter. Keys pressed while nothing is being written go into the field.
export function wedge(field, form, found) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = "";
    if (text.trim()) found(text);
  });
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    const writing = at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName);
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    if (field.isConnected && !document.querySelector("dialog[open]")) field.focus();
  });
}

export const hasCamera = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
export const hasNfc = () => "NDEFReader" in window;

// Look through the camera until `stop` of what this gives is called.
export async function camera(video, found) {
  const wanted = ["qr_code", "data_matrix", "code_128", "ean_13", "ean_8", "itf"];
  const able = await BarcodeDetector.getSupportedFormats();
  const detector = new BarcodeDetector({ formats: wanted.filter((format) => able.includes(format)) });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  video.srcObject = stream;
  await video.play();
  const seen = new Map();
  let going = true;
  const look = async () => {
    if (!going) return;
    try {
      for (const code of await detector.detect(video)) {
        if (Date.now() - (seen.get(code.rawValue) || 0) > PAUSE) found(code.rawValue);
        seen.set(code.rawValue, Date.now());
      }
    } catch { /* a frame that can't be read: the next one comes */ }
    setTimeout(look, 150);
  };
  look();
  return { stop() { going = false; for (const track of stream.getTracks()) track.stop(); video.srcObject = null; } };
}

// Read tags that are held to the back of the telephone.
export async function nfc(found) {
  const reader = new NDEFReader();
  const control = new AbortController();
  await reader.scan({ signal: control.signal });
  reader.onreading = ({ message }) => {
    for (const record of message.records) {
      if (record.recordType === "url" || record.recordType === "absolute-url" || record.recordType === "text") {
        found(new TextDecoder(record.encoding || "utf-8").decode(record.data));
        return;
      }
    }
  };
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
