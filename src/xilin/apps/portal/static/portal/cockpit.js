// The cockpit renews itself: panels come drawn from the server; here they are put in their places.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector("[data-stream]");
  if (!root) {
    return;
  }
  const sign = document.querySelector("[data-live]");
  const SILENT = 12000; // milliseconds without a sign of life after which what is shown is called old
  let mark = root.dataset.since;
  let heard = Date.now();
  let failures = 0;
  let source = null;
  let timer = 0;

  const figures = (place) => new Map([...place.querySelectorAll("[data-n]")].map((one) => [one.dataset.n, one.textContent]));

  // Someone's place in a panel: the link they stand on, found again by where it leads and how many like it stand before.
  const hold = (place) => {
    const at = document.activeElement;
    if (!place.contains(at) || at === place) {
      return () => {};
    }
    const like = (one) => one.tagName === at.tagName && one.getAttribute("href") === at.getAttribute("href");
    const nth = [...place.querySelectorAll("*")].filter(like).indexOf(at);
    return () => [...place.querySelectorAll("*")].filter(like)[nth]?.focus({ preventScroll: true });
  };

  const put = (code, html) => {
    const place = root.querySelector(`[data-panel="${code}"]`);
    if (!place) {
      return;
    }
    const before = figures(place);
    const again = hold(place);
    const scrolled = [...place.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
    place.innerHTML = html;
    [...place.querySelectorAll(".scroll")].forEach((one, nth) => {
      [one.scrollLeft, one.scrollTop] = scrolled[nth] || [0, 0];
    });
    for (const one of place.querySelectorAll("[data-n]")) {
      if (before.has(one.dataset.n) && before.get(one.dataset.n) !== one.textContent) {
        one.classList.add("fresh");
      }
    }
    again();
  };

  const tell = () => {
    if (!sign) {
      return;
    }
    const old = Date.now() - heard > SILENT;
    sign.hidden = false;
    sign.classList.toggle("live", !old);
    sign.classList.toggle("brand", !old);
    sign.classList.toggle("warn", old);
    sign.querySelector("[data-live-on]").hidden = old;
    const off = sign.querySelector("[data-live-off]");
    if (off.hidden === old) {
      off.hidden = !old;
      off.querySelector("time").textContent = new Date(heard).toLocaleTimeString([], { hour12: false });
    }
    document.documentElement.classList.toggle("stale", old);
  };

  const alive = () => {
    heard = Date.now();
    failures = 0;
    tell();
  };

  const open = () => {
    clearTimeout(timer);
    source?.close();
    const address = new URL(root.dataset.stream, location.href);
    address.searchParams.set("since", mark);
    source = new EventSource(address);
    source.addEventListener("beat", alive);
    source.addEventListener("panels", (event) => {
      mark = event.lastEventId;
      for (const [code, html] of Object.entries(JSON.parse(event.data).panels)) {
        put(code, html);
      }
      alive();
    });
    source.addEventListener("error", () => {
      // A connection that was cut is taken up by the browser; one that was refused by us, later and later.
      if (source.readyState === EventSource.CLOSED) {
        failures += 1;
        const wait = Math.min(60000, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
        timer = setTimeout(failures === 2 ? renewed : open, wait);
      }
      tell();
    });
  };

  // What may be seen may have changed, as when one was signed out: then the page is another.
  const renewed = () => {
    fetch(location.href, { headers: { "X-By-Itself": "yes" } })
      .then((answer) => (answer.ok ? location.reload() : open()))
      .catch(open);
  };

  // A page that nobody looks at listens to nothing: a browser has few connections to a site.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      clearTimeout(timer);
    } else {
      open();
    }
  });

  if (!document.hidden) {
    open();
  }
  const clock = document.querySelector("[data-clock]");
  const date = document.querySelector("[data-date]");
  // The wall's clock is that of the place the page was made at, wherever the screen believes to be.
  const ahead = clock ? new Date(clock.getAttribute("datetime")).getTime() - Date.now() : 0;
  const zone = clock ? /([+-]\d\d):?(\d\d)$/.exec(clock.getAttribute("datetime")) : null;
  const shift = zone ? (Number(zone[1]) * 60 + Math.sign(Number(zone[1]) || 1) * Number(zone[2])) * 60000 : 0;
  setInterval(() => {
    tell();
    if (clock) {
      const there = new Date(Date.now() + ahead + shift).toISOString();
      clock.textContent = there.slice(11, 16);
      date.textContent = there.slice(0, 10);
    }
  }, 1000);
});
