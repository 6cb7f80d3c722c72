// The product's own map: outlines that this installation serves, drawn with MapLibre.
//
//   anlanMap.open(element)  → promise of {map, setPin(lon, lat), clearPin(), showPlace(lon, lat)}
//
// `element` says by data attributes what to show:
//   data-library, data-sheet  where MapLibre lies (loaded with the first map, once a page)
//   data-outlines  addresses of the outlines, each with its detail after a bar: "/…/330681/TOWN|/…/CODE/VILLAGE"
//   data-lon, data-lat  a pin that stands already
//   data-note  what to say when the outlines are generated, not surveyed
//   data-fixed  the pin cannot be moved
// Once the first outlines are drawn it carries data-drawn. A pin that is set by hand is told by the event "pin" on the element, with detail {lon, lat}.
"use strict";

window.anlanMap = (() => {
  const DETAIL_FROM_ZOOM = 11;
  const EMPTY = { type: "FeatureCollection", features: [] };
  let library;

  function load(element) {
    library ??= new Promise((resolve, reject) => {
      const sheet = document.createElement("link");
      sheet.rel = "stylesheet";
      sheet.href = element.dataset.sheet;
      const script = document.createElement("script");
      script.src = element.dataset.library;
      script.onload = () => resolve(window.maplibregl);
      script.onerror = () => reject(new Error("the map library did not load"));
      document.head.append(sheet, script);
    });
    return library;
  }

  function paint() {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(name).trim();
    return {
      ground: { "background-color": token("--map-ground") },
      seats: { "fill-color": token("--map-land") },
      parts: { "line-color": token("--map-line"), "line-width": 1, "line-dasharray": [3, 2] },
      borders: { "line-color": token("--map-line-strong"), "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1, 13, 2.5] },
      partNames: { "text-color": token("--ink-soft"), "text-halo-color": token("--map-land"), "text-halo-width": 1.5 },
      seatNames: { "text-color": token("--ink"), "text-halo-color": token("--map-land"), "text-halo-width": 2 },
    };
  }

  function makeStyle() {
    const colours = paint();
    const name = document.documentElement.lang === "en" ? "name_en" : "name";
    const names = (size) => ({
      "text-field": ["get", name],
      "text-size": size,
      "text-max-width": 7,
      "text-font": ["sans-serif"],
    });
    return {
      version: 8,
      sources: {
        seats: { type: "geojson", data: EMPTY },
        parts: { type: "geojson", data: EMPTY },
        seatNames: { type: "geojson", data: EMPTY },
        partNames: { type: "geojson", data: EMPTY },
      },
      layers: [
        { id: "ground", type: "background", paint: colours.ground },
        { id: "seats", type: "fill", source: "seats", paint: colours.seats },
        { id: "parts", type: "line", source: "parts", minzoom: DETAIL_FROM_ZOOM, paint: colours.parts },
        { id: "borders", type: "line", source: "seats", paint: colours.borders },
        { id: "partNames", type: "symbol", source: "partNames", minzoom: DETAIL_FROM_ZOOM + 0.7, layout: names(12), paint: colours.partNames },
        { id: "seatNames", type: "symbol", source: "seatNames", maxzoom: 13.5, layout: names(14), paint: colours.seatNames },
      ],
    };
  }

  function bounds(features) {
    const box = [180, 90, -180, -90];
    const walk = (part) => {
      if (typeof part[0] === "number") {
        box[0] = Math.min(box[0], part[0]);
        box[1] = Math.min(box[1], part[1]);
        box[2] = Math.max(box[2], part[0]);
        box[3] = Math.max(box[3], part[1]);
      } else part.forEach(walk);
    };
    features.forEach((feature) => walk(feature.geometry.coordinates));
    return box;
  }

  function middles(features) {
    return {
      type: "FeatureCollection",
      features: features.map(({ geometry, properties }) => {
        const box = bounds([{ geometry }]);
        const at = properties.lon ? [properties.lon, properties.lat] : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
        return { type: "Feature", properties, geometry: { type: "Point", coordinates: at } };
      }),
    };
  }

  async function read(address) {
    const answer = await fetch(address);
    return answer.ok ? (await answer.json()).features : [];
  }

  function makePin() {
    const pin = document.createElement("div");
    pin.className = "map__pin";
    pin.innerHTML = '<svg viewBox="0 0 36 46" width="36" height="46" aria-hidden="true"><path d="M18 1C8.6 1 1 8.4 1 17.6 1 30 18 45 18 45s17-15 17-27.400C35 8.4 27.4 1 18 1z" fill="currentColor" stroke="#fff" stroke-width="2"/><circle cx="18" cy="17.5" r="6" fill="#fff"/></svg>';
    return pin;
  }

  async function open(element) {
    const maplibregl = await load(element);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const wanted = (element.dataset.outlines || "").split(" ").filter(Boolean).map((each) => each.split("|"));
    const read_first = Promise.all(wanted.map(([address]) => read(address)));
    const map = new maplibregl.Map({
      container: element,
      style: makeStyle(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 18,
      cooperativeGestures: false,
      locale: { "NavigationControl.ZoomIn": element.dataset.zoomIn, "NavigationControl.ZoomOut": element.dataset.zoomOut, "Map.Title": element.getAttribute("aria-label") },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibregl.ScaleControl({ maxWidth: 90 }), "bottom-right");

    const groups = await read_first;
    const seats = groups.flatMap((features, index) =>
      features.map((feature) => ({ ...feature, properties: { ...feature.properties, detail: wanted[index][1] || "" } })));
    if (seats.length) map.fitBounds(bounds(groups.find((features) => features.length)), { padding: 24, animate: false });
    if (!map.isStyleLoaded()) await map.once("load");
    map.getSource("seats").setData({ type: "FeatureCollection", features: seats });
    map.getSource("seatNames").setData(middles(seats));
    element.dataset.drawn = "yes";
    if (element.dataset.note && seats.some((feature) => feature.properties.is_generated)) {
      const note = document.createElement("p");
      note.className = "map__note";
      note.textContent = element.dataset.note;
      element.append(note);
    }

    const parts = [];
    const asked = new Set();
    map.on("idle", async () => {
      if (map.getZoom() < DETAIL_FROM_ZOOM) return;
      const fresh = map.queryRenderedFeatures({ layers: ["seats"] })
        .map((feature) => feature.properties)
        .filter(({ code, detail }) => detail && !asked.has(code));
      if (!fresh.length) return;
      const addresses = new Set(fresh.map(({ code, detail }) => {
        asked.add(code);
        return detail.replace("CODE", encodeURIComponent(code));
      }));
      parts.push(...(await Promise.all([...addresses].map(read))).flat());
      map.getSource("parts").setData({ type: "FeatureCollection", features: parts });
      map.getSource("partNames").setData(middles(parts));
    });

    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      Object.entries(paint()).forEach(([layer, colours]) =>
        Object.entries(colours).forEach(([name, value]) => map.setPaintProperty(layer, name, value)));
    });

    const isFixed = "fixed" in element.dataset;
    let pin;
    function setPin(lon, lat, { fly = false } = {}) {
      if (!pin) {
        pin = new maplibregl.Marker({ element: makePin(), anchor: "bottom", draggable: !isFixed }).setLngLat([lon, lat]).addTo(map);
        pin.on("dragend", () => tell(pin.getLngLat()));
      }
      pin.setLngLat([lon, lat]);
      if (fly) go(lon, lat, Math.max(map.getZoom(), 14)); // near enough to see, far enough to know where
    }
    function go(lon, lat, zoom) {
      map.flyTo({ center: [lon, lat], zoom, animate: !still, duration: 900 });
    }
    function tell({ lng, lat }) {
      element.dispatchEvent(new CustomEvent("pin", { detail: { lon: lng, lat } }));
    }
    if (!isFixed) {
      const set = (at) => {
        setPin(at.lng, at.lat);
        tell(at);
      };
      map.on("click", (event) => set(event.lngLat));
      map.getCanvas().addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        set(map.getCenter());
      });
    }
    if (element.dataset.lon) setPin(Number(element.dataset.lon), Number(element.dataset.lat), { fly: true });
    return {
      map,
      setPin,
      clearPin() {
        pin?.remove();
        pin = undefined;
      },
      showPlace: (lon, lat, zoom = 13) => go(lon, lat, zoom),
    };
  }

  return { open };
})();
