// What of the collection is like a video, or like some seconds of it: under the timeline of an analysis, and as answers.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { clock, h, named, number, percent, say } from "./dom.js";
import { t } from "./i18n.js";

const FEW = 6;

export const stillOf = (video, at) => `v1/collection/still?${new URLSearchParams({ video, at_s: at })}`;
export const called = (category) => (category ? named(category) : t("collection.unsorted"));
const stretch = ({ start_s: start, end_s: end }) => `${clock(start, 1)} – ${clock(end, 1)}`;

/** One match: what was asked for beside what was found, and why. `still` makes the address of a picture of the former. */
export function answer(asked, { part, similarity, copies, objects, moments }, plays, still = null) {
  const best = moments[0] ?? { asked, found: part };
  const picture = (address, text) => h("figure", {}, plays && h("img", { src: address, alt: "", loading: "lazy" }), h("figcaption", { class: "small" }, text));
  const middle = (at) => (at.start_s + at.end_s) / 2;
  const shown = objects.slice(0, 3).map(({ label, share }) => `${named(label)} (${percent(share)})`).join(", ");
  const play = `v1/collection/video?${new URLSearchParams({ video: part.video })}#t=${best.found.start_s},${best.found.end_s}`;
  return h("li", { "--k": colour(part.category) },
    h("div", { class: "sides" },
      still && picture(still(middle(best.asked)), t("collection.asked", { at: stretch(best.asked) })),
      picture(stillOf(part.video, middle(best.found)), t("collection.answer", { at: stretch(best.found) })),
      !still && h("p", { class: "small" }, t("collection.asked", { at: stretch(best.asked) }))),
    h("p", {}, plays ? h("a", { href: play, target: "_blank", rel: "noopener" }, part.video) : h("b", {}, part.video)),
    h("p", { class: "small" }, h("i", { class: "chip" }), ` ${called(part.category)} · ${t("collection.like", { n: number(similarity, 2) })}`),
    shown && h("p", { class: "small" }, t("collection.both", { objects: shown })), copies.length > 0 && h("p", { class: "small" }, t("collection.copies", { n: copies.length })));
}

/** Under a timeline: videos like this one, and moments like the seconds that it shows. Hidden without a collection. */
export function similar(job, { shown, duration }) {
  const found = h("div", { "aria-live": "polite" });
  const moments = h("button", { type: "button", onclick: () => look(shown()) });
  const element = h("section", { class: "similar", hidden: true, "aria-labelledby": "similar" },
    h("h2", { id: "similar" }, t("similar")), h("p", { class: "small says" }, t("similar.says")),
    h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => look(null) }, t("similar.videos")), moments), found);
  let [turn, plays] = [0, false];

  async function look(at) {
    const mine = ++turn;
    found.replaceChildren(h("p", { class: "small" }, t("similar.looking")));
    const asked = at ? { start_s: at.from, end_s: at.until } : { start_s: 0, end_s: duration };
    const query = new URLSearchParams({ analysis: job.id, k: FEW, ...(at && asked) });
    try {
      const { items } = await ask(`v1/search?${query}`);
      if (mine !== turn) return;
      found.replaceChildren(items.length ? h("ol", { class: "matches" }, items.map((match) => answer(asked, match, plays))) : h("p", { class: "empty" }, t("collection.nothing")));
      say(items.length ? t("collection.answers", { n: items.length }) : t("collection.nothing"));
    } catch (error) {
      if (mine === turn && !(error instanceof Lost)) found.replaceChildren(h("p", { class: "wrong" }, ...(error.lines ?? [error.message]).flatMap((line) => [line, " "])));
    }
  }

  /** The button says which seconds it would look for. */
  function tell() {
    const { from, until } = shown();
    moments.textContent = t("similar.moments", { at: stretch({ start_s: from, end_s: until }) });
  }
  tell();
  ask("v1/collection").then(({ by, plays: given }) => {
    [plays, element.hidden] = [given, by === null];
  }, () => {});
  return { element, tell, marked: (from, until) => { if (!element.hidden) look({ from, until }); } };
}
