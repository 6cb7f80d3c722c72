// Reads the page's main text aloud in its language. The button shows only where the device itself has
// a voice for it: a voice that lives elsewhere would send what stands on the page to a third party.
"use strict";

(() => {
  const button = document.getElementById("aloud");
  const speech = window.speechSynthesis;
  if (!button || !speech) return;
  const language = document.documentElement.lang.startsWith("zh") ? "zh-CN" : document.documentElement.lang;
  const words = button.querySelector("[data-words]");
  const said = words.textContent;
  const BLOCKS = "h1, h2, h3, p, li, dt, dd, legend, label, summary, button, td, th, figcaption, a.button";
  const SILENT = "script, style, svg, [aria-hidden=true], .no-read, .map, textarea, input, select";
  let turn = 0; // a later turn ends the one that still waits for its voice

  function findVoice() {
    const own = speech.getVoices().filter((voice) => voice.localService);
    const of = (prefix) => own.find((voice) => voice.lang.replace("_", "-").toLowerCase().startsWith(prefix));
    return of(language.toLowerCase()) || of(language.slice(0, 2).toLowerCase());
  }
  const show = () => { button.hidden = !findVoice(); };
  show();
  speech.addEventListener?.("voiceschanged", show);

  // Pieces of text with the block that they stand in, in the order of the page.
  function listPieces() {
    const pieces = [];
    const main = document.getElementById("content");
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.replace(/\s+/g, " ").trim();
      const parent = node.parentElement;
      if (!text || parent.closest(SILENT) || !(parent.checkVisibility?.() ?? parent.offsetParent)) continue;
      const block = parent.closest(BLOCKS) || parent;
      const last = pieces.at(-1);
      if (last?.block === block) last.text += ` ${text}`;
      else pieces.push({ block, text });
    }
    return pieces;
  }

  function stop() {
    turn += 1;
    speech.cancel();
    document.querySelector(".is-read")?.classList.remove("is-read");
    words.textContent = said;
    button.setAttribute("aria-pressed", "false");
  }

  function start() {
    const mine = ++turn;
    const voice = findVoice();
    const pieces = listPieces();
    words.textContent = button.dataset.stop;
    button.setAttribute("aria-pressed", "true");
    const next = (index) => {
      if (mine !== turn) return;
      document.querySelector(".is-read")?.classList.remove("is-read");
      const piece = pieces[index];
      if (!piece) { stop(); return; }
      piece.block.classList.add("is-read");
      piece.block.scrollIntoView({ block: "nearest" });
      const spoken = new SpeechSynthesisUtterance(piece.text);
      spoken.lang = language;
      spoken.voice = voice;
      spoken.onend = () => next(index + 1);
      spoken.onerror = () => { if (mine === turn) stop(); };
      speech.speak(spoken);
    };
    next(0);
  }

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") stop();
    else start();
  });
  window.addEventListener("pagehide", () => speech.cancel());
})();
