// The report form with a script: the map, where one stands, and faults found before sending,
// because a page that comes back with a fault has lost its photos.
"use strict";

(() => {
  const ROUGH_METRES = 150;
  const form = document.querySelector("form.report");
  const lon = document.getElementById("lon");
  const lat = document.getElementById("lat");
  const spot = document.getElementById("spot");
  const placeText = document.getElementById("place_text");
  const choices = document.getElementById("place-choices");
  const listed = document.getElementById("listed");

  // Where
  const element = document.getElementById("map");
  let opened;
  // The map's own script comes with the map: whoever finds the place by name never loads it.
  const loadMap = () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = element.dataset.script;
    script.onload = () => resolve(window.anlanMap);
    script.onerror = () => reject(new Error("the map's script did not load"));
    document.head.append(script);
  });
  function openMap() {
    opened ??= loadMap().then((maps) => maps.open(element)).then((map) => {
      if (lon.value) map.setPin(Number(lon.value), Number(lat.value), { fly: true });
      return map;
    });
    opened.catch(() => { document.getElementById("map-part").hidden = true; });
    return opened;
  }
  if (window.WebGLRenderingContext && element.dataset.outlines) {
    document.getElementById("map-part").hidden = false;
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      openMap();
    }, { rootMargin: "300px" });
    watcher.observe(element);
  }

  function pin(at) {
    lon.value = at.lon.toFixed(6);
    lat.value = at.lat.toFixed(6);
    placeText.value = "";
    choices.replaceChildren();
    forgive("place");
    spot.dispatchEvent(new Event("pinned"));
  }
  element.addEventListener("pin", (event) => pin(event.detail));

  choices.addEventListener("change", async (event) => {
    const chosen = event.target;
    lon.value = lat.value = "";
    spot.replaceChildren();
    forgive("place");
    const map = await openMap();
    map.clearPin();
    if (chosen.dataset.lon) map.showPlace(Number(chosen.dataset.lon), Number(chosen.dataset.lat));
  });
  placeText.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // looking for a place does not send the report
  });

  const locate = document.getElementById("locate");
  const words = locate.querySelector("[data-words]");
  const said = words.textContent;
  if (!navigator.geolocation || !window.isSecureContext) locate.hidden = true;
  locate.addEventListener("click", () => {
    words.textContent = locate.dataset.waiting;
    const done = () => { words.textContent = said; };
    navigator.geolocation.getCurrentPosition(async ({ coords }) => {
      done();
      pin({ lon: coords.longitude, lat: coords.latitude });
      if (coords.accuracy > ROUGH_METRES) tell("place", locate.dataset.rough, "hint");
      (await openMap()).setPin(coords.longitude, coords.latitude, { fly: true });
    }, () => {
      done();
      tell("place", locate.dataset.denied, "hint");
    }, { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 });
  });

  // Whoever has let this site know where the phone is need not say so again: a photo is taken on the spot.
  async function locateIfAllowed() {
    if (locate.hidden || lon.value || choices.querySelector(":checked")) return;
    const { state } = (await navigator.permissions?.query({ name: "geolocation" })) ?? {};
    if (state === "granted") locate.click();
  }

  // A photo says where it was taken: on the spot.
  document.getElementById("photos").addEventListener("change", locateIfAllowed);

  // Without a network
  const noNetwork = document.getElementById("no-network");
  const cut = noNetwork.querySelector("[data-words]").textContent;
  addEventListener("online", () => { noNetwork.querySelector("[data-words]").textContent = noNetwork.dataset.back; });

  // Faults, next to the field
  const controls = { text: document.getElementById("text"), place: placeText };
  function tell(name, message, kind = "fault") {
    forgive(name);
    const line = document.createElement("p");
    line.className = kind;
    line.id = `${name}-fault`;
    const inner = document.createElement("span");
    inner.textContent = message;
    line.append(inner);
    (name === "place" ? document.getElementById("place").querySelector(".row") : controls[name]).after(line);
    if (kind === "fault") controls[name].setAttribute("aria-invalid", "true");
    controls[name].setAttribute("aria-describedby", line.id);
  }
  function forgive(name) {
    document.getElementById(`${name}-fault`)?.remove();
    controls[name].removeAttribute("aria-invalid");
    controls[name].removeAttribute("aria-describedby");
  }
  form.addEventListener("submit", (event) => {
    const wrong = [];
    if (!controls.text.value.trim() && !listed.value) wrong.push(["text", form.dataset.textMissing]);
    if (!lon.value && !choices.querySelector(":checked")) {
      wrong.push(["place", placeText.value.trim() ? form.dataset.placeOpen : form.dataset.placeMissing]);
    }
    // A page that cannot be sent would be lost to the browser's own, with its words and photos.
    const isCut = !wrong.length && !navigator.onLine;
    noNetwork.hidden = !isCut;
    if (!wrong.length && !isCut) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isCut) {
      noNetwork.querySelector("[data-words]").textContent = cut;
      noNetwork.scrollIntoView({ block: "nearest" });
      return;
    }
    wrong.forEach(([name, message]) => tell(name, message));
    controls[wrong[0][0]].focus();
  }, true);
  controls.text.addEventListener("input", () => forgive("text"));
  listed.addEventListener("change", () => forgive("text"));
})();
