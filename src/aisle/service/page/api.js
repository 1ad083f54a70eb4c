// Talking to the service: questions, uploads, news as they happen; and what to do when it does not answer.

import { told } from "./i18n.js";
import { unlock } from "./key.js";

const BUSY = 429;
const NO_KEY = 401;

/** The service's own words on what went wrong. `kind` names the sort of problem; `after` is when to come back, in s. */
export class Problem extends Error {
  constructor(status, members, after = 0) {
    super(members.detail ?? members.title ?? String(status));
    this.kind = /#problem-(.+)$/.exec(members.type)?.[1] ?? "";
    Object.assign(this, { status, after, got: members.got, allowed: members.allowed, todo: members.do });
  }

  /** A plain sentence in the reader's language where there is one for this kind, then what the service said. */
  get lines() {
    const detail = [this.message, this.got && `“${this.got}”`].filter(Boolean).join(": ");
    return [told(`problem.${this.kind}`), detail, this.todo].filter(Boolean);
  }
}

/** No answer came. */
export class Lost extends Error {}

const problemOf = (status, text, after) => {
  try {
    return new Problem(status, JSON.parse(text), Number(after) || 0);
  } catch {
    return new Problem(status, {}, Number(after) || 0);
  }
};

export async function ask(path, { method = "GET", body } = {}) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  if (!answer) {
    connection.lost();
    throw new Lost();
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = problemOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  if (problem.status !== NO_KEY) throw problem;
  await unlock(problem);
  return ask(path, { method, body });
}

/** Sends a form, telling `progress` the share that has left, 0 to 1. `signal` takes it back. */
export function send(path, form, { progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText));
      const problem = problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After"));
      if (problem.status !== NO_KEY) return reject(problem);
      unlock(problem).then(() => send(path, form, { progress, signal })).then(resolve, reject);
    };
    request.onerror = () => reject(new Lost());
    request.onabort = () => reject(new DOMException("taken back", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

export const isBusy = (error) => error instanceof Problem && error.status === BUSY;

/** Waits 1, 2, 4 ... s, at most 30, and a little at random, so that a thousand pages do not come back at once. */
const patience = (attempt) => Math.min(2 ** attempt, 30) * (0.8 + 0.4 * Math.random());

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

// --- the connection: known to be lost from the first question without an answer until the service answers again

class Connection extends EventTarget {
  gone = false;
  #hurry = () => {};

  lost() {
    if (!this.gone) this.#comeBack();
  }

  /** Asks at once instead of waiting on. */
  now() {
    this.#hurry();
  }

  async #comeBack() {
    this.gone = true;
    for (let attempt = 0; !(await this.#answers()); attempt++) {
      const seconds = patience(attempt);
      this.dispatchEvent(new CustomEvent("lost", { detail: seconds }));
      await Promise.race([pause(seconds), new Promise((resolve) => { this.#hurry = resolve; })]);
    }
    this.gone = false;
    this.dispatchEvent(new Event("back"));
  }

  async #answers() {
    const answer = await fetch("healthz", { cache: "no-store" }).catch(() => null);
    return Boolean(answer?.ok);
  }
}

export const connection = new Connection();

/** Resolves when the service answers again. */
export function untilBack() {
  connection.lost();
  return new Promise((resolve) => connection.addEventListener("back", resolve, { once: true }));
}

// --- news as they happen

/** Hears server-sent events, over lost connections and expired keys; `handlers` by event, `again` after each start. */
export function listen(path, handlers, again = () => {}) {
  let [source, ended, attempt] = [null, false, 0];

  function open() {
    if (ended) return;
    source = new EventSource(path);
    source.onopen = () => { attempt = 0; again(); };
    source.onerror = mend;
    for (const [name, handler] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    }
  }

  async function mend() {
    source.close();
    if (ended) return;
    // EventSource does not say why it failed: a question tells a missing key from a missing service.
    const answered = await ask("v1/me").then(() => true, (error) => !(error instanceof Lost));
    if (answered) await pause(patience(attempt++));
    else await untilBack();
    open();
  }

  open();
  return () => { ended = true; source.close(); };
}
