// One video and what happens in it: the picture, the timeline under it, the list of actions, and files to take along.

import { ask, listen, Lost, Problem } from "./api.js";
import { colour } from "./colour.js";
import { bar, between, chip, clock, h, length, modelled, named, number, percent, timed, titled } from "./dom.js";
import { t } from "./i18n.js";
import { discard, isFinal, path, problemText } from "./jobs.js";
import { heat, over } from "./over.js";
import { people } from "./people.js";
import { similar } from "./similar.js";
import { Timeline } from "./timeline.js";

const FILES = ["csv", "json", "parquet"];
const TOP = 5;

export function show(view, id) {
  let [leave, gone] = [() => {}, false];
  const stop = () => { gone = true; leave(); };

  async function load() {
    try {
      const job = await ask(path(id));
      if (!gone) enter(job);
    } catch (error) {
      if (gone || error instanceof Lost) return;
      titled(t("missing"));
      view.replaceChildren(h("header", {}, h("h1", {}, t(error instanceof Problem && error.status === 404 ? "missing" : "failed")), h("p", { class: "facts" }, error.message)), h("p", {}, h("a", { href: "#/history" }, t("nav.history"))));
    }
  }

  function enter(job) {
    titled(job.name);
    leave();
    leave = !isFinal(job) ? waiting(view, job, load) : job.state === "done" ? done(view, job) : broken(view, job);
  }

  load();
  return stop;
}

const head = (job, ...facts) =>
  h("header", {},
    h("p", { class: "kicker" }, t("analysis.kicker")), h("h1", {}, job.name),
    h("p", { class: "facts" }, [...facts, modelled(job.model), timed(job.created)].flatMap((fact, index) => [index ? " · " : null, fact])));

const removal = (job) => h("button", { class: "danger quiet-text", onclick: async () => (await discard(job)) && (location.hash = "#/history") }, t(isFinal(job) ? "delete.video" : "stop"));

// --- not done, or not to be done

function waiting(view, job, finished) {
  const screen = player(job);
  const text = h("span", { role: "status" });
  const meter = bar(0, { class: "bar busy" });
  const line = new Timeline({ duration: 60, segments: [], skipped: [], curves: null }, { seek: () => {}, stamp: () => "" });
  line.field.inert = true;
  view.replaceChildren(
    head(job),
    h("section", { class: "stage" }, screen.element, h("div", { class: "beside" }, h("h2", {}, t("waiting.title")), h("p", { class: "small" }, t("waiting.says")), meter, h("p", {}, text), h("p", { class: "buttons" }, removal(job)))),
    h("section", { class: "time empty" }, line.element));
  const tell = (now) => {
    if (isFinal(now)) return finished();
    meter.firstChild.style.setProperty("--share", `${100 * now.progress}%`);
    line.filled(now.progress);
    const words = t(now.state === "queued" ? "state.queued" : "state.looking", { share: percent(Math.floor(now.progress * 20) / 20) });
    if (text.textContent !== words) text.textContent = words;
  };
  tell(job);
  const deaf = listen(`${path(job.id)}/progress`, { progress: tell, done: tell });
  return () => { deaf(); line.close(); };
}

function broken(view, job) {
  view.replaceChildren(
    head(job),
    h("section", {}, h("h2", {}, t(`broken.${job.state}`)), job.error && h("p", { class: "wrong" }, problemText(job.error)), h("p", { class: "buttons" }, h("a", { class: "button", href: "#/" }, t("broken.another")), removal(job))));
  return () => {};
}

// --- the picture

/** The video as recorded, or with its actions written in; where it cannot be played, words that say so. */
function player(job, drawn = false) {
  const video = h("video", { controls: true, playsinline: true, preload: "auto", "aria-label": t("video") });
  const sorry = h("p", { class: "unplayable", hidden: true }, t("unplayable"));
  const layer = over(video);
  const element = h("div", { class: "screen" }, video, layer.element, sorry);
  let [wanted, plain] = [null, !drawn];

  function take(annotated, at = 0) {
    wanted = at || null;
    plain = !annotated; // what is unusual is drawn into the other one already
    sorry.hidden = true;
    video.hidden = false;
    video.src = `${path(job.id)}/${annotated ? "video" : "source"}`;
  }
  const giveUp = () => {
    sorry.hidden = false;
    video.hidden = true;
  };
  video.addEventListener("loadedmetadata", () => {
    if (!video.videoWidth) giveUp();
    else if (wanted !== null) video.currentTime = wanted;
    wanted = null;
  });
  video.addEventListener("error", giveUp);
  take(drawn);
  return { element, video, take, layer, plain: () => plain, playable: () => !video.hidden && video.readyState > 0 };
}

