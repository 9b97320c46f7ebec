// The console: builds the body of a call from its form, signs it here (RFC 9421), lets the desk send it on as it is.
// Private keys stay in this page: a trial key can't be taken out of the browser at all, one of a file is read and forgotten.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const at = (id) => document.getElementById(id);
  const form = at("call");
  const known = JSON.parse(at("console-data").textContent);
  const words = known.words;
  const url = known.origin + known.path;
  const ahead = known.now * 1000 - Date.now(); // this machine's clock may be wrong; the server's is what counts
  const utf8 = (text) => new TextEncoder().encode(text);
  const told = (word, facts = {}) => words[word].replace(/%\((\w+)\)s/g, (_, name) => String(facts[name] ?? ""));
  const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const seconds = () => Math.floor((Date.now() + ahead) / 1000);
  const clock = (moment) => new Date(moment * 1000 - ahead).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  let trial = null; // { key, keyid, until, left }
  let own = null; // { key, keyid }
  let ready = null; // the call as it was signed
  let prepared = null; // the call that waits for a signature from elsewhere

  // The body

  function value(field) {
    const text = field.value.trim();
    if (text === "") {
      return undefined;
    }
    const kind = field.dataset.kind;
    if (kind === "integer") {
      return Number(text);
    }
    if (kind === "boolean") {
      return text === "true";
    }
    return kind === "lines" ? text.split("\n").map((line) => line.trim()).filter((line) => line) : text;
  }

  function conditions() {
    const found = [];
    for (const group of form.querySelectorAll(".condition")) {
      const part = (name) => group.querySelector(`[data-part=${name}]`).value.trim();
      const text = part("value");
      if (part("column") && text) {
        const op = part("op");
        found.push({ column: part("column"), op, value: op === "in" ? text.split(/[,，]/).map((one) => one.trim()).filter((one) => one) : text });
      }
    }
    return found;
  }

  function body() {
    const call = {};
    for (const field of form.querySelectorAll("[data-place]")) {
      const [first, second] = field.dataset.place.split(/\.(.*)/);
      if (field.dataset.kind === "many") {
        if (field.checked) {
          (call[first] ??= []).push(field.value);
        }
        continue;
      }
      const given = value(field);
      if (given === undefined) {
        continue;
      }
      if (second) {
        (call[first] ??= {})[second] = given;
      } else {
        call[first] = given;
      }
    }
    const rows = conditions();
    if (rows.length) {
      call.filter = rows;
    }
    return call;
  }

  // What is wrong before anything is signed: the browser marks single fields, the rest is said here.
  function fault(call) {
    if (known.kind !== "list" && !call.by) {
      return words.none_known;
    }
    const lengths = new Set([...Object.values(call.by ?? {}), ...Object.values(call.values ?? {})].filter(Array.isArray).map((one) => one.length));
    return lengths.size > 1 ? words.uneven : "";
  }

  function wrong(said, field) {
    const box = at("wrong");
    box.replaceChildren();
    box.hidden = !said;
    if (said) {
      box.append(Object.assign(document.createElement("p"), { textContent: said }));
      (field ?? box).focus();
    }
  }

  // The request

  async function composed(keyid) {
    const text = JSON.stringify(body());
    const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", utf8(text)))}:`;
    const created = seconds();
    const nonce = base64(crypto.getRandomValues(new Uint8Array(12)));
    const params = `("@method" "@target-uri" "content-digest");created=${created};expires=${created + 300};keyid="${keyid}";nonce="${nonce}";tag="${known.tag}"`;
    const base = `"@method": POST\n"@target-uri": ${url}\n"content-digest": ${digest}\n"@signature-params": ${params}`;
    return { text, digest, base, input: `s=${params}`, keyid, created };
  }

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function shown(call) {
    const here = new URL(url);
    const signature = call?.signature ?? "…";
    const text = call?.text ?? JSON.stringify(body());
    const headers = [
      ["Content-Type", "application/json"],
      ["Accept-Language", document.documentElement.lang.startsWith("zh") ? "zh" : "en"],
      ["Content-Digest", call?.digest ?? "sha-256=:…:"],
      ["Signature-Input", call?.input ?? "s=…"],
      ["Signature", signature],
    ];
    at("request").textContent = `POST ${here.pathname} HTTP/1.1\nHost: ${here.host}\n${headers.map(([name, one]) => `${name}: ${one}`).join("\n")}\n\n${text}`;
    at("base").textContent = call?.base ?? "…";
    at("curl").textContent = `curl -i ${quoted(url)} \\\n${headers.map(([name, one]) => `  -H ${quoted(`${name}: ${one}`)} \\`).join("\n")}\n  --data-binary ${quoted(text)}`;
    if (at("curl-key")) {
      at("curl-key").textContent = `curl -i ${quoted(url)} \\\n  -H "Authorization: Bearer $XILIN_KEY" \\\n  -H 'Content-Type: application/json' \\\n  --data-binary ${quoted(text)}`;
    }
    const keyid = known.keys.find((one) => one.algorithm === "ed25519")?.keyid ?? "…";
    at("python").textContent = known.python.replace("__URL__", () => url).replace("__KEYID__", () => keyid).replace("__BODY__", () => text.replaceAll("'''", "\\u0027\\u0027\\u0027"));
    at("request-state").textContent = at("request-state").dataset[call?.signature ? "signed" : "unsigned"];
    at("request-state").classList.toggle("good", Boolean(call?.signature));
  }

  function let_go() {
    const before = ready ?? prepared;
    ready = prepared = null;
    at("send").disabled = true;
    at("outside").hidden = true;
    shown(null);
    if (before) {
      at("state").textContent = words.changed;
    }
  }

  // Who signs

  const mode = () => form.querySelector("[name=mode]:checked").value;

  function tell_trial() {
    const over = trial && (trial.left < 1 || trial.until <= seconds());
    at("trial-state").textContent = !trial ? words.no_key : over ? words.key_over : told("key", { keyid: trial.keyid, left: trial.left, until: clock(trial.until) });
  }

  // Problems of the desk itself come as the gateway's do (RFC 9457).
  async function posted(address, sent, headers = {}) {
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    let answer;
    try {
      answer = await fetch(address, { method: "POST", body: sent, headers: { "X-CSRFToken": token, ...headers }, redirect: "error" });
      return [answer.ok, await answer.json()];
    } catch {
      return [false, { title: words.lost, detail: "" }];
    }
  }

  async function trial_key() {
    if (trial && trial.left > 0 && trial.until > seconds() + 5) {
      return trial;
    }
    const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    const public_ = base64(await crypto.subtle.exportKey("raw", pair.publicKey));
    const [done, said] = await posted(form.dataset.keyUrl, new URLSearchParams({ public: public_ }));
    if (!done) {
      wrong(`${said.title} ${said.detail}`);
      return null;
    }
    trial = { key: pair.privateKey, keyid: said.keyid, until: said.until, left: said.left };
    tell_trial();
    return trial;
  }

  async function read_own() {
    own = null;
    const file = at("key-file").files[0];
    if (!file) {
      return;
    }
    const held = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(await file.text());
    let key;
    try {
      key = await crypto.subtle.importKey("pkcs8", bytesOf(held[1].replace(/\s/g, "")), { name: "Ed25519" }, false, ["sign"]);
    } catch {
      at("own-state").textContent = words.not_read;
      return;
    }
    const probe = crypto.getRandomValues(new Uint8Array(32));
    const signature = await crypto.subtle.sign({ name: "Ed25519" }, key, probe);
    for (const one of known.keys.filter((each) => each.algorithm === "ed25519")) {
      const public_ = await crypto.subtle.importKey("raw", bytesOf(one.public), { name: "Ed25519" }, false, ["verify"]);
      if (await crypto.subtle.verify({ name: "Ed25519" }, public_, signature, probe)) {
        own = { key, keyid: one.keyid };
      }
    }
    at("own-state").textContent = own ? told("own", own) : words.not_own;
  }

  async function sign() {
    wrong("");
    let_go();
    at("state").textContent = "";
    for (const folded of form.querySelectorAll("details:has(:invalid)")) {
      folded.open = true;
    }
    if (!form.reportValidity()) {
      return;
    }
    const said = fault(body());
    if (said) {
      wrong(said, known.kind === "list" ? undefined : form.querySelector("[data-place^='by.']"));
      at("wrong").hidden = false;
      return;
    }
    if (mode() === "elsewhere") {
      await ask_outside();
      return;
    }
    const signer = mode() === "trial" ? await trial_key() : own;
    if (!signer) {
      if (mode() === "own") {
        wrong(at("own-state").textContent || words.no_file, at("key-file"));
      }
      return;
    }
    const call = await composed(signer.keyid);
    finish(call, await crypto.subtle.sign({ name: "Ed25519" }, signer.key, utf8(call.base)));
  }

  function finish(call, signature) {
    ready = { ...call, signature: `s=:${base64(signature)}:` };
    prepared = null;
    shown(ready);
    at("outside").hidden = true;
    at("send").disabled = false;
    at("send").focus();
    at("state").textContent = words.signed;
  }

  async function ask_outside() {
    const chosen = known.keys.find((one) => one.keyid === at("keyid").value);
    if (!chosen) {
      wrong(words.not_own, at("keyid"));
      return;
    }
    prepared = { ...(await composed(chosen.keyid)), algorithm: chosen.algorithm };
    shown(prepared);
    at("outside-said").textContent = told("sign_there", prepared);
    at("outside-base").textContent = prepared.base;
    const digest = chosen.algorithm === "sm2" ? " -digest sm3 -pkeyopt distid:1234567812345678" : "";
    at("outside-command").textContent = `openssl pkeyutl -sign -inkey key.pem -rawin${digest} -in base.txt | base64 -w0`;
    file(at("outside-file"), prepared.base, "text/plain");
    at("outside-signature").value = "";
    at("outside").hidden = false;
    at("outside-signature").focus();
  }

  // 64 bytes; OpenSSL writes an SM2 signature as ASN.1: two numbers, each with its length.
  function pasted(text) {
    const bare = text.trim().replace(/\s/g, "");
    let bytes;
    try {
      bytes = /^(?:[0-9a-fA-F]{2})+$/.test(bare) ? Uint8Array.from(bare.match(/../g), (one) => parseInt(one, 16)) : bytesOf(bare);
    } catch {
      return null;
    }
    if (bytes.length === 64) {
      return bytes;
    }
    if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) {
      return null;
    }
    const found = new Uint8Array(64);
    let place = 2;
    for (const end of [32, 64]) {
      const length = bytes[place + 1];
      if (bytes[place] !== 2 || length > 33) {
        return null;
      }
      const number = bytes.slice(place + 2, place + 2 + length);
      const bare_number = number.slice(Math.max(0, number.length - 32));
      found.set(bare_number, end - bare_number.length);
      place += 2 + length;
    }
    return place === bytes.length ? found : null;
  }

  // The answer

  function file(link, text, type) {
    if (link.href) {
      URL.revokeObjectURL(link.href);
    }
    link.href = URL.createObjectURL(new Blob([text], { type }));
  }

  const made = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });
  const icon = (name) => {
    const svg = document.querySelector("#sign .icon").cloneNode(true);
    const use = svg.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
    return svg;
  };

  function table(caption, heads, rows) {
    const box = made("div", "", "scroll");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", caption);
    const whole = document.createElement("table");
    const head = whole.createTHead().insertRow();
    for (const name of heads) {
      const cell = made("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    const inner = whole.createTBody();
    for (const cells of rows) {
      const row = inner.insertRow();
      cells.forEach((cell, place) => {
        const one = made(place ? "td" : "th", "");
        if (!place) {
          one.scope = "row";
        }
        one.append(cell);
        row.append(one);
      });
    }
    box.append(whole);
    return box;
  }

  function cell(column, content) {
    const none = content === null || content === "";
    const text = none ? (known.masks[column] ? "—" : words.empty) : content === true ? words.yes : content === false ? words.no : String(content);
    const one = made("span", text, none ? "faint" : "");
    if (known.masks[column]) {
      const whole = document.createElement("span");
      whole.append(one, made("span", `${words.masked}: ${known.masks[column]}`, "sub-line"));
      return whole;
    }
    return one;
  }

  const name = (column) => {
    const whole = made("span", known.labels[column] ?? column);
    whole.append(made("span", column, "sub-line code"));
    return whole;
  };

  // One record is read downwards, as its items; what was verified as yes or no.
  function record(title, row, heads = [words.item, words.value]) {
    return table(title, heads, Object.entries(row).map(([column, content]) => [name(column), cell(column, content)]));
  }

  function rows_of(answer) {
    const place = at("answer-rows");
    place.replaceChildren();
    const results = answer.results ?? [answer];
    results.forEach((one, number) => {
      const title = told("row", { n: number + 1 });
      const rows = one.rows ?? one.status ?? [];
      if (answer.results) {
        place.append(made("p", one.refused ? `${title}: ${one.refused}` : one.found === false ? `${title}: ${words.found_none}` : title, "result-of"));
      }
      if (one.matches) {
        place.append(record(title, one.matches, [words.item, words.agrees]));
      }
      rows.forEach((row, nth) => place.append(record(rows.length > 1 ? told("row", { n: nth + 1 }) : title, row)));
    });
    if (!answer.results && !answer.matches && !(answer.rows ?? answer.status ?? []).length) {
      place.append(made("p", words.found_none, "result-of"));
    }
    if (answer.cursor) {
      const next = made("button", words.next, "button plain small");
      next.type = "button";
      next.addEventListener("click", () => {
        form.querySelector("[data-place=cursor]").value = answer.cursor;
        sign();
      });
      const line = made("p", "", "result-of");
      line.append(next);
      place.append(line);
    }
  }

  function proved(said) {
    const proof = said.proof;
    at("proof").hidden = !proof;
    if (!proof) {
      return;
    }
    const lines = [[proof.holds, proof.holds ? words.proof_holds : words.proof_not, proof.said]];
    if (proof.digest !== undefined) {
      lines.push([proof.digest, proof.digest ? words.digest_holds : words.digest_not, ""]);
    }
    at("proof-said").replaceChildren(...lines.map(([good, text, more]) => {
      const line = made("li", "", good ? "good" : "bad");
      line.append(icon(good ? "good" : "warn"), made("span", `${text} ${more}`));
      return line;
    }));
    at("proof-told").replaceChildren(...proof.told.flatMap(([term, content]) => [made("dt", term), made("dd", content)]));
    file(at("receipt-file"), JSON.stringify(JSON.parse(said.body).receipt, null, 1), "application/json");
  }

  function answered(said) {
    let content = null;
    try {
      content = JSON.parse(said.body);
    } catch { /* shown as it is */ }
    const line = `${said.status} ${said.reason}`.trim();
    const good = said.status < 300;
    at("answer-none").hidden = true;
    at("answer").hidden = false;
    at("answer-state").replaceChildren(made("span", line, `badge ${good ? "good" : "bad"}`));
    const place = at("answer-said");
    if (good) {
      place.replaceChildren(made("p", told("answered", { status: line, ms: said.ms })));
    } else {
      place.replaceChildren(made("p", told("refused", { status: line, title: content?.title ?? "" })), made("p", content?.detail ?? ""), made("p", content?.type ?? "", "code faint small"));
    }
    at("answer-rows").replaceChildren();
    if (good && content?.answer) {
      rows_of(content.answer);
    }
    at("answer-headers").textContent = (said.headers ?? []).map(([one, text]) => `${one}: ${text}`).join("\n");
    at("answer-body").textContent = content ? JSON.stringify(content, null, 2) : said.body;
    proved(said);
    at("answer-title").focus();
  }

  async function send() {
    if (!ready) {
      return;
    }
    const call = ready;
    at("send").disabled = true;
    at("state").textContent = words.sending;
    wrong("");
    const sent = { path: known.path, body: call.text, content_digest: call.digest, signature_input: call.input, signature: call.signature };
    const [done, said] = await posted(form.dataset.sendUrl, JSON.stringify(sent), { "Content-Type": "application/json" });
    ready = null; // a nonce counts once
    at("state").textContent = "";
    if (!done) {
      shown(null);
      wrong(`${said.title} ${said.detail}`);
      return;
    }
    if (trial && call.keyid === trial.keyid) {
      trial.left = said.left;
      tell_trial();
    }
    at("used").textContent = said.used.toLocaleString(document.documentElement.lang);
    answered(said);
  }

  // The page

  function choose() {
    for (const part of form.querySelectorAll("[data-mode]")) {
      part.hidden = part.dataset.mode !== mode();
    }
    let_go();
  }

  async function able() {
    if (!window.isSecureContext || !crypto.subtle) {
      return words.not_secure;
    }
    try {
      await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
      return "";
    } catch {
      return words.no_ed25519;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sign();
  });
  form.addEventListener("input", (event) => {
    if (event.target.id !== "outside-signature") {
      let_go();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "mode") {
      choose();
    } else if (event.target.id === "key-file") {
      read_own();
    }
  });
  at("send").addEventListener("click", send);
  at("outside-use").addEventListener("click", () => {
    const signature = pasted(at("outside-signature").value);
    if (!prepared || !signature) {
      wrong(words.not_signature, at("outside-signature"));
      return;
    }
    wrong("");
    finish(prepared, signature);
  });
  const user = form.querySelector("[data-place=user]");
  if (user && !user.value) {
    user.value = known.user;
  }
  tell_trial();
  shown(null);
  able().then((said) => {
    at("cannot").textContent = said;
    at("cannot").hidden = !said;
    at("sign").disabled = said === words.not_secure;
    if (said === words.no_ed25519) {
      form.querySelector("[name=mode][value=elsewhere]").checked = true;
      form.querySelectorAll("[name=mode]:not([value=elsewhere])").forEach((one) => (one.disabled = true));
      choose();
    }
    form.dataset.ready = "1";
  });
});
