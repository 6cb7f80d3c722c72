// Keeps an open page truthful: twice a minute the queue's rows and the case's clocks are read again.
// Nobody loses his place: the row in focus stays in focus, rows loaded with "More" stay, and a case
// that somebody else has moved is not changed under one's hands but announced.
(() => {
  const EVERY_MS = 30000;

  const read = async () => {
    // Watching is not working: such a request does not keep a sign-in from idling out.
    const answer = await fetch(location.href, { headers: { "X-Anlan-Poll": "1" } });
    if (!answer.ok) return undefined;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  let isExtended = false;
  document.addEventListener("htmx:afterSettle", (event) => {
    isExtended ||= Boolean(event.target.closest("#queue"));
  });

  const addressOf = (row) => row.querySelector("[data-row]")?.getAttribute("href");

  const renewQueue = (fresh) => {
    const body = document.querySelector("#queue tbody");
    const news = fresh.querySelector("#queue tbody");
    // A queue that has emptied, or is empty no more, looks different as a whole.
    if (fresh.querySelector(".queue__head") && !body !== !news) location.reload();
    if (!body || !news) return;
    const inFocus = document.activeElement?.closest("#queue tr");
    const known = [...body.rows].filter(addressOf);
    if (!isExtended) {
      const at = inFocus ? [addressOf(inFocus), known.indexOf(inFocus)] : undefined;
      body.replaceChildren(...news.children);
      window.htmx?.process(body);
      if (at) {
        const rows = [...body.rows].filter(addressOf);
        const same = rows.find((row) => addressOf(row) === at[0]) ?? rows[Math.min(at[1], rows.length - 1)];
        same?.querySelector("[data-row]").focus({ preventScroll: true });
      }
      document.dispatchEvent(new CustomEvent("queue:renewed"));
      return;
    }
    const byAddress = new Map([...news.rows].map((row) => [addressOf(row), row]));
    known.forEach((row) => {
      const renewed = byAddress.get(addressOf(row));
      if (!renewed) return;
      row.className = renewed.className;
      [...row.cells].forEach((cell, index) => {
        if (!cell.contains(document.activeElement)) cell.replaceChildren(...renewed.cells[index].childNodes);
      });
    });
  };

  const renewCase = (fresh) => {
    const page = document.querySelector("[data-seq]");
    const renewed = fresh.querySelector("[data-seq]");
    if (!page || !renewed) return;
    if (page.dataset.seq !== renewed.dataset.seq) document.getElementById("moved-on").hidden = false;
    else document.getElementById("clocks").replaceChildren(...fresh.getElementById("clocks").childNodes);
  };

  setInterval(async () => {
    if (document.hidden) return;
    try {
      const fresh = await read();
      if (fresh) {
        renewQueue(fresh);
        renewCase(fresh);
      }
    } catch {
      // Without a network the page stays as it is; the next try comes by itself.
    }
  }, EVERY_MS);
})();
