// The camera wall: a picture and a risk for each camera, and beside it the alarms.

import { ask, connection, listen, Lost } from "./api.js";
import { Alarms } from "./alarms.js";
import { between, confirmed, h, icon, length, modelled, named, percent, s, say, titled } from "./dom.js";
import { t } from "./i18n.js";

const REMEMBERED = 90;
const GLANCE_MS = 1000;
const UNWATCHED = { state: "ended", reason: null, threshold: 1, risks: {}, delay_s: null };
const BIN = "M5 5l10 10M15 5 5 15";

const path = (id) => `v1/streams/${encodeURIComponent(id)}`;

export function show(view, chosen) {
  titled(t("nav.live"));
  const cameras = new Map();
  const wall = h("ul", { class: "wall", "aria-label": t("wall") });
  const none = h("p", { class: "empty", hidden: true }, t("wall.none"));
  const alarms = new Alarms(chosen);
  view.append(
    h("header", { class: "heading" }, h("h1", {}, t("live.title")), h("button", { class: "add", onclick: () => adding(load) }, t("camera.add"))),
    h("div", { class: "watch" }, h("div", {}, none, wall), alarms.element));

  function take(stream) {
    if (!cameras.has(stream.id)) {
      const camera = new Camera(stream, load);
      cameras.set(stream.id, camera);
      wall.append(camera.element);
    }
    cameras.get(stream.id).update(stream);
  }

  async function load() {
    try {
      const { items } = await ask("v1/streams");
      const ids = new Set(items.map(({ id }) => id));
      for (const [id, camera] of cameras) if (!ids.has(id)) forget(id, camera);
      items.forEach(take);
      none.hidden = items.length > 0;
      alarms.load();
    } catch (error) {
      if (!(error instanceof Lost)) none.replaceChildren(...(error.lines ?? [error.message]));
      none.hidden = cameras.size > 0;
    }
  }

  function forget(id, camera) {
    camera.close();
    cameras.delete(id);
  }

  const deaf = listen("v1/live", {
    stream: (stream) => (cameras.has(stream.id) ? take(stream) : load()),
    removed: load,
    event: (event) => alarms.take(event),
  }, load);
  return () => {
    deaf();
    alarms.close();
    cameras.forEach((camera) => camera.close());
  };
}

// --- one camera

class Camera {
  #past = []; #closed = false; #timer; #shown;

