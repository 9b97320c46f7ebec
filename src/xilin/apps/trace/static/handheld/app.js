// 手持端 The pages of the handheld, drawn from what is kept on the device; it works the same with a network and without.

import * as camera from "./camera.js";
import { recognise } from "./codes.js";
import * as queue from "./queue.js";
import * as scan from "./scan.js";
import { TASKS, empty, eventOf, holds, needed, slotFor } from "./tasks.js";

const root = document.getElementById("app");
const status = document.getElementById("said");
const settings = document.documentElement.dataset;
const RETRY = 20000;
const MOST = 500;

let words = {};
let language = "zh";
let who = null; // who works on this device: as the platform said last
let link = navigator.onLine ? "unknown" : "offline";
let draft = null;
let eye = null; // the camera or NFC reader that is on
let clockOff = 0;

const say = (key, facts = {}) => (words[language]?.[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

// An element with what it is told: attributes, `on…` functions, children.
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const show = (...children) => root.replaceChildren(...children.flat(3).filter(Boolean));

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${settings.icons}#${name}`);
  svg.append(use);
  return svg;
}

const button = (name, text, press, more = {}) => el("button", { type: "button", class: more.class || "big", ...more, onclick: press }, name && icon(name), el("span", {}, text));

function tell(text, kind = "good") {
  status.className = `said ${kind}`;
  status.textContent = text;
}

const moment = (text) => new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(text));

// Sending

let sending = false;

async function refresh() {
  try {
    const response = await fetch(settings.me, { credentials: "same-origin", headers: { "X-By-Itself": "1" } });
    if (response.status === 401) { link = "signed_out"; return false; }
    if (response.status === 403) { link = "not_allowed"; return false; }
    if (!response.ok) { link = "offline"; return false; }
    const asked = Date.now();
    who = { ...(await response.json()), events: settings.events };
    clockOff = Math.round((asked - new Date(who.now).getTime()) / 60000);
    await queue.remember("who", { ...who, token: "" });
    link = "online";
    return true;
  } catch {
    link = "offline";
    return false;
  }
}

async function sync() {
  if (sending) return;
  sending = true;
  try {
    if (await refresh()) {
      const ended = await queue.send(who);
      if (ended !== "done" && ended !== "busy") link = ended;
    }
  } finally {
    sending = false;
  }
  await bar();
  if (location.hash === "#/queue") await drawQueue();
  if (home()) await drawHome();
}

const home = () => !location.hash || location.hash === "#/";

// The bar above every page: the link, what waits, who works here.

async function bar() {
  const all = await queue.entries();
  const waiting = all.filter((entry) => entry.state === "waiting").length;
  const refused = all.filter((entry) => entry.state === "refused").length;
  document.getElementById("link").replaceChildren(el("span", { class: `pill ${link}` }, say(`link_${link}`)));
  const count = document.getElementById("count");
  count.replaceChildren(icon("queue"), el("span", {}, say("queue_count", { waiting })), refused ? el("span", { class: "pill refused" }, say("refused_count", { refused })) : "");
  count.dataset.waiting = waiting;
  count.dataset.refused = refused;
  const alarm = document.getElementById("alarm");
  const notes = [];
  if (link === "signed_out") notes.push(el("a", { class: "big alarm", href: settings.login }, icon("person"), el("span", {}, say("sign_in_again"))));
  if (link === "not_allowed") notes.push(el("p", { class: "note bad" }, say("not_a_hand")));
  if (Math.abs(clockOff) >= 5) notes.push(el("p", { class: "note bad" }, say("clock_off", { minutes: Math.abs(clockOff) })));
  if (link === "broken") notes.push(el("p", { class: "note bad" }, say("broken")));
  alarm.replaceChildren(...notes);
}

// Pages

const title = (text) => { document.title = `${text} · ${say("name")}`; return el("h1", { tabindex: "-1" }, text); };

function stopEye() {
  eye?.stop();
  eye = null;
}

async function draw() {
  stopEye();
  const [, page, task] = location.hash.split("/");
  delete document.body.dataset.page;
  tell("");
  if (page === "do" && TASKS[task]) await drawTask(task);
  else if (page === "queue") await drawQueue();
  else await drawHome();
  if (page !== "do") document.querySelector("h1")?.focus();
  await bar();
  document.body.dataset.page = location.hash || "#/";
}

