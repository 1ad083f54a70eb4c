// Videos in: dropped or chosen, sent two at a time, and followed until they are looked through.

import { ask, connection, isBusy, Lost, pause, Problem, send, untilBack } from "./api.js";
import { bar, h, icon, modelled, percent, say, size, titled } from "./dom.js";
import { lang, t, told } from "./i18n.js";
import { address, isFinal, problemText, redraw } from "./jobs.js";

const AT_ONCE = 2;
const TRIES = 3;
const LATEST = 6;
const MOST = 200; // of a page of the list
const [GLANCE_S, RARELY_S] = [1.5, 12];
const ARROW = "M10 13V4m0 0L6.500 7.500M10 4l3.500 3.500M4 13v2.500A1.500 1.500 0 0 0 5.500 17h9a1.500 1.500 0 0 0 1.500-1.500V13";

// What is being sent outlives the view, so that a look at another page interrupts nothing.
const sendings = [];
const options = { model: null, annotate: false, objects: false, site: null };
let changed = () => {};

export function show(view) {
  titled(t("nav.videos"));
  const queue = h("ul", { class: "sendings", "aria-label": t("sendings") });
  const latest = h("ul", { class: "jobs" });
  const earlier = h("section", { hidden: true }, h("div", { class: "heading" }, h("h2", {}, t("latest")), h("a", { href: "#/history" }, t("latest.all"))), latest);
  view.append(
    h("header", {}, h("h1", {}, t("videos.title")), h("p", { class: "facts" }, t("videos.says"))),
    h("section", { class: "sending" }, zone(), wishes(), queue),
    earlier);

  changed = () => refill(queue);
  changed();

  let [gone, timer] = [false, null];
  async function glance() {
    clearTimeout(timer);
    if (connection.gone) await untilBack();
    const mine = new Set(sendings.map(({ job }) => job?.id));
    const page = await ask(`v1/analyses?limit=${Math.min(LATEST + mine.size, MOST)}`).catch(() => null);
    if (gone) return;
    if (page) draw(page.items, mine);
    const busy = !page || page.items.some((job) => !isFinal(job));
    clearTimeout(timer);
    timer = setTimeout(glance, 1000 * (busy ? GLANCE_S : RARELY_S));
  }

  function draw(items, mine) {
    items.forEach(follow);
    const others = items.filter(({ id }) => !mine.has(id)).slice(0, LATEST);
    redraw(latest, others, { removed: glance });
    earlier.hidden = !others.length;
  }

  arrived = glance;
  glance();
  return () => {
    [gone, changed, arrived] = [true, () => {}, () => {}];
    clearTimeout(timer);
  };
}

let arrived = () => {};

function follow(job) {
  const sending = sendings.find((each) => each.job?.id === job.id);
  if (!sending || JSON.stringify(sending.job) === JSON.stringify(job)) return;
  if (job.state === "done" && sending.job.state !== "done") say(t("sent.done", { name: job.name }));
  sending.job = job;
  if (job.state === "failed") [sending.state, sending.lines] = ["failed", [t("broken.failed"), problemText(job.error)]];
  changed();
}

// --- where videos are dropped, and what is wished for

function zone() {
  const input = h("input", { type: "file", id: "files", accept: "video/*,.mkv,.avi,.ts", multiple: true, class: "unseen", onchange: () => take(input) });
  const box = h("label", { class: "zone", for: "files" },
    icon(ARROW), h("span", { class: "call" }, t("zone.call")), h("span", { class: "small" }, t("zone.says")), input);
  let depth = 0;
  const over = (event, by) => {
    event.preventDefault();
    depth = by ? depth + by : 0;
    box.classList.toggle("over", depth > 0);
  };
  box.addEventListener("dragenter", (event) => over(event, 1));
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("dragleave", (event) => over(event, -1));
  box.addEventListener("drop", (event) => {
    over(event, 0);
    add(event.dataTransfer.files);
  });
  return box;
}

function take(input) {
  add(input.files);
  input.value = "";
}

function wishes() {
  const about = h("p", { class: "small says" });
  const select = h("select", { id: "model", onchange: () => choose(select.value) });
  const choose = (name) => {
    options.model = name;
    about.replaceChildren(told(`model.${name}.says`) ?? "", " ", h("a", { href: "#/models" }, t("model.more")));
  };
  const more = h("div", { class: "more" }, check("annotate", t("wish.copy")));
  ask("v1/models").then(({ items, objects }) => {
    select.replaceChildren(...items.map(({ name }) => h("option", { value: name, selected: name === options.model }, modelled(name))));
    choose(select.value);
    options.objects &&= objects;
    if (objects) more.append(...people());
  }, () => {});
  return h("div", { class: "wishes" }, h("p", {}, h("label", { for: "model" }, t("wish.model")), select, about), more);
}

function check(option, text, changed = () => {}) {
  const box = h("input", { type: "checkbox", checked: options[option], onchange: () => { options[option] = box.checked; changed(); } });
  return h("label", { class: "check" }, box, h("span", {}, text));
}

/** The wish to have people followed, and under it where they are: a place that was drawn, if there is one. */
function people() {
  const where = h("div", { class: "where" });
  const unfold = () => { where.hidden = !options.objects; };
  const place = h("select", { id: "site", onchange: () => { options.site = place.value || null; } });
  ask("v1/sites").then(({ items }) => {
    if (!items.some(({ name }) => name === options.site)) options.site = null;
    place.append(h("option", { value: "" }, t("wish.place.none")), ...items.map(({ name }) => h("option", { value: name, selected: name === options.site }, name)));
    const draw = h("a", { href: "#/sites" }, t("wish.place.draw"));
    where.append(...(items.length ? [h("label", { for: "site" }, t("wish.place")), place] : [h("span", { class: "small" }, t("wish.place.why"), " ", draw)]));
  }, () => {});
  unfold();
  return [check("objects", t("wish.people"), unfold), where];
}

