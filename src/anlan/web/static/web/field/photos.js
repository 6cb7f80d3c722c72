// Photos of an act: each further one is added, none replaces the one before; each is shown and can be removed.
// Camera and album fill one list, which is what the form sends. Without this script they are plain file fields.
"use strict";

for (const part of document.querySelectorAll("[data-photos]")) {
  const [camera, album] = part.querySelectorAll("input[type=file]");
  const list = part.querySelector("ul");
  const fault = part.querySelector("[data-fault]");
  const limit = Number(part.dataset.limit);
  let photos = [];

  const show = () => {
    const carrier = new DataTransfer();
    photos.forEach((photo) => carrier.items.add(photo));
    camera.files = carrier.files;
    list.hidden = !photos.length;
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
      remove.setAttribute("aria-label", `${part.dataset.remove}: ${photo.name}`);
      remove.textContent = "×";
      remove.addEventListener("click", () => {
        photos.splice(index, 1);
        fault.hidden = true;
        show();
        camera.focus();
      });
      item.append(image, remove);
      return item;
    }));
  };
  const add = (files) => {
    const all = [...photos, ...files];
    photos = all.slice(0, limit);
    fault.hidden = all.length <= limit;
    fault.textContent = all.length > limit ? part.dataset.tooMany : "";
    show();
  };
  camera.addEventListener("change", () => add([...camera.files]));
  album.addEventListener("change", () => {
    const chosen = [...album.files];
    album.value = "";
    add(chosen);
  });
  part.closest("form").addEventListener("reset", () => {
    photos = [];
    fault.hidden = true;
    setTimeout(show); // after the form has emptied its fields
  });
}
