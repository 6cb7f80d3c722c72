// The field's pages on a phone: every form that does something goes through the outbox, so that it works the
// same with and without a network; what waits, what was refused and why stands at the top of the page.
// Without this script, or where a browser keeps nothing, the forms are sent as they are.
"use strict";

(() => {
  const bar = document.getElementById("outbox");
  if (!bar || !self.indexedDB || !self.crypto?.subtle || !navigator.serviceWorker) return;
  const store = self.anlanStore;
  const outbox = self.anlanOutbox;
  const FIRST_PAUSE_MS = 3000;
  const LONGEST_PAUSE_MS = 60000;
  const SENT = "anlan-field-sent"; // which button's act the server has taken, for the next page
  const kept = Number(document.body.dataset.kept ?? 0);
  const part = (name) => bar.querySelector(`[data-part="${name}"]`);
  const template = (name) => document.getElementById(`outbox-${name}`).content.firstElementChild.cloneNode(true);
  let how = "";
  let pause = FIRST_PAUSE_MS;
  let next = 0;
  const said = sessionStorage.getItem(SENT) ?? "";
  sessionStorage.removeItem(SENT);

  // Doing something
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const { act: kind, move, about, seen, after, words, title } = form.dataset;
    if (!kind) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const given = new FormData(form);
    const text = (name) => String(given.get(name) ?? "").trim();
    const number = (name) => (text(name) ? Number(text(name)) : null);
    if (kind === "REPORT" && !text("text")) {
      delete form.dataset.sending;
      form.querySelector("[name=text]").focus();
      return;
    }
    const photos = given.getAll("photos").filter((file) => file.size);
    const made = await outbox.add({
      kind, move, about, after, words, title: title || text("text").slice(0, 60),
      seen: seen ? Number(seen) : null, note: text("note"), given: text("outcome"), text: text("text"),
      lon: number("lon"), lat: number("lat"), place: text("place"), placeText: text("place_text"),
      matter: text("matter"),
    }, photos);
    navigator.storage?.persist?.();
    form.reset();
    await sendNow();
    delete form.dataset.sending;
    const mine = (await store.listActs()).find((act) => act.number === made);
    const isSent = mine?.state !== "WAITING" && mine?.state !== "REFUSED";
    if (isSent) sessionStorage.setItem(SENT, words);
    const errand = form.closest("article[data-errand]")?.querySelector(".errand__open");
    if (mine?.state === "REFUSED") {
      bar.scrollIntoView();
      part("refused").querySelector("a, button")?.focus();
    } else if (form.dataset.then === "list") {
      location.assign("/field/");
    } else if (isSent && errand) {
      location.assign(errand.href); // signed for on the list: the case is what is wanted next
    } else if (isSent) {
      location.reload();
    } else {
      bar.scrollIntoView();
    }
  });

  async function sendNow(options) {
    how = await outbox.send(options);
    if (how !== "SENT") {
      const worker = await navigator.serviceWorker.getRegistration("/field/");
      await worker?.sync?.register("anlan-outbox").catch(() => {});
    }
    await show();
    await tryAgain();
  }

  // A weak network comes back without an event, and so does a server that was away: while something waits,
  // the page tries again, after 3 s and then ever less often, down to once a minute.
  async function tryAgain() {
    clearTimeout(next);
    const waits = (await store.listActs()).some((act) => act.state === "WAITING");
    if (!waits || !["OFFLINE", "LATER"].includes(how)) {
      pause = FIRST_PAUSE_MS;
      return;
    }
    next = setTimeout(sendNow, pause);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }

  // Showing how it stands on this phone
  const at = (act) => new Date(act.made + (act.offset ?? 0)).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  async function show() {
    const acts = await store.listActs();
    const waiting = acts.filter((act) => act.state === "WAITING");
    const refused = acts.filter((act) => act.state === "REFUSED");
    part("waiting").hidden = !waiting.length;
    part("waiting").querySelector("[data-count]").textContent = waiting.length;
    part("waiting").querySelector("ul").replaceChildren(...waiting.map((act) => {
      const item = document.createElement("li");
      item.textContent = `${at(act)} ${act.words} · ${act.title}`;
      return item;
    }));
    for (const name of ["SIGNED_OUT", "OTHER"]) part(name).hidden = how !== name || !waiting.length;
    const away = how === "OFFLINE" || (!how && kept);
    part("offline").hidden = !away;
    if (kept) {
      const offset = (await store.getMeta("offset")) ?? 0;
      part("kept").hidden = false;
      part("kept").querySelector("[data-at]").textContent = at({ made: kept, offset });
    }
    part("refused").hidden = !refused.length;
    part("refused").replaceChildren(...refused.map(showRefused));
    part("sent").hidden = !said;
    part("sent").querySelector("[data-said]").textContent = said;
    bar.hidden = !(waiting.length || refused.length || away || kept || said);
    lay(acts.filter((act) => act.state !== "REFUSED"));
  }

  function showRefused(act) {
    const card = template("refused");
    card.querySelector("[data-what]").textContent = `${at(act)} ${act.words} · ${act.title}`;
    card.querySelector("[data-why]").textContent = act.message;
    card.dataset.code = act.code;
    const said = card.querySelector("[data-said]");
    said.textContent = act.note || act.text;
    said.hidden = !said.textContent;
    const link = card.querySelector("[data-open]");
    const place = document.querySelector(`[data-errand="${act.about}"], [data-case="${act.about}"]`);
    if (act.case) link.href = act.case;
    else link.hidden = true;
    const again = card.querySelector("[data-again]");
    const seen = place?.dataset.seen;
    again.hidden = kept || !seen || act.case !== location.pathname;
    again.addEventListener("click", async () => {
      const { number, key, state, code, message, photos, outcome, said_at: saidAt, case: where, ...content } = act;
      const files = await store.openPhotos(number);
      await outbox.add({ ...content, seen: Number(seen) }, files);
      await store.removeAct(number);
      await sendNow();
    });
    const aside = card.querySelector("[data-aside]");
    aside.addEventListener("click", async () => {
      if (aside.dataset.sure) {
        aside.textContent = aside.dataset.sure;
        delete aside.dataset.sure;
        return;
      }
      await store.removeAct(act.number);
      await show();
    });
    return card;
  }

  // Lays what was done here over the page as the server knew it: the next thing to do is the next button.
  function lay(acts) {
    for (const errand of document.querySelectorAll("[data-errand]")) {
      const last = acts.filter((act) => act.about === errand.dataset.errand && act.after).pop();
      const state = last?.after ?? errand.dataset.state;
      for (const one of errand.querySelectorAll("[data-in]")) {
        one.hidden = !one.dataset.in.split(" ").includes(state);
      }
      const label = errand.querySelector("[data-label]");
      if (state !== errand.dataset.state) label.textContent = last.words;
      const finish = errand.querySelector("#finish");
      if (finish && last && state === "ARRIVED") finish.open = true;
      if (errand.matches("article")) errand.hidden = state === "DONE" || state === "DECLINED";
    }
    for (const form of document.querySelectorAll("form[data-act=CASE]")) {
      const done = acts.some((act) => act.kind === "CASE" && act.about === form.dataset.about && act.move === form.dataset.move);
      form.closest(".move").classList.toggle("is-done", done);
    }
  }

  // What needs a network says so while there is none.
  if (kept) {
    for (const form of document.querySelectorAll("form:not([data-act], [data-leave])")) {
      form.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    }
  }

  outbox.channel.addEventListener("message", show);
  self.addEventListener("online", () => {
    pause = FIRST_PAUSE_MS;
    sendNow();
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sendNow(); });
  navigator.serviceWorker.register("/field/sw.js", { scope: "/field/", updateViaCache: "none" }).catch(() => {});
  show();
  sendNow({ fresh: true }).then(async () => {
    // A page from the phone that has a network again, and nothing typed on it: the true one instead.
    const typed = [...document.querySelectorAll("textarea, input[type=text], input[type=file]")].some((input) => input.value);
    if (kept && how === "SENT" && !typed) location.reload();
  });
})();
