// File names as a file system may hold them: any bytes but NUL and `/`. Many are chosen to look like each other, to break
// parsers, or to be almost UTF-8.
const TRICKY = [
  "é", // composed
  "e\u0301", // the same to the eye
  "\ufeffbom",
  "\ufffd", // a real replacement character
  "a\nb",
  "\u001b[31mred",
  "\u007f",
  "\u202egnp.exe",
  "\u2028",
  '"quoted"',
  "back\\slash",
  "\\udc80",
  " leading",
  "-rf",
  "\u{1f600}",
  "con.txt",
].map((text) => Buffer.from(text));

const ALMOST_UTF8 = [
  [0xc3], // a lead byte alone
  [0xa9], // a continuation alone
  [0xc0, 0xaf], // an overlong slash
  [0xed, 0xa0, 0x80], // a surrogate, encoded
  [0xed, 0xb2, 0x80], // U+DC80, encoded
  [0xf4, 0x90, 0x80, 0x80], // above U+10FFFF
  [0xff],
  [0xe2, 0x82], // cut short
].map((bytes) => Buffer.from(bytes));

/** So many different names of 1 to 255 bytes; the same for the same seed. */
export function randomNames(count: number, seed: number): Buffer[] {
  const next = generator(seed);
  const names = new Map<string, Buffer>();
  for (const name of [...TRICKY, ...ALMOST_UTF8]) names.set(name.toString("latin1"), name);
  while (names.size < count) {
    const name = randomName(next);
    if (isName(name)) names.set(name.toString("latin1"), name);
  }
  return [...names.values()].slice(0, count);
}

// --- internal ---

function randomName(next: (below: number) => number): Buffer {
  const length = next(20) === 0 ? 255 : 1 + next(24);
  const parts: Buffer[] = [];
  for (let size = 0; size < length; size += parts.at(-1)!.length) {
    const pick = next(10);
    if (pick < 2) parts.push(TRICKY[next(TRICKY.length)]!);
    else if (pick < 5) parts.push(ALMOST_UTF8[next(ALMOST_UTF8.length)]!);
    else parts.push(Buffer.of(next(256)));
  }
  return Buffer.concat(parts).subarray(0, length);
}

function isName(name: Buffer): boolean {
  const text = name.toString("latin1");
  return name.length > 0 && !/[\0/]/.test(text) && text !== "." && text !== "..";
}

/** xorshift32: repeatable. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
