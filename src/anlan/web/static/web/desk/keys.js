// Keys of the desk, one letter each; the sheet that explains them opens with "?" or by its button.
//
//   anlanKeys.on({ j: () => …, k: () => … })   what a page does with a key; later pages of the script add theirs
//
// They act on nobody who types: not in a field, not with Ctrl, Alt or Meta, not while an input method
// composes (Chinese is typed in letters), not while a dialog is open. WCAG 2.1.4: they can be switched off
// in the sheet; the browser remembers it. Nothing needs them: every key has its link or button.
"use strict";

window.anlanKeys = (() => {
  const KEY = "anlan.keys";
  const acts = new Map();
  const sheet = document.getElementById("keys");
  let isOn = true;
  try {
    isOn = localStorage.getItem(KEY) !== "off";
  } catch {
    // A browser that keeps nothing begins with them on.
  }

  const isTyping = (event) =>
    event.isComposing || event.keyCode === 229 ||
    Boolean(event.target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]"));

  const show = () => {
    document.querySelectorAll("[data-keys-on]").forEach((each) => { each.hidden = !isOn; });
    document.querySelectorAll("[data-keys-off]").forEach((each) => { each.hidden = isOn; });
    document.querySelectorAll("[data-keys-switch]").forEach((each) => { each.checked = isOn; });
    document.querySelectorAll("[data-keys-open]").forEach((each) => { each.hidden = !sheet; });
  };

  const open = () => {
    if (sheet && !sheet.open) sheet.showModal();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) open();
    if (event.target === sheet) sheet.close(); // beside the sheet
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-switch]")) return;
    isOn = event.target.checked;
    try {
      localStorage.setItem(KEY, isOn ? "on" : "off");
    } catch {
      // It then holds for this page.
    }
    show();
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && field && !event.isComposing) field.blur();
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (!isOn && event.key !== "Escape") return;
    const act = acts.get(event.key);
    if (!act || act(event) === false) return;
    event.preventDefault();
  });

  const on = (more) => Object.entries(more).forEach(([key, act]) => acts.set(key, act));
  on({
    "?": open,
    u: () => document.querySelector("[data-back]")?.click() ?? true,
  });

  // Coming back from a case leads to the queue as it was left.
  const PLACE = "anlan.queue";
  try {
    if (document.querySelector("[data-queue]")) sessionStorage.setItem(PLACE, location.search);
    document.querySelectorAll("[data-back]").forEach((back) => { back.href += sessionStorage.getItem(PLACE) ?? ""; });
  } catch {
    // A browser that keeps nothing leads back to the whole queue.
  }

  // A filter chosen from a list holds at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  show();
  return { on };
})();