// --- done

function done(view, job) {
  let [gone, leave] = [false, () => {}];
  Promise.all([ask(`${path(job.id)}/timeline?format=json`), ask(`${path(job.id)}/curves`)]).then(async ([found, curves]) => {
    const hot = found.segments.some(({ place }) => place) ? heat(await ask(`${path(job.id)}/heat`)) : null;
    if (!gone) leave = lay(view, job, { ...read(found, curves), hot });
  }, (error) => {
    if (!gone && !(error instanceof Lost)) leave = broken(view, { ...job, state: "failed", error: error.message });
  });
  return () => { gone = true; leave(); };
}

/** The service's record as this page uses it: seconds everywhere. */
function read(found, curves) {
  const span = ({ start_s: start, end_s: end, ...rest }) => ({ start, end, ...rest });
  return {
    ...found, duration: found.duration_s,
    segments: found.segments.map(span), skipped: found.skipped.map(span), drift: (found.drift ?? []).map(span),
    curves: curves.lines.length ? { start: curves.start_s, step: curves.step_s, lines: curves.lines } : null,
  };
}

function lay(view, job, data) {
  const screen = player(job);
  const { video, layer, playable } = screen;
  const digits = data.duration < 3600 ? 1 : 0;
  let [origin, moment, current, following] = [began(job.id), 0, null, 0];

  const stamp = (seconds, places = digits) => (origin === null ? clock(seconds, places) : wall(origin + seconds, places));
  const time = () => (playable() ? video.currentTime : moment);
  const at = (when) => data.segments.find(({ start, end }) => start <= when && when < end);

  function seek(to) {
    moment = between(0, to, data.duration);
    if (playable()) video.currentTime = Math.min(moment, Math.max(0, video.duration - 0.05));
    follow();
  }

  const line = new Timeline(data, { seek, stamp, marked: (low, high) => like.marked(low, high), turned: () => like.tell() });
  const like = similar(job, { shown: () => line.shown, duration: data.duration });
  const now = { at: h("output"), what: h("p", { class: "what", role: "status" }), sure: h("p", { class: "small" }) };
  const panel = h("div", { class: "now" }, h("p", { class: "small" }, t("now.at"), " ", now.at), now.what, now.sure);
  const table = actions(data, { seek, stamp: (seconds) => stamp(seconds) });
  const seen = job.objects && people(job, { seek, stamp: (seconds) => stamp(seconds) });

  function follow() {
    const when = time();
    const segment = at(when);
    line.at(when, playable() && !video.paused);
    if (seen) seen.at(when);
    const hot = screen.plain() && data.hot ? data.hot.at(when) : null;
    layer.place(hot?.place ?? null);
    layer.glow(hot?.levels ?? null, data.hot?.rows, data.hot?.columns);
    now.at.textContent = stamp(when);
    if (segment === current) return;
    current = segment;
    panel.style.setProperty("--k", segment ? colour(segment.label) : "");
    now.what.textContent = segment ? named(segment.label) : t(data.skipped.some(({ start, end }) => start <= when && when < end) ? "skipped" : "nothing");
    now.sure.textContent = segment ? t("now.sure", { share: percent(segment.score), start: stamp(segment.start), end: stamp(segment.end) }) : "";
    line.mark(segment);
    table.mark(segment);
  }

  function run() {
    cancelAnimationFrame(following);
    follow();
    if (!video.paused) following = requestAnimationFrame(run);
  }
  for (const name of ["play", "seeking", "seeked", "pause", "ended", "loadeddata"]) video.addEventListener(name, run);

  const step = (direction) => {
    const when = time();
    const here = at(when)?.start ?? when;
    // Going back within the first second of an action means the one before it, as in music players.
    const before = when - here < 1 ? here : when;
    const next = direction > 0 ? data.segments.find(({ start }) => start > when + 0.05) : data.segments.findLast(({ start }) => start < before);
    if (next) seek(next.start);
  };

  const KEYS = {
    " ": () => playable() && (video.paused ? video.play() : video.pause()),
    ArrowRight: (event) => (event.shiftKey ? seek(time() + 1) : step(1)), ArrowLeft: (event) => (event.shiftKey ? seek(time() - 1) : step(-1)),
    PageDown: () => seek(time() + 10), PageUp: () => seek(time() - 10), Home: () => seek(0), End: () => seek(data.duration),
    "+": () => line.zoom(2), "=": () => line.zoom(2), "-": () => line.zoom(0.5), 0: () => line.all(),
  };
  const AWAY = new Set(["PageDown", "PageUp", "Home", "End"]); // Elsewhere on the page these scroll.

  function press(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, dialog, [popover]")) return;
    if (key === " " && target.closest("button, a, summary")) return;
    if (!(key in KEYS) || (AWAY.has(key) && target !== line.field)) return;
    event.preventDefault();
    KEYS[key](event);
  }
  document.addEventListener("keydown", press, { capture: true });

  const restamp = (from) => {
    origin = from;
    line.restamp(stamp);
    table.restamp();
    if (seen) seen.restamp();
    current = null;
    follow();
  };

  view.replaceChildren(
    head(job, length(data.duration)),
    h("section", { class: "stage", "aria-label": t("video") }, screen.element,
      h("div", { class: "side" },
        h("div", { class: "beside" }, panel, job.annotate && copies(screen, job, time)),
        h("div", { class: "whole" }, h("h2", {}, t("whole")), top(data), h("p", { class: "small" }, t("whole.says"))))),
    h("section", { class: "time", "aria-labelledby": "time" },
      h("div", { class: "heading" }, h("h2", { id: "time" }, t("time")), line.tools),
      line.element, h("p", { class: "small keys" }, t("keys"))),
    like.element,
    h("section", { class: "actions", "aria-labelledby": "actions" },
      h("div", { class: "heading" }, h("h2", { id: "actions" }, t("actions")), clockField(job.id, restamp)),
      table.element),
    ...(seen ? [seen.element] : []),
    h("section", {}, h("h2", {}, t("take")), h("p", { class: "small says" }, t("take.says")), exports(job)),
    h("div", { class: "pair" }, remarks(t("drift"), data.drift.map(({ start, end, kind }) => `${stamp(start)} – ${stamp(end)}: ${named(kind)}`)), remarks(t("skipped"), data.skipped.map(({ start, end, reason }) => `${stamp(start)} – ${stamp(end)}: ${reason}`)), remarks(t("notes"), data.notes ?? [])),
    h("section", {}, h("h2", {}, t("how")), making(job, data), h("p", { class: "buttons" }, removal(job))));
  follow();
  return () => {
    cancelAnimationFrame(following);
    document.removeEventListener("keydown", press, { capture: true });
    line.close();
    layer.close();
    video.removeAttribute("src");
  };
}

