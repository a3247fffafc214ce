// Answers that are small enough to be made in one piece: JSON with its length.

export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  return textAnswer(JSON.stringify(value), status, headers);
}

/** `text` is JSON already. */
export function textAnswer(
  text: string,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  const bytes = Buffer.from(`${text}\n`);
  return new Response(bytes, {
    status,
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(bytes.length),
      ...headers,
    },
  });
}
