// The signatures of a chain, judged: by the keys of the machine, and none missing once it signs.
import { keyText, snapshotStatement, type VerifySignature } from "#core/signature.ts";
import {
  isLiving,
  type ChainEvent,
  type ChainFinding,
  type ChainFindingKind,
  type Link,
} from "./link.ts";

/** Without `trusted` keys, the one of the first signature is. */
export function judgeSignatures(
  links: readonly Link[],
  trusted: readonly string[],
  verify: VerifySignature,
  findings: ChainFinding[],
  events: ChainEvent[],
): void {
  const signed = links.filter((link) => link.signed !== null);
  if (signed.length === 0) return;
  const keys = trusted.length > 0 ? trusted : [signed[0]!.signed!.publicKey];
  // From the first sound signature on, what this machine's agents write is signed.
  const firstMs = signed[0]!.timestampMs;
  let foreign = 0;
  for (const link of links) {
    const { snapshotId, timestampMs } = link;
    const find = (kind: ChainFindingKind, problem: string) =>
      findings.push({ kind, snapshotId, timestampMs, problem });
    if (link.signed !== null) {
      const key = keyText(link.signed.publicKey);
      if (!verify(link.signed, snapshotStatement(snapshotId)))
        find("bad_signature", `its signature is not by key ${key}`);
      else if (!keys.includes(link.signed.publicKey))
        find("wrong_key", `is signed by ${key}, which is no key of this machine`);
    } else if (isLiving(link) && timestampMs > firstMs) {
      if (link.agentId === null) foreign++;
      else find("unsigned", "is not signed, though earlier ones are");
    }
  }
  if (foreign > 0) {
    const text = "of other writers, which nobody has signed";
    events.push({ kind: "unsigned", count: foreign, text });
  }
}
