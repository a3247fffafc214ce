// `bsv diff --map`: the same files under other roots.
import { expect, test } from "bun:test";
import { Home } from "./harness.ts";
import { file, HOSTILE, record } from "./sample-store.ts";
import { serveHome } from "./served-home.ts";

const sum = (seed: string) => new Bun.CryptoHasher("sha256").update(seed).digest("hex");
const at = (root: string, names: readonly string[]) =>
  names.map((name) => file(root + name, 10 + name.length, { checksum: sum(name) }));

test("I6: one tree under two roots is no change; what differs is told by its own path, here and at a remote", async () => {
  using home = new Home();
  const hostile = HOSTILE.slice("/data".length);
  const laptop = [
    ...at("/home/me/photos", ["/a", "/b/c", "/b/gone", "/b/old", hostile]),
    ...at("/etc", ["/x"]),
  ];
  const nas = [
    ...at("/srv/photos", ["/a", "/b/c", "/new", hostile]),
    file("/srv/photos/moved", 16, { checksum: sum("/b/old") }),
  ];
  const day = "2026-02-01T10:00:00.000Z";
  await record(home, "devbox-001", "photos", day, laptop);
  await record(home, "nas", "photos", day, nas);
  const diff = (...words: string[]) =>
    home.run(["diff", "devbox-001/photos@latest", "nas/photos@latest", ...words]);
  const here = await diff("--map", "/home/me/photos=/srv/photos");
  expect(here).toMatchObject({ exit: 0, stderr: "" });
  expect(here.stdout.split("\n\n")[1]).toMatchInlineSnapshot(`
    "R      16 B  /home/me/photos/b/old -> /srv/photos/moved
    +      14 B  /srv/photos/new
    -      17 B  /home/me/photos/b/gone"
  `);
  const server = await serveHome(home);
  try {
    for (const remote of [[], ["--remote", server.url]]) {
      const words = ["--map", "/home/me/photoz=/srv/photoz", "--exit-code", ...remote];
      const misspelled = await diff("--map", "/etc=/srv/photos", ...words);
      expect(misspelled.exit).toBe(5);
      expect(misspelled.stderr).toContain("Nothing is below /home/me/photoz/ in the earlier");
      const one = await diff("--map", "/home/me/photos=/srv/photoz", "--exit-code", ...remote);
      expect(one.exit).toBe(4);
    }
    for (const more of [[], ["--json"], ["--stat"], ["--only", "moved"]]) {
      const words = ["--map", "/home/me/photos/=/srv/photos", ...more];
      // A store tells of a snapshot also when it came, and the local one as which.
      const told = (ran: { stdout: string }) =>
        ran.stdout.replaceAll(/,"(seq|received_at)":("[^"]*"|\d+)/g, "");
      expect(told(await diff(...words, "--remote", server.url))).toBe(told(await diff(...words)));
    }
  } finally {
    await server.stop();
  }
  expect((await diff("--map", "/home/me=/srv", "--map", "/etc=/etc", "--exit-code")).exit).toBe(4);
  for (const wrong of ["/a", "a=/b", "=/b", "/a=/b=/c"]) {
    expect([wrong, (await diff("--map", wrong)).exit]).toEqual([wrong, 2]);
  }
  const nested = await diff("--map", "/home=/srv", "--map", "/home/me=/x");
  expect(nested).toMatchObject({ exit: 2 });
  expect(nested.stderr).toContain("/home/me/ lies in /home/");
  expect((await home.run(["diff", "latest", "--disk", "--map", "/a=/b"])).exit).toBe(2);
}, 60_000);
