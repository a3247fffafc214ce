// The report of a command, written beside what is said; and, where this installation has a key, signed: the signature is over the
// SHA-256 of the very bytes, in a small file next to it.
import { basename } from "node:path";
import { BsvError } from "#core/errors.ts";
import { reportStatement, signedBy } from "#core/signature.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { findHome } from "#disk/home.ts";
import { AtomicFile } from "#disk/atomic-file.ts";
import { fileInFolder } from "#disk/replaceable-file.ts";
import { newSha256 } from "#disk/sha256.ts";
import { readSigningKey, signingKeyFile } from "#disk/signing-key.ts";
import type { Verified } from "#jobs/verify/verify.ts";
import type { Context } from "./context.ts";
import { reportText, type ReportForm, type Unread } from "./output/verify-report.ts";
import { absolutePath } from "./values.ts";

export interface ReportFile {
  readonly path: string;
  readonly form: ReportForm;
}

/** Reads `FILE.html`, `FILE.md` or `FILE.json`; throws `usage`. */
export function reportFile(text: string): ReportFile {
  const form = /\.(html|md|json)$/.exec(text)?.[1] as ReportForm | undefined;
  if (form !== undefined) return { path: fileInFolder(absolutePath(text)), form };
  throw new BsvError("usage", `No report has the form of ${JSON.stringify(text)}`, {
    hint: "Say FILE.html, FILE.md or FILE.json",
  });
}

export async function writeReport(
  context: Context,
  file: ReportFile | undefined,
  done: readonly { readonly row: SnapshotRow; readonly verified: Verified }[],
  unread: readonly Unread[] = [],
): Promise<void> {
  if (file === undefined) return;
  const reported = done.map(({ row, verified: { verification } }) => ({ row, verification }));
  const text = reportText(file.form, { done: reported, unread }, context.run.now());
  write(file.path, text);
  context.out.note(`report: ${file.path}`);
  const signer = readSigningKey(signingKeyFile(process.env, findHome(process.env)));
  if (signer === undefined) return;
  const hasher = newSha256();
  hasher.update(text);
  const sha256 = hasher.digest("hex");
  const { publicKey, signature } = signedBy(signer, reportStatement(sha256));
  const signed = { file: basename(file.path), sha256, public_key: publicKey, signature };
  write(`${file.path}.sig`, `${JSON.stringify(signed)}\n`);
  context.out.note(`signed: ${file.path}.sig`);
}

// --- internal ---

function write(path: string, text: string): void {
  const file = new AtomicFile(path);
  file.append(text);
  file.commit();
}
