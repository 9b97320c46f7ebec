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
const HOUR = 3600000;

let words = {};
let language = "zh";
let who = null; // who works on this device: as the platform said last
let link = navigator.onLine ? "unknown" : "offline";
let draft = null;
let eye = null; // the camera or NFC reader that is on
let clockOff = 0; // minutes that this device's clock is ahead
let measured = null; // the clock beside the platform's, and beside one that nobody sets
let alone = false; // whether this is the window that works on this device
let stale = false; // a newer version of the page is kept: it begins with the next page that holds no work
let saving = Promise.resolve();

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
    const asked = Date.now();
    const response = await fetch(settings.me, { credentials: "same-origin", headers: { "X-By-Itself": "1" } });
    if (response.status === 401) { link = "signed_out"; return false; }
    if (response.status === 403) { link = "not_allowed"; return false; }
    if (!response.ok) { link = "offline"; return false; }
    const told = { ...(await response.json()), events: settings.events };
    const heard = Date.now();
    measured = { off: (asked + heard) / 2 - new Date(told.now).getTime(), date: heard, steady: performance.now() };
    clockOff = Math.round(measured.off / 60000);
    if (await queue.fact("leaving") === told.session) {
      await leave(told.token);
      link = "signed_out";
      return false;
    }
    const other = told.user !== who?.user;
    who = told;
    await queue.remember("leaving", undefined);
    await queue.remember("who", { ...who, token: "" });
    link = "online";
    if (other) await changedHands();
    return true;
  } catch {
    link = "offline";
    return false;
  }
}

async function sync() {
  if (sending || !alone) return;
  sending = true;
  try {
    if (await refresh()) {
      const ended = await queue.send(who);
      if (ended !== "done" && ended !== "busy") link = ended;
    }
  } catch (error) {
    link = "broken";
    if (error instanceof queue.Full) tell(say("no_room"), "bad");
  } finally {
    sending = false;
  }
  if (!alone) return;
  await bar();
  if (location.hash === "#/queue") await drawQueue();
  if (home()) await drawHome();
}

const home = () => !location.hash || location.hash === "#/";

// The moment as the platform's clock has it, where it was asked since and this device's clock was neither set nor asleep.
function now() {
  const trusted = measured && Math.abs(Date.now() - measured.date - (performance.now() - measured.steady)) < 60000;
  return new Date(Date.now() - (trusted && Math.abs(measured.off) >= 60000 ? measured.off : 0));
}

// Another than before is signed in: what the one before was doing is put away with them.
async function changedHands() {
  draft = null;
  if (location.hash.startsWith("#/do/")) location.hash = "#/";
  else await draw();
}

// Signing out: nobody records in this name any more; what waits stays, and is sent when they are back.
async function signOut() {
  const { session, token } = who;
  who = null;
  draft = null;
  link = "signed_out";
  await queue.remember("who", undefined);
  await queue.remember("leaving", session);
  await draw();
  tell(say("signed_out"));
  if (token) await leave(token);
}

// Without a network the platform hears of it when there is one again.
async function leave(token) {
  try {
    const answer = await fetch(settings.logout, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.ok) await queue.remember("leaving", undefined);
  } catch { /* later */ }
}

async function askToLeave() {
  const waiting = mine(await queue.entries()).filter((entry) => entry.state === "waiting").length;
  if (!waiting) { await signOut(); return; }
  const box = el("dialog", { "aria-labelledby": "ask" }, el("form", { method: "dialog" }, el("h2", { id: "ask" }, say("leave_ask")), el("p", {}, say("leave_waiting", { waiting })),
    el("div", { class: "acts" }, el("button", { class: "big main", value: "yes" }, say("sign_out")), el("button", { class: "big quiet", value: "no" }, say("cancel")))));
  box.addEventListener("close", async () => { box.remove(); if (box.returnValue === "yes") await signOut(); });
  document.body.append(box);
  box.showModal();
}

const mine = (all) => all.filter((entry) => entry.by === who?.user);

// The bar above every page: the link, what waits, who works here.

async function bar() {
  const all = mine(await queue.entries());
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
  if (!alone) { drawElsewhere(); return; }
  if (stale && page !== "do") { location.reload(); return; }
  delete document.body.dataset.page;
  tell("");
  if (page === "do" && TASKS[task] && who) await drawTask(task);
  else if (page === "queue") await drawQueue();
  else await drawHome();
  if (page !== "do") document.querySelector("h1")?.focus();
  await bar();
  document.body.dataset.page = location.hash || "#/";
}

