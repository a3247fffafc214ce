// `bsv verify` as a user sees it: words, exit codes, and what failing disks make of it.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { reportStatement } from "#core/signature.ts";
import { verifySignature } from "#disk/signing-key.ts";
import { checksumStore } from "#test/copies/checksum-store.ts";
import { hasOpenssl, makeCertificate } from "./certificates.ts";
import { binary, Home, type Ran } from "./harness.ts";

let home: Home;

beforeEach(async () => {
  home = new Home({ BSV_MACHINE_ID: "devbox-001" });
  const { folder } = home;
  writeFileSync(`${folder}/bsv.yaml`, "backupsets: { photos: { paths: [tree] } }\n");
  mkdirSync(`${folder}/tree/sub`, { recursive: true });
  for (const [nr, name] of ["a.jpg", "b.jpg", "c.jpg", "sub/d.jpg", "sub/e.jpg"].entries()) {
    writeFileSync(`${folder}/tree/${name}`, `content of ${name}`);
    utimesSync(`${folder}/tree/${name}`, 1_700_000_000 + nr, 1_700_000_000 + nr);
  }
  await home.run(["scan", "-q"]);
  Bun.spawnSync(["cp", "-a", `${folder}/tree`, `${folder}/copy`]);
});
afterEach(() => home[Symbol.dispose]());

const told = ({ stdout, stderr, exit }: Ran): string =>
  `${stdout}${stderr}(exit ${exit})`
    .replaceAll(home.folder, "HOME")
    .replaceAll(/\b[0-9a-f]{8}\b/g, "SNAPSHOT")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME")
    .replaceAll(/in 0:\d\d/g, "in 0:00");

