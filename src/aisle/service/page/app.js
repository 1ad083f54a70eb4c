// The page's frame: which view is shown, the settings, the banner of a lost connection.

import { ask, connection } from "./api.js";
import { h } from "./dom.js";
import { LANGUAGES, lang, speak, t } from "./i18n.js";

const VIEWS = { "": "upload.js", analysis: "analysis.js", live: "live.js", history: "history.js", models: "models.js", sites: "sites.js", collection: "collection.js" };

const main = document.getElementById("main");
let [leave, turn] = [() => {}, 0];

/** Shows the view that the address names. The reader's place moves to its heading, but for the very first. */
async function go(first = false) {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const file = VIEWS[name] ?? VIEWS[""];
  const mine = ++turn;
  const { show } = await import(`./${file}`);
  if (mine !== turn) return;
  leave();
  const view = h("div", { class: `view ${name || "videos"}` });
  main.replaceChildren(view);
  for (const link of document.querySelectorAll(".top nav a")) {
    const here = link.getAttribute("href") === `#/${name}` || (name === "analysis" && link.hash === "#/history");
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  leave = show(view, decodeURIComponent(rest.join("/"))) ?? (() => {});
  if (!first) {
    scrollTo(0, 0);
    const heading = view.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }
}

// --- settings

function choice(name, title, options, chosen, pick) {
  const inputs = Object.entries(options).map(([value, text]) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => pick(value) }), text));
  return h("fieldset", {}, h("legend", {}, title), h("div", { class: "choices" }, inputs));
}

const themes = () => ({ "": t("theme.system"), light: t("theme.light"), dark: t("theme.dark") });

function wear(theme) {
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event("themed"));
}

async function talk(language) {
  localStorage.setItem("language", language);
  await speak(language);
  fillSettings();
  go(true);
}

async function fillSettings() {
  const box = document.getElementById("settings");
  box.replaceChildren(
    choice("language", t("language"), LANGUAGES, lang(), talk),
    choice("theme", t("theme"), themes(), localStorage.getItem("theme") ?? "", wear));
  const me = await ask("v1/me").catch(() => null);
  if (me?.keys) box.append(h("p", { class: "small" }, t("signed", { name: me.name, role: t(`role.${me.role}`) }), " ", h("button", { class: "link", onclick: forget }, t("forget"))));
}

async function forget() {
  await ask("v1/session", { method: "DELETE" });
  location.reload();
}

// --- the banner

const banner = document.querySelector(".banner");
let ticking;

function showLost({ detail }) {
  const until = Date.now() + 1000 * detail;
  const rest = h("span", { "aria-hidden": "true" });
  const tick = () => { rest.textContent = t("lost.again", { n: Math.max(1, Math.ceil((until - Date.now()) / 1000)) }); };
  clearInterval(ticking);
  ticking = setInterval(tick, 500);
  tick();
  // Said once; the seconds that run are for the eye alone.
  if (banner.hidden) banner.replaceChildren(h("span", {}, t("lost")), h("span", { class: "rest" }), h("button", { onclick: () => connection.now() }, t("lost.now")));
  banner.querySelector(".rest").replaceChildren(rest);
  banner.className = "banner";
  banner.hidden = false;
}

function showBack() {
  clearInterval(ticking);
  banner.replaceChildren(h("span", {}, t("back")));
  banner.className = "banner well";
  setTimeout(() => { if (!connection.gone) banner.hidden = true; }, 2500);
}

// --- all together

connection.addEventListener("lost", showLost);
connection.addEventListener("back", showBack);
addEventListener("hashchange", () => { if (location.hash !== "#main") go(); });
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
await speak();
await go(true);
fillSettings();
