// Keeps an open page truthful, and nobody loses his place. Of the queue's rows those that are here are
// renewed where they stand; what is gone from the queue stays, faded, until one looks for news; what is new
// is announced ("3 new – show") and put in its place when asked for, while the row in focus does not move on
// the screen. Chosen rows stay chosen. A case that somebody else has moved is not changed under one's
// hands but announced. A stream tells that something changed, never what: the page is read again under its
// reader's own rights. Without the stream it is asked for every ten seconds.
"use strict";

(() => {
  const EVERY_MS = 10000;
  const PAUSE_MS = 2000;
  const queue = document.getElementById("queue");
  const button = document.querySelector("[data-news]");

  const read = async () => {
    // Watching is not working: such a request does not keep a sign-in from idling out.
    const answer = await fetch(location.href, { headers: { "X-Anlan-Poll": "1" } });
    if (!answer.ok || answer.redirected) return undefined;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const rowsOf = (body) => [...body.querySelectorAll("tr[data-id]")];
  let waiting = []; // new rows, not shown yet

  // The row changes in place; what has the focus, and the box, stay.
  const renewRow = (row, fresh) => {
    const isChosen = row.classList.contains("is-chosen");
    row.className = fresh.className;
    row.classList.toggle("is-chosen", isChosen);
    row.dataset.sort = fresh.dataset.sort;
    row.querySelector("[data-pick]").value = fresh.querySelector("[data-pick]").value;
    [...row.cells].forEach((cell, index) => {
      const isOwn = cell.classList.contains("case__pick") || cell.contains(document.activeElement);
      if (!isOwn && cell.innerHTML !== fresh.cells[index].innerHTML) cell.innerHTML = fresh.cells[index].innerHTML;
    });
  };

  const announce = () => {
    button.hidden = !waiting.length;
    const words = waiting.length === 1 ? button.dataset.wordsOne : button.dataset.wordsMany.replace("{n}", waiting.length);
    if (button.textContent !== words) button.textContent = words;
  };

  const renewQueue = (fresh) => {
    const body = queue?.tBodies[0];
    const news = fresh.querySelector("#queue tbody");
    // A queue that has emptied, or is empty no more, looks different as a whole.
    if (fresh.querySelector(".queue__head") && !body !== !news) {
      if (!document.activeElement?.matches("input, textarea, select")) location.reload();
      return;
    }
    if (!body || !news) return;
    const known = new Map(rowsOf(body).map((row) => [row.dataset.id, row]));
    const come = rowsOf(news);
    const ids = new Set(come.map((row) => row.dataset.id));
    // How far the fresh page reaches: behind it nothing can be said.
    const reach = news.querySelector(".more") ? come.at(-1)?.dataset.sort ?? "" : "\uffff";
    waiting = [];
    come.forEach((row) => {
      const old = known.get(row.dataset.id);
      if (old) renewRow(old, row);
      else waiting.push(row);
    });
    known.forEach((row, id) => {
      const isGone = !ids.has(id) && row.dataset.sort && row.dataset.sort <= reach;
      row.classList.toggle("is-gone", Boolean(isGone));
    });
    announce();
    document.dispatchEvent(new CustomEvent("queue:renewed"));
  };

  const showNews = () => {
    const body = queue?.tBodies[0];
    if (!body || !waiting.length) return;
    const anchor = document.activeElement?.closest("#queue tr[data-id]") ?? rowsOf(body).find((row) => row.getBoundingClientRect().bottom > 0);
    const before = anchor?.getBoundingClientRect().top;
    rowsOf(body).filter((row) => row.classList.contains("is-gone") && row !== anchor).forEach((row) => row.remove());
    const first = waiting[0];
    const top = rowsOf(body)[0]; // of a list by opening, the new ones come first
    waiting.forEach((row) => {
      const next = row.dataset.sort ? rowsOf(body).find((other) => other.dataset.sort > row.dataset.sort) : top;
      const come = document.adoptNode(row);
      come.classList.add("is-new");
      body.insertBefore(come, next ?? body.querySelector(".more"));
      window.htmx?.process(come);
    });
    waiting = [];
    announce();
    if (anchor) window.scrollBy(0, anchor.getBoundingClientRect().top - before);
    if (!document.activeElement?.closest("#queue")) first.querySelector("[data-row]").focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("queue:renewed"));
  };
  button?.addEventListener("click", showNews);
  window.anlanKeys?.on({ n: () => (waiting.length ? showNews() : false) });

  const renewCase = (fresh) => {
    const page = document.querySelector("[data-seq]");
    const renewed = fresh.querySelector("[data-seq]");
    if (!page || !renewed) return;
    if (page.dataset.seq !== renewed.dataset.seq) document.getElementById("moved-on").hidden = false;
    else document.getElementById("clocks").replaceChildren(...fresh.getElementById("clocks").childNodes);
  };

  let isDue = false; // something changed while nobody looked
  let began = 0;
  let took = 0;
  const renew = async () => {
    isDue = document.hidden;
    if (isDue) return;
    began = Date.now();
    try {
      const fresh = await read();
      if (fresh) {
        renewQueue(fresh);
        renewCase(fresh);
      }
    } catch {
      // Without a network the page stays as it is; the next try comes by itself.
    }
    took = Date.now() - began;
  };

  // At once when it was quiet; in a flood with pauses, longer the longer the server takes.
  let planned;
  const renewSoon = () => {
    planned ??= setTimeout(async () => {
      await renew();
      planned = undefined;
      document.dispatchEvent(new CustomEvent("queue:changed"));
    }, Math.max(0, began + Math.max(PAUSE_MS, 10 * took) - Date.now()));
  };

  let isTold = false;
  let wasTold = false;
  const address = document.querySelector("[data-stream]")?.dataset.stream;
  if (address) {
    const stream = new EventSource(address, { withCredentials: true });
    stream.addEventListener("open", () => {
      if (wasTold) renewSoon(); // what happened while it was broken
      isTold = wasTold = true;
    });
    stream.addEventListener("error", () => { isTold = false; });
    stream.addEventListener("desk", renewSoon);
    window.addEventListener("pagehide", () => {
      stream.close();
      isTold = false;
    });
  }
  // While a stream tells, only what time alone changes is left to ask for.
  let turn = 0;
  setInterval(() => {
    turn += 1;
    if ((queue && !isTold) || turn % 3 === 0) renew();
  }, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (isDue) renewSoon(); });
  document.addEventListener("queue:renew", renew);
})();