/** One bit of a file, size and mtime kept. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const { mtimeMs } = statSync(path);
  bytes[3] = bytes[3]! ^ 4;
  writeFileSync(path, bytes);
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
}

test("nothing is ok without what it speaks of", async () => {
  expect(told(await home.run(["verify", "photos"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 5 files, 88 B
    its source: HOME/tree
    ok: 5 of 5 files checked, 88 B of 88 B compared; 88 B read now in 0:00
    (exit 0)"
  `);
  expect(told(await home.run(["verify", "--copy", "copy"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 5 files, 88 B
    a copy: HOME/copy
    layout: names are below HOME/tree
    ok: 5 of 5 files checked, 88 B of 88 B compared; 88 B read now in 0:00
    (exit 0)"
  `);
});

test("what is wrong with a copy is told by name, with where the content can still be had", async () => {
  const at = (name: string) => `${home.folder}/copy/${name}`;
  await home.run(["verify"]);
  flip(at("a.jpg"));
  truncateSync(at("b.jpg"), 4);
  renameSync(at("c.jpg"), at("C.jpg"));
  rmSync(at("sub/d.jpg"));
  utimesSync(at("sub/e.jpg"), 5, 5);
  writeFileSync(at("sub/\u001b[2Jnew"), "");
  expect(told(await home.run(["verify", "photos", "--copy", "copy"]))).toMatchInlineSnapshot(`
    "SNAPSHOT of devbox-001/photos, TIME (just now): 5 files, 88 B
    a copy: HOME/copy
    corrupted         16 B  HOME/tree/a.jpg
                 last good in snapshot SNAPSHOT of TIME; proven in source just now
    modified          16 B  HOME/tree/b.jpg  (SIZE: 4 bytes instead of 16)
    touched           20 B  HOME/tree/sub/e.jpg
    moved             16 B  HOME/tree/c.jpg -> HOME/tree/C.jpg  (CASE: only the case of the name differs)
    missing           20 B  HOME/tree/sub/d.jpg
                 last good in snapshot SNAPSHOT of TIME; proven in source just now
    extra              0 B  HOME/tree/sub/\\x1b[2Jnew
    layout: names are below HOME/tree
    corrupted            1
    missing              1
    modified             1
    moved                1
    extra                1
    touched              1
    damaged: 5 of 5 files checked, 68 B of 88 B compared; 56 B read now in 0:00
    (exit 4)"
  `);
  const json = await home.run(["verify", "--copy", "copy", "--json", "--ignore-mtime"]);
  const lines = json.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  expect(lines.at(-1)).toMatchObject({
    type: "summary",
    copy: at("").slice(0, -1),
    complete: true,
    counts: { corrupted: 1, missing: 1, modified: 1, moved: 1, extra: 1, touched: 0, intact: 1 },
    coverage: { files_total: 5, files_checked: 5, not_checked: {} },
  });
  expect(lines.filter(({ type }) => type === "finding")).toHaveLength(5);
});

test("--fail-on decides between findings and done; the source's changes are no damage", async () => {
  writeFileSync(`${home.folder}/tree/a.jpg`, "written anew");
  expect((await home.run(["verify"])).exit).toBe(0);
  expect((await home.run(["verify", "--fail-on", "modified"])).exit).toBe(4);
  rmSync(`${home.folder}/tree/b.jpg`);
  expect((await home.run(["verify"])).exit).toBe(4);
  writeFileSync(`${home.folder}/copy/more`, "");
  expect((await home.run(["verify", "--copy", "copy"])).exit).toBe(4);
  expect((await home.run(["verify", "--copy", "copy", "--fail-on", "missing"])).exit).toBe(0);
  for (const wrong of [
    ["--sample", "0%"],
    ["--max-time", "1"],
    ["--fail-on", "bad"],
    ["--map", "x"],
    ["--strip", "x"],
  ]) {
    expect((await home.run(["verify", ...wrong])).exit).toBe(2);
  }
  for (const wrong of ["what:ever", "/dev/null", "copy/a.jpg", "borg:x", "s3:x"]) {
    expect([wrong, (await home.run(["verify", "--copy", wrong])).exit]).toEqual([wrong, 2]);
  }
  const secret = await home.run([
    "verify",
    "--copy",
    "restic:rest:https://me:secret@127.0.0.1:1/",
    "--json",
  ]);
  expect([secret.exit, secret.stdout.split("me:secret@").length]).toEqual([3, 1]);
});

test("a sample and a limit say what they left out, and never ok", async () => {
  const sample = await home.run(["verify", "--copy", "copy", "--sample", "0.000001%"]);
  expect(told(sample)).toContain(
    "incomplete: 0 of 5 files checked, 0 B of 88 B compared, 5 not checked: 5 SAMPLE; 0 B read now in 0:00\ncontent: 0 bad of 0 sampled: nothing is known of the rest\n(exit 3)",
  );
  const limit = await home.run(["verify", "--copy", "copy", "--max-bytes", "0"]);
  expect(told(limit)).toContain(
    "incomplete: 0 of 5 files checked, 0 B of 88 B compared, 5 not checked: 5 MAX_BYTES",
  );
  expect(limit.exit).toBe(3);
  // What came first is no random choice: no bound follows from it.
  const both = await home.run(["verify", "--copy", "copy", "--sample", "100%", "--max-bytes", "1"]);
  expect(told(both)).toMatch(
    /^incomplete: .* MAX_BYTES; .*\ncontent: 0 bad of 1 read of a sample that was cut short: nothing is known of the rest\n\(exit 3\)$/m,
  );
});

/** A failing disk: system calls on this one file or folder end in an error. */
const failing = (path: string, calls: string, error: string): string =>
  `strace -f -qq -o /dev/null -P ${home.folder}/${path} -e trace=${calls} -e inject=${calls}:error=${error}`;

test.if(Bun.which("strace") !== null)(
  "I6: a bad sector is unreadable, what lies in a folder that cannot be listed is not missing",
  async () => {
    const bad = await home.shell(
      `${failing("copy/a.jpg", "read", "EIO")} ${binary} verify --copy copy`,
    );
    expect(bad.stdout).toContain("/tree/a.jpg  (EIO: i/o error)");
    expect(bad.stdout).toContain("incomplete: 4 of 5 files checked");
    expect(bad.exit).toBe(3);
    const lost = await home.shell(
      `${failing("copy/sub", "getdents64", "EIO")} ${binary} verify --copy copy`,
    );
    expect(lost.stdout).toContain("unreadable           2\n");
    expect(lost.stdout).toContain("incomplete: 3 of 5 files checked");
    expect(lost.exit).toBe(3);
  },
);

