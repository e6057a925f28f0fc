// Keeps a line to the server open where a page names one, so that a change shows at once. Without it the page polls.
"use strict";
(() => {
  const root = document.documentElement;
  const path = document.querySelector("[data-live]")?.dataset.live;
  const formToken = document.querySelector("input[name=csrf_token]")?.value;
  if (!path || !formToken || !("WebSocket" in window)) return;

  const FIRST = 1000, LONGEST = 60000, ASK = 30000, ANSWER = 10000;
  const SETTLED = 2000; // a drawing made while changes follow each other stands for less than this
  const LOGGED_OUT = 4401, RESTART = 1012;
  let socket = null;
  let tries = 0;
  let timer = 0;
  let silence = 0;
  let over = false; // the login has ended
  let settling = 0;

  const tell = (state) => { root.dataset.socket = state; };
  const look = () => document.dispatchEvent(new CustomEvent("data-moved"));
  const moved = () => {
    look();
    clearTimeout(settling);
    settling = setTimeout(look, SETTLED);
  };

  // Half of the pause is fixed, half is chance: a thousand pages do not come back in the same moment.
  const later = (least = 0) => {
    const pause = Math.min(FIRST * 2 ** tries, LONGEST);
    tries += 1;
    clearTimeout(timer);
    timer = setTimeout(open, least + pause / 2 + Math.random() * pause / 2);
  };

  const ask = () => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: "ping" }));
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), ANSWER);
  };

  const heard = (event) => {
    clearTimeout(silence);
    const message = JSON.parse(event.data);
    if (["dashboard_refresh", "alert", "report_completed"].includes(message.type)) moved();
  };

  const loginEnded = () => {
    over = true;
    look(); // the next poll is sent to the login
  };

  const closed = (event) => {
    socket = null;
    clearTimeout(silence);
    tell("closed");
    if (event.code === LOGGED_OUT) loginEnded();
    else later(event.code === RESTART ? FIRST : 0);
  };

  const connect = (ticket) => {
    const address = new URL(path, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", ticket);
    socket = new WebSocket(address);
    socket.onopen = () => { if (tries > 0) look(); tries = 0; tell("open"); };
    socket.onmessage = heard;
    socket.onclose = closed;
  };

  const open = async () => {
    if (over || socket || document.visibilityState !== "visible") return;
    try {
      const headers = { "X-CSRFToken": formToken, "X-Poll": "socket" };
      const answer = await fetch("/api/ws-ticket", { method: "POST", headers });
      if (answer.ok) connect((await answer.json()).ticket);
      else if (answer.status === 401) loginEnded();
      else if (answer.status === 429 || answer.status >= 500) later();
    } catch { later(); }
  };

  document.addEventListener("visibilitychange", () => { clearTimeout(timer); open(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  setInterval(ask, ASK);
  open();
})();
