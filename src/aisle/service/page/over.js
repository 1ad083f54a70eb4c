// What lies over a picture: where something was unusual, as a frame, and as a glow that is hottest where it is brightest.

import { h } from "./dom.js";

const SHOWN = 0.25; // Of the hottest part: what is cooler is left as it is.
const DENSE = 0.6;

/** Lies exactly over the picture of `video`, which may be smaller than its element, and takes no clicks. */
export function over(video) {
  const glow = h("canvas", { class: "glow" });
  const frame = h("div", { class: "place", hidden: true });
  const element = h("div", { class: "over", "aria-hidden": "true", hidden: true }, glow, frame);

  function fit() {
    const { videoWidth: wide, videoHeight: high, clientWidth, clientHeight } = video;
    element.hidden = !wide || video.hidden;
    const scale = Math.min(clientWidth / wide, clientHeight / high) || 0;
    element.style.width = `${wide * scale}px`;
    element.style.height = `${high * scale}px`;
    element.style.left = `${video.offsetLeft + (clientWidth - wide * scale) / 2}px`;
    element.style.top = `${video.offsetTop + (clientHeight - high * scale) / 2}px`;
  }
  const watched = new ResizeObserver(fit);
  watched.observe(video);
  for (const name of ["loadedmetadata", "resize", "error"]) video.addEventListener(name, fit);

  return {
    element,
    /** `place` is left, top, right and bottom as shares of the picture, or null. */
    place(place) {
      frame.hidden = !place;
      if (!place) return;
      const [left, top, right, bottom] = place.map((side) => 100 * side);
      Object.assign(frame.style, { left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%` });
    },
    /** `levels` are `rows` times `columns` numbers up to 255, or null. */
    glow(levels, rows, columns) {
      glow.hidden = !levels;
      if (!levels) return;
      [glow.width, glow.height] = [columns, rows];
      const picture = new ImageData(columns, rows);
      levels.forEach((level, index) => picture.data.set(coloured(level / 255), 4 * index));
      glow.getContext("2d").putImageData(picture, 0, 0);
    },
    close: () => watched.disconnect(),
  };
}

// Plasma by Smith and van der Walt (CC0): it grows brighter all the way, for those too who do not tell red from green.
const PLASMA = [[13, 8, 135], [126, 3, 168], [204, 71, 120], [248, 149, 64], [240, 249, 33]];

function coloured(share) {
  const at = Math.min(share, 0.999) * (PLASMA.length - 1);
  const [low, high, part] = [PLASMA[Math.floor(at)], PLASMA[Math.floor(at) + 1], at % 1];
  const opacity = DENSE * Math.max(0, (share - SHOWN) / (1 - SHOWN)) ** 0.7;
  return [...low.map((each, index) => each + part * (high[index] - each)), 255 * opacity];
}

/** The heat of a video as the service tells it, to be asked moment by moment. */
export function heat({ start_s: start, step_s: step, rows, columns, steps, places, levels }) {
  const bytes = Uint8Array.from(atob(levels), (sign) => sign.charCodeAt(0));
  const found = new Map(steps.map((number, index) => [number, index]));
  return {
    rows, columns,
    /** The place and the levels then, or null. */
    at(moment) {
      const index = found.get(Math.floor((moment - start) / step + 1e-6));
      return index === undefined ? null : { place: places[index], levels: bytes.subarray(index * rows * columns, (index + 1) * rows * columns) };
    },
  };
}