async function drawHome() {
  const all = mine(await queue.entries());
  const open = who ? await queue.draft(who.user) : null;
  const may = who?.tasks || [];
  const today = all.filter((entry) => new Date(entry.made).toDateString() === new Date().toDateString() && entry.state !== "dropped" && entry.state !== "replaced");
  show(
    title(say("what_now")),
    who ? el("p", { class: "who" }, icon("person"), el("span", {}, el("b", {}, who.name), el("small", {}, [who.party_name, who.place_name].filter(Boolean).join(" · ")))) : el("p", { class: "note" }, say("first_sign_in")),
    !who && el("a", { class: "big main", href: settings.login }, icon("person"), el("span", {}, say("sign_in"))),
    open ? el("a", { class: "big alarm", href: `#/do/${open.task}` }, icon(TASKS[open.task].icon), el("span", {}, say("go_on", { task: say(open.task), count: Object.values(open.slots).flat().length }))) : null,
    el("div", { class: "tasks" }, Object.entries(TASKS).filter(([name]) => may.includes(name)).map(([name, task]) => el("a", { class: "task", href: `#/do/${name}` }, icon(task.icon), el("b", {}, say(name)), el("small", {}, say(`${name}_hint`))))),
    today.length ? el("section", {}, el("h2", {}, say("today", { count: today.length })), el("ul", { class: "list" }, today.slice(0, 5).map(line))) : null,
    who ? button("leave", say("sign_out"), askToLeave, { class: "big quiet", id: "leave" }) : null,
    installer ? button("phone", say("install"), install, { class: "big quiet" }) : null,
  );
}

const subject = (entry) => {
  const things = Object.values(entry.draft.slots).flat();
  return things.length ? things[0].shown + (things.length > 1 ? say("and_more", { count: things.length - 1 }) : "") : "";
};

const line = (entry) => el("li", {}, icon(TASKS[entry.task].icon), el("span", {}, el("b", {}, say(entry.task)), el("small", {}, `${moment(entry.made)} · ${subject(entry)}`)), el("span", { class: `pill ${entry.state}` }, say(`state_${entry.state}`)));

