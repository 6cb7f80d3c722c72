// The map beside the queue: one mark a case, in the shape and colour of its light. A mark and its row
// belong together: choosing one shows the other. MapLibre is loaded when the map is first asked for.
(() => {
  const panel = document.getElementById("queue-map");
  const toggle = document.getElementById("map-toggle");
  if (!panel || !toggle || !window.anlanMap) return;
  const KEY = "anlan.queue.map";
  const marks = new Map();
  const pins = new Map();
  let opened;

  const rows = () => [...document.querySelectorAll("tr[data-lon]")];
  const place = (row) => [Number(row.dataset.lon), Number(row.dataset.lat)];

  const draw = (map) => {
    pins.forEach((pin, row) => {
      if (row.isConnected) return;
      pin.remove();
      pins.delete(row);
      marks.delete(row);
    });
    rows().filter((row) => !marks.has(row)).forEach((row) => {
      const link = row.querySelector("[data-row]");
      const mark = document.createElement("button");
      mark.type = "button";
      mark.className = "queue__mark";
      mark.tabIndex = -1; // the keyboard walks the rows
      mark.title = link.textContent;
      mark.setAttribute("aria-label", link.textContent);
      mark.append(row.querySelector(".mark").cloneNode(true));
      mark.addEventListener("click", () => link.focus());
      pins.set(row, new window.maplibregl.Marker({ element: mark }).setLngLat(place(row)).addTo(map));
      marks.set(row, mark);
    });
  };

  const frame = (map) => {
    const points = rows().map(place);
    if (!points.length) return;
    const lons = points.map((p) => p[0]);
    const lats = points.map((p) => p[1]);
    const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    map.fitBounds(box, { padding: 48, maxZoom: 15, animate: false });
  };

  const show = async () => {
    opened ??= window.anlanMap.open(panel);
    const { map } = await opened;
    map.resize();
    draw(map);
    if (!panel.dataset.framed) frame(map);
    panel.dataset.framed = "yes";
  };

  const set = (isOpen) => {
    panel.hidden = !isOpen;
    document.dispatchEvent(new CustomEvent("queue:side")); // what stands beside the list is arranged (preview.js)
    toggle.setAttribute("aria-expanded", String(isOpen));
    try {
      localStorage.setItem(KEY, isOpen ? "open" : "");
    } catch {
      // A browser that keeps nothing begins without the map.
    }
    if (isOpen) show().catch(() => set(false));
  };

  document.getElementById("queue").addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-lon]");
    marks.forEach((mark, of) => mark.classList.toggle("is-here", of === row));
    if (row && opened && !panel.hidden)
      opened.then(({ map }) => {
        if (!map.getBounds().contains(place(row))) map.panTo(place(row));
      });
  });
  const redraw = () => {
    if (opened && !panel.hidden) opened.then(({ map }) => draw(map));
  };
  document.addEventListener("htmx:afterSettle", redraw);
  document.addEventListener("queue:renewed", redraw);
  toggle.addEventListener("click", () => set(panel.hidden));
  toggle.hidden = false;
  window.anlanKeys.on({ m: () => set(panel.hidden) });
  try {
    if (localStorage.getItem(KEY)) set(true);
  } catch {
    // As above.
  }
})();
