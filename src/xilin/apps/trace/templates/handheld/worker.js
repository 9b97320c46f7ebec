// Keeps the handheld's pages on the device, so that it starts without a network. Rendered with the list of what to keep and its version.
const VERSION = "{{ version }}";
const KEPT = {{ kept|safe }};
const SHELL = "{{ shell }}";

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(VERSION);
    await cache.addAll(KEPT.map((address) => new Request(address, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("handheld-") && name !== VERSION) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  const wanted = event.request.mode === "navigate" && address.pathname === SHELL ? SHELL : address.pathname;
  if (!KEPT.includes(wanted)) return;
  event.respondWith((async () => {
    const cache = await caches.open(VERSION);
    return (await cache.match(wanted)) || fetch(event.request);
  })());
});
