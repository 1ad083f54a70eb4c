// Who was seen in a video, and what they did with products: a sentence, a row for each thing done, and the tables.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { h, percent } from "./dom.js";
import { t } from "./i18n.js";
import { path } from "./jobs.js";

const TABLES = ["interactions", "visits", "objects"];
const KINDS = ["picked up", "put back", "stowed", "concealed", "took away"];
const NEAR_S = 0.05; // Players round a moment they are sent to.

/** The part of the page about them; `at` marks what is done at a moment, `restamp` writes its times anew. */
export function people(job, { seek, stamp }) {
  let rows = [];
  const told = h("p", { class: "says" });
  const sheet = h("div");
  const element = h("section", { class: "people", "aria-labelledby": "people" },
    h("div", { class: "heading" }, h("h2", { id: "people" }, t("people")), job.site && h("p", { class: "small" }, t("people.place"), " ", h("a", { href: `#/sites/${encodeURIComponent(job.site)}` }, job.site))),
    told, sheet, files(job));
  Promise.all(["interactions", "visits"].map((kind) => ask(`${path(job.id)}/${kind}?format=json`))).then(([done, visits]) => {
    rows = done.map((each) => row(each, { seek, stamp }));
    told.append(...summary(done, visits, job));
    if (rows.length) sheet.append(table(rows));
  }, (error) => {
    if (!(error instanceof Lost)) told.replaceWith(h("p", { class: "wrong" }, error.message));
  });
  return {
    element,
    at(moment) {
      for (const { start, end, line } of rows) {
        if (start - NEAR_S <= moment && moment < end) line.setAttribute("aria-current", "true");
        else line.removeAttribute("aria-current");
      }
    },
    restamp() {
      for (const { start, jump } of rows) jump.textContent = stamp(start);
    },
  };
}

function summary(done, visits, { site }) {
  if (!visits.length) return [t("people.nobody")];
  const counts = KINDS.map((kind) => [kind, done.filter((each) => each.kind === kind).length]).filter(([, n]) => n);
  const sentences = [
    t("people.seen", { n: visits.length }),
    counts.length ? t("people.did", { what: counts.map(([kind, n]) => t(`did.count.${kind}`, { n })).join(", ") }) : t("people.did.nothing"),
    counts.length > 0 && t("people.hint"),
    !site && t("people.no-place"),
  ];
  return [sentences.filter(Boolean).join(" ")];
}

function row({ start_s: start, end_s: end, kind, track_id: person, zone, product, confidence }, { seek, stamp }) {
  const jump = h("button", { class: "link" }, stamp(start));
  const line = h("tr", { onclick: () => getSelection().isCollapsed && seek(start) },
    h("td", {}, jump),
    h("td", {}, h("span", { class: "named", "--k": colour(kind) }, h("i", { class: "chip" }), h("span", {}, t(`did.${kind}`))), h("span", { class: "of small" }, [product, zone].filter(Boolean).join(" · "))),
    h("td", {}, t("person", { id: String(person) })), or(product), or(zone), h("td", {}, percent(confidence)));
  return { start, end, jump, line };
}

const or = (name) => h("td", { class: !name && "none" }, name || "–");

function table(rows) {
  const heads = ["start", "did", "person", "product", "shelf", "score"].map((key) => h("th", { scope: "col" }, t(`column.${key}`)));
  return h("div", { class: "rows", tabindex: "0", role: "region", "aria-label": t("people.list") },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows.map(({ line }) => line))));
}

function files(job) {
  const link = (kind) => h("a", { class: "button", href: `${path(job.id)}/${kind}?format=csv`, download: `${job.name}.${kind}.csv` }, t(`people.table.${kind}`));
  return h("p", { class: "buttons" }, TABLES.map(link));
}
