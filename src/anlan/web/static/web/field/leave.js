// Signing out without a network, or killed on the way: it is remembered first that the sign-in still has to
// end, then what the phone keeps is wiped (js/page.js). The sign-in is ended as soon as the server can be
// reached: by the service worker, or by the next page that is opened. Until then no page of the field is
// shown or kept. Kept meanwhile is nothing but the token that a form of ours needs; it tells of nobody.
"use strict";

self.anlanLeave = (() => {
  const NAME = "anlan-leaving";
  const ANSWER_MS = 20000;

  async function run(mode, work) {
    const db = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("meta");
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction("meta", mode, { durability: "strict" });
        const asked = work(transaction.objectStore("meta"));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  }

  const remember = (token) => run("readwrite", (meta) => meta.put(token, "token"));
  const forget = () => new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
  });

  async function isDue() {
    if (!self.indexedDB?.databases) return false;
    return (await indexedDB.databases()).some(({ name }) => name === NAME);
  }

  // All that the phone keeps of the field; done when the last page that holds it open lets go.
  const wipe = () => new Promise((resolve, reject) => {
    const asked = indexedDB.deleteDatabase("anlan-field");
    asked.onsuccess = resolve;
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => setTimeout(resolve, 3000);
  });

  // The pages' shell and the service worker: nothing personal, but nobody needs them any more.
  async function removeShell() {
    for (const name of (await self.caches?.keys()) ?? []) {
      if (name.startsWith("anlan-field-")) await caches.delete(name);
    }
    const worker = self.registration ?? (await navigator.serviceWorker?.getRegistration("/field/"));
    await worker?.unregister();
  }

  // NOTHING was due, it is DONE, or the server is still AWAY; who asks while it is being done gets that answer.
  let doing = null;
  function finish() {
    doing ??= end().finally(() => { doing = null; });
    return doing;
  }

  async function end() {
    if (!(await isDue().catch(() => false))) return "NOTHING";
    await wipe().catch(() => {}); // whoever began to leave may have been killed before
    const token = await run("readonly", (meta) => meta.get("token")).catch(() => "");
    try {
      const answer = await fetch("/sign-out", {
        method: "POST", headers: { "X-CSRFToken": token ?? "" }, redirect: "manual", cache: "no-store",
        signal: AbortSignal.timeout?.(ANSWER_MS),
      });
      if (answer.status >= 500) return "AWAY";
    } catch {
      return "AWAY";
    }
    await forget();
    await removeShell().catch(() => {});
    return "DONE";
  }

  return { remember, forget, wipe, removeShell, finish };
})();
