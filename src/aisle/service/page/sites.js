// The places that cameras see: a list, and the picture of one with its shelves, entrances and tills drawn over it.

import { ask, Lost } from "./api.js";
import { confirmed, h, icon, say, titled } from "./dom.js";
import { t } from "./i18n.js";
import { edit } from "./site.js";

const BIN = "M4 6h12M8 6V4h4v2m-6.500 0 .7 10.500h7.600l.7-10.500M8.500 9v5m3-5v5";
const NEW = "+";
const path = (name) => `v1/sites/${encodeURIComponent(name)}`;

const address = (name) => `#/sites/${encodeURIComponent(name)}`;

export function show(view, name) {
  return name ? edit(view, name === NEW ? null : name) : list(view);
}

function list(view) {
  titled(t("nav.sites"));
  const rows = h("ul", { class: "places", "aria-label": t("nav.sites") });
  const none = h("p", { class: "empty", hidden: true }, t("sites.none"));
  view.append(
    h("header", { class: "heading" }, h("div", {}, h("h1", {}, t("nav.sites")), h("p", { class: "facts" }, t("sites.says"))), h("a", { class: "button main", href: address(NEW) }, t("sites.new"))),
    h("section", {}, none, rows));

  async function load() {
    try {
      const { items } = await ask("v1/sites");
      none.hidden = items.length > 0;
      rows.replaceChildren(...items.map((site) => row(site, load)));
    } catch (error) {
      if (!(error instanceof Lost)) rows.replaceChildren(h("li", { class: "wrong" }, error.message));
    }
  }
  load();
  return () => {};
}

const counted = (zones) => ["shelf", "entrance", "till", "area"]
  .map((kind) => [kind, zones.filter((zone) => zone.kind === kind).length]).filter(([, n]) => n)
  .map(([kind, n]) => t(`zones.${kind}`, { n })).join(", ");

function row({ name, zones }, changed) {
  async function remove() {
    if (!(await confirmed(t("sites.delete.title", { name }), t("sites.delete.says"), t("delete")))) return;
    await ask(path(name), { method: "DELETE" }).then(() => say(t("delete.done", { name })), (error) => say(error.message));
    changed();
  }
  return h("li", { class: "job place" },
    h("div", { class: "what" }, h("a", { href: address(name) }, name), h("span", { class: "small" }, counted(zones))),
    h("button", { class: "quiet", "aria-label": t("delete.this", { name }), onclick: remove }, icon(BIN)));
}