test.skipIf(process.getuid?.() === 0 && Bun.which("setpriv") === null)(
  "I6: what may not be read is unreadable, never missing and never ok",
  async () => {
    const nobody = process.getuid?.() === 0;
    if (nobody)
      for (const name of ["", "/bsv-home"])
        Bun.spawnSync(["chown", "-R", "65534", `${home.folder}${name}`]);
    for (const name of ["copy/a.jpg", "copy/sub"]) {
      chmodSync(`${home.folder}/${name}`, 0);
      if (nobody) chownSync(`${home.folder}/${name}`, 65534, 65534);
    }
    const as = nobody ? "setpriv --reuid 65534 --clear-groups $BSV" : "$BSV";
    const ran = await home.shell(`${as} verify --copy copy`);
    expect(ran.stdout).toContain("unreadable           3\n");
    expect(ran.stdout).toContain(
      "incomplete: 2 of 5 files checked, 32 B of 88 B compared, 3 not checked: 3 EACCES; 32 B read now",
    );
    expect(ran.exit).toBe(3);
  },
);

test("declared copies are read by name, all of them with --all-copies, and what a command line says wins", async () => {
  const { folder } = home;
  Bun.spawnSync(["tar", "-C", folder, "-cf", `${folder}/backup.tar`, "tree"]);
  mkdirSync(`${folder}/usb`);
  writeFileSync(
    `${folder}/bsv.yaml`,
    `backupsets:
  photos:
    paths: [tree]
    copies:
      nas: { target: copy, prefix: ${folder}/tree }
      usb: { target: usb, marker: .this-disk }
      archive: { target: "tar:backup.tar", strip: tree, prefix: ${folder}/tree, ignore_mtime: true }
`,
  );
  mkdirSync(`${folder}/elsewhere`);
  const one = await home.run(["verify", "--copy", "archive"], { cwd: folder });
  expect(told(one)).toContain(`its copy archive: tar:HOME/backup.tar\nok: 5 of 5 files checked`);
  rmSync(`${folder}/copy/a.jpg`);
  const all = await home.run(["verify", "--all-copies", "--json"]);
  expect(all.exit).toBe(4);
  const last = JSON.parse(all.stdout.trimEnd().split("\n").at(-1)!) as {
    verifications: { copy: string; complete: boolean; counts: Record<string, number> }[];
  };
  expect(
    last.verifications.map(({ copy, complete, counts }) => [
      copy,
      complete,
      counts["intact"],
      counts["missing"],
      counts["offline"],
    ]),
  ).toEqual([
    ["nas", true, 4, 1, 0],
    ["usb", false, 0, 0, 5],
    ["archive", true, 5, 0, 0],
  ]);
  expect((await home.run(["verify", "--copy", "archive", "--strip", "no/such"])).exit).toBe(3);
  writeFileSync(
    `${folder}/bsv.yaml`,
    "backupsets: { photos: { paths: [tree], copies: { a: { target: x, map: { y: z } } } } }\n",
  );
  const wrong = await home.run(["verify"]);
  expect([wrong.exit, wrong.stderr]).toEqual([2, expect.stringContaining("must be a whole path")]);
});

test("--all-copies: a declared copy that cannot even be opened, or a set never scanned, keeps no other copy from being read; exit 3", async () => {
  const { folder } = home;
  writeFileSync(`${folder}/no-folder`, "a file");
  const lines = [
    "backupsets:",
    "  new: { paths: [copy], copies: { old: { target: tree } } }",
    "  photos:",
    "    paths: [tree]",
    "    copies:",
    "      locked: { target: 'zip:x.zip', password_file: nowhere }",
    "      wrong: { target: no-folder }",
    "      nas: { target: copy }",
  ];
  writeFileSync(`${folder}/bsv.yaml`, `${lines.join("\n")}\n`);
  const ran = await home.run(["verify", "--all-copies"]);
  expect([ran.exit, told(ran)]).toEqual([3, expect.stringContaining("its copy nas: HOME/copy\n")]);
  expect(ran.stdout).toContain("ok: 5 of 5 files checked");
  for (const name of ["new: old", "photos: locked", "photos: wrong"])
    expect(ran.stderr).toContain(`${name}: `);
  for (const form of ["html", "md", "json"]) {
    await home.run(["verify", "--all-copies", "--report", `${folder}/r.${form}`]);
    const report = readFileSync(`${folder}/r.${form}`, "utf8");
    expect(report).toMatch(/not.verified[^]*photos: locked[^]*nowhere[^]*photos: wrong/i);
  }
  const none = await home.run(["verify", "new", "--all-copies"]);
  expect(none.exit).toBe(5);
});

