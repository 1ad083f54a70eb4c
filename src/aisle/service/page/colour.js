// One colour per label, the same as in the drawn video and the reports: see aisle.core.colour.

const PALETTE = [
  "#09a0a8", "#0a779a", "#4d8dc5", "#0395fa", "#5271ed", "#5a6dba", "#7153c8", "#ad75eb", "#9a5cd3", "#cc63cf", "#bb43a5", "#995286",
  "#e463a6", "#bc306e", "#c77383", "#e85d64", "#a84f4a", "#c93a07", "#bd6c18", "#b58b17", "#766b03", "#6b8842", "#21764d", "#0e9a70",
];

const known = new Map();

export function colour(label) {
  if (!known.has(label)) known.set(label, PALETTE[first32(new TextEncoder().encode(label)) % PALETTE.length]);
  return known.get(label);
}

// The first 32 bits of SHA-256, by hand: browsers offer theirs only over HTTPS, and a shop's server often has none.

const PRIMES = [];
for (let each = 2; PRIMES.length < 64; each++) if (PRIMES.every((prime) => each % prime)) PRIMES.push(each);

const fraction = (root) => Math.floor((root % 1) * 2 ** 32);
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));

const turned = (word, by) => (word >>> by) | (word << (32 - by));

function first32(bytes) {
  const padded = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / 64) * 64));
  bytes.forEach((byte, index) => padded.setUint8(index, byte));
  padded.setUint8(bytes.length, 0x80);
  padded.setUint32(padded.byteLength - 4, bytes.length * 8);
  const state = [...START];
  for (let block = 0; block < padded.byteLength; block += 64) compress(state, padded, block);
  return state[0] >>> 0;
}

function compress(state, padded, block) {
  const words = Array.from({ length: 16 }, (_, index) => padded.getUint32(block + 4 * index));
  for (let i = 16; i < 64; i++) {
    const [early, late] = [words[i - 15], words[i - 2]];
    const low = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const high = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words.push((words[i - 16] + low + words[i - 7] + high) | 0);
  }
  let [a, b, c, d, e, f, g, z] = state;
  for (let i = 0; i < 64; i++) {
    const one = (z + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [a, b, c, d, e, f, g, z] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
  }
  [a, b, c, d, e, f, g, z].forEach((word, index) => { state[index] = (state[index] + word) | 0; });
}
