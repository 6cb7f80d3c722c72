// Photos chosen for a form, on every face: each further one is added, none replaces the one before; each is
// shown and can be removed, and is made small before it is sent, which leaves behind where and with what it
// was taken. A part [data-photos] has one file field or two (camera, album); what is sent stands in the first.
// Parts may come later by htmx or a preview. Without this script they are plain file fields.
"use strict";

(() => {
  const LARGEST_SIDE = 2000;
  const NAME = "photo.jpg"; // a file's own name may tell of people
  const chosen = new WeakMap(); // of each part: its photos, and the work on them

  const partOf = (element) => element.closest?.("[data-photos]");
  const fields = (part) => [...part.querySelectorAll("input[type=file]")];
  function photosOf(part) {
    if (!chosen.has(part)) chosen.set(part, { photos: [], work: Promise.resolve(), left: 0 });
    return chosen.get(part);
  }

  function fill(part) {
    const carrier = new DataTransfer();
    const { photos } = photosOf(part);
    photos.forEach(({ file }) => carrier.items.add(file));
    fields(part)[0].files = carrier.files;
    part.querySelector("[data-list]").hidden = !photos.length;
    part.dispatchEvent(new Event("photos", { bubbles: true }));
  }

  function complain(part, text) {
    const fault = part.querySelector("[data-fault]");
    fault.hidden = !text;
    fault.firstElementChild.textContent = text;
    if (text) fields(part)[0].setAttribute("aria-invalid", "true");
    else fields(part)[0].removeAttribute("aria-invalid");
  }

  async function shrink(file) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LARGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.86); });
      return blob ? new File([blob], NAME, { type: "image/jpeg" }) : file;
    } catch {
      return file; // The server looks at it and says what is wrong with it.
    }
  }

  function show(part, photo) {
    const item = document.createElement("li");
    item.className = "photos__item";
    const image = document.createElement("img");
    image.alt = photo.file.name;
    image.src = URL.createObjectURL(photo.file);
    image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "photos__remove";
    remove.setAttribute("aria-label", `${part.dataset.remove}: ${photo.file.name}`);
    remove.textContent = "×";
    remove.addEventListener("click", () => {
      const { photos } = photosOf(part);
      photos.splice(photos.indexOf(photo), 1);
      item.remove();
      complain(part, "");
      fill(part);
      fields(part)[0].focus();
    });
    item.append(image, remove);
    part.querySelector("[data-list]").append(item);
  }

  // areSmall: they have been through this before.
  function add(part, files, { areSmall = false } = {}) {
    const held = photosOf(part);
    const room = Math.max(0, Number(part.dataset.limit) - held.photos.length);
    complain(part, files.length > room ? part.dataset.tooMany : "");
    const fresh = files.slice(0, room).map((file) => ({ file }));
    held.photos.push(...fresh);
    fresh.forEach((photo) => show(part, photo));
    fill(part);
    if (areSmall) return;
    // One after the other: a telephone has no room for four opened pictures at once.
    held.left += 1;
    part.setAttribute("aria-busy", "true");
    held.work = held.work.then(async () => {
      for (const photo of fresh) photo.file = await shrink(photo.file);
      held.left -= 1;
      if (!held.left) part.removeAttribute("aria-busy");
      fill(part);
    });
  }

  document.addEventListener("change", ({ target }) => {
    const part = partOf(target);
    if (!part || target.type !== "file") return;
    const files = [...target.files];
    target.value = "";
    add(part, files);
  });

  // What is sent is the small photo: whoever is quicker than that waits for it.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const part = form.querySelector("[data-photos][aria-busy]");
    if (!part) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.shrinking) return;
    form.dataset.shrinking = "yes";
    await photosOf(part).work;
    delete form.dataset.shrinking;
    form.requestSubmit(event.submitter);
  }, true);

  document.addEventListener("reset", ({ target }) => {
    for (const part of target.querySelectorAll("[data-photos]")) {
      photosOf(part).photos.length = 0;
      part.querySelector("[data-list]").replaceChildren();
      complain(part, "");
      setTimeout(() => fill(part)); // after the form has emptied its fields
    }
  });

  self.anlanPhotos = { add };

  // A browser that comes back to a page may have kept what was chosen there.
  for (const part of document.querySelectorAll("[data-photos]")) {
    const files = fields(part).flatMap((field) => [...field.files]);
    if (files.length) add(part, files);
  }
})();
