// The little that needs a script: toasts leave, a menu closes, a list of choices follows its form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll(".toasts li.success")) {
    setTimeout(() => toast.remove(), 8000);
  }
  // As wide as the line is long: columns that run downwards ask the screen's height.
  const line = parseFloat(getComputedStyle(document.querySelector("main") ?? document.body).inlineSize);
  if (line <= 60 * parseFloat(getComputedStyle(document.documentElement).fontSize)) {
    document.querySelectorAll("details.filters[open]").forEach((filters) => filters.removeAttribute("open"));
  }
  for (const current of document.querySelectorAll(".sub nav a[aria-current], .tabs a[aria-current]")) {
    current.scrollIntoView({ inline: "center", block: "nearest" });
  }
  for (const control of document.querySelectorAll("[data-sends]")) {
    control.addEventListener("change", () => control.form.requestSubmit());
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