async function drawHome() {
  const all = await queue.entries();
  const open = await queue.fact("draft");
  const may = who?.tasks || [];
  const today = all.filter((entry) => entry.made.slice(0, 10) === new Date().toISOString().slice(0, 10) && entry.state !== "dropped" && entry.state !== "replaced");
  show(
    title(say("what_now")),
    who ? el("p", { class: "who" }, icon("person"), el("span", {}, el("b", {}, who.name), el("small", {}, [who.party_name, who.place_name].filter(Boolean).join(" · ")))) : el("p", { class: "note" }, say("first_sign_in")),
    !who && el("a", { class: "big main", href: settings.login }, icon("person"), el("span", {}, say("sign_in"))),
    open ? el("a", { class: "big alarm", href: `#/do/${open.task}` }, icon(TASKS[open.task].icon), el("span", {}, say("go_on", { task: say(open.task), count: Object.values(open.slots).flat().length }))) : null,
    el("div", { class: "tasks" }, Object.entries(TASKS).filter(([name]) => may.includes(name)).map(([name, task]) => el("a", { class: "task", href: `#/do/${name}` }, icon(task.icon), el("b", {}, say(name)), el("small", {}, say(`${name}_hint`))))),
    today.length ? el("section", {}, el("h2", {}, say("today", { count: today.length })), el("ul", { class: "list" }, today.slice(0, 5).map(line))) : null,
    installer ? button("phone", say("install"), install, { class: "big quiet" }) : null,
  );
}

const subject = (entry) => {
  const things = Object.values(entry.draft.slots).flat();
  return things.length ? things[0].shown + (things.length > 1 ? say("and_more", { count: things.length - 1 }) : "") : "";
};

const line = (entry) => el("li", {}, icon(TASKS[entry.task].icon), el("span", {}, el("b", {}, say(entry.task)), el("small", {}, `${moment(entry.made)} · ${subject(entry)}`)), el("span", { class: `pill ${entry.state}` }, say(`state_${entry.state}`)));

async function drawTask(task) {
  const kept = await queue.fact("draft");
  draft = kept?.task === task ? kept : empty(task);
  const field = el("input", { id: "scan", name: "scan", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "done", inputmode: "none", "aria-describedby": "next" });
  const form = el("form", { class: "scan" }, el("label", { for: "scan" }, say("scan_here")), field, el("button", { type: "submit", class: "big" }, say("take")));
  scan.wedge(field, form, (text) => take(text));
  const video = el("video", { id: "eye", muted: true, playsinline: true, "aria-label": say("camera_picture") });
  const frame = el("div", { class: "eye", hidden: true }, video, el("span", { class: "aim", "aria-hidden": "true" }));
  const ways = el("div", { class: "ways" },
    camera.hasCamera() && button("camera", say("camera"), () => openCamera(frame, video), { class: "big quiet", id: "camera" }),
    scan.hasNfc() && button("nfc", say("nfc"), openNfc, { class: "big quiet", id: "nfc" }),
    button("keyboard", say("type"), () => { field.setAttribute("inputmode", "text"); field.blur(); field.focus(); }, { class: "big quiet" }),
  );
  show(
    el("a", { class: "back", href: "#/" }, icon("back"), el("span", {}, say("all_tasks"))),
    title(say(task)),
    draft.replaces ? el("p", { class: "note" }, say("mending")) : "",
    el("p", { id: "next", class: "next" }),
    form, ways, frame,
    el("div", { id: "slots" }),
    el("div", { id: "fields" }, TASKS[task].fields.map(fieldOf)),
    el("div", { class: "end" }, button("done", say("record"), record, { class: "big main", id: "record" }), button("drop", say("clear"), clear, { class: "big quiet" })),
  );
  drawSlots();
  field.focus();
}

async function openCamera(frame, video) {
  if (eye) { stopEye(); return; }
  frame.hidden = false;
  const stop = () => { frame.hidden = true; frame.querySelector(".lamp")?.remove(); };
  const opening = { stop };
  eye = opening;
  try {
    const seeing = await camera.look(video, take, { decoder: settings.eye, failed: () => { stopEye(); tell(say("no_reader"), "bad"); } });
    if (eye !== opening) { seeing.stop(); return; } // closed while it was opening
    eye = { stop: () => { seeing.stop(); stop(); } };
    if (seeing.lamp) {
      const lamp = el("button", { type: "button", class: "big quiet lamp", "aria-pressed": "false", onclick: async () => {
        const on = lamp.getAttribute("aria-pressed") !== "true";
        try { await seeing.lamp(on); lamp.setAttribute("aria-pressed", on); } catch { lamp.remove(); }
      } }, say("lamp"));
      frame.append(lamp);
    }
  } catch {
    if (eye !== opening) return;
    stopEye();
    tell(say("no_camera"), "bad");
  }
}

