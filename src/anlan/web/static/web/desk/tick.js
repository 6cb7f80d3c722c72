// Deadlines go on counting while a page is open: every element with data-due (milliseconds since 1970)
// tells what is left or how much it is over, in the words that the server would choose (staff/words.py).
// The server's clock rules: data-now of the page says what it was, so a wrong clock of the PC does no harm.
"use strict";

(() => {
  const about = document.querySelector("[data-now][data-words]");
  if (!about) return;
  const ahead = Number(about.dataset.now) - Date.now();
  const words = JSON.parse(about.dataset.words);
  const fill = (text, value) => text.replace(/%\(\w+\)[sd]/, value);

  const tellSpan = (ms) => {
    const minutes = Math.max(0, Math.floor(ms / 60000));
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    if (days >= 10) return fill(words.days, days);
    const parts = [];
    if (days) parts.push(fill(words.d, days));
    if (hours) parts.push(fill(words.h, hours));
    if (minutes % 60 && !days && hours < 10) parts.push(fill(words.min, minutes % 60));
    return parts.join(" ") || words.less;
  };
  const tell = (due, at) => (at >= due ? fill(words.over, tellSpan(at - due)) : fill(words.left, tellSpan(due - at)));

  const tick = () => {
    const at = Date.now() + ahead;
    document.querySelectorAll("[data-due]").forEach((each) => {
      const said = tell(Number(each.dataset.due), at);
      if (each.textContent !== said) each.textContent = said;
    });
  };
  setInterval(tick, 5000);
  document.addEventListener("visibilitychange", tick);
})();
