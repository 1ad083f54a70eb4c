// The moving part of the page: the lines over time, the cursor that follows the video, and the ways to jump.

const find = (selector) => document.querySelector(selector);
const [plot, scroll, field, lines, band, ticks] = [".plot", ".scroll", ".field", ".lines", ".band", ".ticks"].map(find);
const [names, cursor, hair, tip, rows] = [".names", ".cursor", ".hair", ".tip", ".rows"].map(find);
const body = find("tbody");

const { duration, labels, skipped, curves, ...data } = JSON.parse(find("#data").textContent);
const segments = data.segments.map(([start, end, label, score], index) => {
  const { name, colour } = labels[label];
  return { start, end, length: end - start, name, colour, score, row: body.rows[index] };
});

const percent = (value) => `${Math.round(100 * value)}%`;
const across = (time) => `${(100 * time) / duration}%`;
const between = (low, value, high) => Math.min(Math.max(value, low), high);

function clock(time) {
  const tenths = Math.round(time * 10);
  const [hours, minutes] = [Math.floor(tenths / 36000), Math.floor(tenths / 600) % 60];
  const text = `${String(minutes).padStart(2, "0")}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
  return duration >= 3600 ? `${hours}:${text}` : text;
}

function make(parent, name, attributes = {}, text = "") {
  const space = parent instanceof SVGElement ? lines.namespaceURI : body.namespaceURI;
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  parent.append(element);
  return element;
}

// --- the video, or a clock of our own where it cannot be played

const video = find("video");
let wanted = 0;

const playable = () => Boolean(video && !video.hidden && video.readyState > 0);
const time = () => (playable() ? video.currentTime : wanted);

function seek(to) {
  wanted = between(0, to, duration);
  if (playable()) video.currentTime = wanted;
  follow();
  showCursor();
}

function toggle() {
  if (video.paused) video.play();
  else video.pause();
}

function giveUp() {
  video.pause();
  video.hidden = true;
  find(".unplayable").hidden = false;
}

function listenToVideo() {
  video.addEventListener("loadedmetadata", () => {
    if (video.videoWidth === 0) giveUp();
    if (wanted > 0) video.currentTime = wanted;
  });
  video.addEventListener("error", giveUp);
  if (video.error) giveUp(); // It may have failed before this script ran.
  for (const name of ["seeking", "seeked", "pause", "ended"]) video.addEventListener(name, follow);
  video.addEventListener("play", function frame() {
    follow();
    if (!video.paused) requestAnimationFrame(frame);
  });
}

// --- a row for every line, and the band of actions under them

const drawn = curves.lines.map((line) => ({ ...line, ...labels[line.label] }));

function path(values) {
  const points = values.map((value, index) => [Math.min(curves.start + index * curves.step, curves.until), value]);
  const held = [[curves.from, values[0]], ...points, [curves.until, values.at(-1)]];
  return `M${held.map(([x, y]) => `${x.toFixed(3)},${(1 - (0.85 * y) / curves.ceiling).toFixed(4)}`).join("L")}`;
}

function drawLines() {
  plot.style.setProperty("--lines", drawn.length);
  lines.setAttribute("viewBox", `0 0 ${duration} ${drawn.length}`);
  for (const [start, end] of skipped) {
    make(lines, "rect", { x: start, width: end - start, height: drawn.length, class: "skipped" });
  }
  drawn.forEach((line, place) => {
    const group = make(lines, "g", { class: line.colour, transform: `translate(0 ${place})` });
    const d = path(line.values);
    make(group, "path", { d: `${d}V1H${curves.from}Z`, class: "under" });
    make(group, "path", { d, class: "line" });
    make(group, "line", { x2: duration, y1: 1, y2: 1, class: "floor" });
    const name = make(names, "p");
    make(name, "span", {}, line.name);
    make(name, "span", { class: "small" }, `up to ${percent(Math.max(...line.values))}`);
  });
}

function drawBand() {
  for (const segment of segments) {
    segment.block = make(band, "div", { class: segment.colour });
    make(segment.block, "span", {}, segment.name);
    place(segment.block, segment.start, segment.end);
  }
  for (const [start, end] of skipped) place(make(band, "div", { class: "skipped" }), start, end);
}

function place(element, start, end) {
  element.style.left = across(start);
  element.style.width = across(end - start);
}

// --- zoom: the field grows inside a box that scrolls

const STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const farthest = between(1, duration / 30, 64);
let zoom = 1;

function zoomTo(factor) {
  const middle = cursorInView() ? cursor.offsetLeft : scroll.scrollLeft + scroll.clientWidth / 2;
  const share = middle / field.clientWidth;
  zoom = between(1, factor, farthest);
  field.style.width = `${100 * zoom}%`;
  scroll.scrollLeft = share * field.clientWidth - scroll.clientWidth / 2;
  find(".out").disabled = zoom === 1;
  find(".in").disabled = zoom === farthest;
  fit();
}

function fit() {
  const second = field.clientWidth / duration;
  const step = STEPS.find((each) => each * second >= 80) ?? Math.ceil(80 / second / 3600) * 3600;
  ticks.replaceChildren();
  for (let at = 0; at <= duration - 50 / second; at += step) {
    make(ticks, "span", {}, step < 1 ? clock(at) : clock(at).slice(0, -2)).style.left = across(at);
  }
  for (const { block, length } of segments) {
    block.classList.toggle("narrow", length * second < 56);
    block.classList.toggle("sliver", length * second < 4);
  }
  lines.classList.toggle("dense", curves.step * second < 3);
}

// --- hovering and clicking

const timeAt = (event) => {
  const box = field.getBoundingClientRect();
  return between(0, ((event.clientX - box.left) / box.width) * duration, duration);
};
const at = (moment) => segments.find((segment) => segment.start <= moment && moment < segment.end);
const missing = (moment) => skipped.some(([start, end]) => start <= moment && moment < end);

function said(moment) {
  return at(moment)?.name ?? (missing(moment) ? "Not analysed" : "No action recognised");
}

function hover(event) {
  const moment = timeAt(event);
  hair.hidden = tip.hidden = false;
  hair.style.left = across(moment);
  tip.replaceChildren();
  const heading = make(tip, "p");
  make(heading, "b", {}, clock(moment));
  make(heading, "span", {}, said(moment));
  for (const line of drawn) {
    const row = make(tip, "p", { class: line === lineUnder(event) ? `near ${line.colour}` : line.colour });
    make(row, "i");
    make(row, "span", {}, line.name);
    make(row, "b", {}, percent(reading(line, moment)));
  }
  const [left, width] = [event.clientX - plot.getBoundingClientRect().left, tip.offsetWidth];
  const beside = left + 16 + width > plot.clientWidth ? left - 16 - width : left + 16;
  tip.style.left = `${Math.max(0, beside)}px`;
}

function reading({ values }, moment) {
  return values[between(0, Math.round((moment - curves.start) / curves.step), values.length - 1)];
}

function lineUnder(event) {
  const { top, height } = lines.getBoundingClientRect();
  return drawn[Math.floor(((event.clientY - top) / height) * drawn.length)];
}

function leave() {
  hair.hidden = tip.hidden = true;
}

function listenToField() {
  field.addEventListener("pointermove", (event) => {
    hover(event);
    if (event.pointerType === "mouse" && event.buttons === 1) seek(timeAt(event));
  });
  for (const name of ["pointerleave", "pointercancel"]) field.addEventListener(name, leave);
  field.addEventListener("click", (event) => seek(timeAt(event)));
  find(".in").addEventListener("click", () => zoomTo(zoom * 2));
  find(".out").addEventListener("click", () => zoomTo(zoom / 2));
  addEventListener("beforeprint", () => zoomTo(1));
  new ResizeObserver(fit).observe(field);
}

// --- the list

const heads = [...document.querySelectorAll("th")];

function sortBy(head) {
  const downwards = head.getAttribute("aria-sort") === "ascending";
  for (const each of heads) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", downwards ? "descending" : "ascending");
  const { key } = head.dataset;
  const order = (one, other) => (one[key] < other[key] ? -1 : one[key] > other[key] ? 1 : one.start - other.start);
  const sorted = segments.toSorted((one, other) => (downwards ? order(other, one) : order(one, other)));
  body.append(...sorted.map(({ row }) => row));
}

function listenToLists() {
  for (const head of heads) head.firstElementChild.addEventListener("click", () => sortBy(head));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("tbody tr, .remarks li")?.querySelector("[data-at]");
    if (button && getSelection().isCollapsed) seek(Number(button.dataset.at));
  });
}

// --- following the video, and the keys

let current;

function follow() {
  const [moment, watched] = [time(), cursorInView()];
  const [segment, name] = [at(moment), said(moment)];
  cursor.style.left = across(between(0, moment, duration));
  field.setAttribute("aria-valuenow", moment.toFixed(1));
  field.setAttribute("aria-valuetext", `${clock(moment)}, ${name}`);
  find(".at").textContent = clock(moment);
  if (find(".what").textContent !== name) find(".what").textContent = name;
  if (segment !== current) mark(segment);
  if (watched) showCursor();
}

function mark(segment) {
  for (const element of [current?.row, current?.block]) element?.removeAttribute("aria-current");
  for (const element of [segment?.row, segment?.block]) element?.setAttribute("aria-current", "true");
  find(".now").className = segment ? `now ${segment.colour}` : "now";
  find(".sure").textContent = segment ? `${percent(segment.score)} sure, ${clock(segment.start)} to ${clock(segment.end)}` : "";
  if (segment) showRow(segment.row);
  current = segment;
}

// Both scroll inside their own box only, so that the page stays where the reader put it.

function cursorInView() {
  return between(scroll.scrollLeft, cursor.offsetLeft, scroll.scrollLeft + scroll.clientWidth) === cursor.offsetLeft;
}

function showCursor() {
  if (!cursorInView()) scroll.scrollLeft = cursor.offsetLeft - scroll.clientWidth / 8;
}

function showRow({ offsetTop, offsetHeight }) {
  const head = heads[0].offsetHeight;
  const inView = offsetTop - head >= rows.scrollTop && offsetTop + offsetHeight <= rows.scrollTop + rows.clientHeight;
  if (!inView) rows.scrollTop = offsetTop - head;
}

function step(direction) {
  const moment = time();
  const here = at(moment)?.start ?? moment;
  // Going back within the first second of an action means the one before it, as in music players.
  const before = moment - here < 1 ? here : moment;
  const later = () => segments.find(({ start }) => start > moment + 0.01);
  const earlier = () => segments.findLast(({ start }) => start < before);
  const next = direction > 0 ? later() : earlier();
  if (next) seek(next.start);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === " " && playable() && !event.target.closest("button, a")) toggle();
  else if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
  else return;
  event.preventDefault();
}

// --- all together

field.setAttribute("aria-valuemax", duration);
for (const element of [plot, find(".now"), find(".keys")]) element.hidden = false;
find(".zoom").hidden = farthest < 2;
drawLines();
drawBand();
listenToField();
listenToLists();
if (video) listenToVideo();
document.addEventListener("keydown", press, { capture: true });
zoomTo(1);
follow();