async function openNfc() {
  stopEye();
  try {
    eye = await scan.nfc(take, { names: (text) => recognise(text, spelling()).ok, failed: () => { tell(say("tag_unread"), "bad"); scan.signal(false); } });
    tell(say("hold_tag"));
  } catch {
    tell(say("no_nfc"), "bad");
  }
}

function fieldOf(name) {
  if (name === "result") {
    const choices = ["conformant", "non_conformant"].map((value) => el("label", { class: `choice ${value}` }, el("input", { type: "radio", name, value, checked: draft.fields[name] === value, onchange: () => { draft.fields[name] = value; keep(); drawSlots(); } }), el("span", {}, say(value))));
    return el("fieldset", { class: "choices" }, el("legend", {}, say(name)), choices);
  }
  const input = el("input", { id: `f-${name}`, name, type: "text", maxlength: "60", autocomplete: "off", value: draft.fields[name] || "", oninput: (event) => { draft.fields[name] = event.target.value; keep(); } });
  return el("p", { class: "field" }, el("label", { for: `f-${name}` }, say(name)), input);
}

const keep = () => queue.remember("draft", draft);

function drawSlots() {
  const task = TASKS[draft.task];
  const wants = needed(draft);
  document.getElementById("next").textContent = wants ? say(`next_${draft.task}_${wants}`) : say("next_record");
  document.getElementById("record").disabled = Boolean(wants);
  document.getElementById("slots").replaceChildren(...task.slots.filter((slot) => draft.slots[slot.name].length || slot.need).map((slot) => el("section", { class: "slot", "data-slot": slot.name },
    el("h2", {}, say(`slot_${draft.task}_${slot.name}`), el("span", { class: "number" }, String(draft.slots[slot.name].length))),
    draft.slots[slot.name].length ? el("ol", { class: "list things", reversed: true }, [...draft.slots[slot.name]].reverse().map((thing) => thingLine(slot, thing))) : el("p", { class: "empty" }, say("nothing_yet")),
  )));
}

function thingLine(slot, thing) {
  const remove = () => { draft.slots[slot.name] = draft.slots[slot.name].filter((other) => other.id !== thing.id); keep(); drawSlots(); };
  const amount = thing.isClass && el("span", { class: "amount" },
    el("input", { type: "number", min: "0.001", step: "any", inputmode: "decimal", value: thing.quantity, "aria-label": say("quantity_of", { thing: thing.shown }), onchange: (event) => { const given = Number(event.target.value); if (given > 0) thing.quantity = given; else event.target.value = thing.quantity; keep(); } }),
    el("select", { "aria-label": say("unit_of", { thing: thing.shown }), onchange: (event) => { thing.uom = event.target.value; keep(); } }, ["", "KGM"].map((uom) => el("option", { value: uom, selected: thing.uom === uom }, say(uom ? "kilograms" : "pieces")))),
  );
  return el("li", {}, el("span", {}, el("b", {}, thing.shown), el("small", {}, say(`kind_${thing.kind}`))), amount,
    el("button", { type: "button", class: "remove", "aria-label": say("remove", { thing: thing.shown }), onclick: remove }, icon("drop")));
}

const spelling = () => who?.ear_tag || settings.earTag;

// What a scan gave: into its slot, or why not.
function take(text) {
  const found = recognise(text, spelling());
  const refuse = (key, facts) => { tell(say(key, facts), "bad"); scan.signal(false); };
  if (!found.ok) return refuse(`wrong_${found.why}`, { value: (found.value || text).slice(0, 60), right: found.right });
  if (holds(draft, found.id)) return refuse("twice", { thing: found.shown });
  const slot = slotFor(draft, found);
  if (!slot) return refuse("not_here", { thing: found.shown, kind: say(`kind_${found.kind}`), task: say(draft.task) });
  if (draft.slots[slot.name].length >= MOST) return refuse("too_many", { most: MOST });
  draft.slots[slot.name].push({ id: found.id, kind: found.kind, shown: found.shown, isClass: found.isClass, ...(found.isClass ? { quantity: 1, uom: "" } : {}) });
  keep();
  tell(say("taken", { thing: found.shown }));
  scan.signal(true);
  return drawSlots();
}

async function record() {
  if (needed(draft)) return;
  if (!who) { tell(say("first_sign_in"), "bad"); return; }
  const made = draft;
  draft = empty(made.task);
  await queue.add(eventOf(made, who, new Date()), made, who.user, made.task);
  tell(say("recorded", { task: say(made.task), count: Object.values(made.slots).flat().length }));
  scan.signal(true);
  if (location.hash === `#/do/${made.task}`) {
    stopEye();
    await drawTask(made.task);
  }
  await bar();
  sync();
}

