// Passkeys: asks the server what to sign, has the device sign it, and sends the form with the answer.
//
//   <form data-passkey="create|get" data-begin="/address/that/draws/a/challenge">
// The button stays hidden where the browser knows no passkeys.
"use strict";

(() => {
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function readOptions(options) {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      options[list] = (options[list] ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));
    }
    return options;
  }

  function writeAnswer(credential) {
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const response = {};
    for (const part of parts) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    return JSON.stringify({
      id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {},
    });
  }

  async function ask(form) {
    const token = form.elements.csrfmiddlewaretoken.value;
    const begun = await fetch(form.dataset.begin, { method: "POST", headers: { "X-CSRFToken": token } });
    if (begun.redirected) {
      // A fresh proof is asked for first.
      window.location = begun.url;
      return false;
    }
    if (!begun.ok) throw new Error(String(begun.status));
    const { challenge, options } = await begun.json();
    const publicKey = readOptions(options);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.challenge.value = challenge;
    form.elements.answer.value = writeAnswer(credential);
    return true;
  }

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const fault = form.querySelector(".fault");
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      fault.hidden = true;
      try {
        if (await ask(form)) form.submit();
      } catch {
        fault.hidden = false;
      }
      button.disabled = false;
    });
  }
})();
