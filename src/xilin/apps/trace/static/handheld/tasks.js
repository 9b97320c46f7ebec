// 作业 What can be done with things, and the EPCIS 2.0 event that each becomes. The identifier of an event is made here, so that
// it is the same however often it is sent.

const CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
const GOODS = ["ear_tag", "item", "lot", "sscc", "grai", "giai"];
const BOXES = ["sscc", "grai", "item", "giai"];

// For each task its slots in the order in which they are filled: `one` holds one thing, others many; `need` is how many there must be.
export const TASKS = {
  commission: { icon: "tag", slots: [{ name: "things", takes: ["ear_tag", "item", "sscc"], need: 1 }], fields: [] },
  slaughter: {
    icon: "knife",
    slots: [{ name: "animals", takes: ["ear_tag"], need: 1 }, { name: "carcasses", takes: ["item", "lot"], need: 1 }],
    fields: ["certificate"],
  },
  pack: { icon: "box", slots: [{ name: "box", takes: BOXES, one: true, need: 1 }, { name: "things", takes: GOODS, need: 1 }], fields: [] },
  unpack: { icon: "unbox", slots: [{ name: "box", takes: BOXES, one: true, need: 1 }, { name: "things", takes: GOODS, need: 0 }], fields: [] },
  ship: { icon: "truck", slots: [{ name: "things", takes: GOODS, need: 1 }, { name: "to", takes: ["place"], one: true, need: 0 }], fields: ["waybill"] },
  receive: { icon: "dock", slots: [{ name: "things", takes: GOODS, need: 1 }, { name: "from", takes: ["place"], one: true, need: 0 }], fields: ["waybill"] },
  inspect: { icon: "seal", slots: [{ name: "things", takes: GOODS, need: 1 }], fields: ["result", "certificate"] },
};

export const empty = (task) => ({ id: crypto.randomUUID(), task, slots: Object.fromEntries(TASKS[task].slots.map((slot) => [slot.name, []])), fields: {}, replaces: null, at: null });

// Where a thing goes: the first slot that takes its kind and has room; null where none does.
export function slotFor(draft, found) {
  const fitting = TASKS[draft.task].slots.filter((slot) => slot.takes.includes(found.kind));
  return fitting.find((slot) => !slot.one || draft.slots[slot.name].length === 0) || null;
}

export const holds = (draft, id) => Object.values(draft.slots).flat().some((thing) => thing.id === id);

// The first slot that still needs something; null when the event can be made.
export function lacking(draft) {
  return TASKS[draft.task].slots.find((slot) => draft.slots[slot.name].length < slot.need) || null;
}

export function needed(draft) {
  const slot = lacking(draft);
  if (slot) return slot.name;
  return draft.task === "inspect" && !draft.fields.result ? "result" : "";
}

// Local time with its offset, as the standard writes it.
export function stamp(at) {
  const offset = -at.getTimezoneOffset();
  const two = (number) => String(number).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return { time: new Date(at.getTime() + offset * 60000).toISOString().replace("Z", zone), zone };
}

const single = (things) => things.filter((thing) => !thing.isClass).map((thing) => thing.id);
const amounts = (things) => things.filter((thing) => thing.isClass).map((thing) => ({ epcClass: thing.id, quantity: thing.quantity, ...(thing.uom ? { uom: thing.uom } : {}) }));

function filled(event, lists) {
  for (const [name, list] of Object.entries(lists)) if (list.length) event[name] = list;
  return event;
}

const plain = (draft) => ({ epcList: single(draft.slots.things), quantityList: amounts(draft.slots.things) });
const inBox = (draft) => ({ childEPCs: single(draft.slots.things), childQuantityList: amounts(draft.slots.things) });
const observed = (draft, bizStep, disposition) => filled({ type: "ObjectEvent", action: "OBSERVE", bizStep, disposition }, plain(draft));

const MADE = {
  commission: (draft) => filled({ type: "ObjectEvent", action: "ADD", bizStep: "commissioning", disposition: "active" }, plain(draft)),
  // The animal's tag ends its life here: it is collected and destroyed (《畜禽标识和养殖档案管理办法》第十四条).
  slaughter: (draft) => filled({ type: "TransformationEvent", bizStep: "killing", disposition: "active" }, {
    inputEPCList: single(draft.slots.animals), outputEPCList: single(draft.slots.carcasses), outputQuantityList: amounts(draft.slots.carcasses),
  }),
  pack: (draft) => filled({ type: "AggregationEvent", action: "ADD", bizStep: "packing", disposition: "in_progress", parentID: draft.slots.box[0].id }, inBox(draft)),
  unpack: (draft) => filled({ type: "AggregationEvent", action: "DELETE", bizStep: "unpacking", disposition: "in_progress", parentID: draft.slots.box[0].id }, inBox(draft)),
  ship: (draft) => filled(observed(draft, "shipping", "in_transit"), { destinationList: draft.slots.to.map((place) => ({ type: "location", destination: place.id })) }),
  receive: (draft) => filled(observed(draft, "receiving", "in_progress"), { sourceList: draft.slots.from.map((place) => ({ type: "location", source: place.id })) }),
  inspect: (draft) => observed(draft, "inspecting", draft.fields.result),
};
const PAPERS = { waybill: "bol", certificate: "cert" };

// The event of a finished draft. `who` says at which place its maker works and how documents are written as URIs.
export function eventOf(draft, who, at) {
  const { time, zone } = stamp(at);
  const event = { "@context": CONTEXT, ...MADE[draft.task](draft), eventID: `urn:uuid:${crypto.randomUUID()}`, eventTime: time, eventTimeZoneOffset: zone };
  if (who.place) event.readPoint = { id: who.place };
  if (who.place && draft.task !== "ship") event.bizLocation = { id: who.place };
  const papers = Object.entries(PAPERS).filter(([name]) => draft.fields[name]);
  return filled(event, { bizTransactionList: papers.map(([name, type]) => ({ type, bizTransaction: who.paper.replace("{}", encodeURIComponent(draft.fields[name].trim())) })) });
}