async function clear() {
  await queue.remember("draft", undefined);
  draft = empty(draft.task);
  tell(say("cleared"));
  await drawTask(draft.task);
}

// The queue: what waits, what was refused and why, what became of the rest.

const ORDER = ["refused", "waiting", "kept", "replaced", "dropped"];

async function drawQueue() {
  if (document.querySelector("dialog[open]")) return;
  const all = await queue.entries();
  const groups = ORDER.map((state) => [state, all.filter((entry) => entry.state === state)]).filter(([, some]) => some.length);
  show(
    el("a", { class: "back", href: "#/" }, icon("back"), el("span", {}, say("all_tasks"))),
    title(say("queue")),
    el("p", { class: "note" }, say("queue_note", { days: queue.KEPT_DAYS })),
    button("send", say("send_now"), () => sync(), { class: "big" }),
    groups.length ? groups.map(([state, some]) => el("section", { "data-state": state }, el("h2", {}, say(`group_${state}`), el("span", { class: "number" }, String(some.length))), el("ul", { class: "list" }, some.slice(0, 100).map(entryLine)))) : el("p", { class: "empty" }, say("queue_empty")),
  );
}

function entryLine(entry) {
  const made = line(entry);
  made.dataset.event = entry.id;
  const more = el("div", { class: "more" });
  if (entry.by !== who?.user) more.append(el("p", { class: "why" }, say("of_another")));
  if (entry.why && entry.state === "refused") more.append(el("p", { class: "why" }, el("b", {}, entry.why[language].what), " ", entry.why[language].remedy));
  if (entry.reason) more.append(el("p", { class: "why" }, say("dropped_because", { reason: entry.reason })));
  if (entry.state === "refused") more.append(el("div", { class: "acts" }, button("mend", say("mend"), () => mend(entry)), button("drop", say("drop"), () => askWhy(entry), { class: "big quiet" })));
  if (more.childElementCount) made.append(more);
  return made;
}

async function mend(entry) {
  await queue.remember("draft", { ...structuredClone(entry.draft), replaces: entry.id });
  location.hash = `#/do/${entry.task}`;
}

function askWhy(entry) {
  const reason = el("textarea", { id: "reason", required: true, minlength: "2", maxlength: "300", rows: "3" });
  const box = el("dialog", { "aria-labelledby": "ask" }, el("form", { method: "dialog" }, el("h2", { id: "ask" }, say("drop_ask")), el("label", { for: "reason" }, say("reason")), reason,
    el("div", { class: "acts" }, el("button", { class: "big main", value: "yes" }, say("drop")), el("button", { class: "big quiet", value: "no", formnovalidate: true }, say("cancel")))));
  box.addEventListener("close", async () => {
    const why = reason.value.trim();
    box.remove();
    if (box.returnValue !== "yes" || why.length < 2) return;
    await queue.drop(entry.id, why);
    tell(say("dropped"));
    await drawQueue();
    await bar();
    sync();
  });
  document.body.append(box);
  box.showModal();
}

// Installing, language, start

let installer = null;

async function install() {
  await installer.prompt();
  installer = null;
  await draw();
}

async function speak(chosen) {
  language = chosen;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const at of document.querySelectorAll("[data-say]")) at.textContent = say(at.dataset.say);
  for (const at of document.querySelectorAll("[data-label]")) at.setAttribute("aria-label", say(at.dataset.label));
  await queue.remember("language", language);
  await draw();
}

async function start() {
  words = await (await fetch(settings.words)).json();
  who = (await queue.fact("who")) || null;
  if (who) who.events = settings.events;
  language = (await queue.fact("language")) || (settings.language === "en" ? "en" : "zh");
  document.getElementById("tongue").addEventListener("click", () => speak(language === "zh" ? "en" : "zh"));
  window.addEventListener("hashchange", draw);
  window.addEventListener("online", () => sync());
  window.addEventListener("offline", () => { link = "offline"; bar(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stopEye(); else sync(); });
  window.addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); installer = event; if (home()) draw(); });
  await speak(language);
  document.body.dataset.ready = "yes";
  navigator.storage?.persist?.();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(settings.worker, { scope: settings.scope });
  await sync();
  setInterval(async () => { if (!document.hidden && (await queue.entries()).some((entry) => entry.state === "waiting")) sync(); }, RETRY);
}

start();
