// Keys of the desk: j and k walk the queue, Enter opens (the link's own), / searches, m shows the map;
// on a case a leads to the moves, d to sending people, u back to the queue.
// Nothing here is needed: every row is a plain link.
(() => {
  const rows = () => [...document.querySelectorAll("a[data-row]")];

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by;
    const wanted = all[Math.min(all.length - 1, Math.max(0, next))];
    wanted.focus();
    wanted.closest("tr").scrollIntoView({ block: "nearest" });
  };

  // Leads to the first control after a place marked with a key; a closed fold is opened.
  const lead = (key) => {
    const mark = document.querySelector(`[data-key="${key}"]`);
    const around = mark?.closest("details, section");
    if (!around) return;
    if (around.matches("details")) around.open = true;
    around.querySelector("form button, form input:not([type=hidden]), form select")?.focus();
  };

  document.addEventListener("keydown", (event) => {
    const inField = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && inField) inField.blur();
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      j: () => step(1),
      k: () => step(-1),
      "/": () => document.getElementById("search")?.focus(),
      a: () => lead("a"),
      d: () => lead("d"),
      m: () => document.getElementById("map-toggle")?.click(),
      u: () => document.querySelector("[data-back]")?.click(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  // A filter chosen from a list holds at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // Coming back from a case leads to the queue as it was left.
  const KEY = "anlan.queue";
  try {
    if (document.getElementById("queue")) sessionStorage.setItem(KEY, location.search);
    const back = document.querySelector("[data-back]");
    if (back) back.href += sessionStorage.getItem(KEY) ?? "";
  } catch {
    // A browser that keeps nothing leads back to the whole queue.
  }
})();
