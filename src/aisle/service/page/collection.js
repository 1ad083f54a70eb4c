// The collection: a map of its videos, some seconds of one to look for, and what is like them, side by side.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { between, h, named, s, say, titled } from "./dom.js";
import { t } from "./i18n.js";
import { answer, called, stillOf } from "./similar.js";

const MAP = 300;
const EDGE = 12;

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
    found.replaceChildren(h("h2", { id: "found" }, t("collection.found")), matches.length ? h("ol", { class: "matches" }, matches.map((match) => answer(asked, match, plays, (at) => stillOf(asked.video, at)))) : h("p", { class: "empty" }, t("collection.nothing")));
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
