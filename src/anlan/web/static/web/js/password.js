// Password fields: a button that shows what was typed, and a meter of how hard it is to guess.
//
// Nothing is sent while somebody types; whether a password is taken says the server.
//   data-shown="Show|Hide"  words of the button
//   data-meter="12"         the least length; the meter stands in #<id>-meter
"use strict";

for (const input of document.querySelectorAll("input[data-shown]")) {
  const [show, hide] = input.dataset.shown.split("|");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal__button";
  button.textContent = show;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  const frame = document.createElement("span");
  frame.className = "reveal";
  input.before(frame);
  frame.append(input, button);
  button.addEventListener("click", () => {
    const isHidden = input.type === "password";
    input.type = isHidden ? "text" : "password";
    button.textContent = isHidden ? hide : show;
    button.setAttribute("aria-pressed", String(isHidden));
    input.focus();
  });
  // A password that stands readable is neither kept by the browser as text nor sent as such.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

for (const input of document.querySelectorAll("input[data-meter]")) {
  const meter = document.getElementById(`${input.id}-meter`);
  const least = Number(input.dataset.meter);
  const judge = () => {
    const distinct = new Set(input.value).size;
    const isLong = input.value.length >= least;
    meter.hidden = input.value === "";
    meter.value = Math.min(isLong ? 4 : 1, Math.floor(distinct / 3), Math.floor((input.value.length * 3) / least));
  };
  input.addEventListener("input", judge);
  judge();
}
