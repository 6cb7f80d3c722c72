// Today's list, nearest first within the same urgency. The position stays in this page: nothing is sent.
"use strict";

(() => {
  const button = document.getElementById("nearest");
  if (!button || !navigator.geolocation) return;
  const NAME = "anlan-field-nearest";
  const ORDER = ["RED", "AMBER", "GREEN", "PAUSED", "NONE"];
  const METRES = 111195;
  button.hidden = false;

  function distance(one, coords) {
    if (!one.dataset.lon) return Infinity;
    const x = (Number(one.dataset.lon) - coords.longitude) * Math.cos((coords.latitude * Math.PI) / 180);
    return Math.hypot(x, Number(one.dataset.lat) - coords.latitude) * METRES;
  }
  const say = (metres) => (metres < 950 ? `${Math.max(50, Math.round(metres / 50) * 50)} m` : `${(metres / 1000).toFixed(1)} km`);

  function order(coords) {
    for (const list of document.querySelectorAll("[data-list]")) {
      const all = [...list.children].filter((one) => one.dataset.light);
      const rank = (one) => Math.max(0, ORDER.indexOf(one.dataset.light));
      all.sort((a, b) => rank(a) - rank(b) || distance(a, coords) - distance(b, coords));
      for (const one of all) {
        const metres = distance(one, coords);
        one.querySelector("[data-distance]").textContent = Number.isFinite(metres) ? ` · ${say(metres)}` : "";
        list.append(one);
      }
    }
    button.setAttribute("aria-pressed", "true");
  }
  const take = () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => order(coords),
    () => { button.setAttribute("aria-pressed", "false"); document.getElementById("nearest-failed").hidden = false; },
    { timeout: 15000, maximumAge: 120000 },
  );
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") {
      sessionStorage.removeItem(NAME);
      location.reload();
      return;
    }
    sessionStorage.setItem(NAME, "yes");
    take();
  });
  if (sessionStorage.getItem(NAME)) take();
})();
