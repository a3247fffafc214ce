// What the flags of `bsv verify` may say, alone and beside each other.
import { BsvError } from "#core/errors.ts";
import { FINDING_KINDS, type FindingKind } from "#core/proof/finding.ts";
import type { Layout } from "#core/proof/layout.ts";
import { nearest } from "#core/suggest.ts";

/** Flags that are about the one copy that is said. */
export function checkCopyFlags(args: {
  copy: string | undefined;
  "password-file": string | undefined;
  "trust-checksum": boolean;
  sample: number | undefined;
  "max-bytes": number | undefined;
}): void {
  const isTrusting = args["trust-checksum"];
  if (args.copy === undefined && (isTrusting || args["password-file"] !== undefined)) {
    const flag = isTrusting ? "--trust-checksum" : "--password-file";
    throw new BsvError("usage", `${flag} is about a copy`, {
      hint: "Say --copy TARGET as well, or declare it with the copy in the backupset file",
    });
  }
  if (isTrusting && (args.sample ?? args["max-bytes"]) !== undefined) {
    throw new BsvError(
      "usage",
      "--trust-checksum reads nothing that --sample or --max-bytes could limit",
    );
  }
}

/** How the copy's names go with the paths, if it is said. */
export function layoutOf(args: {
  strip: string | undefined;
  prefix: string | undefined;
  map: readonly Layout["maps"][number][];
  copy: string | undefined;
}): Layout | undefined {
  const { strip, prefix, map: maps } = args;
  const isSaid = strip !== undefined || prefix !== undefined || maps.length > 0;
  if (isSaid && args.copy === undefined) {
    throw new BsvError("usage", "--strip, --prefix and --map are about a copy", {
      hint: "Say --copy TARGET as well",
    });
  }
  if (maps.length > 0 && (strip !== undefined || prefix !== undefined)) {
    throw new BsvError("usage", "--map says it all: --strip and --prefix have no place beside it");
  }
  return isSaid ? { strip: strip ?? "", prefix: prefix ?? "/", maps } : undefined;
}

/** `--fail-on KIND` */
export function readKind(text: string): FindingKind {
  const found = FINDING_KINDS.find((one) => one === text);
  if (found !== undefined) return found;
  const near = nearest(text, FINDING_KINDS);
  throw new BsvError("usage", `${JSON.stringify(text)} is no kind of finding`, {
    hint: near === undefined ? `Say one of ${FINDING_KINDS.join(", ")}` : `Did you mean ${near}?`,
  });
}

/** `--sample PERCENT` */
export function readShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  const share = Number(match?.[1]) / 100;
  if (share > 0 && share <= 1) return share;
  throw new BsvError("usage", `${JSON.stringify(text)} is no share`, {
    hint: "Say a percentage from above 0% to 100%, such as 1% or 0.5%",
  });
}
