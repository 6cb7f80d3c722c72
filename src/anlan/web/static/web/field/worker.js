// The field without a network: the shell from a cache of this version, the person's own pages as they were
// last seen, and the outbox when the network is back. VERSION, ASSETS, OFFLINE and LEFT stand in field/sw.js.
"use strict";

const CACHE = `anlan-field-${VERSION}`;
const WAIT_MS = 6000;
const store = self.anlanStore;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...ASSETS, OFFLINE, LEFT])));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("anlan-field-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname.startsWith("/field/")) event.respondWith(showPage(event, url.pathname));
  } else if (ASSETS.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname, { cacheName: CACHE }).then((kept) => kept ?? fetch(request)));
  } else if (/^\/field\/photos\/[^/]+\/small$/.test(url.pathname)) {
    event.respondWith(showKept(url.pathname).then((kept) => kept ?? fetch(request)));
  }
});

// The page from the network; when that does not answer in time, as it was last seen, and said so on it.
async function showPage(event, path) {
  // Who has signed out sees nothing of the field, also while the server does not know of it yet.
  const how = await self.anlanLeave.finish();
  if (how === "AWAY") return caches.match(LEFT, { cacheName: CACHE });
  // Not by asking for the page: a browser may have done so while this program started, when that person was
  // signed in still, and would show what it got then.
  if (how === "DONE") return Response.redirect("/sign-in");
  const away = new AbortController();
  const timer = setTimeout(() => away.abort(), WAIT_MS);
  try {
    const answer = await fetch(event.request, { signal: away.signal });
    if (answer.status < 502 || answer.status > 504) return answer;
  } catch { /* no network */ } finally {
    clearTimeout(timer);
  }
  return (await showKept(path)) ?? caches.match(OFFLINE, { cacheName: CACHE });
}

async function showKept(path) {
  const kept = await store.findPage(path).catch(() => null);
  if (!kept) return null;
  const headers = new Headers(kept.headers);
  if (!headers.get("content-type").startsWith("text/html")) return new Response(kept.body, { headers });
  const page = new TextDecoder().decode(kept.body).replace("<body", `<body data-kept="${kept.at}"`);
  return new Response(page, { headers });
}

self.addEventListener("sync", (event) => {
  if (event.tag === "anlan-leave") {
    event.waitUntil(self.anlanLeave.finish().then((how) => { if (how === "AWAY") throw new Error(how); }));
  }
  if (event.tag === "anlan-outbox") {
    event.waitUntil(self.anlanOutbox.send().then((how) => { if (how !== "SENT") throw new Error(how); }));
  }
});
