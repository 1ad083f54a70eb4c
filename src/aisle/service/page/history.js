// All videos that were looked through, newest first; found by name.

import { ask, connection, Lost } from "./api.js";
import { h, titled } from "./dom.js";
import { t } from "./i18n.js";
import { isFinal, redraw } from "./jobs.js";

const PAGE = 100;

export function show(view) {
  titled(t("nav.history"));
  const list = h("ul", { class: "jobs", "aria-label": t("nav.history") });
  const count = h("p", { class: "small", role: "status" });
  const search = h("input", { type: "search", id: "search", placeholder: t("history.search"), "aria-label": t("history.search"), oninput: draw });
  const more = h("button", { hidden: true, onclick: () => load(next) }, t("more"));
  view.append(
    h("header", { class: "heading" }, h("h1", {}, t("nav.history")), search),
    h("section", {}, count, list, h("p", { class: "buttons" }, more)));

  let [jobs, next, gone, timer] = [[], null, false, null];

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const found = jobs.filter(({ name }) => name.toLowerCase().includes(wanted));
    redraw(list, found, { removed: (job) => { jobs = jobs.filter(({ id }) => id !== job.id); load(); search.focus(); } });
    count.textContent = jobs.length ? t(wanted ? "history.found" : "history.count", { n: found.length }) : t("history.empty");
    more.hidden = !next;
  }

  async function load(cursor) {
    const query = new URLSearchParams({ limit: PAGE, ...(cursor && { before: cursor }) });
    const page = await ask(`v1/analyses?${query}`).catch((error) => (error instanceof Lost ? null : { items: [], next: null }));
    if (gone || !page) return;
    const fresh = new Map(page.items.map((job) => [job.id, job]));
    const kept = jobs.filter(({ id }) => !fresh.has(id));
    // What is older than a page stays; what is missing from it was deleted elsewhere.
    jobs = cursor ? [...jobs, ...page.items] : [...page.items, ...(page.next ? kept.filter(({ created }) => created < page.items.at(-1).created) : [])];
    if (cursor || jobs.length <= PAGE) next = page.next;
    draw();
    clearTimeout(timer);
    if (jobs.some((job) => !isFinal(job))) timer = setTimeout(load, 2000);
  }

  const back = () => load();
  connection.addEventListener("back", back);
  load();
  return () => {
    gone = true;
    clearTimeout(timer);
    connection.removeEventListener("back", back);
  };
}
