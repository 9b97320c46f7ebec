// In vertical writing the page lies along the lines of a book: wheel and page keys go on to the next columns.
"use strict";
const step = () => Math.max(40, document.scrollingElement.clientWidth - 80);
addEventListener("wheel", (event) => {
  if (event.ctrlKey || !event.deltaY || event.deltaX) return;
  event.preventDefault();
  scrollBy({ left: event.deltaY });
}, { passive: false });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const by = { PageDown: step(), PageUp: -step(), ArrowDown: 0 }[event.key];
  if (by) { event.preventDefault(); scrollBy({ left: by }); }
  if (event.key === "Home") { event.preventDefault(); scrollTo({ left: 0 }); }
  if (event.key === "End") { event.preventDefault(); scrollTo({ left: document.scrollingElement.scrollWidth }); }
});