async function drawTask(task) {
  await saving;
  const kept = await queue.draft(who.user);
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
    el("div", { id: "fields" }, TASKS[task].fields.map(fieldOf), draft.replaces ? timeField() : null),
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

// When it happened: of an event that is mended, which is not when it is mended.
function timeField() {
  const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const input = el("input", { id: "f-at", name: "at", type: "datetime-local", required: true, max: local(now()), value: local(new Date(draft.at)), onchange: (event) => {
    const given = new Date(event.target.value);
    if (!Number.isNaN(given.getTime()) && given <= now()) draft.at = given.toISOString();
    event.target.value = local(new Date(draft.at));
    keep();
  } });
  return el("p", { class: "field" }, el("label", { for: "f-at" }, say("happened_at")), input);
}

// What is being scanned is on the disk before the next thing is; where there is no room that is said, and it stays on the screen.
function keep() {
  const [user, value] = [who.user, structuredClone(draft)];
  saving = saving.then(() => queue.keepDraft(user, value)).catch(() => { tell(say("no_room"), "bad"); scan.signal(false); });
  return saving;
}

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

let recording = false;

async function record() {
  if (recording || needed(draft) || !who) return;
  recording = true;
  const made = draft;
  try {
    await keep();
    await queue.add(eventOf(made, who, made.at ? new Date(made.at) : now()), made, who.user, made.task);
  } catch (error) {
    tell(say(error instanceof queue.Gone ? "recorded_elsewhere" : "no_room"), "bad");
    scan.signal(false);
    if (error instanceof queue.Gone) await drawTask(made.task);
    return;
  } finally {
    recording = false;
  }
  if (draft === made) draft = empty(made.task); // unless another task was opened meanwhile
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
  await saving;
  await queue.keepDraft(who.user, undefined);
  draft = empty(draft.task);
  tell(say("cleared"));
  await drawTask(draft.task);
}

// The queue: what waits, what was refused and why, what became of the rest.

const ORDER = ["refused", "waiting", "kept", "replaced", "dropped"];

async function drawQueue() {
  if (document.querySelector("dialog[open]")) return;
  const held = await queue.entries();
  const all = mine(held);
  const others = held.filter((entry) => entry.by !== who?.user && entry.state === "waiting").length;
  const safe = (await navigator.storage?.persisted?.()) ?? true;
  const groups = ORDER.map((state) => [state, all.filter((entry) => entry.state === state)]).filter(([, some]) => some.length);
  show(
    el("a", { class: "back", href: "#/" }, icon("back"), el("span", {}, say("all_tasks"))),
    title(say("queue")),
    el("p", { class: "note" }, say("queue_note", { days: queue.KEPT_DAYS })),
    others ? el("p", { class: "note", id: "others" }, say("of_others", { count: others })) : null,
    safe ? null : el("p", { class: "note" }, say("not_safe")),
    button("send", say("send_now"), () => sync(), { class: "big" }),
    groups.length ? groups.map(([state, some]) => el("section", { "data-state": state }, el("h2", {}, say(`group_${state}`), el("span", { class: "number" }, String(some.length))), el("ul", { class: "list" }, some.slice(0, 100).map(entryLine)))) : el("p", { class: "empty" }, say("queue_empty")),
  );
}

function entryLine(entry) {
  const made = line(entry);
  made.dataset.event = entry.id;
  const more = el("div", { class: "more" });
  if (entry.why && entry.state === "refused") more.append(el("p", { class: "why" }, el("b", {}, entry.why[language].what), " ", entry.why[language].remedy));
  if (entry.reason) more.append(el("p", { class: "why" }, say("dropped_because", { reason: entry.reason })));
  if (entry.state === "refused") more.append(el("div", { class: "acts" }, button("mend", say("mend"), () => mend(entry)), button("drop", say("drop"), () => askWhy(entry), { class: "big quiet" })));
  if (more.childElementCount) made.append(more);
  return made;
}

async function mend(entry) {
  // It happened when it happened; where this device's clock was ahead, as far as is known, a little earlier.
  const said = new Date(entry.event.eventTime);
  const happened = new Date(said - (entry.why?.code === "ahead" && measured ? Math.max(0, measured.off) : 0));
  await queue.keepDraft(who.user, { ...structuredClone(entry.draft), id: crypto.randomUUID(), replaces: entry.id, at: new Date(Math.min(happened, now())).toISOString() });
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

// One window works on a device: two would each go on with the same draft.

function drawElsewhere() {
  stopEye();
  tell("");
  document.getElementById("alarm").replaceChildren();
  show(title(say("elsewhere")), el("p", { class: "note" }, say("elsewhere_note")), button("phone", say("work_here"), () => work(true), { class: "big main", id: "here" }));
  document.body.dataset.page = "elsewhere";
}

const PATIENCE = 1500;

// Become the window that works, at once by right (`steal`) or if no other does; another that did until now stops.
function work(steal) {
  if (!navigator.locks) { alone = true; return Promise.resolve(); }
  const control = new AbortController();
  const late = steal ? null : setTimeout(() => control.abort(), PATIENCE); // a page that is being left lets go in a moment
  return new Promise((resolve) => {
    navigator.locks.request("xilin-handheld-page", steal ? { steal: true } : { signal: control.signal }, () => {
      clearTimeout(late);
      alone = true;
      resolve();
      if (steal) begin();
      return new Promise(() => {}); // held for as long as the page is there
    }).catch(() => {
      alone = false;
      resolve();
      drawElsewhere();
    });
  });
}

async function begin() {
  who = (await queue.fact("who")) || null;
  if (who) who.events = settings.events;
  await draw();
  await sync();
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

// A newer version takes over where no work is open: a page and what is kept beside it are always of one version.
async function renew() {
  let first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (first) { first = false; return; } // the first that was ever kept here
    stale = true;
    if (!location.hash.startsWith("#/do/")) location.reload();
  });
  const registration = await navigator.serviceWorker.register(settings.worker, { scope: settings.scope }).catch(() => null);
  setInterval(() => registration?.update().catch(() => {}), HOUR);
}

async function start() {
  words = await (await fetch(settings.words)).json();
  await work(false);
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
  if ("serviceWorker" in navigator) await renew();
  await sync();
  setInterval(async () => {
    if (!alone || document.hidden) return;
    if (mine(await queue.entries()).some((entry) => entry.state === "waiting")) sync();
  }, RETRY);
}

start();
