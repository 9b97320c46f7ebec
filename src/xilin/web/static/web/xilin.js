// The little that needs a script: toasts leave, a menu closes, a list of choices follows its form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll(".toasts li.success")) {
    setTimeout(() => toast.remove(), 8000);
  }
  if (window.matchMedia("(max-width: 60rem)").matches) {
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

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => menu.removeAttribute("open"));
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
