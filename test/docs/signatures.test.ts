// The vectors of docs/format.md are checked by us, and by openssl where there is one.
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifySignature } from "#disk/signing-key.ts";
import { signerOfSeed } from "#test/signer.ts";

const root = join(import.meta.dir, "../..");
const { seed, vectors } = JSON.parse(
  readFileSync(join(root, "test/format/signatures.json"), "utf8"),
) as {
  seed: string;
  vectors: { text: string; public_key: string; signature: string }[];
};

test("the vectors are what this bsv signs, and the page has the first of them", () => {
  const signer = signerOfSeed(Buffer.from(seed, "hex"));
  const page = readFileSync(join(root, "docs/format.md"), "utf8");
  for (const { text, public_key: publicKey, signature } of vectors) {
    expect(signer).toMatchObject({ publicKey });
    expect(signer.sign(text)).toBe(signature);
    expect(verifySignature({ publicKey, signature }, text)).toBe(true);
  }
  const [{ text, public_key, signature }] = vectors as [(typeof vectors)[0]];
  for (const said of [text.split("\n")[1]!, public_key, signature])
    expect(page).toContain(`\`${said}\``);
});

const hasOpenssl =
  Bun.which("openssl") !== null &&
  /OpenSSL 3/.test(Bun.spawnSync(["openssl", "version"]).stdout.toString());

test.if(hasOpenssl)("openssl accepts them, and refuses another text", () => {
  const dir = mkdtempSync(join(tmpdir(), "bsv-vectors-"));
  for (const { text, public_key, signature } of vectors) {
    const spki = Buffer.from(`302a300506032b6570032100${public_key}`, "hex").toString("base64");
    writeFileSync(
      join(dir, "key.pem"),
      `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`,
    );
    writeFileSync(join(dir, "signature"), Buffer.from(signature, "hex"));
    const check = (said: string) => {
      writeFileSync(join(dir, "text"), said);
      const line = "pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature";
      return Bun.spawnSync(["openssl", ...line.split(" ")], { cwd: dir }).exitCode;
    };
    expect(check(text)).toBe(0);
    expect(check(`${text} `)).not.toBe(0);
  }
  rmSync(dir, { recursive: true });
});
