// The little that needs a script: toasts leave, a menu closes, a list of choices follows its form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll(".toasts li.success")) {
    setTimeout(() => toast.remove(), 8000);
  }
  if (window.matchMedia("(max-width: 60rem)").matches) {
    document.querySelectorAll("details.filters[open]").forEach((filters) => filters.removeAttribute("open"));
  }
  document.querySelector(".sub nav a[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  for (const control of document.querySelectorAll("[data-sends]")) {
    control.addEventListener("change", () => control.form.requestSubmit());
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
