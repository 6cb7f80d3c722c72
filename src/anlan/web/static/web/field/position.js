// Sends the phone's position now and every four minutes, while this page is open and in sight and the
// worker's own switch is on: without the switch the page does not hold the element that this looks for.
(() => {
  const bar = document.getElementById("position-on");
  if (!bar || !navigator.geolocation) return;
  const token = bar.querySelector("[name=csrfmiddlewaretoken]").value;
  const words = bar.querySelector("[data-state]");
  let timer = 0;

  const send = ({ coords }) => {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: token, lon: coords.longitude.toFixed(5), lat: coords.latitude.toFixed(5),
    });
    fetch(bar.dataset.url, { method: "POST", body, credentials: "same-origin" }).then((answer) => {
      if (answer.ok) words.textContent = words.dataset.sent;
      // Duty has ended or the switch was turned off elsewhere: send no more.
      else if (answer.status === 403 || answer.status === 409) {
        clearInterval(timer);
        bar.hidden = true;
      }
    }).catch(() => {});
  };
  const fail = () => { words.textContent = words.dataset.failed; };
  const take = () => {
    if (document.visibilityState !== "visible") return;
    navigator.geolocation.getCurrentPosition(send, fail, { timeout: 20000, maximumAge: 60000 });
  };

  take();
  timer = setInterval(take, 4 * 60 * 1000);
})();
