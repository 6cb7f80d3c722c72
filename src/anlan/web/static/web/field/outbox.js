// Sends what was done on this phone: in its order, one after the other, each until it has its answer.
// The server knows every act by its key, so that sending twice does it once. Whoever sends (a page, or the
// service worker when the network is back) holds one lock.
"use strict";

self.anlanOutbox = (() => {
  const store = self.anlanStore;
  const boot = crypto.randomUUID(); // the counter below starts with this program
  const channel = new BroadcastChannel("anlan-outbox");
  const PAUSE_MS = 30000;
  const ANSWER_MS = 20000; // a network that stalls must not hold the lock for ever
  const UPLOAD_MS = 180000; // photos over a slow one

  // What the phone says of an act's time: its clock, a counter, and how far off the clock was before.
  async function stamp() {
    return { made: Date.now(), counter: performance.now(), boot, offset: await store.getMeta("offset") };
  }

  const add = async (content, photos = []) => store.addAct({ ...(await stamp()), ...content }, photos);

  const within = (ms) => ({ redirect: "manual", signal: AbortSignal.timeout?.(ms) });

  function send({ fresh = false } = {}) {
    const work = () => sendAll(fresh).catch(() => "OFFLINE");
    return navigator.locks ? navigator.locks.request("anlan-outbox", work) : work();
  }

  async function sendAll(fresh) {
    if ((await self.anlanLeave.finish()) !== "NOTHING") return "SIGNED_OUT"; // nothing more is kept for who has left
    const told = await ask();
    if (typeof told === "string") return told;
    let sent = 0;
    let corrected = false;
    for (;;) {
      const act = (await store.listActs()).find((one) => one.state === "WAITING");
      if (!act) break;
      const answer = await sendOne(act, told);
      if (answer === "LATER") return "LATER";
      if (answer.outcome === "LATER") {
        if (answer.code !== "ACT_OUT_OF_ORDER" || corrected) return "LATER";
        corrected = true; // nothing older waits here: what the server says was last is right
        await store.setMeta("last", answer.last);
        continue;
      }
      corrected = false;
      sent += 1;
      const last = answer.code === "ACT_BROKEN" ? await store.getMeta("last") : act.number;
      await store.settleAct(act.number, answer.outcome, answer, last);
      channel.postMessage({ key: act.key, outcome: answer.outcome });
    }
    await keepPages(told, fresh || sent > 0);
    return "SENT";
  }

  // Who is signed in, what time it is there, what to keep. Or why not: OFFLINE, SIGNED_OUT, OTHER.
  async function ask() {
    const began = Date.now();
    const counted = performance.now();
    const answer = await fetch("/field/keep", { ...within(ANSWER_MS), cache: "no-store" });
    const way = performance.now() - counted;
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      await store.keepOnly([]); // nobody is signed in here: no case is shown from this phone
      return "SIGNED_OUT";
    }
    if (!answer.ok) return "OFFLINE";
    const told = await answer.json();
    const person = await store.getMeta("person");
    if (person && person !== told.person) {
      if ((await store.listActs()).some((act) => act.state === "WAITING")) return "OTHER";
      await store.wipe();
    }
    if (person !== told.person) {
      await store.setMeta("person", told.person);
      await store.setMeta("device", crypto.randomUUID());
      await store.setMeta("last", 0);
    }
    await store.setMeta("offset", told.now - (began + way / 2));
    return told;
  }

  async function sendOne(act, told) {
    const content = {
      key: act.key, number: act.number, after: (await store.getMeta("last")) ?? 0,
      kind: act.kind, move: act.move, about: act.about, seen: act.seen, note: act.note,
      outcome: act.given, text: act.text, lon: act.lon, lat: act.lat, place: act.place,
      place_text: act.placeText, matter: act.matter, made: act.made, offset: act.offset,
      ago: act.boot === boot ? performance.now() - act.counter : null,
    };
    const body = new FormData();
    for (const photo of await store.openPhotos(act.number)) body.append(`photo-${act.key}`, photo);
    body.append("sent", JSON.stringify({
      clock: Date.now(), device: await store.getMeta("device"), person: told.person, acts: [content],
    }));
    const answer = await fetch("/field/acts", {
      ...within(UPLOAD_MS), method: "POST", body, headers: { "X-CSRFToken": told.csrf },
    });
    if (answer.status === 413) return { outcome: "REFUSED", code: "ACT_BROKEN", message: "413" };
    if (!answer.ok) return "LATER";
    return (await answer.json()).answers[0];
  }

  // The person's own errands as they stand now. What was taken shows in them, so it can be forgotten.
  async function keepPages(told, fresh) {
    const now = performance.now();
    if (!fresh && now - (keepPages.at ?? -PAUSE_MS) < PAUSE_MS) return;
    const taken = (await store.listActs()).filter((act) => act.state === "TAKEN");
    await store.keepOnly([...told.pages, ...told.photos]);
    for (const path of told.pages) {
      const page = await fetch(path, { ...within(ANSWER_MS), headers: { "X-Anlan-Poll": "1" } });
      if (page.ok) await store.keepPage(path, page);
    }
    for (const act of taken) await store.removeAct(act.number);
    for (const path of told.photos) {
      if (await store.findPage(path)) continue;
      const photo = await fetch(path, within(ANSWER_MS));
      if (photo.ok) await store.keepPage(path, photo);
    }
    keepPages.at = now;
    channel.postMessage({ kept: true });
  }

  return { add, send, channel };
})();
