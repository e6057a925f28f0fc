// Passkeys: asks the browser for one and sends its answer with the form that it belongs to.
"use strict";
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const ask = {
    create: (options) => navigator.credentials.create({ publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    } }),
    get: (options) => navigator.credentials.get({ publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    } }),
  };

  const written = (credential) => {
    const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
  };

  const REASONS = {
    InvalidStateError: "This device holds a passkey of yours already.",
    NotAllowedError: "No passkey was used. Try again, or use another way.",
    SecurityError: "The address of this page is not the one that passkeys are made for.",
  };

  const prepare = (form) => {
    const words = form.querySelector("[data-passkey-words]");
    const button = form.querySelector("button");
    const say = (text) => {
      words.textContent = text;
      words.hidden = !text;
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      say("");
      try {
        const reply = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
        const asked = await reply.json().catch(() => ({ error: "Reload the page and try again." }));
        if (!reply.ok) throw new Error(asked.error ?? "Reload the page and try again.");
        form.elements.challenge.value = asked.ticket;
        form.elements.answer.value = written(await ask[form.dataset.passkey](asked.options));
        form.submit();
      } catch (error) {
        say(REASONS[error.name] ?? error.message);
      } finally {
        button.removeAttribute("aria-disabled");
      }
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential || location.origin !== form.dataset.origin) continue;
    prepare(form);
    form.hidden = false;
    for (const note of document.querySelectorAll("[data-passkey-away]")) note.hidden = true;
  }
})();
