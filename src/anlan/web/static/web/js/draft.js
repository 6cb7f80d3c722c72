// A report that is kept on this device until it is sent, if somebody asks for that: words, place, matter and
// photos, never the contact. A device may be shared, so nothing is kept before the box is ticked, and the
// box says who would see it. It goes when the report is sent, when the box is cleared or *Delete it* is
// pressed, and after a week. Nothing of it is sent before one sends the report itself.
"use strict";

(() => {
  const NAME = "anlan-draft";
  const KEPT_MS = 7 * 24 * 3600 * 1000;
  const PAUSE_MS = 400;
  const SENDING = "anlan-draft-sending"; // in this tab: the page that follows says whether it arrived
  const PLAIN = ["text", "listed", "place_text", "lon", "lat", "token"];
  if (!self.indexedDB?.databases) return;

  async function run(mode, work) {
    const db = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("draft");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction("draft", mode);
        const asked = work(transaction.objectStore("draft"));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  }
  const wipe = () => new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
  });
  async function find() {
    if (!(await indexedDB.databases()).some(({ name }) => name === NAME)) return null;
    const kept = await run("readonly", (draft) => draft.get("report"));
    if (kept && Date.now() - kept.at < KEPT_MS) return kept;
    await wipe();
    return null;
  }

  const form = document.querySelector("form.report");
  if (!form) {
    const isSent = sessionStorage.getItem(SENDING) && document.querySelector("[data-sent]");
    sessionStorage.removeItem(SENDING);
    if (isSent) wipe();
    return;
  }
  sessionStorage.removeItem(SENDING);

  const box = document.getElementById("keep-draft");
  const notice = document.getElementById("draft");
  const photos = form.querySelector("[data-photos]");
  const field = (name) => form.querySelector(`[name="${name}"]`);
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`);
  const wanted = {}; // of what was kept: choices that the server has not offered again yet
  let work = Promise.resolve(); // one after the other, so that the last one counts
  let timer = 0;

  function collect() {
    const fields = Object.fromEntries(PLAIN.map((name) => [name, field(name).value]));
    for (const name of ["matter", "place_code"]) fields[name] = chosen(name)?.value ?? wanted[name] ?? "";
    return { at: Date.now(), fields, photos: [...photos.querySelector("input[type=file]").files] };
  }

  function keep() {
    clearTimeout(timer);
    if (!box.checked || photos.hasAttribute("aria-busy")) return; // it comes again when the photos are small
    const draft = collect();
    work = work.then(() => run("readwrite", (store) => store.put(draft, "report"))).catch(() => {});
  }

  // Chosen again as soon as the server offers it: both lists come by htmx for what was typed.
  function choose(name, part) {
    if (wanted[name] === undefined) return;
    const same = [...part.querySelectorAll(`[name="${name}"]`)].find(({ value }) => value === wanted[name]);
    delete wanted[name];
    if (!same) return;
    same.checked = true;
    same.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function restore({ at, fields, photos: files }) {
    box.checked = true;
    // A page that came back with a fault has its words, but no photos.
    if (files.length) self.anlanPhotos.add(photos, files, { areSmall: true });
    if (document.getElementById("faults")) return;
    for (const name of PLAIN) field(name).value = fields[name];
    if (fields.matter) wanted.matter = fields.matter;
    if (fields.place_code) wanted.place_code = fields.place_code;
    notice.hidden = false;
    notice.querySelector("[data-at]").textContent = new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    if (fields.lon) document.getElementById("spot").dispatchEvent(new Event("pinned"));
    for (const name of ["text", "place_text"]) {
      if (fields[name]) field(name).dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  box.closest("[hidden]").hidden = false;
  document.body.addEventListener("htmx:afterSettle", ({ target }) => {
    if (target.id === "suggestions") choose("matter", target);
    if (target.id === "place-choices") choose("place_code", target);
  });
  find().catch(() => null).then((kept) => {
    if (kept) restore(kept);
    for (const event of ["input", "change", "pinned", "photos"]) {
      form.addEventListener(event, () => {
        clearTimeout(timer);
        timer = setTimeout(keep, PAUSE_MS);
      }, true);
    }
  });
  box.addEventListener("change", () => {
    if (box.checked) {
      keep();
    } else {
      clearTimeout(timer);
      notice.hidden = true;
      work = work.then(wipe);
    }
  });
  notice.querySelector("[data-drop]").addEventListener("click", async () => {
    box.checked = false;
    clearTimeout(timer);
    await work.then(wipe);
    form.reset();
    location.replace(location.pathname);
  });
  form.addEventListener("submit", () => {
    keep();
    if (box.checked) sessionStorage.setItem(SENDING, "yes");
  });
})();