function copies({ take, video }, { objects }, time) {
  const radio = (value, text) => h("label", {}, h("input", { type: "radio", name: "copy", checked: !value, onchange: () => { const playing = !video.paused; take(value, time()); if (playing) video.play().catch(() => {}); } }), text);
  return h("fieldset", {}, h("legend", { class: "unseen" }, t("video")), h("div", { class: "choices" }, radio(false, t("copy.plain")), radio(true, t(objects ? "copy.people" : "copy.drawn"))));
}

const top = ({ predictions }) =>
  h("ol", { class: "best" }, predictions.slice(0, TOP).map(({ label, probability }) =>
    h("li", { "--k": colour(label) }, h("span", {}, named(label)), h("span", {}, percent(probability)), bar(probability))));

const remarks = (title, items) => items.length > 0 && h("section", {}, h("h2", {}, title), h("ul", {}, items.map((each) => h("li", {}, each))));

function exports(job) {
  const file = (name) => `${path(job.id)}/${name}`;
  return h("p", { class: "buttons" },
    h("a", { class: "button main", href: file("report"), target: "_blank", rel: "noopener" }, t("take.report")),
    FILES.map((form) => h("a", { class: "button", href: file(`timeline?format=${form}`), download: `${job.name}.${form}` }, t(`take.${form}`))),
    job.annotate && h("a", { class: "button", href: file("video"), download: `${job.name}.annotated.mp4` }, t(job.objects ? "take.video.people" : "take.video")));
}

