// The dialog that asks for a key, where the service wants one. The key becomes a cookie that scripts cannot read.

import { h } from "./dom.js";
import { t } from "./i18n.js";

let asking = null;

/** Resolves once the service has taken a key; fails with `problem` where the reader gives none. */
export function unlock(problem) {
  asking ??= dialog(problem).finally(() => { asking = null; });
  return asking;
}

function dialog(problem) {
  return new Promise((resolve, reject) => {
    const wrong = h("p", { class: "wrong", role: "alert" });
    const input = h("input", { id: "key", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
    const form = h("form", { onsubmit: hand },
      h("h2", { id: "key-title" }, t("key.title")), h("p", {}, t("key.says")),
      h("label", { for: "key" }, t("key.label")), input, wrong,
      h("p", { class: "buttons" },
        h("button", { type: "button", onclick: () => box.close() }, t("cancel")), h("button", { class: "main" }, t("key.enter"))));
    const box = h("dialog", { "aria-labelledby": "key-title", onclose: () => { box.remove(); reject(problem); } }, form);

    async function hand(event) {
      event.preventDefault();
      wrong.textContent = "";
      const body = JSON.stringify({ key: input.value.trim() });
      const answer = await fetch("v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
      if (answer?.ok) {
        resolve();
        box.close();
        return;
      }
      wrong.textContent = t(answer ? "key.wrong" : "lost");
      input.select();
    }

    document.body.append(box);
    box.showModal();
  });
}
