// The little that needs a script: toasts leave, a menu closes, a list of choices follows its form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll(".toasts li.success")) {
    setTimeout(() => toast.remove(), 8000);
  }
  for (const current of document.querySelectorAll(".sub nav a[aria-current], .tabs a[aria-current]")) {
    // The strip alone is moved, never the page.
    const strip = current.parentElement;
    strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
    strip.scrollTop = current.offsetTop - strip.offsetTop - (strip.clientHeight - current.offsetHeight) / 2;
  }
  for (const control of document.querySelectorAll("[data-sends]")) {
    control.addEventListener("change", () => control.form.requestSubmit());
  }
  for (const toast of document.querySelectorAll(".toasts li")) {
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    close.setAttribute("aria-label", toast.parentElement.dataset.close ?? "×");
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
  }
  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
  }
  for (const box of document.querySelectorAll("[data-keeps]")) {
    box.checked = localStorage.getItem(box.dataset.keeps) === "1";
    box.addEventListener("change", () => localStorage.setItem(box.dataset.keeps, box.checked ? "1" : "0"));
  }
});

// Light or dark changes at once; without a script the form does the same and the page is loaded again.
document.addEventListener("submit", (event) => {
  const theme = event.target.matches(".themes form") ? event.submitter?.value : undefined;
  if (theme === undefined) {
    return;
  }
  event.preventDefault();
  const kept = theme ? 365 * 24 * 3600 : 0;
  document.cookie = `xilin_theme=${theme}; path=/; max-age=${kept}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  if (theme) {
    document.documentElement.dataset.theme = theme;
  } else {
    delete document.documentElement.dataset.theme;
  }
  document.querySelector("meta[name=color-scheme]").content = theme || "light dark";
  for (const button of document.querySelectorAll(".themes button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  event.target.closest("details").removeAttribute("open");
  document.dispatchEvent(new CustomEvent("xilin:theme"));
});

// A choice closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pick[open]")) {
    if (!open.contains(event.target)) {
      open.removeAttribute("open");
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details:is(.menu, .pick)[open]")) {
      open.removeAttribute("open");
      if (open.contains(document.activeElement)) {
        open.querySelector("summary").focus();
      }
    }
  }
  const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// A single key presses what carries it, unless someone types, holds it down, or has switched keys off.
document.addEventListener("keydown", (event) => {
  const typing = /^(input|textarea|select)$/i.test(event.target.tagName) && event.target.type !== "checkbox";
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
    return;
  }
  const key = event.key.toLowerCase();
  const pressed = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (pressed && (key === "?" || localStorage.getItem("keys-off") !== "1")) {
    event.preventDefault();
    pressed.click();
  }
});

// What renews itself waits while someone reads or moves in it by keys, or looks elsewhere.
document.addEventListener("htmx:beforeRequest", (event) => {
  const place = event.detail.elt;
  if (place.hasAttribute("data-living") && (document.hidden || place.contains(document.activeElement))) {
    event.preventDefault();
  }
});

// An answer that is no fragment (the session ended, a refusal) is shown as a page of its own.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.shouldSwap = false;
  }
});

// Charts are drawn by the server; near the screen, once the page stands, they come alive.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    seen.unobserve(entry.target);
    import(entry.target.dataset.script).then((charts) => charts.enliven(entry.target));
  }
}, { rootMargin: "200px" });
const watch = (place) => place.querySelectorAll("[data-chart]:not([data-alive])").forEach((figure) => seen.observe(figure));
window.addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(() => watch(document)));
document.addEventListener("htmx:load", (event) => watch(event.target));

// What is copied: the text of an element, or a text of the button's own.
document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copier");
  if (!button) {
    return;
  }
  await navigator.clipboard.writeText(button.dataset.copy ?? document.getElementById(button.dataset.copies).textContent);
  const word = button.querySelector("span");
  const before = word.textContent;
  word.textContent = button.dataset.done;
  button.classList.add("copied");
  setTimeout(() => {
    word.textContent = before;
    button.classList.remove("copied");
  }, 2000);
});
const copiers = (place) => navigator.clipboard && place.querySelectorAll(".copier[hidden]").forEach((button) => (button.hidden = false));
document.addEventListener("DOMContentLoaded", () => copiers(document));
document.addEventListener("htmx:load", (event) => copiers(event.target));

// The help of keys tells those this page has: what it carries in data-key joins what every page knows.
function tellKeys() {
  const help = document.getElementById("page-keys");
  for (const part of help.querySelectorAll("[data-where]")) {
    part.hidden = !document.querySelector(part.dataset.where);
  }
  help.querySelectorAll(".of-page").forEach((part) => part.remove());
  for (const one of document.querySelectorAll("[data-key]")) {
    const key = Object.assign(document.createElement("dt"), { className: "of-page" });
    key.append(Object.assign(document.createElement("kbd"), { textContent: one.dataset.key }));
    const said = one.getAttribute("aria-label") || one.textContent.trim();
    help.querySelector("dl").append(key, Object.assign(document.createElement("dd"), { className: "of-page", textContent: said }));
  }
  help.showModal();
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-tells-keys]")) {
    tellKeys();
  }
});
document.addEventListener("keydown", (event) => {
  const typing = /^(input|textarea|select)$/i.test(event.target.tagName) && event.target.type !== "checkbox";
  if (event.key !== "?" || typing || event.ctrlKey || event.metaKey || document.querySelector("dialog[open], [data-key='?']")) {
    return;
  }
  if (document.getElementById("page-keys")) {
    event.preventDefault();
    tellKeys();
  }
});

// Sections that find no room on the line are in the menu alone; where all find room, there is no menu.
function fit() {
  const top = document.querySelector(".top");
  const links = [...(top?.querySelectorAll(".nav.wide > a") ?? [])];
  if (!links.length) {
    return;
  }
  const { left, top: line } = links[0].getBoundingClientRect();
  let all = true;
  for (const link of links) {
    const place = link.getBoundingClientRect();
    // On another line: below in a page across, beside in one whose lines run downwards.
    link.inert = getComputedStyle(top).writingMode.startsWith("vertical") ? place.left - left > 8 : place.top - line > 8;
    all &&= !link.inert;
  }
  top.classList.toggle("all-fits", all);
}
document.addEventListener("DOMContentLoaded", () => {
  const wide = document.querySelector(".top .nav.wide");
  if (wide) {
    new ResizeObserver(fit).observe(wide);
  }
});
