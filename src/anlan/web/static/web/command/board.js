// Keeps a board live: figures come over one stream and go into the places that bear their name. A stream
// that breaks is taken up again by the browser; meanwhile the board says of when its figures are.
// On a wall (by its button, the key f, or the address with ?wall) everything stands on one screen, in letters
// that grow with it; the screen is kept awake, and nothing that happens by itself ends it.
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
  }

  // The curve of the day, the slow links and the order of the places move by the hour, not by the second. They
  // are put in their place: a page that loads anew would fall out of the full screen.
  const renew = async () => {
    try {
      const answer = await fetch(location.href);
      if (!answer.ok || answer.redirected) { location.reload(); return; } // signed out, or the place is no more
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["board-day", "board-rows"]) {
        if (document.getElementById(id).contains(document.activeElement)) continue;
        document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
      }
      fresh.querySelectorAll("#map .area").forEach((area) => {
        const own = map.querySelector(`.area[data-place="${CSS.escape(area.dataset.place)}"]`);
        if (own) own.dataset.hours = area.dataset.hours;
        if (own && !board.dataset.stream) put(area.dataset.place, { step: area.dataset.step });
      });
      if (!board.dataset.stream) {
        fresh.querySelectorAll(".board__totals [data-value]").forEach((cell) => {
          board.querySelector(`.board__totals [data-value="${cell.dataset.value}"]`).textContent = cell.textContent;
        });
        clock.textContent = fresh.getElementById("clock").textContent;
        clock.dateTime = fresh.getElementById("clock").dateTime;
      }
      document.dispatchEvent(new Event("board:renewed"));
    } catch {
      // Without a network the figures stay, and the stream says of when they are.
    }
  };
  setInterval(renew, board.dataset.stream ? 15 * 60 * 1000 : 15 * 1000);

  if (map && hour) {
    document.getElementById("slider").hidden = false;
    const words = document.getElementById("hour-words");
    const head = document.getElementById("h-map");
    const share = head.textContent;
    const legends = { now: document.getElementById("legend"), hours: document.getElementById("legend-hours") };
    const areas = [...map.querySelectorAll(".area")];
    areas.forEach((area) => { area.dataset.late = area.dataset.step; });
    const stepOf = (count, highest) => (count ? Math.min(4, 1 + Math.floor((4 * (count - 1)) / highest)) : 0);
    const show = () => {
      const at = Number(hour.value);
      const isNow = at === Number(hour.max);
      const counts = areas.map((area) => area.dataset.hours.split(",").map(Number));
      const highest = Math.max(1, ...counts.flat());
      words.textContent = isNow ? words.dataset.now : words.dataset.ago.replace("{hours}", 24 - at);
      head.textContent = isNow ? share : head.dataset.hours;
      areas.forEach((area, index) => {
        area.dataset.step = isNow ? area.dataset.late : stepOf(counts[index][at] ?? 0, highest);
      });
      // The colours mean counts now, so their legend says counts.
      legends.now.hidden = !isNow;
      legends.hours.hidden = isNow;
      legends.hours.querySelectorAll("[data-range]").forEach((range) => {
        const all = [...Array(highest).keys()].map((count) => count + 1).filter((count) => stepOf(count, highest) === Number(range.dataset.range));
        range.textContent = all.length > 1 ? `${all[0]}–${all.at(-1)}` : all[0] ?? "";
        range.parentElement.hidden = !all.length;
      });
    };
    hour.addEventListener("input", show);
    document.addEventListener("board:renewed", () => { if (hour.value !== hour.max) show(); });
  }

  // The wall
  const full = document.getElementById("full");
  const root = document.documentElement;
  const onWall = full.querySelector("[data-words]").textContent;
  let awake;
  const keepAwake = async () => {
    try {
      awake = root.classList.contains("wall") && !document.hidden ? await navigator.wakeLock?.request("screen") : undefined;
    } catch {
      // A screen that cannot be kept awake needs it set where it hangs.
    }
  };
  // As many places as there is room for, the worst first; none cut through.
  const fit = () => {
    const rows = [...document.querySelectorAll("#board-rows tbody tr")];
    rows.forEach((row) => { row.hidden = false; });
    if (!root.classList.contains("wall")) return;
    const foot = document.getElementById("board-rows").getBoundingClientRect().bottom;
    rows.forEach((row) => { row.hidden = row.getBoundingClientRect().bottom > foot - 8; });
  };
  const hang = (isWanted) => {
    root.classList.toggle("wall", isWanted);
    full.querySelector("[data-words]").textContent = isWanted ? full.dataset.leave : onWall;
    const address = new URL(location.href);
    if (isWanted) address.searchParams.set("wall", "");
    else address.searchParams.delete("wall");
    history.replaceState(null, "", address.href.replace("wall=", "wall"));
    if (isWanted) keepAwake();
    else awake?.release();
    fit();
  };
  const turn = () => {
    const isWanted = !root.classList.contains("wall");
    hang(isWanted);
    if (isWanted) root.requestFullscreen?.().catch(() => {}); // the browser may say no: the wall fits its window
    else if (document.fullscreenElement) document.exitFullscreen();
  };
  const hasKeys = () => {
    try {
      return full.hasAttribute("aria-keyshortcuts") && localStorage.getItem("anlan.keys") !== "off"; // desk/keys.js
    } catch {
      return true;
    }
  };
  full.hidden = false;
  full.addEventListener("click", turn);
  document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) hang(false); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "f" && hasKeys()) turn();
    if (event.key === "Escape" && root.classList.contains("wall") && !document.fullscreenElement) hang(false);
  });
  document.addEventListener("visibilitychange", keepAwake);
  document.addEventListener("board:renewed", fit);
  addEventListener("resize", fit);
  if (new URL(location.href).searchParams.has("wall")) hang(true);

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
      // A picture has no style sheet: names in the other size would stand over these.
      const groups = map.querySelectorAll(".names");
      [...copy.querySelectorAll(".names")].forEach((each, index) => { if (getComputedStyle(groups[index]).display === "none") each.remove(); });
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
