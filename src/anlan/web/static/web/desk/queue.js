// The queue by keys: walking the rows, choosing some of them, going on with one or with all that are
// chosen. Nothing here is needed: every row is a plain link, the boxes belong to a plain form.
"use strict";

(() => {
  const table = document.getElementById("queue");
  const bar = document.getElementById("bulk");
  const PLACE = "anlan.queue.row";
  const LIST = "anlan.queue.list"; // the cases in their order, for walking on from a case (case.js)
  if (!table || !bar) return;

  const rows = () => [...table.querySelectorAll("tr[data-id]")];
  const linkOf = (row) => row.querySelector("[data-row]");
  const boxOf = (row) => row.querySelector("[data-pick]");
  const here = () => document.activeElement?.closest("#queue tr[data-id]");
  const chosen = () => rows().filter((row) => boxOf(row).checked);

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    const row = all[Math.min(all.length - 1, Math.max(0, next))];
    linkOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    // Near the end the next page comes before it is needed.
    if (all.length - next < 8) table.querySelector(".more a")?.click();
  };

  // From the box pressed before to this one, as everywhere with Shift.
  let last; // the row whose box was pressed last
  const span = (row, isWanted) => {
    const all = rows();
    const [from, to] = [all.indexOf(last), all.indexOf(row)].sort((a, b) => a - b);
    if (from >= 0) all.slice(from, to + 1).forEach((each) => { boxOf(each).checked = isWanted; });
    count();
  };
  // Onwards, and both rows chosen.
  const extend = (by) => {
    if (!here()) return false;
    boxOf(here()).checked = true;
    step(by);
    boxOf(here()).checked = true;
    count();
    return true;
  };

  const count = () => {
    const many = chosen().length;
    bar.querySelector("[data-chosen]").textContent = many;
    bar.classList.toggle("has-chosen", many > 0);
    bar.querySelector("[data-choose-none]").hidden = !many;
    rows().forEach((row) => row.classList.toggle("is-chosen", boxOf(row).checked));
    const all = table.querySelector("[data-pick-all]");
    all.checked = many > 0 && many === rows().length;
    all.indeterminate = many > 0 && !all.checked;
  };
  const chooseAll = (isWanted) => {
    rows().forEach((row) => { boxOf(row).checked = isWanted; });
    count();
  };

  // One move for the chosen ones, or for the row in focus.
  const move = (wanted) => {
    const picked = chosen();
    const one = picked.length ? undefined : here();
    if (!picked.length && !one) return false;
    const address = new URL(bar.action, location.href);
    (one ? [one] : picked).forEach((row) => address.searchParams.append("chosen", boxOf(row).value));
    if (wanted) address.searchParams.set("move", wanted);
    location.assign(address);
    return true;
  };
  // On the case's own page, at a place marked with a key.
  const lead = (key) => {
    const row = here() ?? (chosen().length === 1 ? chosen()[0] : undefined);
    if (!row) return false;
    location.assign(`${linkOf(row).getAttribute("href")}#key-${key}`);
    return true;
  };

  // In the preview when it shows the row in focus, so that one stays in the list.
  const act = () => {
    const shown = document.querySelector("#preview:not([hidden]) [data-of]");
    if (!shown || shown.dataset.of !== here()?.dataset.id) return false;
    const first = shown.querySelector("[data-key] button, [data-key] summary");
    first?.focus();
    if (first?.matches("summary")) first.closest("details").open = true;
    return Boolean(first);
  };

  window.anlanKeys.on({
    f: () => {
      const summary = document.getElementById("keep-view");
      if (!summary) return false;
      summary.parentElement.open = true;
      document.getElementById("kept-name").focus();
      return true;
    },
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => (here() ? step(1) : false), // elsewhere they scroll
    ArrowUp: () => (here() ? step(-1) : false),
    J: () => extend(1),
    K: () => extend(-1),
    o: () => { linkOf(here() ?? rows()[0])?.click(); },
    x: () => {
      const row = here();
      if (!row) return false;
      boxOf(row).checked = !boxOf(row).checked;
      count();
      return true;
    },
    "*": () => chooseAll(chosen().length < rows().length),
    a: () => (chosen().length ? move("") : act() || lead("a")),
    e: () => move(""),
    d: () => lead("d"),
    "/": () => document.getElementById("search")?.focus(),
    Escape: () => (chosen().length ? chooseAll(false) : false),
  });
  const tabs = [...document.querySelectorAll(".tabs a")].slice(0, 9);
  window.anlanKeys.on(Object.fromEntries(tabs.map((tab, index) => [String(index + 1), () => tab.click()])));

  table.addEventListener("click", (event) => {
    if (!event.target.matches("[data-pick]")) return;
    const row = event.target.closest("tr");
    if (event.shiftKey && last?.isConnected) span(row, event.target.checked);
    last = row;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick]")) count();
    if (event.target.matches("[data-pick-all]")) chooseAll(event.target.checked);
  });
  bar.querySelector("[data-choose-none]").addEventListener("click", () => chooseAll(false));
  bar.addEventListener("submit", (event) => {
    if (!chosen().length) event.preventDefault();
  });
  table.querySelector("[data-pick-all]").parentElement.hidden = false;
  document.addEventListener("queue:renewed", count);
  document.addEventListener("htmx:afterSettle", count);

  // Whoever comes back stands where he left.
  table.addEventListener("focusin", () => {
    try {
      if (here()) sessionStorage.setItem(PLACE, here().dataset.id);
      sessionStorage.setItem(LIST, JSON.stringify(rows().map(({ dataset }) => dataset.id)));
    } catch {
      // As elsewhere: without a memory one begins at the top.
    }
  });
  try {
    const left = sessionStorage.getItem(PLACE);
    const row = document.referrer.startsWith(`${location.origin}/desk/`) && rows().find(({ dataset }) => dataset.id === left);
    if (row) {
      linkOf(row).focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  } catch {
    // As above.
  }
  count();
})();
