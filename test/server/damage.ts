// What happens to bodies on their way from senders who mean no good.
import type { Random } from "#test/db/random.ts";

/** A body with a few things done to it that should not be. */
export function damaged(text: string, random: Random): Buffer<ArrayBuffer> {
  let bytes = Buffer.from(text);
  for (let n = random.below(4); n >= 0; n--) {
    const at = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.below(40));
    const head = bytes.subarray(0, at);
    switch (random.below(6)) {
      case 0:
        bytes = Buffer.concat([head, bytes.subarray(to)]);
        break;
      case 1:
        bytes = Buffer.concat([head, Buffer.from(random.pick(HOSTILE)), bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([head, Buffer.from(random.pick(HOSTILE)), bytes.subarray(to)]);
        break;
      case 3:
        bytes = Buffer.concat([head, bytes.subarray(at, to), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.from(bytes);
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      default:
        bytes = Buffer.from(head);
    }
  }
  return bytes;
}

// --- internal ---

const HOSTILE = [
  `"`,
  `\\`,
  `{`,
  `}`,
  `[`,
  `]`,
  `,`,
  `:`,
  `\n`,
  `\0`,
  `\u001b`,
  `\\ud800`,
  `\\u0000`,
  `1e999`,
  `-0`,
  `null`,
  `"__proto__":1,`,
  `"path":"/x",`,
  `"files":[],`,
  `"format":1,`,
  `"base":"${"0".repeat(64)}",`,
  `9007199254740993`,
  "[".repeat(5000),
  "é",
  "\udc80",
  `"removed":true,`,
  `"type":"dir",`,
  "../",
  `{"path":"/a","removed":true}`,
];
