// 摄像头 Codes in the picture of the camera: read by the browser where it can (`BarcodeDetector`), else by a decoder of our own beside the page.

const PAUSE = 1500;
const REST = 120; // milliseconds between two pictures
const LARGEST = 1280;
const FORMATS = ["qr_code", "data_matrix", "code_128", "ean_13", "ean_8", "upc_a", "itf"];

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// The browser's own reader; null where there is none, or where it is a name only, as on telephones without the maker's services.
async function ofBrowser() {
  if (!("BarcodeDetector" in window)) return null;
  try {
    const able = await BarcodeDetector.getSupportedFormats();
    const formats = FORMATS.filter((format) => able.includes(format));
    if (!formats.includes("qr_code") || !formats.includes("code_128")) return null;
    const detector = new BarcodeDetector({ formats });
    return { name: "browser", read: async (video) => (await detector.detect(video)).map((code) => code.rawValue), end() {} };
  } catch {
    return null;
  }
}

// Our own, in a worker: pictures go there one at a time, texts come back.
function ofOurs(address) {
  const worker = new Worker(address, { type: "module" });
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let number = 0;
  let waiting = null;
  worker.addEventListener("message", ({ data }) => {
    if (data.number !== number) return;
    if (data.failed) waiting?.reject(new Error(data.failed));
    else waiting?.resolve(data.texts);
  });
  worker.addEventListener("error", (event) => waiting?.reject(new Error(event.message || "worker")));
  const read = (video) => new Promise((resolve, reject) => {
    const share = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight, 1));
    const [width, height] = [Math.round(video.videoWidth * share), Math.round(video.videoHeight * share)];
    if (!width || !height) { resolve([]); return; }
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    pen.drawImage(video, 0, 0, width, height);
    const { buffer } = pen.getImageData(0, 0, width, height).data;
    waiting = { resolve, reject };
    number += 1;
    worker.postMessage({ number, width, height, pixels: buffer }, [buffer]);
  });
  return { name: "own", read, end: () => worker.terminate() };
}

// Look through the camera until `stop` of what this gives is called; `failed` is told once when the reader can't work.
export async function look(video, found, { decoder, failed }) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false,
  });
  const release = () => {
    for (const one of stream.getTracks()) one.stop();
    video.srcObject = null;
  };
  const [track] = stream.getVideoTracks();
  let reader;
  try {
    video.srcObject = stream;
    await video.play(); // refused where the page was left meanwhile
    reader = (await ofBrowser()) || ofOurs(decoder);
  } catch (error) {
    release();
    throw error;
  }
  video.dataset.reader = reader.name;
  const seen = new Map();
  let going = true;
  let faults = 0;
  const stop = () => {
    going = false;
    reader.end();
    release();
  };
  const take = async () => {
    if (!going) return;
    try {
      for (const text of await reader.read(video)) {
        if (going && Date.now() - (seen.get(text) || 0) > PAUSE) found(text);
        seen.set(text, Date.now());
      }
      faults = 0;
    } catch {
      faults += 1; // a picture that can't be read: the next one comes
      if (faults === 10 && going) { stop(); failed(); return; }
    }
    setTimeout(take, REST);
  };
  track.addEventListener("ended", () => { if (going) { stop(); failed(); } });
  take();
  return { stop, lamp: lampOf(track) };
}

// Switches the telephone's lamp; null where the camera has none.
function lampOf(track) {
  if (!track.getCapabilities?.().torch) return null;
  return (on) => track.applyConstraints({ advanced: [{ torch: on }] });
}
