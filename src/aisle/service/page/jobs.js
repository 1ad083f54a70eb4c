// Analyses as rows of a list: what each is, how far it is, and what can be done with it.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { bar, chip, confirmed, h, icon, length, modelled, percent, say, timed } from "./dom.js";
import { t } from "./i18n.js";

export const isFinal = ({ state }) => state === "done" || state === "failed" || state === "cancelled";

export const address = ({ id }) => `#/analysis/${encodeURIComponent(id)}`;

export const path = (id) => `v1/analyses/${encodeURIComponent(id)}`;

const BIN = "M4 6h12M8 6V4h4v2m-6.500 0 .7 10.500h7.600l.7-10.500M8.500 9v5m3-5v5";

/** What stands behind the name: how far it is, what came out, or what went wrong. */
function standing(job) {
  if (job.state === "running") return [bar(job.progress, { class: "bar busy" }), h("span", { class: "small" }, percent(job.progress))];
  if (job.state === "done" && job.label) return h("span", { class: "answer" }, chip(job.label, colour(job.label)), h("span", { class: "small" }, percent(job.probability)));
  return [h("span", { class: `state ${job.state}` }, t(`state.${job.state}`))];
}

export function row(job, { removed } = {}) {
  const facts = [modelled(job.model), job.duration_s && length(job.duration_s)].filter(Boolean).join(" · ");
  return h("li", { class: "job", "data-id": job.id },
    h("div", { class: "what" },
      h("a", { href: address(job) }, job.name), h("span", { class: "small" }, facts, " · ", timed(job.created)),
      job.state === "failed" && h("span", { class: "wrong small" }, problemText(job.error))),
    h("div", { class: "standing" }, standing(job)),
    h("button", { class: "quiet", "aria-label": t(isFinal(job) ? "delete.this" : "stop.this", { name: job.name }), onclick: () => discard(job, removed) }, icon(BIN)));
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What went wrong and what helps, of an error as the service records it: "what; got: ...; allowed: ...; do: ...". */
export function problemText(error) {
  const [what] = error.split(/; (?:got|allowed|do): /);
  return [what, /; do: (.+)$/.exec(error)?.[1]].filter(Boolean).map(sentence).join(" ");
}

/** Deletes an analysis and its video, or stops it, after asking. Resolves to whether it is gone. */
export async function discard(job, removed = () => {}) {
  const final = isFinal(job);
  const title = t(final ? "delete.title" : "stop.title", { name: job.name });
  if (!(await confirmed(title, t(final ? "delete.says" : "stop.says"), t(final ? "delete" : "stop")))) return false;
  try {
    await ask(path(job.id), { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof Lost)) say(error.message);
    return false;
  }
  say(t(final ? "delete.done" : "stop.done", { name: job.name }));
  removed(job);
  return true;
}

/** Draws a list again with as few changes as can be, so that what is focused stays focused. */
export function redraw(list, jobs, options) {
  const old = new Map([...list.children].map((each) => [each.dataset.id, each]));
  const rows = jobs.map((job) => {
    const known = old.get(job.id);
    const mark = JSON.stringify(job);
    if (known?.mark === mark) return known;
    const fresh = row(job, options);
    fresh.mark = mark;
    if (known?.contains(document.activeElement)) queueMicrotask(() => fresh.querySelector(document.activeElement?.tagName === "BUTTON" ? "button" : "a").focus());
    return fresh;
  });
  if (rows.length !== list.children.length || rows.some((each, index) => list.children[index] !== each)) list.replaceChildren(...rows);
}
