// Reads codes off pictures where the browser can't itself: zxing-cpp, beside the page so that the page never waits for it.
// Only this script may make machine code (`wasm-unsafe-eval`): it has a content policy of its own.
import { prepareZXingModule, readBarcodes } from "{{ reader }}";

prepareZXingModule({ overrides: { locateFile: () => "{{ machine }}" } });

// As the page says what it reads; the separator of elements stays in the text.
const HOW = {
  formats: ["QRCode", "DataMatrix", "Code128", "EAN13", "EAN8", "UPCA", "ITF", "DataBar", "DataBarExp"],
  textMode: "Plain", tryHarder: true, tryInvert: true, maxNumberOfSymbols: 4,
};

addEventListener("message", async ({ data }) => {
  try {
    const found = await readBarcodes(new ImageData(new Uint8ClampedArray(data.pixels), data.width, data.height), HOW);
    postMessage({ number: data.number, texts: found.filter((code) => code.isValid).map((code) => code.text) });
  } catch (error) {
    postMessage({ number: data.number, failed: String(error) });
  }
});
