// Takes the phone's position for a report; without it the chosen place counts.
(() => {
  const status = document.getElementById("position");
  const again = document.getElementById("locate");
  const more = document.getElementById("more"); // folded away once the position says where it is
  if (!status || !navigator.geolocation) return;
  const field = (name) => document.querySelector(`input[name="${name}"]`);

  const take = () => {
    status.textContent = status.dataset.searching;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field("lon").value = coords.longitude.toFixed(6);
        field("lat").value = coords.latitude.toFixed(6);
        status.textContent = `${status.dataset.found} ${Math.round(coords.accuracy)} m`;
        again.hidden = false;
        if (!more.contains(document.activeElement)) more.open = false;
      },
      () => {
        status.textContent = status.dataset.failed;
        again.hidden = false;
        more.open = true;
      },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 },
    );
  };

  again.addEventListener("click", take);
  if (!field("lon").value) take();
})();
