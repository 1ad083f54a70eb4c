// Elements, and how times, shares and sizes are written.

import { lang, locale, t, told } from "./i18n.js";

function fill(element, properties, inside) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) element.style.setProperty(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.flat(9).filter((each) => each !== null && each !== undefined && each !== false));
  return element;
}

export const h = (name, properties, ...inside) => fill(document.createElement(name), properties, inside);

export const s = (name, properties, ...inside) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), properties, inside);

export const icon = (path) => s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true", class: "icon" }, s("path", { d: path }));

export const between = (low, value, high) => Math.min(Math.max(value, low), high);

export function say(text) {
  document.getElementById("said").textContent = text;
}

export function titled(text) {
  document.title = `${text} · Aisle`;
}

// --- times

const two = (number) => String(number).padStart(2, "0");

/** Seconds as players show them: 1:15, 1:02:05; with `digits` after the point where moments are told apart. */
export function clock(seconds, digits = 0) {
  const unit = 10 ** digits;
  const units = Math.round(Math.max(seconds, 0) * unit);
  const whole = Math.floor(units / unit);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = digits ? `.${String(units % unit).padStart(digits, "0")}` : "";
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(rest)}${tail}`;
}

/** How long something is, in words: 4.2 s, 1 min 15 s, 2 h 5 min. */
export function length(seconds) {
  if (seconds < 10) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  return `${Math.floor(whole / 3600)} h${Math.floor((whole % 3600) / 60) ? ` ${Math.floor((whole % 3600) / 60)} min` : ""}`;
}

const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** A moment of the wall clock: the time alone today, else with its day. */
export function when(iso, seconds = false) {
  const moment = new Date(iso);
  const time = { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) };
  const day = sameDay(moment, new Date()) ? {} : { day: "numeric", month: "short" };
  return moment.toLocaleString(locale(), { ...day, ...time });
}

export const timed = (iso, seconds) => h("time", { datetime: iso, title: new Date(iso).toLocaleString(locale()) }, when(iso, seconds));

// --- shares, sizes, names

export const number = (value, digits = 0) => value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const percent = (share) => share.toLocaleString(locale(), { style: "percent", maximumFractionDigits: 0 });

export function size(bytes) {
  const megabytes = bytes / 1e6;
  return megabytes < 1 ? `${number(bytes / 1e3)} ${t("kB")}` : `${number(megabytes, megabytes < 10 ? 1 : 0)} ${t("MB")}`;
}

/** A label as people read it: in their language where it is known, else with blanks for underscores. */
export function named(label) {
  const words = told(`label.${label}`) ?? label.replaceAll("_", " ");
  return words.charAt(0).toLocaleUpperCase(lang()) + words.slice(1);
}

export const modelled = (name) => told(`model.${name}`) ?? named(name);

export function bar(share, properties) {
  return h("span", { class: "bar", "aria-hidden": "true", ...properties }, h("span", { "--share": `${100 * between(0, share, 1)}%` }));
}

export const chip = (label, colour) => h("span", { class: "named", "--k": colour }, h("i", { class: "chip" }), h("span", {}, named(label)));

/** Asks before something that cannot be taken back; resolves to whether the answer was yes. */
export function confirmed(title, text, yes) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "ask", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      h("form", { method: "dialog" },
        h("h2", { id: "ask" }, title), h("p", {}, text),
        h("p", { class: "buttons" },
          h("button", { value: "no", autofocus: true }, t("cancel")), h("button", { value: "yes", class: "danger" }, yes))));
    document.body.append(dialog);
    dialog.showModal();
  });
}
