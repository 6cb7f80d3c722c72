// The case page by keys: a leads to the moves, d to sending people, e to the other moves, s to the
// first case that is alike. A closed fold is opened on the way.
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
  window.anlanKeys.on({
    a: () => lead("a"),
    d: () => lead("d"),
    e: () => lead("e"),
    s: () => document.querySelector("a[data-beside]")?.click() ?? true,
  });
  const wanted = /^#key-([ade])$/.exec(location.hash);
  if (wanted) lead(wanted[1]);
})();
