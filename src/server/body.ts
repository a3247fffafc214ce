// What a body says it is, and how long it may take to come.
import { BsvError } from "#core/errors.ts";
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";

export interface Content {
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
}

const FORMS = new Map<string, DocumentForm>([
  ["application/json", "json"],
  ["application/x-ndjson", "ndjson"],
]);
const ENCODINGS = new Map<string, BodyEncoding>([
  ["identity", "identity"],
  ["gzip", "gzip"],
  ["zstd", "zstd"],
]);

/** Reads Content-Type and Content-Encoding; throws `unsupported_media_type`. */
export function contentOf(type: string | null, encoding: string | null): Content {
  const [essence, ...parameters] = (type ?? "").toLowerCase().split(";");
  const form = FORMS.get(essence!.trim());
  // Trimmed first: blanks on both sides of nothing are told apart in as many ways as there are blanks.
  const isUtf8 = parameters.every((parameter) =>
    /^(charset\s*=\s*"?utf-?8"?)?$/.test(parameter.trim()),
  );
  if (form === undefined || !isUtf8) {
    throw new BsvError(
      "unsupported_media_type",
      "A snapshot is application/json or application/x-ndjson, in UTF-8",
      {
        details: { accepted: [...FORMS.keys()] },
      },
    );
  }
  const wrapped = ENCODINGS.get((encoding ?? "identity").trim().toLowerCase());
  if (wrapped === undefined) {
    throw new BsvError("unsupported_media_type", "A body is plain, or encoded as gzip or zstd", {
      details: { accepted: [...ENCODINGS.keys()] },
    });
  }
  return { form, encoding: wrapped };
}

/** Refuses by what the sender announces, before a byte is read. */
export function checkLength(request: Request, limitBytes: number): void {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length <= limitBytes) return;
  throw new BsvError("too_large", `The body is longer than ${limitBytes} bytes`, {
    details: { limit_bytes: limitBytes },
  });
}

/** Gives `work` a signal that aborts with `too_slow` when its time is over. */
export async function withDeadline<T>(
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(
      new BsvError("too_slow", `The body did not arrive within ${deadlineMs / 1000} s`),
    );
  }, deadlineMs);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}