test("I12: a report is one file that tells all, runs nothing and takes no name for markup; it is signed where there is a key", async () => {
  const { folder } = home;
  writeFileSync(`${folder}/copy/<img src=x onerror=alert(1)>|*_\u202e.jpg`, "evil");
  rmSync(`${folder}/copy/sub/d.jpg`);
  await home.run(["keygen"]);
  for (const form of ["html", "md", "json"]) {
    const file = `${folder}/report.${form}`;
    expect((await home.run(["verify", "--copy", "copy", "--report", file])).exit).toBe(4);
    const text = readFileSync(file, "utf8");
    for (const part of ["photos", "copy", "d.jpg"]) expect(text).toContain(part);
    if (form !== "json") {
      expect(text).toContain("5 of 5 files checked");
      expect(text).not.toContain("<img");
      expect(text).not.toContain("\u202e");
      expect(text).not.toMatch(/<script|src=(?!x)|href=/);
    }
    const signed = JSON.parse(readFileSync(`${file}.sig`, "utf8")) as Record<string, string>;
    const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    expect(signed["sha256"]).toBe(sha256);
    const by = { publicKey: signed["public_key"]!, signature: signed["signature"]! };
    expect(verifySignature(by, reportStatement(sha256))).toBe(true);
    expect(verifySignature(by, reportStatement(sha256.replace(/.$/, "x")))).toBe(false);
  }
  expect((await home.run(["verify", "--report", "report.pdf"])).exit).toBe(2);
});

test.skipIf(Bun.which("7z") === null)(
  "the password of an archive comes from a file that nobody else can read, and is never told",
  async () => {
    const file = `${home.folder}/password`;
    const packed = await home.shell(
      "cd copy && 7z a -tzip -bso0 -bsp0 -mtc=on -ps3cr3t -mem=AES256 ../c.zip .",
    );
    expect(packed.exit).toBe(0);
    writeFileSync(file, "s3cr3t\n", { mode: 0o600 });
    const right = await home.run(["verify", "--copy", "c.zip", "--password-file", "password"]);
    expect(told(right)).toContain("ok: 5 of 5 files checked, 88 B of 88 B compared; 88 B read now");
    expect(right.exit).toBe(0);
    const without = await home.run(["verify", "--copy", "c.zip"]);
    expect(told(without)).toContain("5 not checked: 5 ENCRYPTED");
    expect(without.exit).toBe(3);
    writeFileSync(
      `${home.folder}/bsv.yaml`,
      "backupsets: { photos: { paths: [tree], copies: { old: { target: c.zip, password_file: password } } } }\n",
    );
    const declared = await home.run(["verify", "--all-copies"]);
    expect([declared.exit, declared.stdout.includes("s3cr3t")]).toEqual([0, false]);
    for (const wrong of [
      ["--password-file", "password"],
      ["--copy", "copy", "--password-file", "password"],
      ["--all-copies", "--password-file", "password"],
    ]) {
      expect([wrong, (await home.run(["verify", ...wrong])).exit]).toEqual([wrong, 2]);
    }
    chmodSync(file, 0o644);
    const open = await home.run(["verify", "--copy", "c.zip", "--password-file", "password"]);
    expect(told(open)).toContain("Others than its owner may read the password file HOME/password");
    writeFileSync(file, "\n");
    chmodSync(file, 0o600);
    const empty = await home.run(["verify", "--copy", "c.zip", "--password-file", "password"]);
    expect(told(empty)).toContain("The password file HOME/password is empty");
  },
);

/** The tree, in an object store. */
const objects = () =>
  new Map(
    ["a.jpg", "b.jpg", "c.jpg", "sub/d.jpg", "sub/e.jpg"].map((name) => [
      `photos/${name}`,
      {
        bytes: readFileSync(`${home.folder}/tree/${name}`),
        headers: (hash: string) => ({ "x-amz-checksum-sha256": hash }),
      },
    ]),
  );

