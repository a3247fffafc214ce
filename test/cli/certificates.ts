// Certificates of nobody in particular, made by openssl as an administrator would.
import { join } from "node:path";

export const hasOpenssl = Bun.which("openssl") !== null;

/** Writes NAME.crt and NAME.key (0600) for 127.0.0.1 and localhost into the folder. */
export function makeCertificate(folder: string, name: string): { cert: string; key: string } {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const made = Bun.spawnSync(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=${name}
      -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout ${files.key} -out ${files.cert}`.split(
      /\s+/,
    ),
  );
  if (!made.success) throw new Error(made.stderr.toString());
  return files;
}
