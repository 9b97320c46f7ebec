// 待传队列 What was done on this device, kept in its database until the platform has it. An event leaves the queue only when the platform
// says that it keeps it; sent twice it is one event there, so an answer that was lost does no harm.

const NAME = "xilin-handheld";
const BATCH = 50;
export const KEPT_DAYS = 7;

// What was being recorded is recorded or cleared already, in another window.
export class Gone extends Error {}
// The device has no room, or doesn't give its storage.
export class Full extends Error {}

let opened = null;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const entries = asked.result.createObjectStore("entries", { keyPath: "id" });
      entries.createIndex("state", "state");
      asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => {
      const database = asked.result;
      // A newer page changes the stores, or the browser took them away: the next who asks opens them again.
      database.onversionchange = () => { database.close(); opened = null; };
      database.onclose = () => { opened = null; };
      resolve(database);
    };
    asked.onerror = () => { opened = null; reject(asked.error); };
  });
  return opened;
}

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Work on both stores in one transaction that is on the disk when this is done; all of it or nothing. Throws Full where there is no room.
async function change(work) {
  try {
    const database = await open();
    const transaction = database.transaction(["entries", "facts"], "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error || new DOMException("aborted", "AbortError"));
    });
    done.catch(() => {}); // told once, by whoever awaits it
    try {
      await work(transaction.objectStore("entries"), transaction.objectStore("facts"));
    } catch (error) {
      try { transaction.abort(); } catch { /* it ended by itself */ }
      await done.catch((why) => { if (why?.name === "QuotaExceededError") throw why; });
      throw error;
    }
    await done;
  } catch (error) {
    if (error instanceof Gone) throw error;
    if (["QuotaExceededError", "UnknownError", "InvalidStateError"].includes(error?.name)) throw new Full(error.message);
    throw error;
  }
}

export async function fact(name) {
  const database = await open();
  return answer(database.transaction("facts").objectStore("facts").get(name));
}

export const remember = (name, value) => change((_, facts) => answer(value === undefined ? facts.delete(name) : facts.put(value, name)));

// What somebody is scanning: one draft for each user of the device, so that nobody goes on in another's name.
const draftOf = (user) => `draft ${user}`;
export const draft = (user) => fact(draftOf(user));
export const keepDraft = (user, value) => remember(draftOf(user), value);

export async function entries() {
  const database = await open();
  const all = await answer(database.transaction("entries").objectStore("entries").getAll());
  return all.sort((one, other) => other.made.localeCompare(one.made));
}

// This device's own number, made once.
export async function device() {
  const known = await fact("device");
  if (known) return known;
  const made = crypto.randomUUID();
  await remember("device", made);
  return (await fact("device")) || made;
}

// Put an event into the queue and the draft away, both or neither. Throws Gone where the draft is no more: it is an event only once.
export function add(event, draft, by, task) {
  const entry = { id: event.eventID, event, draft: { ...draft, replaces: null, at: null }, by, task, state: "waiting", made: new Date().toISOString(), why: null };
  return change(async (store, facts) => {
    const kept = await answer(facts.get(draftOf(by)));
    if (kept?.id !== draft.id) throw new Gone();
    await answer(store.put(entry));
    facts.delete(draftOf(by));
    if (draft.replaces) await amend(store, draft.replaces, (old) => ({ ...old, state: "replaced", why: old.why, settled: entry.made, by_event: entry.id }));
  });
}

async function amend(store, id, how) {
  const entry = await answer(store.get(id));
  if (entry) store.put(how(entry));
}

// Give up on an event that was refused, with a reason; the platform is told.
export const drop = (id, reason) => change((store) => amend(store, id, (old) => ({ ...old, state: "dropped", reason, told: false, settled: new Date().toISOString() })));

async function settle(results) {
  const now = new Date().toISOString();
  await change(async (store) => {
    for (const result of results) {
      await amend(store, result.id, (old) => {
        if (old.state !== "waiting") return old;
        return result.kept ? { ...old, state: "kept", settled: now } : { ...old, state: "refused", why: result.why, settled: now };
      });
    }
  });
}

async function tell(ids) {
  await change(async (store) => {
    for (const id of ids) await amend(store, id, (old) => ({ ...old, told: true }));
  });
}

async function forget() {
  const before = new Date(Date.now() - KEPT_DAYS * 86400000).toISOString();
  const old = (await entries()).filter((entry) => entry.settled && entry.settled < before && entry.state !== "refused" && !(entry.state === "dropped" && !entry.told));
  if (old.length) await change((store) => { for (const entry of old) store.delete(entry.id); });
}

// Send what waits, oldest first. Says how it ended: `done`, `offline`, `signed_out`, `not_allowed`, `busy`, `broken`.
export function send(who) {
  if (!navigator.locks) return sendAll(who);
  return navigator.locks.request("xilin-handheld-send", { ifAvailable: true }, (lock) => (lock ? sendAll(who) : "busy"));
}

async function sendAll(who) {
  let size = BATCH;
  const stuck = new Set(); // what the platform stumbles over even alone: it waits, and stops no other
  for (;;) {
    const all = (await entries()).reverse().filter((entry) => entry.by === who.user && !stuck.has(entry.id));
    const waiting = all.filter((entry) => entry.state === "waiting").slice(0, size);
    const dropped = all.filter((entry) => entry.state === "dropped" && !entry.told).slice(0, size);
    if (!waiting.length && !dropped.length) {
      await forget();
      return stuck.size ? "broken" : "done";
    }
    const ended = await sendSome(who, waiting, dropped);
    if (ended && ended !== "broken") return ended;
    if (ended && size > 1) size = 1;
    else if (ended) for (const entry of [...waiting, ...dropped]) stuck.add(entry.id);
  }
}

async function titled(response) {
  try { return (await response.json()).type; } catch { return ""; }
}

async function sendSome(who, waiting, dropped) {
  let response;
  try {
    response = await fetch(who.events, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": who.token },
      body: JSON.stringify({
        device: await device(),
        user: who.user,
        events: waiting.map((entry) => entry.event),
        dropped: dropped.map((entry) => ({ id: entry.id, reason: entry.reason })),
      }),
    });
  } catch {
    return "offline";
  }
  if (response.status === 401) return "signed_out";
  if (response.status === 403) return (await titled(response)) === "handheld.NoHand" ? "not_allowed" : "broken"; // a token that is old: the next try has a new one
  if (!response.ok) return "broken";
  let said;
  try {
    said = await response.json();
  } catch {
    return "offline"; // the answer was cut off; the same events are sent again
  }
  await settle(said.results);
  await tell(said.dropped);
  const answered = new Set([...said.results.map((result) => result.id), ...said.dropped]);
  return [...waiting, ...dropped].every((entry) => answered.has(entry.id)) ? null : "broken";
}
