// In vertical writing a page lies along its columns: wheel, trackpad and keys go on to the next ones.
"use strict";

(() => {
  const root = document.documentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const fields = 'input, textarea, select, [contenteditable=""], [contenteditable="true"]';
  const owners = "canvas, [role=application], [role=listbox], [role=menu], [role=slider], [role=tablist], .maplibregl-map";
  let sliding = null;

  const scrolls = (style) => style === "auto" || style === "scroll";
  const roomBeside = (box, by) => (by < 0 ? box.scrollLeft > 0 : box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  const roomBelow = (box, by) => (by < 0 ? box.scrollTop > 0 : box.scrollTop + box.clientHeight < box.scrollHeight - 1);

  // The nearest box around an element that still has room: one that goes down keeps to itself, one that goes aside is moved.
  const place = (target, by) => {
    for (let box = target instanceof Element ? target : null; box && box !== root && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (scrolls(style.overflowY) && roomBelow(box, by)) return null;
      if (scrolls(style.overflowX) && roomBeside(box, by)) return box;
    }
    return document.scrollingElement;
  };

  const stop = () => {
    if (sliding) cancelAnimationFrame(sliding.frame);
    sliding = null;
  };

  // A notch of a wheel, or a page, glides; what a trackpad tells is small, and follows the hand.
  const move = (box, by, glide) => {
    const from = sliding && sliding.box === box ? sliding.to : box.scrollLeft;
    const to = Math.max(0, Math.min(from + by, box.scrollWidth - box.clientWidth));
    stop();
    if (!glide || calm.matches || document.hidden) {
      box.scrollLeft = to;
      return;
    }
    const begun = performance.now(), start = box.scrollLeft, lasts = 140;
    const step = (now) => {
      const part = Math.min(1, (now - begun) / lasts);
      box.scrollLeft = start + (to - start) * (1 - (1 - part) ** 3);
      if (part < 1) sliding.frame = requestAnimationFrame(step);
      else sliding = null;
    };
    sliding = { box, to, frame: requestAnimationFrame(step) };
  };

  const page = (box) => Math.max(40, Math.round(box.clientWidth * 0.9));

  addEventListener("wheel", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // What goes mostly aside already moves the page by itself.
    if (!event.deltaY || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    if (event.target instanceof Element && event.target.closest(owners)) return;
    const box = place(event.target, event.deltaY);
    if (!box) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 40 : event.deltaMode === 2 ? page(box) : 1;
    move(box, event.deltaY * unit + event.deltaX * unit, event.deltaMode !== 0 || Math.abs(event.deltaY) >= 60);
  }, { passive: false });

  const amount = (event, box) => {
    const there = box.scrollWidth;
    switch (event.key) {
      case "PageDown": return page(box);
      case "PageUp": return -page(box);
      case " ": return event.shiftKey ? -page(box) : page(box);
      case "Home": return -there;
      case "End": return there;
      case "ArrowDown": return 60;
      case "ArrowUp": return -60;
      default: return 0;
    }
  };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest(fields) || target.closest(owners)) return;
    if (event.key === " " && target.closest("button, summary, a[role=button], [role=button]")) return;
    const way = amount(event, document.scrollingElement);
    if (!way) return;
    if (document.querySelector("dialog[open]:modal") && !target.closest("dialog")) return;
    const box = place(target, way);
    if (!box) return;
    event.preventDefault();
    move(box, amount(event, box), true);
  });

  addEventListener("pointerdown", stop, { passive: true });
})();