test.skipIf(!hasOpenssl)(
  "TLS is always verified: an object store that the system does not know is not believed, read or trusted",
  async () => {
    const ours = makeCertificate(home.folder, "ours");
    const { asked, url } = checksumStore(objects(), ours);
    Object.assign(home.env, {
      S3_ENDPOINT: url,
      S3_ACCESS_KEY_ID: "me",
      S3_SECRET_ACCESS_KEY: "s3cr3t",
    });
    const copy = ["verify", "--copy", "s3://bucket/photos"];
    for (const off of [undefined, "0"]) {
      if (off !== undefined) home.env["NODE_TLS_REJECT_UNAUTHORIZED"] = off;
      for (const words of [copy, [...copy, "--trust-checksum"]]) {
        const ran = await home.run(words);
        expect(told(ran)).toContain("SELF_SIGNED_CERT");
        expect(told(ran)).toContain("incomplete: 0 of 5 files checked");
        expect(ran.exit).toBe(3);
      }
    }
    expect(asked).toEqual({ lists: 0, heads: 0, reads: 0 });
    // The same store, known by name: then it is.
    home.env["NODE_EXTRA_CA_CERTS"] = ours.cert;
    for (const words of [copy, [...copy, "--trust-checksum"]]) {
      expect((await home.run(words)).exit).toBe(0);
    }
    expect(asked).toEqual({ lists: 2, heads: 5, reads: 5 });
  },
);

test("--trust-checksum says that nothing was read, and nothing may be deleted on its word", async () => {
  const { asked, url } = checksumStore(objects());
  Object.assign(home.env, {
    S3_ENDPOINT: url,
    S3_ACCESS_KEY_ID: "me",
    S3_SECRET_ACCESS_KEY: "s3cr3t",
  });
  const ran = await home.run(["verify", "--copy", "s3://bucket/photos", "--trust-checksum"]);
  expect(told(ran)).toContain(
    "ok: 5 of 5 files checked, 88 B of 88 B compared; by the store's own checksums: trusted, not read\n(exit 0)",
  );
  expect(asked).toEqual({ lists: 1, heads: 5, reads: 0 });
  const safe = await home.run(["coverage", "--min-copies", "1", "--safe-to-delete", "tree"]);
  expect(safe.exit).toBe(4);
  // The same, read: then it counts.
  expect((await home.run(["verify", "--copy", "s3://bucket/photos"])).exit).toBe(0);
  const question = ["coverage", "--min-copies", "1", "--safe-to-delete", "tree"];
  const near = await home.run(question); // what this machine keeps may be that very disk
  expect([near.exit, near.stdout]).toEqual([
    4,
    expect.stringContaining("a server on this machine"),
  ]);
  home.env["S3_ENDPOINT"] = "https://s3.example.org";
  const read = await home.run(question);
  expect([read.exit, asked.reads]).toEqual([0, 5]);
  home.env["S3_ENDPOINT"] = url;
  const trust = "--trust-checksum";
  for (const wrong of [
    [trust],
    ["--copy", "copy", trust],
    ["--copy", "s3://bucket/photos", trust, "--sample", "1%"],
    ["--copy", "s3://bucket/photos", trust, "--max-bytes", "1"],
  ]) {
    expect([wrong, (await home.run(["verify", ...wrong])).exit]).toEqual([wrong, 2]);
  }
});

test("--max-time stops reading: what came too late is not checked, and it is never ok", async () => {
  await home.shell("tar -C copy -cf t.tar a.jpg b.jpg c.jpg sub/d.jpg sub/e.jpg");
  const slow = "cmd:head -c 2048 t.tar; sleep 1.5; tail -c +2049 t.tar";
  const ran = await home.run(["verify", "--copy", slow, "--max-time", "1s"]);
  expect(told(ran)).toMatch(/incomplete: \d of 5 files checked, .*: [3-5] MAX_TIME;/);
  expect(ran.exit).toBe(3);
  const whole = await home.run(["verify", "--copy", slow, "--max-time", "1m"]);
  expect([whole.exit, told(whole)]).toEqual([0, expect.stringContaining("ok: 5 of 5 files")]);
});

