// One place: corners are clicked on its picture, dragged, or moved with the arrow keys, until every shelf has its outline.

import { ask, Lost } from "./api.js";
import { between, clock, h, icon, named, percent, s, say, titled } from "./dom.js";
import { t } from "./i18n.js";
import { path as analysis } from "./jobs.js";
import { area, crosses, isZone, middle } from "./polygon.js";

const KINDS = ["shelf", "entrance", "till", "area"];
const STEP = 0.01;
const FINE = 0.002;
const NEAR = 14; // Pixels from the first corner within which a click closes the outline.
const BIN = "M4 6h12M8 6V4h4v2m-6.500 0 .7 10.500h7.600l.7-10.500M8.500 9v5m3-5v5";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SQUARE = [[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]];

const path = (name) => `v1/sites/${encodeURIComponent(name)}`;
const inside = (corner) => corner.map((share) => Math.round(between(0, share, 1) * 1e4) / 1e4);

export function edit(view, known) {
  const editor = new Editor(known);
  view.append(...editor.elements);
  titled(known ?? t("site.new"));
  editor.load();
  return () => editor.close();
}

class Editor {
  #zones = []; #draft = []; #chosen = -1; #past = []; #mark = "[]"; #dragging = null; #size = [16, 9];

  constructor(known) {
    this.known = known;
    this.svg = s("svg", { class: "drawing", role: "application", "aria-label": t("site.drawing"), onpointerdown: (event) => this.#press(event), onpointermove: (event) => this.#move(event), onpointerup: () => this.#drop(), onpointercancel: () => this.#drop(), onpointerleave: () => this.#aim(null) });
    this.video = h("video", { muted: true, playsinline: true, preload: "auto", hidden: true, "aria-label": t("video"), onloadedmetadata: () => this.#shown(this.video.videoWidth, this.video.videoHeight) });
    this.image = h("img", { alt: t("site.picture"), hidden: true, onload: () => this.#shown(this.image.naturalWidth, this.image.naturalHeight) });
    this.blank = h("p", { class: "unplayable" }, t("site.blank"));
    this.moment = h("input", { type: "range", min: 0, max: 1, step: 0.04, value: 0, "aria-label": t("timeline.position"), oninput: () => this.#seek() });
    this.at = h("output", { class: "small" });
    this.seeking = h("p", { class: "seeking", hidden: true }, this.moment, this.at);
    this.picture = h("select", { id: "picture", onchange: () => this.#look() }, h("option", { value: "" }, t("site.choose")));
    this.name = h("input", { id: "site", required: true, maxlength: 80, autocomplete: "off", value: known ?? "", placeholder: t("site.name.such"), oninput: () => this.#tell() });
    this.list = h("ol", { class: "zones" });
    this.hint = h("p", { class: "small", id: "hint" });
    this.wrong = h("div", { class: "wrong", role: "alert" });
    this.undo = h("button", { type: "button", onclick: () => this.#back() }, t("site.undo"), h("kbd", {}, "Ctrl Z"));
    this.close_ = h("button", { type: "button", class: "main", onclick: () => this.#finish() }, t("site.close"), h("kbd", {}, "Enter"));
    this.save = h("button", { class: "main" }, t("site.save"));
    this.yaml = h("a", { class: "button", hidden: true, download: "" }, t("site.yaml"));
    this.state = h("span", { class: "small", role: "status" });
    this.screen = h("div", { class: "canvas" }, this.blank, this.video, this.image, this.svg);
    this.keys = (event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
    this.sized = new ResizeObserver(() => this.#dragging || this.#draw());
    this.sized.observe(this.screen);
  }

  get elements() {
    const form = h("form", { class: "beside", onsubmit: (event) => this.#keep(event) },
      h("label", { for: "site" }, t("site.name")), this.name,
      h("label", { for: "picture" }, t("site.over")), this.picture,
      h("h2", {}, t("site.zones")), this.hint, this.list,
      h("p", { class: "buttons" }, h("button", { type: "button", onclick: () => this.#square() }, t("site.add")), this.undo), this.wrong,
      h("p", { class: "buttons" }, this.save, this.yaml, this.state));
    return [
      h("header", {}, h("p", { class: "kicker" }, h("a", { href: "#/sites" }, t("nav.sites"))), h("h1", {}, this.known ?? t("site.new")), h("p", { class: "facts" }, t("site.says"))),
      h("section", { class: "stage site" }, h("div", {}, this.screen, h("div", { class: "tools" }, this.seeking, this.close_)), form)];
  }

  async load() {
    try {
      const [jobs, cameras, site] = await Promise.all([ask("v1/analyses?limit=100"), ask("v1/streams"), this.known ? ask(path(this.known)) : null]);
      const group = (title, options) => options.length > 0 && h("optgroup", { label: title }, options);
      const option = (value, text) => h("option", { value }, text);
      this.picture.append(...[
        group(t("live.title"), cameras.items.map(({ id, name }) => option(`camera ${id}`, name))),
        group(t("nav.videos"), jobs.items.filter(({ state }) => state === "done").map(({ id, name, annotate }) => option(`${annotate ? "copy" : "video"} ${id}`, name)))].filter(Boolean));
      if (site) this.#zones = site.zones;
      this.#mark = JSON.stringify(this.#zones);
      if (this.picture.options.length > 1 && !this.picture.value) {
        this.picture.selectedIndex = 1;
        this.#look();
      }
    } catch (error) {
      if (!(error instanceof Lost)) this.#refuse(error.lines ?? [error.message]);
    }
    this.#draw();
  }

  close() {
    document.removeEventListener("keydown", this.keys);
    this.sized.disconnect();
    this.video.removeAttribute("src");
  }

  // --- the picture below

  #look() {
    const [kind, id] = this.picture.value.split(" ");
    this.video.hidden = kind !== "video" && kind !== "copy";
    this.image.hidden = kind !== "camera";
    this.seeking.hidden = this.video.hidden;
    this.blank.hidden = Boolean(kind);
    if (kind === "camera") this.image.src = `v1/streams/${encodeURIComponent(id)}/picture?${Date.now()}`;
    if (!this.video.hidden) {
      this.video.onerror = () => kind === "video" && this.#unplayable();
      this.video.src = `${analysis(id)}/source`;
    }
  }

  #unplayable() {
    this.blank.textContent = t("unplayable");
    this.blank.hidden = false;
    this.video.hidden = true;
    this.seeking.hidden = true;
  }

  #shown(width, height) {
    if (!width) return this.#unplayable();
    this.#size = [width, height];
    this.screen.style.setProperty("--aspect", `${width} / ${height}`);
    this.moment.max = this.video.duration || 1;
    this.#seek();
    return this.#draw();
  }

  #seek() {
    if (this.video.hidden) return;
    this.video.currentTime = Number(this.moment.value);
    this.at.textContent = clock(Number(this.moment.value), 1);
    this.moment.setAttribute("aria-valuetext", this.at.textContent);
  }

  // --- what the hand does

  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.svg.getBoundingClientRect();
    return inside([(clientX - left) / width, (clientY - top) / height]);
  }

  #press(event) {
    if (event.button > 0) return;
    const { zone, corner } = event.target.dataset;
    if (corner !== undefined) {
      event.preventDefault();
      event.target.focus();
      this.#choose(Number(zone));
      this.#dragging = { zone: Number(zone), corner: Number(corner), from: this.#zones[zone].polygon[corner] };
      this.svg.setPointerCapture(event.pointerId);
      return;
    }
    if (zone !== undefined && !this.#draft.length) {
      this.#choose(Number(zone));
      return;
    }
    this.#corner(this.#place(event), event);
  }

  #corner(place, event) {
    if (this.#draft.length >= 3 && this.#isFirst(event)) {
      this.#finish();
      return;
    }
    if (crosses([...this.#draft, place], false)) {
      this.#refuse([t("site.crosses")]);
      return;
    }
    this.#remember();
    this.#draft.push(place);
    this.#chosen = -1;
    this.#draw();
  }

  #isFirst({ clientX, clientY }) {
    const { left, top, width, height } = this.svg.getBoundingClientRect();
    const [x, y] = this.#draft[0];
    return Math.hypot(clientX - left - x * width, clientY - top - y * height) < NEAR;
  }

  #move(event) {
    if (!this.#dragging) return this.#aim(this.#draft.length ? this.#place(event) : null);
    return this.#shift(this.#dragging, this.#place(event));
  }

  /** Moves a corner, unless sides would cross: then it stays where it last could be. */
  #shift({ zone, corner }, place) {
    const moved = this.#zones[zone].polygon.with(corner, place);
    if (!isZone(moved)) {
      this.svg.classList.add("no");
      return;
    }
    this.svg.classList.remove("no");
    this.#zones[zone] = { ...this.#zones[zone], polygon: moved };
    this.#draw();
  }

  #drop() {
    const held = this.#dragging;
    this.#dragging = null;
    if (this.svg.classList.contains("no")) this.#refuse([t("site.crosses")]);
    this.svg.classList.remove("no");
    if (!held || this.#zones[held.zone].polygon[held.corner] === held.from) return;
    const before = this.#zones[held.zone].polygon.with(held.corner, held.from);
    this.#past.push(JSON.stringify({ zones: this.#zones.with(held.zone, { ...this.#zones[held.zone], polygon: before }), draft: [] }));
    this.#draw();
  }

  #aim(place) {
    const line = this.svg.querySelector(".aim");
    if (!line) return;
    const shown = place ? [...this.#draft.slice(-1), place] : [];
    line.setAttribute("points", shown.map((corner) => this.#spot(corner)).join(" "));
    line.classList.toggle("no", Boolean(place) && crosses([...this.#draft, place], false));
  }

  #key(event) {
    const { target, key } = event;
    if (target.closest("dialog, [popover]")) return;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z" && !target.matches("input")) {
      event.preventDefault();
      this.#back();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#draft.length && (key === "Enter" || key === "Escape") && !target.closest("form")) {
      event.preventDefault();
      if (key === "Enter") this.#finish();
      else this.#back();
      return;
    }
    const { zone, corner } = target.dataset ?? {};
    if (corner !== undefined) this.#nudge(event, Number(zone), Number(corner));
  }

  #nudge(event, zone, corner) {
    const { polygon } = this.#zones[zone];
    if (event.key in ARROWS) {
      const step = event.shiftKey ? FINE : STEP;
      const moved = inside(ARROWS[event.key].map((way, axis) => polygon[corner][axis] + way * step));
      this.#change(zone, polygon.with(corner, moved), corner);
    } else if (event.key === "Delete" || event.key === "Backspace") this.#change(zone, polygon.toSpliced(corner, 1), Math.max(corner - 1, 0));
    else if (event.key === "Insert" || event.key === "+") this.#change(zone, polygon.toSpliced(corner + 1, 0, middle([polygon[corner], polygon[(corner + 1) % polygon.length]])), corner + 1);
    else return;
    event.preventDefault();
  }

  #change(zone, polygon, corner) {
    if (!isZone(polygon)) {
      this.#refuse([t(polygon.length < 3 ? "site.three" : "site.crosses")]);
      return;
    }
    this.#remember();
    this.#zones[zone] = { ...this.#zones[zone], polygon };
    this.#chosen = zone;
    this.#draw();
    this.svg.querySelector(`[data-zone="${zone}"][data-corner="${corner}"]`)?.focus();
  }

  // --- zones

  #finish() {
    if (!isZone(this.#draft)) {
      this.#refuse([t(this.#draft.length < 3 || area(this.#draft) <= 1e-6 ? "site.three" : "site.crosses")]);
      return;
    }
    this.#remember();
    this.#add(this.#draft);
  }

  #square() {
    this.#remember();
    this.#add(SQUARE);
    this.svg.querySelector(`[data-zone="${this.#chosen}"]`)?.focus();
  }

  #add(polygon) {
    const taken = new Set(this.#zones.map(({ name }) => name));
    let number = 1;
    while (taken.has(`${t("kind.shelf")} ${number}`)) number++;
    this.#zones.push({ name: `${t("kind.shelf")} ${number}`, kind: "shelf", polygon });
    this.#draft = [];
    this.#chosen = this.#zones.length - 1;
    this.#draw();
    const name = this.list.querySelector("li:last-child input");
    name?.focus();
    name?.select();
  }

  #remove(zone) {
    this.#remember();
    say(t("delete.done", { name: this.#zones[zone].name }));
    this.#zones.splice(zone, 1);
    this.#chosen = -1;
    this.#draw();
    this.undo.focus();
  }

  #choose(zone) {
    this.#chosen = zone;
    for (const [at, row] of [...this.list.children].entries()) row[at === zone ? "setAttribute" : "removeAttribute"]("aria-current", "true");
    for (const each of this.svg.querySelectorAll(".zone-shape")) each.classList.toggle("chosen", Number(each.dataset.of) === zone);
  }

  #remember() {
    this.#past.push(JSON.stringify({ zones: this.#zones, draft: this.#draft }));
  }

  #back() {
    const before = this.#past.pop();
    if (!before) return;
    ({ zones: this.#zones, draft: this.#draft } = JSON.parse(before));
    this.#chosen = -1;
    this.#draw();
  }

  // --- saving

  async #keep(event) {
    event.preventDefault();
    const name = this.name.value.trim().replace(/\s+/g, " ");
    this.wrong.replaceChildren();
    if (this.#draft.length) return this.#refuse([t("site.unfinished")]);
    if (!this.#zones.length) return this.#refuse([t("site.empty")]);
    if (new Set(this.#zones.map((zone) => zone.name)).size < this.#zones.length) return this.#refuse([t("site.twice")]);
    try {
      const kept = await ask(path(name), { method: "PUT", body: { zones: this.#zones } });
      if (this.known && this.known !== name) await ask(path(this.known), { method: "DELETE" }).catch(() => {});
      this.known = name;
      history.replaceState(null, "", `#/sites/${encodeURIComponent(name)}`);
      document.querySelector(".view h1").textContent = name;
      titled(name);
      this.#mark = JSON.stringify(this.#zones);
      this.#tell();
      this.wrong.replaceChildren(...kept.notes.map((note) => h("p", { class: "small", lang: "en" }, note)));
      return undefined;
    } catch (error) {
      return this.#refuse(error.lines ?? [t("lost")]);
    }
  }

  #refuse(lines) {
    this.wrong.replaceChildren(...lines.map((line) => h("p", {}, line)));
  }

  #tell() {
    const saved = this.known !== null && !this.#draft.length && this.#mark === JSON.stringify(this.#zones) && this.name.value.trim() === this.known;
    this.state.textContent = saved ? t("site.saved") : "";
    this.yaml.hidden = !saved;
    if (saved) {
      this.yaml.href = `${path(this.known)}?format=yaml`;
      this.yaml.download = `${this.known}.yaml`;
    }
    this.undo.disabled = !this.#past.length;
    this.close_.hidden = this.#draft.length < 3;
    this.hint.textContent = t(this.#draft.length ? "site.hint.more" : "site.hint");
  }

  // --- drawing all of it again

  /** A pixel of the screen in pixels of the picture. */
  get #pixel() {
    return this.#size[0] / (this.svg.clientWidth || 640);
  }

  #spot([x, y]) {
    return `${(x * this.#size[0]).toFixed(1)},${(y * this.#size[1]).toFixed(1)}`;
  }

  #draw() {
    const [width, height] = this.#size;
    const focused = document.activeElement?.dataset;
    const again = focused?.corner !== undefined ? `[data-zone="${focused.zone}"][data-corner="${focused.corner}"]` : null;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren(...this.#zones.flatMap((zone, at) => this.#shape(zone, at)), ...this.#open());
    if (this.list.children.length !== this.#zones.length || !this.list.contains(document.activeElement)) this.list.replaceChildren(...this.#zones.map((zone, at) => this.#row(zone, at)));
    if (again) this.svg.querySelector(again)?.focus();
    if (this.#dragging || again) this.wrong.replaceChildren();
    this.#tell();
  }

  #shape({ name, kind, polygon }, at) {
    const unit = this.#pixel;
    const [x, y] = middle(polygon).map((share, axis) => share * this.#size[axis]);
    const chosen = at === this.#chosen ? " chosen" : "";
    const corners = polygon.map(([across, down], corner) => s("circle", {
      class: `corner ${kind}`, cx: across * this.#size[0], cy: down * this.#size[1], r: 6 * unit, tabindex: 0, role: "button", "data-zone": at, "data-corner": corner,
      "aria-label": t("site.corner", { n: corner + 1, name, x: percent(across), y: percent(down) }) }));
    return [
      s("polygon", { class: `zone-shape ${kind}${chosen}`, points: polygon.map((each) => this.#spot(each)).join(" "), "data-zone": at, "data-of": at }),
      s("text", { class: "zone-name", x, y, "font-size": 14 * unit }, name), ...corners];
  }

  #open() {
    if (!this.#draft.length) return [];
    const unit = this.#pixel;
    return [
      s("polyline", { class: "draft", points: this.#draft.map((each) => this.#spot(each)).join(" ") }), s("polyline", { class: "draft aim" }),
      ...this.#draft.map(([x, y], at) => s("circle", { class: `corner draft${at ? "" : " first"}`, cx: x * this.#size[0], cy: y * this.#size[1], r: unit * (at ? 5 : 8) }))];
  }

  #row(zone, at) {
    const set = (values) => {
      this.#remember();
      this.#zones[at] = { ...this.#zones[at], ...values };
      this.#draw();
    };
    const kinds = KINDS.map((kind) => h("option", { value: kind, selected: kind === zone.kind }, named(t(`kind.${kind}`))));
    return h("li", { "aria-current": at === this.#chosen && "true", onfocusin: () => this.#choose(at) },
      h("i", { class: `chip ${zone.kind}` }),
      h("input", { value: zone.name, required: true, maxlength: 80, autocomplete: "off", "aria-label": t("site.zone.name", { n: at + 1 }), onchange: (event) => set({ name: event.target.value.trim() }) }),
      h("select", { "aria-label": t("site.zone.kind", { name: zone.name }), onchange: (event) => { event.target.previousElementSibling.previousElementSibling.className = `chip ${event.target.value}`; set({ kind: event.target.value }); } }, kinds),
      h("button", { type: "button", class: "quiet", "aria-label": t("delete.this", { name: zone.name }), onclick: () => this.#remove(at) }, icon(BIN)));
  }
}
