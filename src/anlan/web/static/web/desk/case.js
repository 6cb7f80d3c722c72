// The case page by keys: a leads to the moves, d to sending people, e to the other moves, s to the
// first case that is alike, j and k to the next and the previous case of the list one came from. A closed
// fold is opened on the way.
"use strict";

(() => {
  const lead = (key) => {
    const mark = document.querySelector(`[data-key="${key}"]`);
    const around = mark?.closest("details, section, div.moves");
    if (!around) return false;
    if (around.matches("details")) around.open = true;
    const first = around.querySelector("form button, form input:not([type=hidden]), form select, summary");
    (first ?? mark).focus();
    (first ?? mark).scrollIntoView({ block: "center" });
    return true;
  };
  const walk = document.querySelector("[data-walk]");
  let list = [];
  try {
    list = JSON.parse(sessionStorage.getItem("anlan.queue.list") ?? "[]");
  } catch {
    // Without a memory one goes back to the list.
  }
  const at = list.indexOf(walk.dataset.walk);
  const step = (by) => walk.querySelector(`a[data-by="${by}"]`)?.click() ?? true;
  if (at >= 0 && list.length > 1) {
    walk.hidden = false;
    walk.querySelector("[data-at]").textContent = `${at + 1} / ${list.length}`;
    walk.querySelectorAll("a").forEach((link) => {
      const next = list[at + Number(link.dataset.by)];
      if (next) link.href = location.pathname.replace(walk.dataset.walk, next);
      else link.removeAttribute("href");
      link.addEventListener("click", () => {
        try {
          sessionStorage.setItem("anlan.queue.row", next ?? walk.dataset.walk);
        } catch {
          // As above.
        }
      });
    });
  }
  window.anlanKeys.on({
    j: () => step(1),
    k: () => step(-1),
    a: () => lead("a"),
    d: () => lead("d"),
    e: () => lead("e"),
    s: () => document.querySelector("a[data-beside]")?.click() ?? true,
  });
  const wanted = /^#key-([ade])$/.exec(location.hash);
  if (wanted) lead(wanted[1]);
})();