test("--max-time ends a tool that says nothing for ever, a pipe that nobody fills, and one huge file", async () => {
  const { folder } = home;
  await home.shell("tar -C copy -cf t.tar a.jpg b.jpg c.jpg sub/d.jpg sub/e.jpg");
  // Read to the end it would take an hour.
  Bun.spawnSync(["truncate", "-s", "8T", `${folder}/tree/z`]);
  for (const line of [
    `bsv verify --copy 'cmd:head -c 2048 t.tar; sleep 30; tail -c +2049 t.tar' --max-time 1s`,
    "mkfifo pipe; sleep 9 > pipe 2>&- & bsv verify --copy tar:- --max-time 1s < pipe",
    "bsv verify --max-time 1s",
  ]) {
    const ran = await home.shell(line.replace("--max-time", "--json --max-time"));
    const last = JSON.parse(ran.stdout.trimEnd().split("\n").at(-1)!);
    expect([line, ran.exit, last.complete, last.cut]).toEqual([
      line,
      3,
      false,
      "MAX_TIME: the time was over",
    ]);
    expect([line, last.duration_ms < 5000]).toEqual([line, true]);
    expect([last.counts.missing, last.counts.corrupted, last.counts.modified]).toEqual([0, 0, 0]);
  }
});

test("a wrong word makes no copy: what nobody declared, and nobody can reach, leaves no record", async () => {
  const { folder } = home;
  const recorded = async (...args: string[]) => {
    const { stdout, exit } = await home.run(["verify", ...args, "--json"]);
    return [exit, JSON.parse(stdout.trimEnd().split("\n").at(-1)!).recorded];
  };
  expect(await recorded("--copy", "cpoy")).toEqual([3, false]);
  expect(await recorded("--copy", "no.tar")).toEqual([3, false]);
  expect(told(await home.run(["verify", "--copy", "cpoy"]))).toContain("\nnot recorded: ");
  expect((await home.run(["coverage", "--json", "--min-copies", "0"])).stdout).not.toContain(
    "cpoy",
  );
  // One that is there, was there before, or is declared: that is worth a record.
  writeFileSync(`${folder}/bad.tgz`, "\u001f\u008bno gzip", "latin1");
  expect(await recorded("--copy", "bad.tgz")).toEqual([3, true]);
  expect(await recorded("--copy", "copy")).toEqual([0, true]);
  renameSync(`${folder}/copy`, `${folder}/aside`);
  expect(await recorded("--copy", "copy")).toEqual([3, true]);
  const copies = "copies: { usb: { target: usb } }";
  writeFileSync(`${folder}/bsv.yaml`, `backupsets: { photos: { paths: [tree], ${copies} } }\n`);
  expect(await recorded("--copy", "usb")).toEqual([3, true]);
});

test("last good is what may still hold it: not a copy that was read whole since without it, nor what it was before", async () => {
  const { folder } = home;
  const of = (name: string) => `${folder}/${name}`;
  for (const name of ["nas", "usb", "old"]) Bun.spawnSync(["cp", "-a", of("copy"), of(name)]);
  const declare = (target: string) =>
    writeFileSync(
      of("bsv.yaml"),
      `backupsets: { photos: { paths: [tree], copies: { disk: { target: ${target} } } } }\n`,
    );
  declare("old");
  for (const copy of ["nas", "usb", "disk"]) await home.run(["verify", "--copy", copy]);
  // Without a.jpg by its name, and with another content there: the snapshot's own is gone from it.
  rmSync(of("nas/a.jpg"));
  await home.run(["verify", "--copy", "nas"]);
  declare("copy"); // another medium by the same name, of which only a part was read
  await home.run(["verify", "--copy", "disk", "--max-bytes", "0"]);
  renameSync(of("usb"), of("usb-away"));
  await home.run(["verify", "--copy", "usb"]);
  flip(of("tree/a.jpg"));
  const ran = await home.run(["verify", "--json"]);
  const found = ran.stdout.split("\n").find((line) => line.includes('"corrupted"'))!;
  expect(JSON.parse(found).last_good.copies).toEqual([
    { copy: of("usb"), verified_at: expect.any(String), readable: false },
  ]);
  expect(told(await home.run(["verify"]))).toContain(
    "proven in HOME/usb just now, not all of it readable at the last look",
  );
});

