// Keeps a board live: figures come over one stream and go into the places that bear their name. A stream
// that breaks is taken up again by the browser; meanwhile the board says of when its figures are.
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const state = document.getElementById("state");
  const clock = document.getElementById("clock");
  const map = document.getElementById("map");
  const hour = document.getElementById("hour");

  const put = (place, tally) => {
    document.querySelectorAll(`[data-place="${CSS.escape(place)}"]`).forEach((bearer) => {
      if (bearer.classList.contains("area")) {
        bearer.dataset.late = tally.step;
        if (!hour || hour.value === hour.max) bearer.dataset.step = tally.step;
        return;
      }
      let isNew = false;
      bearer.querySelectorAll("[data-value]").forEach((cell) => {
        const value = tally[cell.dataset.value];
        if (value === undefined || cell.textContent === value) return;
        cell.textContent = value;
        isNew = true;
      });
      const swatch = bearer.querySelector(".swatch");
      if (swatch) swatch.dataset.step = tally.step;
      if (isNew && bearer.tagName === "TR") {
        bearer.classList.remove("is-new");
        requestAnimationFrame(() => bearer.classList.add("is-new"));
      }
    });
  };

  const tell = (name, words) => {
    board.classList.toggle("board--live", name === "live");
    board.classList.toggle("board--lost", name === "lost");
    state.textContent = words;
  };

  if (board.dataset.stream) {
    const stream = new EventSource(board.dataset.stream, { withCredentials: true });
    stream.addEventListener("board", (event) => {
      const told = JSON.parse(event.data);
      Object.entries(told.places).forEach(([place, tally]) => put(place, tally));
      clock.textContent = told.clock;
      clock.dateTime = told.at;
      tell("live", board.dataset.live);
    });
    stream.addEventListener("error", () => tell("lost", board.dataset.lost));
    // The curve of the day and the slow links move by the hour, not by the second.
    setTimeout(() => location.reload(), 15 * 60 * 1000);
  } else {
    setTimeout(() => location.reload(), 15 * 1000);
  }

  if (map && hour) {
    document.getElementById("slider").hidden = false;
    const words = document.getElementById("hour-words");
    const areas = [...map.querySelectorAll(".area")];
    areas.forEach((area) => { area.dataset.late = area.dataset.step; });
    const counts = areas.map((area) => area.dataset.hours.split(",").map(Number));
    const highest = Math.max(1, ...counts.flat());
    hour.addEventListener("input", () => {
      const at = Number(hour.value);
      const isNow = at === Number(hour.max);
      words.textContent = isNow ? words.dataset.now : words.dataset.ago.replace("{hours}", 24 - at);
      areas.forEach((area, index) => {
        if (isNow) { area.dataset.step = area.dataset.late; return; }
        const count = counts[index][at] ?? 0;
        area.dataset.step = count ? Math.min(4, 1 + Math.floor((4 * (count - 1)) / highest)) : 0;
      });
    });
  }

  const full = document.getElementById("full");
  if (document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else board.requestFullscreen();
    });
  }

  const png = document.getElementById("png");
  if (map) {
    png.hidden = false;
    png.addEventListener("click", () => {
      const copy = map.cloneNode(true);
      const looks = (from, to) => {
        const style = getComputedStyle(from);
        ["fill", "stroke", "stroke-width", "font-size", "font-family", "text-anchor"].forEach((name) => to.setAttribute(name, style.getPropertyValue(name)));
      };
      const originals = map.querySelectorAll("path, text");
      copy.querySelectorAll("path, text").forEach((each, index) => looks(originals[index], each));
      const [, , width, height] = map.getAttribute("viewBox").split(" ").map(Number);
      copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      copy.setAttribute("width", width * 2);
      copy.setAttribute("height", height * 2);
      const picture = new Image();
      picture.addEventListener("load", () => {
        const canvas = document.createElement("canvas");
        canvas.width = width * 2;
        canvas.height = height * 2 + 60;
        const pen = canvas.getContext("2d");
        pen.fillStyle = getComputedStyle(board).backgroundColor;
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(picture, 0, 60);
        pen.fillStyle = getComputedStyle(board).color;
        pen.font = "28px sans-serif";
        pen.fillText(`${document.querySelector("h1").textContent} · ${clock.dateTime.slice(0, 16)}`, 24, 40);
        canvas.toBlob((blob) => {
          const link = document.createElement("a");
          link.href = URL.createObjectURL(blob);
          link.download = `board-${board.querySelector("dl").dataset.place}.png`;
          link.click();
          URL.revokeObjectURL(link.href);
        });
      });
      picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    });
  }
})();
