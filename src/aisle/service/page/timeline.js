// A video as a whole: how sure each action is over time, the actions as blocks, and ways to zoom, look and jump.

import { colour } from "./colour.js";
import { between, h, named, percent } from "./dom.js";
import { t } from "./i18n.js";

const TICKS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const FEW = 6;
const CLOSEST_S = 2;
const DRAG_PX = 4;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** `data`: duration, segments, skipped, curves (or null). `stamp` writes a moment, `seek` is told where to jump, `marked`
 *  which stretch was dragged over, and `turned` that another part is shown. */
export class Timeline {
  #data; #seek; #stamp; #marked; #turned; #moment = 0; #view; #lines; #sorted; #blocks = []; #asked = 0; #moving = 0; #grip = null; #fingers = new Map();

  constructor(data, { seek, stamp, marked = () => {}, turned = () => {} }) {
    this.#data = data;
    this.#seek = seek;
    this.#stamp = stamp;
    this.#marked = marked;
    this.#turned = turned;
    this.#view = { from: 0, until: data.duration };
    this.#sorted = (data.curves?.lines ?? [])
      .map((line) => ({ ...line, peak: line.values.reduce((one, other) => Math.max(one, other), 0) }))
      .sort((one, other) => other.peak - one.peak);
    this.#lines = this.#sorted.slice(0, FEW);
    this.#build();
    this.#listen();
    this.#sizes = new ResizeObserver(() => this.#refresh());
    this.#sizes.observe(this.field);
    addEventListener("themed", this.#later);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", this.#later);
  }

  #sizes;

  close() {
    this.#sizes.disconnect();
    removeEventListener("themed", this.#later);
    matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", this.#later);
  }

  // --- what it is made of

  #build() {
    const { duration, segments, skipped, drift = [] } = this.#data;
    this.names = h("div", { class: "names", "aria-hidden": "true" });
    this.canvas = h("canvas", { class: "lines", "aria-hidden": "true" });
    this.band = h("div", { class: "band", "aria-hidden": "true" });
    this.ticks = h("div", { class: "ticks", "aria-hidden": "true" });
    this.hair = h("div", { class: "hair", hidden: true });
    this.cursor = h("div", { class: "cursor" });
    this.range = h("div", { class: "range", hidden: true });
    this.fill = h("div", { class: "fill", hidden: true });
    this.field = h("div", {
      class: "field", role: "slider", tabindex: "0", "aria-label": t("timeline.position"), "aria-valuemin": "0", "aria-valuemax": duration.toFixed(1),
    }, this.band, this.canvas, this.ticks, this.range, this.hair, this.cursor);
    this.window = h("div", { class: "window" });
    this.map = h("div", { class: "map", "aria-hidden": "true", hidden: true });
    this.tip = h("div", { class: "tip", role: "presentation", hidden: true });
    this.out = h("button", { class: "round", "aria-label": t("zoom.out"), onclick: () => this.zoom(0.5) }, "−");
    this.in = h("button", { class: "round", "aria-label": t("zoom.in"), onclick: () => this.zoom(2) }, "+");
    this.whole = h("button", { class: "small-button", onclick: () => this.all() }, t("zoom.all"));
    this.tools = h("p", { class: "zoom" }, this.whole, this.out, this.in);
    this.more = this.#sorted.length > FEW && h("button", { class: "link", "aria-expanded": "false", onclick: () => this.#showMore() }, t("curves.more", { n: this.#sorted.length - FEW }));
    this.element = h("div", { class: "plot" }, this.names, this.field, this.map, this.tip, this.more);
    for (const { start, end } of skipped) this.#block(start, end, { class: "skipped" });
    for (const { start, end, label } of segments) this.#block(start, end, { "--k": colour(label) }, h("span", {}, named(label)));
    for (const { start, end, kind } of drift) this.#block(start, end, { class: "drift", title: named(kind) });
    this.band.append(this.fill);
    this.map.append(this.window);
    this.#name();
  }

  #block(start, end, properties, ...inside) {
    const block = h("div", properties, inside);
    const small = h("div", properties);
    small.style.left = `${(100 * start) / this.#data.duration}%`;
    small.style.width = `${(100 * (end - start)) / this.#data.duration}%`;
    this.band.append(block);
    this.map.append(small);
    this.#blocks.push({ start, end, block });
  }

