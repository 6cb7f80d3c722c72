// The report form with a script: the map, where one stands, small photos, and faults found before
// sending, because a page that comes back with a fault has lost its photos.
"use strict";

(() => {
  const LARGEST_SIDE = 2000;
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

  // Photos: smaller before they are sent, shown, and removable one by one
  const input = document.getElementById("photos");
  const list = document.getElementById("photo-list");
  let photos = [];
  async function shrink(file) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.86); });
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file; // The server looks at it and says what is wrong with it.
    }
  }
  function showPhotos() {
    const carrier = new DataTransfer();
    photos.forEach((photo) => carrier.items.add(photo));
    input.files = carrier.files;
    list.hidden = photos.length === 0;
    list.replaceChildren(...photos.map((photo, index) => {
      const item = document.createElement("li");
      item.className = "photos__item";
      const image = document.createElement("img");
      image.alt = photo.name;
      image.src = URL.createObjectURL(photo);
      image.onload = () => URL.revokeObjectURL(image.src);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "photos__remove";
      remove.setAttribute("aria-label", `${list.dataset.remove}: ${photo.name}`);
      remove.textContent = "×";
      remove.addEventListener("click", () => {
        photos.splice(index, 1);
        showPhotos();
        input.focus();
      });
      item.append(image, remove);
      return item;
    }));
  }
  input.addEventListener("change", async () => {
    const limit = Number(input.dataset.limit);
    const fresh = [...input.files];
    forgive("photos");
    if (photos.length + fresh.length > limit) tell("photos", input.dataset.tooMany);
    const room = Math.max(0, limit - photos.length);
    photos = [...photos, ...(await Promise.all(fresh.slice(0, room).map(shrink)))];
    showPhotos();
    await locateIfAllowed();
  });

  // Without a network
  const noNetwork = document.getElementById("no-network");
  const cut = noNetwork.querySelector("[data-words]").textContent;
  addEventListener("online", () => { noNetwork.querySelector("[data-words]").textContent = noNetwork.dataset.back; });

  // Faults, next to the field
  const controls = { text: document.getElementById("text"), place: placeText, photos: input };
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