function making(job, { duration, timing, curves, threshold, segments }) {
  const entries = [
    [t("how.model"), h("a", { href: "#/models" }, modelled(job.model))],
    curves && [t("how.steps"), t("how.steps.says", { step: number(curves.step, 2) })],
    segments.length && [t("how.sure"), t("how.sure.says")],
    threshold !== undefined && threshold !== null && [t("how.threshold"), percent(threshold)],
    timing && [t("how.effort"), t("how.effort.says", { took: length(timing.total_s), times: number(duration / Math.max(timing.total_s, 0.01), 1) })],
  ].filter(Boolean);
  return h("dl", {}, entries.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

// --- the list of actions

function actions({ segments }, { seek, stamp }) {
  if (!segments.length) return { element: h("p", { class: "small" }, t("actions.none")), mark() {}, restamp() {} };
  const labels = [...new Set(segments.map(({ label }) => label))];
  const rows = segments.map((segment) => ({ ...segment, length: segment.end - segment.start, name: named(segment.label), ...cells(segment) }));
  let [only, order, down] = [null, "start", false];

  function cells(segment) {
    const jump = h("button", { class: "link" }, stamp(segment.start));
    const until = h("td", {}, stamp(segment.end));
    const row = h("tr", { onclick: () => getSelection().isCollapsed && seek(segment.start) },
      h("td", {}, jump), until, h("td", {}, length(segment.end - segment.start)), h("td", {}, chip(segment.label, colour(segment.label))),
      h("td", { class: "sure" }, h("span", {}, percent(segment.score)), bar(segment.score, { "--k": colour(segment.label) })));
    return { row, jump, until };
  }

  const columns = ["start", "end", "length", "name", "score"];
  const heads = columns.map((key) => h("th", { scope: "col" }, h("button", { onclick: () => sort(key) }, t(`column.${key}`))));
  const body = h("tbody");
  const box = h("div", { class: "rows", tabindex: "0", role: "region", "aria-label": t("actions") }, h("table", {}, h("thead", {}, h("tr", {}, heads)), body));
  const sums = labels.map((label) => {
    const mine = rows.filter((each) => each.label === label);
    const total = mine.reduce((sum, each) => sum + each.length, 0);
    return h("button", { class: "sum", "--k": colour(label), "aria-pressed": "false", "data-label": label, onclick: () => pick(label) },
      h("i", { class: "chip" }), h("span", {}, named(label)), h("span", { class: "small" }, t("sum", { n: mine.length, total: length(total) })));
  });

  function draw() {
    const compare = (one, other) => (one[order] < other[order] ? -1 : one[order] > other[order] ? 1 : one.start - other.start);
    const shown = rows.filter(({ label }) => only === null || label === only).sort((one, other) => (down ? compare(other, one) : compare(one, other)));
    body.replaceChildren(...shown.map(({ row }) => row));
    heads.forEach((head, index) => {
      if (columns[index] === order) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  const sort = (key) => {
    [order, down] = [key, key === order && !down];
    draw();
  };
  const pick = (label) => {
    only = only === label ? null : label;
    for (const each of sums) each.setAttribute("aria-pressed", String(each.dataset.label === only));
    draw();
  };
  draw();
  return {
    element: h("div", {}, h("div", { class: "sums", role: "group", "aria-label": t("sums") }, sums), box),
    mark(segment) {
      for (const each of rows) {
        if (segment && each.start === segment.start) each.row.setAttribute("aria-current", "true");
        else each.row.removeAttribute("aria-current");
      }
      const row = rows.find(({ start }) => start === segment?.start)?.row;
      if (row?.isConnected) reveal(box, row);
    },
    restamp() {
      for (const { start, end, jump, until } of rows) [jump.textContent, until.textContent] = [stamp(start), stamp(end)];
    },
  };
}

/** Scrolls inside its own box only, so that the page stays where the reader put it. */
function reveal(box, { offsetTop, offsetHeight }) {
  const head = box.querySelector("thead").offsetHeight;
  const seen = offsetTop - head >= box.scrollTop && offsetTop + offsetHeight <= box.scrollTop + box.clientHeight;
  if (!seen) box.scrollTop = offsetTop - head;
}

// --- the recording's own clock: seconds of the day at which it began, kept in this browser

const DAY = 86400;
const began = (id) => {
  const kept = localStorage.getItem(`began ${id}`);
  return kept === null ? null : Number(kept);
};

function wall(seconds, digits) {
  const day = ((seconds % DAY) + DAY) % DAY;
  return clock(day + DAY, digits).replace(/^\d+/, (hours) => String(Number(hours) - 24).padStart(2, "0"));
}

function clockField(id, restamp) {
  const from = began(id);
  const input = h("input", { type: "time", step: "1", id: "began", value: from === null ? "" : wall(from, 0), oninput: () => {
    const [hours, minutes, seconds = 0] = input.value.split(":").map(Number);
    const origin = input.value ? hours * 3600 + minutes * 60 + seconds : null;
    if (origin === null) localStorage.removeItem(`began ${id}`);
    else localStorage.setItem(`began ${id}`, origin);
    restamp(origin);
  } });
  return h("p", { class: "began" }, h("label", { for: "began" }, t("began")), input);
}
