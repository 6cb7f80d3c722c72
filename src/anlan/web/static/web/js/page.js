// What every page may use, bound by attributes so that no script stands in a page:
//   data-copy="text"   copies the text and says so in the element's data-copied
//   data-print         prints the page
//   data-once          on a form: a second press of its button does nothing while it is sent
//   data-leave         on the form that signs out: what the field keeps on this phone is wiped first, and
//                      the person is asked when some of it has not been sent yet (#leaving); without a
//                      network the sign-in is ended later (field/leave.js)
//   data-menu          on a <details>: it closes by Escape, and when one presses elsewhere
//   data-leads="b"     on a link in a bar: "g" and then this letter lead there. Never while one types, nor when
//                      the keys are switched off (desk/keys.js)
//   class "needs-script", hidden   shown, because this script runs
"use strict";

document.documentElement.classList.add("scripted");
document.querySelectorAll(".needs-script[hidden]").forEach((element) => { element.hidden = false; });

document.addEventListener("click", async (event) => {
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    try {
      await navigator.clipboard.writeText(copier.dataset.copy);
    } catch {
      return; // No permission: the text stands on the page and can be marked by hand.
    }
    const words = copier.querySelector("[data-words]") || copier;
    const before = words.textContent;
    words.textContent = copier.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2500);
  }
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  const button = event.submitter;
  if (button?.dataset.sending) button.querySelector("[data-words]").textContent = button.dataset.sending;
});

// A page that comes back from the browser's memory can be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sending]").forEach((form) => { delete form.dataset.sending; });
});

(() => {
  const menus = [...document.querySelectorAll("details[data-menu]")];
  if (!menus.length) return;
  const PAUSE_MS = 1500;
  let pressed = 0; // when "g" was
  const isOn = () => {
    try {
      return localStorage.getItem("anlan.keys") !== "off";
    } catch {
      return true;
    }
  };
  document.addEventListener("click", (event) => {
    menus.forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
      event.stopImmediatePropagation();
      return;
    }
    const isTyping = event.isComposing || event.target.closest("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || !isOn()) return;
    const isSecond = event.timeStamp - pressed < PAUSE_MS && pressed > 0;
    pressed = event.key === "g" && !isSecond ? event.timeStamp : 0;
    if (!isSecond) return;
    const link = document.querySelector(`a[data-leads="${CSS.escape(event.key)}"]`);
    event.stopImmediatePropagation(); // the second letter is this one's, whatever it means alone
    event.preventDefault();
    link?.click();
  }, true);
})();

(() => {
  const form = document.querySelector("form[data-leave]");
  if (!form || !self.indexedDB?.databases) return;
  const dialog = document.getElementById("leaving");

  const result = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  async function countWaiting() {
    if (!(await indexedDB.databases()).some(({ name }) => name === "anlan-field")) return 0;
    const db = await result(indexedDB.open("anlan-field"));
    try {
      const acts = await result(db.transaction("acts").objectStore("acts").getAll());
      return acts.filter(({ state }) => state !== "TAKEN").length;
    } finally {
      db.close();
    }
  }

  // A server that does not answer soon is away, whatever the browser believes of its network.
  async function isReachable() {
    const away = new AbortController();
    const timer = setTimeout(() => away.abort(), 4000);
    try {
      return (await fetch("/health/live", { cache: "no-store", signal: away.signal })).status < 500;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  const leave = async () => {
    // First of all: from here on the sign-in ends, also when this page is killed before it is through.
    await anlanLeave.remember(form.querySelector("[name=csrfmiddlewaretoken]").value).catch(() => {});
    await anlanLeave.wipe().catch(() => {});
    const hasWorker = Boolean(await navigator.serviceWorker?.getRegistration("/field/").catch(() => null));
    if (await isReachable()) {
      await anlanLeave.removeShell().catch(() => {});
      await anlanLeave.forget();
      form.submit();
      return;
    }
    const worker = await navigator.serviceWorker?.getRegistration("/field/").catch(() => null);
    await worker?.sync?.register("anlan-leave").catch(() => {});
    if (hasWorker) location.replace("/field/left");
    else location.reload(); // the browser says that there is no network; the next page ends the sign-in
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const waiting = await countWaiting().catch(() => 0);
    if (!waiting) { await leave(); return; }
    dialog.querySelector("[data-count]").textContent = waiting;
    dialog.showModal();
  });
  dialog.querySelector("[data-go]").addEventListener("click", leave);
  dialog.querySelector("[data-stay]").addEventListener("click", () => dialog.close());
})();

// Whoever signed out without a network is signed out by the first page that reaches the server.
(() => {
  const finish = async () => {
    const how = await anlanLeave.finish();
    if (how === "DONE" || (how === "NOTHING" && document.querySelector("[data-left]"))) location.replace("/sign-in");
  };
  finish();
  self.addEventListener("online", finish);
})();
