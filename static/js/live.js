// Keeps an open page true: polls while it is seen, says when the server is away, runs the wall's clock.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const words = (selector, text) => all(selector).forEach((element) => { element.textContent = text; });

  // htmx can compile code out of attributes; here nothing may, whatever the page's policy says.
  const refuse = function () { throw new Error("Code in attributes is switched off."); };
  htmx.registerExtension("strict", { init: (api) => api.initSecurity(null, refuse, refuse) });

  // Time at the clinic, by the server's clock: a screen's own may be wrong.
  const place = document.querySelector("[data-offset]")?.dataset ?? {};
  let skew = place.now ? Number(place.now) * 1000 - Date.now() : 0;
  const clinicTime = () => {
    const moment = new Date(Date.now() + skew + Number(place.offset ?? 0) * 60000);
    return moment.toISOString().slice(11, 16);
  };

  // Polling
  let paused = false;
  let lastGood = place.offset === undefined ? "" : clinicTime();
  let awaySince = "";
  let ended = false; // the login: nothing is asked any more
  let leaving = 0; // until when: an answer that comes while the page is being left does not lead elsewhere
  const isLeaving = () => Date.now() < leaving;
  const due = new WeakMap();
  const about = (seconds) => seconds * 1000 * (0.85 + Math.random() * 0.3);
  const poll = (element) => {
    due.set(element, Date.now() + about(Number(element.dataset.poll)));
    if (!ended && !isLeaving()) element.dispatchEvent(new CustomEvent("poll", { bubbles: false }));
  };
  // Of several panels one asks first, and the others once it is known that the login still holds.
  const following = new Set();
  const pollAll = ([first, ...others]) => {
    if (!first) return;
    others.forEach((element) => following.add(element));
    poll(first);
  };
  const follow = () => {
    const next = [...following].filter((element) => element.isConnected);
    following.clear();
    next.forEach(poll);
  };
  const pollWhatIsDue = () => {
    if (paused || ended || document.visibilityState !== "visible") return;
    if (awaySince) { lookForServer(); return; }
    const panels = all("[data-poll]");
    for (const element of panels) {
      if (!due.has(element)) due.set(element, Date.now() + about(Number(element.dataset.poll)));
    }
    pollAll(panels.filter((element) => due.get(element) <= Date.now()));
  };

  // What the socket says: the live panels ask at once, then every few seconds at most, however often data moves.
  const GAP = 5000;
  const LIVE = 30; // seconds: panels that poll less often wait for their turn
  let askedAt = 0;
  let asking = 0;
  let owed = false;
  const askNow = () => {
    asking = 0;
    owed = paused || document.visibilityState !== "visible";
    if (owed) return;
    askedAt = Date.now();
    pollAll(all("[data-poll]").filter((element) => Number(element.dataset.poll) <= LIVE));
  };
  const dataMoved = () => {
    asking ||= setTimeout(askNow, Math.max(0, askedAt + GAP - Date.now()) + Math.random() * 200);
  };
  const askWhatIsOwed = () => { if (owed) askNow(); };
  document.addEventListener("data-moved", dataMoved);

  // While the server is away one fragment asks for all; once it is back, what was missed is asked for.
  const longestWait = document.getElementById("wall") ? 6 : 20;
  const missed = new Set();
  let tries = 0;
  let nextTry = 0;
  const lookForServer = () => {
    if (Date.now() < nextTry) return;
    tries += 1;
    nextTry = Date.now() + about(Math.min(2 ** (tries + 1), longestWait));
    const asking = all("[data-poll]");
    if (asking.length) poll(asking[Math.floor(Math.random() * asking.length)]);
  };
  const catchUp = () => {
    tries = 0;
    for (const element of missed) due.set(element, Date.now() + Math.random() * 3000);
    missed.clear();
  };

  const showState = () => {
    if (ended) return;
    const fresh = document.getElementById("freshness");
    fresh?.classList.toggle("paused", paused);
    fresh?.classList.toggle("away", Boolean(awaySince));
    words("[data-live-words]", awaySince ? "No connection" : paused ? "Paused" : "Live");
    words("[data-good-time]", `${lastGood} ${place.zone ?? ""}`);
    words("[data-live-time]", place.zone ? `${awaySince ? `since ${awaySince}` : lastGood} ${place.zone}` : lastGood);
    const line = document.getElementById("away");
    root.classList.toggle("server-away", Boolean(awaySince));
    if (!line || line.hidden === !awaySince) return;
    line.hidden = !awaySince;
    line.textContent = awaySince ? `No connection since ${awaySince}. Figures as of ${lastGood}.` : "";
  };
  const failed = (element, lost) => {
    if (lost) [element, ...following].forEach((one) => missed.add(one));
    following.clear();
    if (!awaySince) nextTry = Date.now() + about(2);
    awaySince ||= clinicTime();
    showState();
  };
  const answered = (response) => {
    const told = Date.parse(response.headers.get("Date") ?? "");
    if (told) skew = Math.abs(told - Date.now() - skew) > 2000 ? told - Date.now() : skew;
    if (awaySince) catchUp();
    awaySince = "";
    lastGood = clinicTime();
    showState();
    follow();
    moveOn();
  };
  const loginEnded = () => {
    ended = true;
    following.clear();
    words("[data-live-words]", "Login ended");
    const line = document.getElementById("away");
    if (line) Object.assign(line, { hidden: false, textContent: "Your login has ended. Log in to go on." });
  };
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (isLeaving() && ctx.response.status === 401) event.preventDefault();
    if (ctx.response.status >= 400) return;
    answered(ctx.response);
    if (ctx.response.headers.get("X-Behind")) dataMoved(); // drawn a moment before the data moved
  });
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    const { status } = ctx.response;
    if (status >= 500 || status === 429) failed(ctx.sourceElement, status !== 500);
    // A wall whose address was revoked must not go on showing figures.
    else if (ctx.sourceElement.id === "wall") location.reload();
    else if (status === 401) loginEnded(); // the answer leads to the login
    else follow();
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => { if (ctx?.request) failed(ctx.sourceElement, true); });

  // Pause, resume, refresh
  const setPaused = (button, on) => {
    paused = on;
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("[data-words]").textContent = on ? "Resume" : "Pause";
    const shape = button.querySelector("use");
    shape.setAttribute("href", shape.getAttribute("href").replace(/#.*/, on ? "#play" : "#pause"));
    showState();
    askWhatIsOwed();
  };
  const refresh = () => pollAll(all("[data-poll]"));

  // A wall: clock, playlist, pointer, burn-in
  const started = Date.now();
  const build = document.getElementById("wall")?.dataset.build; // another one in an answer: there was a deploy
  const moveOn = () => {
    // Only after an answer: a wall never walks onto an error page while the server is away.
    const seconds = (Date.now() - started) / 1000;
    if (place.nextAfter && Number(place.nextAfter) && seconds >= Number(place.nextAfter)) location.assign(place.nextUrl);
    else if (place.reloadAfter && seconds >= Number(place.reloadAfter)) location.reload();
    else if (build && document.getElementById("wall")?.dataset.build !== build) location.reload();
  };
  let pointerTimer = 0;
  const tick = () => {
    pollWhatIsDue();
    words("[data-clock]", clinicTime());
    root.dataset.shift = String(Math.floor(Date.now() / 3600000) % 4);
  };
  document.addEventListener("pointermove", () => {
    root.classList.add("pointer");
    clearTimeout(pointerTimer);
    pointerTimer = setTimeout(() => root.classList.remove("pointer"), 4000);
  });

  // Toasts, dialogs, menus, theme, print
  const showToast = (toast) => {
    toast.querySelector("[data-close]").hidden = false;
    if (toast.dataset.toast !== "error") setTimeout(() => toast.remove(), 8000);
  };
  const setTheme = (name) => {
    document.cookie = `theme=${name}; Path=/; Max-Age=31536000; SameSite=Lax`;
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    all("[data-theme-form] button").forEach((b) => b.setAttribute("aria-pressed", String(b.value === name)));
  };
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    for (const open of all("details.menu[open], details.picker[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    if (on("[data-close]")) on(".toast").remove();
    else if (on("[data-pause]")) setPaused(on("[data-pause]"), !paused);
    else if (on("[data-print]")) window.print();
    else if (on("[data-refresh]") && all("[data-poll]").length) { event.preventDefault(); refresh(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.activeElement?.closest("details.menu[open], details.picker[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.themeForm !== undefined) { event.preventDefault(); setTheme(event.submitter.value); }
    else if (form.dataset.confirm) { event.preventDefault(); document.getElementById(form.dataset.confirm).showModal(); }
  });
  window.addEventListener("beforeunload", () => { leaving = Date.now() + 10000; }); // also before a download
  window.addEventListener("pageshow", () => { leaving = 0; });
  document.addEventListener("visibilitychange", () => { askWhatIsOwed(); pollWhatIsDue(); });

  all("[data-pause], [data-print], [data-theme-form]").forEach((element) => { element.hidden = false; });
  all("[data-toast]").forEach(showToast);
  setInterval(tick, 1000);
  tick();
})();