// --- sending

function add(files) {
  for (const file of files) sendings.push({ file, ...options, state: "waiting", share: 0 });
  say(t("added", { n: files.length }));
  changed();
  next();
}

function next() {
  const free = AT_ONCE - sendings.filter(({ state }) => state === "sending").length;
  const waiting = sendings.filter(({ state }) => state === "waiting");
  for (const sending of waiting.slice(0, Math.max(0, free))) go(sending);
}

async function go(sending) {
  const taken = new AbortController();
  Object.assign(sending, { state: "sending", share: 0, lines: [], taken });
  changed();
  try {
    await deliver(sending, taken.signal);
  } catch (error) {
    if (error.name !== "AbortError") fail(sending, error);
  }
  changed();
  next();
}

/** Sends until it has arrived: again when the connection comes back, later where the service is busy. */
async function deliver(sending, signal) {
  for (let broken = 0; ;) {
    const form = new FormData();
    if (sending.model) form.set("model", sending.model);
    form.set("annotate", String(sending.annotate));
    if (sending.objects) form.set("objects", "true");
    if (sending.objects && sending.site) form.set("site", sending.site);
    form.set("file", sending.file, sending.file.name);
    try {
      sending.job = await send("v1/analyses", form, { signal, progress: (share) => progressed(sending, share) });
      sending.state = "sent";
      arrived();
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof Lost || isBusy(error))) throw error;
      if (error instanceof Lost && !connection.gone && ++broken >= TRIES) throw new Error(t("sending.broken"));
      await hold(sending, error);
      if (signal.aborted) throw new DOMException("taken back", "AbortError");
      Object.assign(sending, { share: 0, lines: [] });
    }
  }
}

async function hold(sending, error) {
  sending.lines = [t(error instanceof Lost ? "sending.lost" : "sending.busy")];
  changed();
  if (error instanceof Lost) {
    await untilBack();
    await ask("v1/me"); // A sending without a key is cut off before its answer: this asks for the key.
  } else await pause(error.after || 5);
}

function fail(sending, error) {
  sending.state = "failed";
  sending.lines = error instanceof Problem ? error.lines : [String(error.message)];
  say(`${sending.file.name}: ${sending.lines[0]}`);
}

function progressed(sending, share) {
  sending.share = share;
  sending.shown?.(share);
}

function drop(sending) {
  sending.taken?.abort();
  sendings.splice(sendings.indexOf(sending), 1);
  changed();
  next();
}

// --- a row for each, built anew only when it changes, so that what is focused stays focused

function refill(queue) {
  for (const sending of sendings) {
    const { state, job, lines, row } = sending;
    const mark = JSON.stringify([state, job, lines, lang()]);
    if (sending.mark === mark && row.isConnected) continue;
    const fresh = item(sending);
    const place = row ? controls(row).indexOf(document.activeElement) : -1;
    if (row?.isConnected) row.replaceWith(fresh);
    else queue.append(fresh);
    Object.assign(sending, { row: fresh, mark });
    if (place >= 0) controls(fresh)[Math.min(place, controls(fresh).length - 1)]?.focus();
  }
  const rows = new Set(sendings.map(({ row }) => row));
  for (const row of [...queue.children]) if (!rows.has(row)) row.remove();
}

const controls = (row) => [...row.querySelectorAll("a, button")];

function item(sending) {
  const { file, state, job } = sending;
  const name = job?.state === "done" ? h("a", { href: address(job), class: "name" }, file.name) : h("span", { class: "name" }, file.name);
  return h("li", { class: `one ${state}` },
    h("div", { class: "what" }, name, h("span", { class: "small" }, size(file.size)), problem(sending)),
    h("div", { class: "standing" }, standing(sending)),
    h("div", { class: "does" }, actions(sending)));
}

function problem({ state, lines = [] }) {
  return lines.length > 0 && h("div", { class: state === "failed" ? "wrong" : "small", role: state === "failed" ? "alert" : null }, lines.map((line) => h("p", {}, line)));
}

function standing(sending) {
  const { state, share, job } = sending;
  if (state === "sending") {
    const [meter, text] = [bar(share), h("span", { class: "small" }, t("state.sending", { share: percent(share) }))];
    sending.shown = (now) => {
      meter.firstChild.style.setProperty("--share", `${100 * now}%`);
      text.textContent = now < 1 ? t("state.sending", { share: percent(now) }) : t("state.checking");
    };
    return [meter, text];
  }
  if (job && !isFinal(job)) return [bar(job.progress, { class: "bar busy" }), h("span", { class: "small" }, t(job.state === "running" ? "state.looking" : "state.queued", { share: percent(job.progress) }))];
  return h("span", { class: `state ${job?.state ?? state}` }, t(`state.${job?.state ?? state}`));
}

function actions(sending) {
  const { file, state, job } = sending;
  if (job?.state === "done") return h("a", { class: "button main", href: address(job) }, t("open"));
  if (job && state !== "failed") return h("a", { class: "button", href: address(job) }, t("open"));
  if (state === "failed") {
    return [
      h("button", { onclick: () => { Object.assign(sending, { state: "waiting", lines: [], job: null }); changed(); next(); } }, t("again")),
      h("button", { class: "quiet", "aria-label": t("drop.this", { name: file.name }), onclick: () => drop(sending) }, "×")];
  }
  return h("button", { "aria-label": t("cancel.this", { name: file.name }), onclick: () => drop(sending) }, t("cancel"));
}
