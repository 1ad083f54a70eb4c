// The latest alarms, one at a time with its clip: confirmed or dismissed in one key.

import { ask, Lost } from "./api.js";
import { colour } from "./colour.js";
import { chip, h, length, named, percent, say, timed, when } from "./dom.js";
import { t } from "./i18n.js";
import { over } from "./over.js";

const LATEST = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const path = (id) => `v1/events/${encodeURIComponent(id)}`;

export class Alarms {
  #events = []; #chosen; #all = false; #shown = ""; #loaded = false; #heard = null; #over = null;

  /** `chosen` is the alarm that the address asks for. */
  constructor(chosen) {
    this.#chosen = chosen || null;
    this.list = h("ol", { class: "alarms" });
    this.stage = h("div", { class: "alarm-stage" });
    this.count = h("span", { class: "count" });
    const pick = (all, text) => h("label", {}, h("input", { type: "radio", name: "which", checked: all === this.#all, onchange: () => { this.#all = all; this.#draw(); } }), text);
    this.element = h("section", { class: "review", "aria-labelledby": "alarms" },
      h("div", { class: "heading" }, h("h2", { id: "alarms" }, t("alarms"), " ", this.count),
        h("fieldset", {}, h("legend", { class: "unseen" }, t("alarms.which")), h("div", { class: "choices" }, pick(false, t("alarms.new")), pick(true, t("alarms.all"))))),
      this.stage, this.list, h("p", { class: "small keys" }, t("alarms.keys")),
      h("p", { class: "small" }, h("a", { href: "v1/events/export", download: true }, t("alarms.take"))));
    document.addEventListener("keydown", this.#press);
  }

  close() {
    document.removeEventListener("keydown", this.#press);
    this.#over?.close();
    tell(0);
  }

  /** What is heard while the answer is on its way may be newer than the answer, so it is taken again after it. */
  async load() {
    const heard = this.#heard = [];
    const page = await ask(`v1/events?limit=${LATEST}`).catch(() => null);
    if (heard !== this.#heard) return; // a later call knows more
    this.#heard = null;
    if (!page) return;
    this.#events = page.items;
    this.#loaded = true;
    heard.forEach((event) => this.take(event));
    this.#draw();
  }

  /** An alarm that has begun, went on, ended, was judged elsewhere or has got its clip. */
  take(event) {
    this.#heard?.push(event);
    const known = this.#events.findIndex(({ id }) => id === event.id);
    if (known < 0) {
      this.#events.unshift(event);
      document.getElementById("alarm").textContent = t("alarm.new", { kind: named(event.kind), camera: event.camera, time: when(event.at, true) });
    } else this.#events[known] = { ...this.#events[known], ...event };
    this.#draw();
  }

  get #open() {
    return this.#events.filter(({ review }) => !review);
  }

  get #listed() {
    return this.#all ? this.#events : this.#events.filter(({ id, review }) => !review || id === this.#chosen);
  }

  #draw() {
    if (!this.#loaded) return;
    const listed = this.#listed;
    if (!listed.some(({ id }) => id === this.#chosen)) this.#chosen = listed[0]?.id ?? null;
    const waiting = this.#open.length;
    tell(waiting);
    this.count.textContent = waiting || "";
    this.count.hidden = !waiting;
    const focused = this.list.contains(document.activeElement);
    this.list.replaceChildren(...listed.map((event) => this.#row(event)));
    if (focused) this.list.querySelector("[aria-current]")?.focus();
    this.#stageFor(listed.find(({ id }) => id === this.#chosen));
  }

  #row(event) {
    const current = event.id === this.#chosen;
    return h("li", {}, h("button", { class: "alarm", "aria-current": current && "true", onclick: () => this.#choose(event.id) },
      chip(event.kind, colour(event.kind)), h("span", { class: "small" }, event.camera), timed(event.at, true), mark(event)));
  }

  #choose(id) {
    this.#chosen = id;
    this.#draw();
  }

  /** The chosen alarm; built anew only when something of it that is shown has changed, so that the clip plays on. */
  #stageFor(event) {
    const key = event ? `${event.id} ${event.clip} ${event.state}` : "none";
    if (key !== this.#shown) {
      this.#shown = key;
      this.#over?.close();
      this.#over = null;
      this.stage.replaceChildren(...(event ? [this.#clip(event), this.#card()] : [h("p", { class: "empty" }, t("alarms.none"))]));
    }
    if (event) this.#fill(event);
  }

  #clip(event) {
    if (!event.clip) return h("p", { class: "clip wait" }, t(isOver(event) ? "clip.none" : "clip.wait"));
    const video = h("video", { class: "clip", controls: true, loop: true, playsinline: true, autoplay: !calm.matches, "aria-label": t("clip"), src: `${path(event.id)}/clip` });
    video.muted = true;
    this.#over = over(video);
    // Before and after it the frame would be around nobody.
    const follow = () => this.#over?.place(event.place && lasts(event, video.currentTime) ? event.place : null);
    for (const name of ["loadeddata", "timeupdate", "seeked"]) video.addEventListener(name, follow);
    return h("div", { class: "framed" }, video, this.#over.element);
  }

  #card() {
    this.says = h("div");
    this.wrong = h("p", { class: "wrong", role: "alert" });
    this.note = h("input", { id: "note", maxlength: 500, autocomplete: "off", placeholder: t("note") , "aria-label": t("note") });
    const verdict = (name, letter) => h("button", { class: `verdict ${name}`, "aria-keyshortcuts": letter, "aria-pressed": "false", "data-verdict": name, onclick: () => this.#judge(name) }, t(`verdict.${name}`), " ", h("kbd", { "aria-hidden": "true" }, letter));
    return h("div", { class: "card" }, this.says, h("p", { class: "buttons" }, verdict("confirmed", "C"), verdict("dismissed", "D")), this.note, this.wrong);
  }

  #fill(event) {
    this.says.replaceChildren(
      h("h3", {}, named(event.kind), " ", mark(event)),
      h("p", { class: "small" }, [event.camera, " · ", timed(event.at, true), " · ", isOver(event) ? t("alarm.lasted", { length: length(event.ended_s - event.started_s) }) : t("alarm.lasts"), " · ", t("alarm.peak", { share: percent(event.peak) })]));
    for (const button of this.stage.querySelectorAll("[data-verdict]")) button.setAttribute("aria-pressed", String(button.dataset.verdict === event.review?.verdict));
  }

  /** Takes the verdict at once and goes on to the next; gives it back where the service does not take it. */
  async #judge(verdict) {
    const event = this.#events.find(({ id }) => id === this.#chosen);
    if (!event) return;
    const [before, note] = [event.review, this.note.value.trim()];
    const next = this.#after(event);
    event.review = { verdict, note };
    this.#choose(next?.id ?? event.id);
    say(t(`verdict.${verdict}.done`, { kind: named(event.kind), camera: event.camera }));
    try {
      const body = { verdict, ...(note && { note }) };
      this.take(await ask(`${path(event.id)}/review`, { method: "POST", body }));
    } catch (error) {
      event.review = before;
      this.#choose(event.id);
      this.wrong.textContent = error instanceof Lost ? t("verdict.lost") : error.message;
    }
  }

  #after(event) {
    const listed = this.#listed;
    const place = listed.indexOf(event);
    const open = ({ review, id }) => !review && id !== event.id;
    return listed.slice(place + 1).find(open) ?? listed.slice(0, place).findLast(open);
  }

  #step(by) {
    const listed = this.#listed;
    const next = listed[listed.findIndex(({ id }) => id === this.#chosen) + by];
    if (next) this.#choose(next.id);
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  #press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), select, textarea, dialog, [popover]")) return;
    const video = this.stage.querySelector("video");
    const keys = {
      c: () => this.#judge("confirmed"), d: () => this.#judge("dismissed"),
      n: () => this.#step(1), j: () => this.#step(1), p: () => this.#step(-1), k: () => this.#step(-1),
      " ": () => video && (video.paused ? video.play() : video.pause()),
    };
    const key = event.key.toLowerCase();
    if (!(key in keys) || (key === " " && event.target.closest("button, a, video, input"))) return;
    event.preventDefault();
    keys[key]();
  };
}

/** Whether the alarm goes on at that second of its clip, as far as anybody knows when the clip began. */
const lasts = ({ started_s: start, updated_s: end, clip_start_s: first }, second) =>
  first === null || (start <= first + second && first + second < end);

const isOver = ({ state }) => state === "ended";

const mark = (event) => {
  const { review } = event;
  if (review) return h("span", { class: `state ${review.verdict}` }, t(`verdict.${review.verdict}.mark`));
  return !isOver(event) && h("span", { class: "state ongoing" }, t("alarm.now"));
};

/** How many alarms wait, where it is seen from other windows. */
function tell(waiting) {
  const count = document.querySelector(".top .count");
  count.textContent = waiting;
  count.hidden = !waiting;
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (waiting) document.title = `(${waiting}) ${document.title}`;
}