test.skipIf(Bun.which("rclone") === null)(
  "of an rclone connection string, which may hold a secret, parameters are told by a hash only",
  async () => {
    for (const [place, shown] of [
      [`:local,nounc=s3cr3t:${home.folder}/copy`, /^rclone::local,#[0-9a-f]{8}:\//],
      [`:sftp,host="127.0.0.1:1",pass='s3cr3t,':x`, /^rclone::sftp,#[0-9a-f]{8}:x$/],
      ["nas,pass=s3cr3t:x", /^rclone:nas,#[0-9a-f]{8}:x$/],
      [`nas,pass="s3cr3t:x`, /^rclone:#[0-9a-f]{8}$/],
    ] as const) {
      const ran = await home.run(["verify", "--copy", `rclone:${place}`, "--json"]);
      const last = JSON.parse(ran.stdout.trimEnd().split("\n").at(-1)!);
      expect([last.target, last.copy]).toEqual([expect.stringMatching(shown), last.target]);
      expect(`${ran.stdout}${ran.stderr}`).not.toContain("s3cr3t");
    }
    expect((await home.shell("grep -rlc s3cr3t bsv-home")).stdout).toBe("");
  },
);

test("a report is not written into a folder that is not there: it is told before anything is read", async () => {
  const ran = await home.run(["verify", "--report", "no/such/report.html"]);
  expect([ran.exit, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toContain("There is no folder");
});

test("I6: tar:- is an archive from a pipe, packed or not; a pipe that ends too soon makes nothing missing", async () => {
  for (const pack of ["cat", "gzip"]) {
    const ran = await home.shell(`tar -C copy -c . | ${pack} | bsv verify --copy tar:-`);
    expect(told(ran)).toContain("a copy: tar:-");
    expect([ran.exit, told(ran)]).toEqual([0, expect.stringContaining("ok: 5 of 5 files checked")]);
  }
  for (const cut of ["head -c 3000", "gzip | head -c 150", "head -c 0"]) {
    const ran = await home.shell(`tar -C copy -c . | ${cut} | bsv verify --copy tar:- --json`);
    const last = JSON.parse(ran.stdout.trimEnd().split("\n").at(-1)!);
    expect([cut, ran.exit, last.complete, last.counts.missing]).toEqual([cut, 3, false, 0]);
    expect(last.cut).toMatch(/^(CUT|EMPTY): /);
  }
  flip(`${home.folder}/copy/b.jpg`);
  const bad = await home.shell("tar -C copy -c . | bsv verify --copy tar:-");
  expect([bad.exit, told(bad)]).toEqual([4, expect.stringContaining("HOME/tree/b.jpg")]);
});

test("of a command line, which may hold a secret, only its first word and a hash are told, recorded and reported", async () => {
  const line = "tar -C copy -c . # --password=s3cr3t";
  for (const [command, shown] of [
    [line, /^cmd:tar#[0-9a-f]{8}$/],
    [`PASSWORD=s3cr3t ${line}`, /^cmd:sh#[0-9a-f]{8}$/],
    [`'s3cr3t' 2>&-; ${line}`, /^cmd:sh#[0-9a-f]{8}$/],
  ] as const) {
    const target = `cmd:${command}`;
    const ran = await home.run(["verify", "--copy", target, "--json", "--report", "report.json"]);
    const last = JSON.parse(ran.stdout.trimEnd().split("\n").at(-1)!);
    expect([ran.exit, last.complete]).toEqual([0, true]);
    expect(last.target).toMatch(shown);
    expect(last.copy).toBe(last.target);
    const report = readFileSync(`${home.folder}/report.json`, "utf8");
    expect([ran.stdout, ran.stderr, report].join("").includes("s3cr3t")).toBe(false);
  }
  const stored = await home.shell("grep -rlc s3cr3t bsv-home");
  expect(stored.stdout).toBe("");
});

test("a list in which not one digest fits is asked whether it is of another hash; one that fits is answer enough", async () => {
  const { folder } = home;
  const list = (command: string) =>
    home.shell(`cd "${folder}/tree" && find . -type f -exec ${command} {} + > "${folder}/list"`);
  const verify = () => home.run(["verify", "photos", "--copy", `sums:${folder}/list`]);
  const hint = /^not one digest fits: .* is it a list of those\?$/m;
  await list("b2sum -l 256");
  const other = await verify();
  expect(other.stdout).toMatch(hint);
  expect(other.exit).toBe(4);
  await list("sha256sum");
  const right = await verify();
  expect(right.stdout).not.toMatch(hint);
  expect(right.exit).toBe(0);
  writeFileSync(
    `${folder}/list`,
    readFileSync(`${folder}/list`, "utf8")
      .split("\n")
      .map((line, nr) =>
        nr === 0 ? line : line.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
      )
      .join("\n"),
  );
  const damaged = await verify();
  expect(damaged.stdout).not.toMatch(hint);
  expect(damaged.exit).toBe(4);
});
