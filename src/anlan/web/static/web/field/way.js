// The point of an errand for the map application of the phone. `geo:` asks which one on Android; an iPhone
// knows no such address, so its own maps are asked there. Neither is a request: the phone opens the application.
"use strict";

if (/iPhone|iPad|iPod/.test(navigator.userAgent)) {
  for (const link of document.querySelectorAll('a[href^="geo:"]')) {
    const [point] = link.getAttribute("href").slice("geo:".length).split("?");
    link.href = `maps:?ll=${point}&q=${point}`;
  }
}