  #name() {
    this.element.style.setProperty("--lines", this.#lines.length);
    this.names.replaceChildren(...this.#lines.map(({ label, peak }) =>
      h("p", {}, h("span", {}, named(label)), h("span", { class: "small" }, t("curves.peak", { share: percent(peak) })))));
  }

  #showMore() {
    const all = this.#lines.length > FEW;
    this.#lines = all ? this.#sorted.slice(0, FEW) : this.#sorted;
    this.more.textContent = all ? t("curves.more", { n: this.#sorted.length - FEW }) : t("curves.fewer");
    this.more.setAttribute("aria-expanded", String(!all));
    this.#name();
    this.#later();
  }

  // --- what is told from outside

  /** Puts the cursor to a moment; `playing` turns the page when the cursor leaves what is shown. */
  at(moment, playing = false) {
    const { from, until } = this.#view;
    const seen = from <= this.#moment && this.#moment <= until;
    this.#moment = moment;
    this.cursor.style.left = this.#across(moment);
    this.cursor.hidden = moment < from || moment > until;
    this.field.setAttribute("aria-valuenow", moment.toFixed(1));
    this.field.setAttribute("aria-valuetext", `${this.#stamp(moment)}, ${this.#said(moment)}`);
    if (this.cursor.hidden && (seen || !playing) && this.#grip === null) this.#show(moment);
  }

  /** While the video is still being looked at: how much of it is done. */
  filled(share) {
    this.fill.hidden = share >= 1;
    this.fill.style.left = `${100 * share}%`;
  }

  mark(segment) {
    for (const { start, block } of this.#blocks) {
      if (segment && start === segment.start && !block.matches(".skipped, .drift")) block.setAttribute("aria-current", "true");
      else block.removeAttribute("aria-current");
    }
  }

  /** The part that is shown, from and until which second. */
  get shown() {
    return this.#view;
  }

  zoom(factor, around = this.#middle()) {
    const { from, until } = this.#view;
    this.#move(around - (around - from) / factor, around + (until - around) / factor);
  }

  all() {
    this.#move(0, this.#data.duration);
  }

  /** Another way to write moments: from the start of the video, or by the clock on the wall. */
  restamp(stamp) {
    this.#stamp = stamp;
    this.#later();
    this.at(this.#moment);
  }

  // --- what is shown of the whole

  #middle() {
    const { from, until } = this.#view;
    return from <= this.#moment && this.#moment <= until ? this.#moment : (from + until) / 2;
  }

  #show(moment) {
    const span = this.#view.until - this.#view.from;
    this.#look(moment - span / 8, moment + (7 * span) / 8);
  }

  #bounded(from, until) {
    const { duration } = this.#data;
    const span = between(Math.min(CLOSEST_S, duration), until - from, duration);
    const middle = (from + until) / 2;
    const start = between(0, middle - span / 2, duration - span);
    return { from: start, until: start + span };
  }

  #look(from, until) {
    this.#view = this.#bounded(from, until);
    this.#turned();
    this.#later();
  }

  #move(from, until) {
    const [old, goal] = [this.#view, this.#bounded(from, until)];
    if (calm.matches) return this.#look(goal.from, goal.until);
    const mine = ++this.#moving;
    const began = performance.now();
    const glide = (now) => {
      if (mine !== this.#moving) return;
      const share = 1 - (1 - between(0, (now - began) / 180, 1)) ** 3;
      this.#look(old.from + (goal.from - old.from) * share, old.until + (goal.until - old.until) * share);
      if (share < 1) requestAnimationFrame(glide);
    };
    requestAnimationFrame(glide);
  }

  #later = () => {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#refresh();
    });
  };

  #across(moment) {
    const { from, until } = this.#view;
    return `${(100 * (moment - from)) / (until - from)}%`;
  }

  #refresh() {
    const { duration } = this.#data;
    const { from, until } = this.#view;
    const second = this.field.clientWidth / (until - from);
    const zoomed = until - from < duration - 0.01;
    this.#draw();
    this.#tick(second);
    for (const { start, end, block } of this.#blocks) {
      block.hidden = end < from || start > until;
      const [left, right] = [Math.max(start, from), Math.min(end, until)];
      block.style.left = this.#across(left);
      block.style.width = `${(100 * (right - left)) / (until - from)}%`;
      block.classList.toggle("narrow", (right - left) * second < 56);
      block.classList.toggle("sliver", (right - left) * second < 4);
    }
    this.map.hidden = !zoomed;
    this.window.style.left = `${(100 * from) / duration}%`;
    this.window.style.width = `${(100 * (until - from)) / duration}%`;
    this.out.disabled = this.whole.disabled = !zoomed;
    this.in.disabled = until - from <= CLOSEST_S;
    this.field.classList.toggle("zoomed", zoomed);
    this.cursor.style.left = this.#across(this.#moment);
    this.cursor.hidden = this.#moment < from || this.#moment > until;
  }

  #tick(second) {
    const { from, until } = this.#view;
    const step = TICKS.find((each) => each * second >= 84) ?? Math.ceil(84 / second / 3600) * 3600;
    const first = Math.ceil(from / step) * step;
    const marks = [];
    for (let moment = first; moment <= until - 40 / second; moment += step) {
      const mark = h("span", {}, this.#stamp(moment, step < 1 ? 1 : 0));
      mark.style.left = this.#across(moment);
      marks.push(mark);
    }
    this.ticks.replaceChildren(...marks);
  }

  #draw() {
    const { canvas } = this;
    const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio];
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (!this.#lines.length || !width) return;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const look = getComputedStyle(canvas);
    const row = height / this.#lines.length;
    const { from, until } = this.#view;
    pen.fillStyle = look.getPropertyValue("--rule");
    for (const { start, end } of this.#data.skipped) {
      pen.fillRect(((start - from) / (until - from)) * width, 0, ((end - start) / (until - from)) * width, height);
    }
    this.#lines.forEach((line, index) => {
      this.#curve(pen, line, { width, bottom: (index + 1) * row - 1, tall: row * Number(look.getPropertyValue("--tall")), rule: look.color });
    });
  }

  #curve(pen, line, { width, bottom, tall, rule }) {
    const points = this.#points(line, width);
    const ceiling = this.#ceiling();
    pen.beginPath();
    for (const [x, value] of points) pen.lineTo(x, bottom - (tall * value) / ceiling);
    pen.strokeStyle = pen.fillStyle = colour(line.label);
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.stroke();
    pen.lineTo(points.at(-1)[0], bottom);
    pen.lineTo(points[0][0], bottom);
    pen.globalAlpha = 0.16;
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = rule;
    pen.fillRect(0, bottom, width, 1);
  }

  /** [x, value] of the readings in view; where several share a pixel, the highest, so that no peak is lost. */
  #points({ values }, width) {
    const { start, step } = this.#data.curves;
    const { from, until } = this.#view;
    const place = (index) => ((start + index * step - from) / (until - from)) * width;
    const first = between(0, Math.floor((from - start) / step) - 1, values.length - 1);
    const last = between(first, Math.ceil((until - start) / step) + 1, values.length - 1);
    const every = Math.max(1, Math.floor((last - first) / (2 * width)));
    const points = [];
    for (let index = first; index <= last; index += every) {
      let highest = 0;
      for (let each = index; each < Math.min(index + every, last + 1); each++) highest = Math.max(highest, values[each]);
      points.push([place(index), highest]);
    }
    return [[Math.min(place(-0.5), points[0][0]), points[0][1]], ...points, [Math.max(place(values.length - 0.5), points.at(-1)[0]), points.at(-1)[1]]];
  }

  #ceiling() {
    const peak = this.#sorted[0]?.peak ?? 1;
    return [0.25, 0.5].find((level) => peak <= level) ?? 1;
  }

  // --- hovering

  #time(event) {
    const box = this.field.getBoundingClientRect();
    const { from, until } = this.#view;
    return between(0, from + ((event.clientX - box.left) / box.width) * (until - from), this.#data.duration);
  }

  #said(moment) {
    const on = ({ start, end }) => start <= moment && moment < end;
    const segment = this.#data.segments.find(on);
    if (segment) return named(segment.label);
    return t(this.#data.skipped.some(on) ? "skipped" : "nothing");
  }

  #hover(event) {
    const moment = this.#time(event);
    this.hair.hidden = this.tip.hidden = false;
    this.hair.style.left = this.#across(moment);
    const { top, height } = this.canvas.getBoundingClientRect();
    const under = Math.floor(((event.clientY - top) / height) * this.#lines.length);
    this.tip.replaceChildren(
      h("p", {}, h("b", {}, this.#stamp(moment, 1)), h("span", {}, this.#said(moment))),
      ...this.#lines.slice(0, 12).map((line, index) =>
        h("p", { class: index === under && "near", "--k": colour(line.label) }, h("i", { class: "chip" }), h("span", {}, named(line.label)), h("b", {}, percent(this.#reading(line, moment))))));
    const left = event.clientX - this.element.getBoundingClientRect().left;
    const beside = left + 16 + this.tip.offsetWidth > this.element.clientWidth ? left - 16 - this.tip.offsetWidth : left + 16;
    this.tip.style.left = `${Math.max(0, beside)}px`;
  }

  #reading({ values }, moment) {
    const { start, step } = this.#data.curves;
    return values[between(0, Math.round((moment - start) / step), values.length - 1)];
  }

  #unhover = () => {
    this.hair.hidden = this.tip.hidden = true;
  };

  // --- the pointer: a drag moves the cursor, with Shift it marks a stretch to zoom to; one finger pans, two zoom

  #listen() {
    const { field, map } = this;
    field.addEventListener("pointerdown", (event) => this.#grab(event));
    field.addEventListener("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel"]) field.addEventListener(name, (event) => this.#drop(event));
    field.addEventListener("pointerleave", this.#unhover);
    field.addEventListener("dblclick", (event) => this.#fit(this.#time(event)));
    field.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    map.addEventListener("pointerdown", (event) => {
      map.setPointerCapture(event.pointerId);
      this.#pull(event);
    });
    map.addEventListener("pointermove", (event) => event.buttons && this.#pull(event));
  }

  #grab(event) {
    if (event.button !== 0) return;
    this.field.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, event.clientX);
    const kind = event.pointerType === "touch" ? "pan" : event.shiftKey ? "mark" : "seek";
    this.#grip = { kind, x: event.clientX, moved: false, start: this.#time(event), view: this.#view, apart: this.#apart() };
    if (kind === "seek") this.#seek(this.#time(event));
  }

  #apart() {
    const [one, other] = [...this.#fingers.values()];
    return other === undefined ? null : Math.max(20, Math.abs(one - other));
  }

  #drag(event) {
    if (event.pointerType === "mouse") this.#hover(event);
    if (!this.#grip || !this.#fingers.has(event.pointerId)) return;
    this.#fingers.set(event.pointerId, event.clientX);
    const { kind, x, view, apart, start } = this.#grip;
    this.#grip.moved ||= Math.abs(event.clientX - x) > DRAG_PX;
    const span = view.until - view.from;
    if (apart) {
      const grown = span * (apart / this.#apart());
      this.#look(start - ((start - view.from) / span) * grown, start + ((view.until - start) / span) * grown);
    } else if (kind === "pan") {
      const by = ((event.clientX - x) / this.field.clientWidth) * span;
      if (this.#grip.moved) this.#look(view.from - by, view.until - by);
    } else if (kind === "mark") {
      const [low, high] = [start, this.#time(event)].sort((one, other) => one - other);
      this.range.hidden = false;
      this.range.style.left = this.#across(low);
      this.range.style.width = `${(100 * (high - low)) / span}%`;
    } else this.#seek(this.#time(event));
  }

  #drop(event) {
    const grip = this.#grip;
    this.#fingers.delete(event.pointerId);
    if (!grip || this.#fingers.size) return;
    this.#grip = null;
    this.range.hidden = true;
    if (event.type === "pointercancel") return;
    if (grip.kind === "pan" && !grip.moved && !grip.apart) this.#seek(this.#time(event));
    if (grip.kind === "mark" && grip.moved) {
      const [low, high] = [grip.start, this.#time(event)].sort((one, other) => one - other);
      this.#move(low, high);
      this.#marked(low, high);
    }
  }

  /** Shows the stretch around a moment at nearly full width. */
  #fit(moment) {
    const found = this.#data.segments.find(({ start, end }) => start <= moment && moment < end);
    if (found) this.#move(found.start - (found.end - found.start) / 4, found.end + (found.end - found.start) / 4);
  }

  #wheel(event) {
    const unit = event.deltaMode ? 16 : 1;
    const across = event.shiftKey ? event.deltaY || event.deltaX : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    const { from, until } = this.#view;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      const [factor, around] = [Math.exp(-event.deltaY * unit * 0.004), this.#time(event)];
      this.#look(around - (around - from) / factor, around + (until - around) / factor);
    } else if (across && until - from < this.#data.duration) {
      const by = ((across * unit) / this.field.clientWidth) * (until - from);
      this.#look(from + by, until + by);
    } else return;
    this.#moving++;
    event.preventDefault();
  }

  #pull(event) {
    const box = this.map.getBoundingClientRect();
    const moment = ((event.clientX - box.left) / box.width) * this.#data.duration;
    const half = (this.#view.until - this.#view.from) / 2;
    this.#look(moment - half, moment + half);
  }
}
