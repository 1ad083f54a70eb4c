// The collection: a map of its videos, some seconds of one to look for, and what is like them, side by side.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { between, clock, h, named, number, percent, s, say, titled } from "./dom.js";
import { t } from "./i18n.js";

const MAP = 300;
const EDGE = 12;

const stillOf = (video, at) => `v1/collection/still?${new URLSearchParams({ video, at_s: at })}`;
const called = (category) => (category ? named(category) : t("collection.unsorted"));
const stretch = ({ start_s: start, end_s: end }) => `${clock(start, 1)} – ${clock(end, 1)}`;

export function show(view) {
  titled(t("nav.collection"));
  const body = h("div");
  view.append(h("header", {}, h("h1", {}, t("nav.collection")), h("p", { class: "facts" }, t("collection.says"))), body);
  ask("v1/collection").then(
    (data) => body.append(...(data.items.length ? browse(data) : [h("section", {}, h("p", { class: "empty" }, t("collection.none")))])),
    (error) => error instanceof Lost || body.append(h("p", { class: "wrong" }, error.message)));
}

function browse({ items, plays }) {
  const categories = [...new Set(items.map(({ category }) => category))].sort();
  const dots = items.map((item) => s("circle", {
    cx: EDGE + item.x * MAP, cy: EDGE + item.y * MAP, r: 5, "--k": colour(item.category), class: "dot", onclick: () => choose(item),
  }, s("title", {}, `${item.video}, ${called(item.category)}`)));
  const map = s("svg", { class: "map-of", viewBox: `0 0 ${MAP + 2 * EDGE} ${MAP + 2 * EDGE}`, role: "img", "aria-label": t("collection.map") }, dots);
  const picked = h("select", { id: "video", onchange: () => choose(items[picked.selectedIndex]) }, items.map(({ video }) => h("option", {}, video)));
  const only = h("select", { id: "category" }, h("option", { value: "" }, t("collection.any")), categories.filter(Boolean).map((each) => h("option", { value: each }, named(each))));
  const from = h("input", { id: "from", type: "number", min: "0", step: "0.1", oninput: () => mark() });
  const to = h("input", { id: "to", type: "number", min: "0", step: "0.1", oninput: () => mark() });
  const chosen = h("div", { class: "range" });
  const strip = h("div", { class: "strip", "aria-hidden": "true", onpointerdown: grab, onpointermove: drag }, chosen);
  const seen = h("div", { class: "seen" });
  const found = h("section", { hidden: true, "aria-labelledby": "found" });
  let [item, origin, turn] = [items[0], 0, 0];

  const moment = (event) => {
    const { left, width } = strip.getBoundingClientRect();
    return item.duration_s * between(0, (event.clientX - left) / width, 1);
  };
  function grab(event) {
    strip.setPointerCapture(event.pointerId);
    origin = moment(event);
  }
  function drag(event) {
    if (!event.buttons) return;
    const here = moment(event);
    set(Math.min(origin, here), Math.max(origin, here));
  }
  function set(start, end) {
    [from.value, to.value] = [start.toFixed(1), end.toFixed(1)];
    mark();
  }
  function mark() {
    const share = (input) => between(0, Number(input.value) / item.duration_s, 1) * 100;
    chosen.style.left = `${share(from)}%`;
    chosen.style.width = `${Math.max(share(to) - share(from), 0)}%`;
  }
  const whole = () => set(0, item.duration_s);
  function choose(other) {
    item = other;
    picked.selectedIndex = items.indexOf(item);
    items.forEach((each, place) => dots[place].classList.toggle("chosen", each === item));
    seen.replaceChildren(...(plays ? [h("video", { controls: true, muted: true, preload: "metadata", "aria-label": item.video, src: `v1/collection/video?${new URLSearchParams({ video: item.video })}` })] : []));
    whole();
  }
  async function find(event) {
    event.preventDefault();
    const mine = ++turn;
    const asked = { video: item.video, start_s: Number(from.value), end_s: Number(to.value) };
    const isWhole = asked.start_s <= 0 && asked.end_s >= item.duration_s - 0.1;
    const query = new URLSearchParams({ video: asked.video, ...(!isWhole && { start_s: asked.start_s, end_s: asked.end_s }), ...(only.value && { category: only.value }) });
    try {
      const { items: matches } = await ask(`v1/search?${query}`);
      if (mine === turn) list(asked, matches);
    } catch (error) {
      if (!(error instanceof Lost)) [found.hidden] = [false, found.replaceChildren(h("h2", { id: "found" }, t("collection.found")), h("p", { class: "wrong" }, ...(error.lines ?? [error.message]).flatMap((line) => [line, " "])))];
    }
  }
  function list(asked, matches) {
    found.hidden = false;
    found.replaceChildren(h("h2", { id: "found" }, t("collection.found")), matches.length ? h("ol", { class: "matches" }, matches.map((match) => answer(asked, match, plays))) : h("p", { class: "empty" }, t("collection.nothing")));
    say(matches.length ? t("collection.answers", { n: matches.length }) : t("collection.nothing"));
  }
  choose(item);
  const field = (id, text, input) => h("p", {}, h("label", { for: id }, text), input);
  return [
    h("section", { class: "browse" },
      h("div", {}, map, h("ul", { class: "chips" }, categories.map((each) => h("li", { class: "named", "--k": colour(each) }, h("i", { class: "chip" }), h("span", {}, called(each)))))),
      h("form", { onsubmit: find }, field("video", t("collection.video"), picked), seen, h("p", { class: "small" }, t("collection.region")), strip,
        h("div", { class: "ask" }, field("from", t("collection.from"), from), field("to", t("collection.to"), to), field("category", t("collection.category"), only)),
        h("p", { class: "buttons" }, h("button", { class: "main" }, t("collection.search")), h("button", { type: "button", onclick: whole }, t("collection.whole"))))),
    found,
  ];
}

function answer(asked, { part, similarity, copies, objects, moments }, plays) {
  const best = moments[0] ?? { asked, found: part };
  const picture = (video, at, text) => h("figure", {}, plays && h("img", { src: stillOf(video, (at.start_s + at.end_s) / 2), alt: "", loading: "lazy" }), h("figcaption", { class: "small" }, text));
  const shown = objects.slice(0, 3).map(({ label, share }) => `${named(label)} (${percent(share)})`).join(", ");
  return h("li", { "--k": colour(part.category) },
    h("div", { class: "sides" }, picture(asked.video, best.asked, t("collection.asked", { at: stretch(best.asked) })), picture(part.video, best.found, t("collection.answer", { at: stretch(best.found) }))),
    h("p", {}, h("b", {}, part.video)), h("p", { class: "small" }, h("i", { class: "chip" }), ` ${called(part.category)} · ${t("collection.like", { n: number(similarity, 2) })}`),
    shown && h("p", { class: "small" }, t("collection.both", { objects: shown })), copies.length > 0 && h("p", { class: "small" }, t("collection.copies", { n: copies.length })));
}