  constructor(stream, changed) {
    this.stream = stream;
    this.picture = h("img", { alt: "", width: 640, height: 360 });
    this.state = h("span", { class: "state" });
    this.name = h("h2");
    this.kind = h("span", { class: "small" });
    this.share = h("b", { class: "share" }, "–");
    this.level = h("span", { class: "level" });
    this.line = s("path", { class: "past" });
    this.meter = h("div", { class: "gauge", role: "meter", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 }, this.level, h("span", { class: "mark" }));
    this.element = h("li", { class: "camera" },
      h("div", { class: "picture" }, this.picture, this.state,
        h("button", { class: "quiet remove", "aria-label": t("camera.remove.this", { name: stream.name }), onclick: () => this.#remove(changed) }, icon(BIN))),
      h("div", { class: "under" }, h("div", {}, this.name, this.kind), this.share, this.meter,
        s("svg", { viewBox: `0 0 ${REMEMBERED - 1} 1`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.line)));
    this.#look();
  }

  update(stream) {
    this.stream = { ...this.stream, ...stream };
    const { name, status } = this.stream;
    const { state, reason, threshold, risks, delay_s: delay } = status ?? UNWATCHED;
    this.name.textContent = name;
    this.element.dataset.state = state;
    this.picture.alt = t("camera.picture", { name });
    const watched = state === "live" && Object.keys(risks).length > 0;
    this.state.textContent = watched && delay !== null ? t("camera.behind", { delay: length(delay) }) : t(`camera.${state}`);
    if (state !== this.#shown && this.#shown) say(`${name}: ${t(`camera.${state}`)}`);
    this.#shown = state;
    this.element.style.setProperty("--mark", `${100 * threshold}%`);
    if (watched) this.#gauge(risks, threshold);
    else this.#blank(reason);
  }

  /** `risks` by kind; the gauge shows the highest. */
  #gauge(risks, threshold) {
    const [kind, risk] = Object.entries(risks).reduce((one, other) => (other[1] > one[1] ? other : one));
    const { name } = this.stream;
    this.kind.textContent = named(kind);
    this.share.textContent = percent(risk);
    this.meter.setAttribute("aria-label", t("risk.of", { kind: named(kind), name }));
    this.meter.setAttribute("aria-valuenow", Math.round(100 * risk));
    this.meter.setAttribute("aria-valuetext", percent(risk));
    this.element.style.setProperty("--risk", between(0, risk, 1));
    this.element.dataset.risk = risk >= threshold ? "high" : risk >= threshold / 2 ? "raised" : "low";
    this.#past = [...this.#past, risk].slice(-REMEMBERED);
    const first = REMEMBERED - this.#past.length;
    this.line.setAttribute("d", this.#past.map((each, index) => `${index ? "L" : "M"}${first + index},${(1 - each).toFixed(3)}`).join(""));
  }

  /** Nothing is known of a camera that is not seen: no number may stand there. */
  #blank(reason) {
    this.kind.textContent = reason ?? "";
    this.share.textContent = "–";
    this.meter.setAttribute("aria-label", t("risk.unknown", { name: this.stream.name }));
    this.meter.setAttribute("aria-valuenow", 0);
    this.meter.setAttribute("aria-valuetext", "–");
    this.element.style.setProperty("--risk", 0);
    delete this.element.dataset.risk;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.element.remove();
  }

  /** A new picture each second, while somebody can see it. */
  #look() {
    const again = () => { if (!this.#closed) this.#timer = setTimeout(() => this.#look(), GLANCE_MS); };
    if (document.hidden || connection.gone || this.stream.status?.state === "lost") return again();
    const next = new Image();
    next.onload = () => {
      this.picture.src = next.src;
      again();
    };
    next.onerror = again;
    next.src = `${path(this.stream.id)}/picture?${Date.now()}`;
    return undefined;
  }

  async #remove(changed) {
    const { id, name } = this.stream;
    if (!(await confirmed(t("camera.remove.title", { name }), t("camera.remove.says"), t("camera.remove")))) return;
    await ask(path(id), { method: "DELETE" }).catch((error) => say(error.message));
    changed();
  }
}

// --- adding one

async function adding(added) {
  const wrong = h("div", { class: "wrong", role: "alert" });
  const name = h("input", { id: "name", required: true, maxlength: 100, autocomplete: "off", placeholder: t("camera.name.such") });
  const source = h("input", { id: "source", required: true, autocomplete: "off", spellcheck: "false", placeholder: "rtsp://192.168.1.20/stream1" });
  const model = h("select", { id: "watch" });
  const form = h("form", { onsubmit: add },
    h("h2", { id: "adding" }, t("camera.add")),
    h("label", { for: "name" }, t("camera.name")), name,
    h("label", { for: "source" }, t("camera.source")), source, h("p", { class: "small" }, t("camera.source.says")),
    h("label", { for: "watch" }, t("camera.model")), model, wrong,
    h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, t("cancel")), h("button", { class: "main" }, t("camera.watch"))));
  const box = h("dialog", { "aria-labelledby": "adding", onclose: () => box.remove() }, form);

  async function add(event) {
    event.preventDefault();
    try {
      await ask("v1/streams", { method: "POST", body: { name: name.value.trim(), source: source.value.trim(), model: model.value } });
      box.close();
      added();
    } catch (error) {
      wrong.replaceChildren(...(error.lines ?? [t("lost")]).map((line) => h("p", {}, line)));
    }
  }

  document.body.append(box);
  box.showModal();
  const { items } = await ask("v1/models").catch(() => ({ items: [] }));
  const alarming = items.filter(({ warns }) => warns);
  model.append(...(alarming.length ? alarming : items).map((each) => h("option", { value: each.name }, modelled(each.name))));
}

