// What the models can tell, what they must not be used for, and how good they were when measured.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { chip, h, modelled, percent, titled } from "./dom.js";
import { t, told } from "./i18n.js";

const FEW = 12;
// The figures a reader can act on, each with what it means; all others stand in the model's own card.
const FIGURES = ["precision", "recall", "top1", "top5", "f1", "map", "edit"];

export function show(view) {
  titled(t("nav.models"));
  const list = h("div", { class: "models" });
  view.append(h("header", {}, h("h1", {}, t("nav.models")), h("p", { class: "facts" }, t("models.says"))), list);
  ask("v1/models").then(({ items }) => list.replaceChildren(...items.map(card)), (error) => {
    if (!(error instanceof Lost)) list.replaceChildren(h("p", { class: "wrong" }, error.message));
  });
}

function card(model) {
  const { name, labels, trained_on, not_for, licence, advice } = model;
  return h("section", { class: "model", "aria-labelledby": `model-${name}` },
    h("h2", { id: `model-${name}` }, modelled(name)),
    h("p", { class: "says" }, told(`model.${name}.says`)),
    not_for && h("div", { class: "not-for" }, h("h3", {}, t("models.not")), h("p", { lang: "en" }, not_for)),
    h("h3", {}, t("models.tells", { n: labels.length })), answers(labels),
    figures(model),
    h("dl", {}, [["models.learnt", trained_on], ["models.licence", licence]].filter(([, value]) => value).map(([key, value]) => [h("dt", {}, t(key)), h("dd", { lang: "en" }, value)])),
    advice.length > 0 && h("details", {}, h("summary", {}, t("models.better")), h("ul", { lang: "en" }, advice.map((each) => h("li", {}, each)))));
}

function answers(labels) {
  const chips = (some) => h("p", { class: "chips" }, some.map((label) => chip(label, colour(label))));
  if (labels.length <= FEW) return chips(labels);
  return [chips(labels.slice(0, FEW)), h("details", {}, h("summary", {}, t("models.more", { n: labels.length - FEW })), chips(labels.slice(FEW)))];
}

function figures({ measured, rendered, backbone }) {
  if (!measured) return h("p", { class: "small unmeasured" }, t(rendered ? "models.drawn" : backbone ? "models.unmeasured" : "models.elsewhere"));
  const found = FIGURES.map((name) => measured.figures.find((each) => each.name === name)).filter(Boolean);
  const tried = measured.examples && t(measured.groups ? "models.tried" : "models.tried.alone", { n: measured.examples, groups: measured.groups });
  return [h("h3", {}, t("models.measured")), tried && h("p", { class: "small" }, tried), h("div", { class: "tiles" }, found.map(tile)), h("p", { class: "small" }, t("models.range"))];
}

function tile({ name, value, low, high }) {
  const spanned = typeof low === "number";
  return h("div", { class: "tile" },
    h("p", { class: "of" }, t(`figure.${name}`)), h("p", { class: "value" }, percent(value)),
    h("p", { class: "span" }, spanned && t("figure.range", { low: percent(low), high: percent(high) })),
    h("span", { class: "whisker", "aria-hidden": "true", "--low": spanned ? low : value, "--high": spanned ? high : value, "--at": value }),
    h("p", { class: "small" }, t(`figure.${name}.says`)));
}
