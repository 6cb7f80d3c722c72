// The case in focus beside the list: read when one stays on a row for a moment. A move made there is sent
// from there; what came of it is told in the preview, and the list renews itself. The side holds the
// preview, the map, or both; the browser remembers which.
"use strict";

(() => {
  const panel = document.getElementById("preview");
  const toggle = document.getElementById("preview-toggle");
  const table = document.getElementById("queue");
  if (!panel || !toggle || !table) return;
  const side = panel.parentElement;
  const KEY = "anlan.queue.preview";
  const PAUSE_MS = 160; // whoever walks on is not waited for
  let wanted = "";
  let timer;

  const arrange = () => {
    const isOpen = [...side.children].some((child) => !child.hidden);
    side.hidden = !isOpen;
    side.parentElement.classList.toggle("queue__body--map", isOpen);
  };
  document.addEventListener("queue:side", arrange);

  const show = async (row) => {
    const id = row.dataset.id;
    wanted = id;
    try {
      const answer = await fetch(`${row.querySelector("[data-row]").getAttribute("href")}/preview`, { headers: { "HX-Request": "true" } });
      if (wanted !== id || !answer.ok) return;
      panel.innerHTML = await answer.text();
      window.htmx?.process(panel);
    } catch {
      // Without a network the case before stays; its code says which it is.
    }
  };
  const follow = (row) => {
    clearTimeout(timer);
    if (panel.hidden || !row || panel.querySelector("[data-of]")?.dataset.of === row.dataset.id) return;
    timer = setTimeout(() => show(row), PAUSE_MS);
  };
  const here = () => document.activeElement?.closest("#queue tr[data-id]");

  const set = (isOpen) => {
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
    arrange();
    try {
      localStorage.setItem(KEY, isOpen ? "open" : "");
    } catch {
      // A browser that keeps nothing begins without it.
    }
    if (isOpen) follow(here() ?? table.querySelector("tr[data-id]"));
  };

  table.addEventListener("focusin", (event) => follow(event.target.closest("tr[data-id]")));
  table.addEventListener("click", (event) => {
    // With the preview open a click on a row shows it there; on its title, or twice, it opens.
    const row = event.target.closest("tr[data-id]");
    if (!row || panel.hidden || event.target.closest("input, label, a:not([data-row])")) return;
    if (event.detail !== 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    row.querySelector("[data-row]").focus({ preventScroll: true });
  });
  table.addEventListener("dblclick", (event) => {
    const link = event.target.closest("tr[data-id]")?.querySelector("[data-row]");
    if (link && !panel.hidden) location.assign(link.href);
  });

  const say = (text, isDone) => {
    const said = panel.querySelector("[data-said]");
    said.textContent = text;
    said.className = `notice preview__said ${isDone ? "notice--done" : "notice--late"}`;
    said.hidden = false;
  };
  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    const row = [...table.querySelectorAll("tr[data-id]")].find(({ dataset }) => dataset.id === wanted);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const words = page.querySelector(answer.ok ? ".flash:not([hidden])" : ".fault-page__message, .fault-page h1")?.textContent.trim() ?? "";
      if (answer.ok && row) await show(row);
      say(words, answer.ok);
      document.dispatchEvent(new CustomEvent("queue:renew"));
      row?.querySelector("[data-row]").focus({ preventScroll: true });
    } catch {
      form.submit(); // The page itself tells what stands in the way.
    }
  });

  window.anlanKeys.on({ v: () => set(panel.hidden) });
  toggle.addEventListener("click", () => set(panel.hidden));
  toggle.hidden = false;
  try {
    if (localStorage.getItem(KEY)) set(true);
  } catch {
    // As above.
  }
})();
