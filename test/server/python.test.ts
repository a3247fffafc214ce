// The owner's words: a Python script with only the minimal JSON and plain urllib must work.
import { afterAll, expect, test } from "bun:test";
import { start, stopAll } from "./running.ts";

const SCRIPT = `
import hashlib, json, os, sys, urllib.request
from datetime import datetime

url, sort_keys = sys.argv[1], sys.argv[2] == "sorted"
base = url + "/machines/pybox/backupsets/scripts"

files = []
for i in range(3):
    data = b"x" * i
    files.append({"path": f"/srv/f{i} \\u00e9.txt", "size": i, "mtime": 1729493434.33 + i, "inode": 5 + i,
                  "checksum": hashlib.md5(data).hexdigest(), "error": None})
files.append({"path": os.fsdecode(b"/srv/\\xff"), "size": 1, "mtime": 0.5, "inode": 9, "checksum": None, "error": "EACCES"})
snapshot = {"timestamp": datetime(2025, 6, 23, 10, 33, 21).isoformat(), "machine_id": "pybox", "backupset_name": "scripts",
            "summary": {"file_count": 4, "total_size": 4, "error_count": 1}, "files": files}

def ask(path="", value=None):
    data = None if value is None else json.dumps(value, sort_keys=sort_keys).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"} if data else {})
    with urllib.request.urlopen(request) as answer:
        return answer.status, json.load(answer)

print(json.dumps([
    ask("/validate", {"description": "from Python"}),
    ask("", snapshot),
    ask("/latest"),
    ask("/query?path=/srv/*.txt&from=2025-01-01"),
]))
`;

afterAll(stopAll);

for (const order of ["sorted", "as written"]) {
  test(`a Python script with plain urllib validates, uploads and reads back, keys ${order}`, async () => {
    const server = await start();
    const python = Bun.spawn(["python3", "-c", SCRIPT, server.url, order], { stderr: "inherit" });
    const [validated, uploaded, latest, queried] = JSON.parse(await python.stdout.text());
    expect(await python.exited).toBe(0);
    expect(validated).toMatchObject([200, { valid: true, status: "reserved" }]);
    expect(uploaded).toMatchObject([201, { status: "stored" }]);
    const id = uploaded[1].snapshot_id;
    // Nothing of the writer's spelling is in the id: it is the same snapshot every time.
    expect(id).toBe("5b524d909af6ffbeba24314d2f0e2c61effeb3731ada400b6436c84e012ec3c9");
    expect(latest).toMatchObject([200, { snapshot_id: id, timestamp: "2025-06-23T10:33:21.000Z" }]);
    expect(latest[1].files.map((file: { path: string }) => file.path)).toEqual([
      "/srv/f0 \u00e9.txt",
      "/srv/f1 \u00e9.txt",
      "/srv/f2 \u00e9.txt",
      "/srv/\udcff",
    ]);
    expect(queried).toMatchObject([200, [{ snapshot_id: id }]]);
  });
}
