// What a phone keeps for the way: acts that wait to be sent, pages of the person's own errands, small
// photos. Everything with words in it is sealed (AES-GCM) with a key that never leaves this browser and
// is thrown away with the rest. Used by the pages of the field and by their service worker.
// Why so, and what it cannot do: docs/decisions, "What a phone keeps".
"use strict";

self.anlanStore = (() => {
  const NAME = "anlan-field";
  const KEPT_MS = 24 * 3600 * 1000;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let opened;

  function open() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("meta");
        asked.result.createObjectStore("acts", { keyPath: "number", autoIncrement: true });
        asked.result.createObjectStore("pages");
      };
      asked.onsuccess = () => {
        const close = () => { asked.result.close(); opened = undefined; };
        asked.result.onversionchange = close; // somebody signs out elsewhere
        asked.result.onclose = close;
        resolve(asked.result);
      };
      asked.onerror = () => { opened = undefined; reject(asked.error); };
    });
    return opened;
  }

  // Runs `work` in one transaction that is on the disk when it ends; gives the result of its request.
  async function run(names, mode, work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(names, mode, { durability: "strict" });
      const asked = work((name) => transaction.objectStore(name));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  const get = (name, key) => run([name], "readonly", (of) => of(name).get(key));
  const getMeta = (name) => get("meta", name);
  const setMeta = (name, value) => run(["meta"], "readwrite", (of) => of("meta").put(value, name));

  let held;
  async function key() {
    held ??= await getMeta("key");
    if (held) return held;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await run(["meta"], "readwrite", (of) => {
      const asked = of("meta").get("key");
      asked.onsuccess = () => { if (!asked.result) of("meta").put(made, "key"); };
    });
    held = await getMeta("key"); // another page may have been faster
    return held;
  }
  async function seal(bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), bytes) };
  }
  async function unseal(box) {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, await key(), box.data);
  }
  const sealJson = (value) => seal(encoder.encode(JSON.stringify(value)));
  const unsealJson = async (box) => JSON.parse(decoder.decode(await unseal(box)));

  // Acts: WAITING → TAKEN (forgotten with the next fresh pages) or REFUSED (until the person has seen it)
  async function addAct(content, photos) {
    const sealed = [];
    for (const photo of photos) {
      sealed.push({ name: photo.name, type: photo.type, box: await seal(await photo.arrayBuffer()) });
    }
    const box = await sealJson(content);
    const record = { key: crypto.randomUUID(), state: "WAITING", box, photos: sealed };
    return run(["acts"], "readwrite", (of) => of("acts").add(record));
  }
  async function listActs() {
    const records = await run(["acts"], "readonly", (of) => of("acts").getAll());
    const found = [];
    for (const { box, answer, photos, ...plain } of records) {
      try {
        const told = answer ? await unsealJson(answer) : {};
        found.push({ ...(await unsealJson(box)), ...told, ...plain, photos: photos.length });
      } catch { /* its key is gone: nobody can read it any more */ }
    }
    return found;
  }
  async function openPhotos(number) {
    const record = await get("acts", number);
    return Promise.all((record?.photos ?? []).map(async ({ name, type, box }) =>
      new File([await unseal(box)], name, { type })));
  }
  // One transaction: what became of an act, and up to which number the server knows this phone's acts.
  async function settleAct(number, state, told, last) {
    const answer = await sealJson(told);
    return run(["acts", "meta"], "readwrite", (of) => {
      const asked = of("acts").get(number);
      asked.onsuccess = () => { if (asked.result) of("acts").put({ ...asked.result, state, answer }); };
      of("meta").put(last, "last");
    });
  }
  const removeAct = (number) => run(["acts"], "readwrite", (of) => of("acts").delete(number));

  // Pages and small photos, by path
  async function keepPage(path, response) {
    const headers = [...response.headers].filter(([name]) => /^(content-(type|security-policy)|permissions-policy)$/.test(name));
    const box = await seal(await response.arrayBuffer());
    return run(["pages"], "readwrite", (of) => of("pages").put({ at: Date.now(), headers, box }, path));
  }
  async function findPage(path) {
    const kept = await get("pages", path);
    if (!kept || Math.abs(Date.now() - kept.at) > KEPT_MS) return null;
    try {
      return { at: kept.at, headers: kept.headers, body: await unseal(kept.box) };
    } catch {
      return null;
    }
  }
  async function keepOnly(paths) {
    const known = await run(["pages"], "readonly", (of) => of("pages").getAllKeys());
    const gone = known.filter((path) => !paths.includes(path));
    await run(["pages"], "readwrite", (of) => { gone.forEach((path) => of("pages").delete(path)); });
  }

  async function wipe() {
    (await opened?.catch(() => null))?.close();
    opened = held = undefined;
    await new Promise((resolve) => {
      const asked = indexedDB.deleteDatabase(NAME);
      asked.onsuccess = asked.onerror = asked.onblocked = resolve;
    });
  }

  return {
    getMeta, setMeta, addAct, listActs, openPhotos, settleAct, removeAct, keepPage, findPage, keepOnly, wipe,
  };
})();
