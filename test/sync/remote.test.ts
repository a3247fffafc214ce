import { expect, test } from "bun:test";
import { BsvError } from "#core/errors.ts";
import { addressAt, openRemote } from "#sync/remote.ts";

test("a remote keeps its base path, and loses the slash at its end", () => {
  expect(openRemote("https://host:8443/bsv/").url).toBe("https://host:8443/bsv");
  expect(openRemote("http://host").url).toBe("http://host");
});

test("whatever a segment holds, it stays one segment", () => {
  const remote = openRemote("http://host/base");
  expect(addressAt(remote, ["a/b", "..", "c d?"], { cursor: "x&y" })).toBe(
    "http://host/base/a%2Fb/../c%20d%3F?cursor=x%26y",
  );
});

test("a path that is not UTF-8 is asked for by its own bytes, not by those of its U+FFFD twin (I5)", () => {
  const remote = openRemote("http://host");
  const address = (path: string) => addressAt(remote, ["find"], { under: path });
  expect(address("/bad\udcff é")).toBe("http://host/find?under=%2Fbad%FF%20%C3%A9");
  expect(address("/bad\ufffd")).toBe("http://host/find?under=%2Fbad%EF%BF%BD");
});

test("addresses that are none, or would leak something, are refused", () => {
  for (const address of [
    "host",
    "ftp://host",
    "file:///etc/passwd",
    "http://h?x=1",
    "http://h#x",
  ]) {
    expect(() => openRemote(address)).toThrow(BsvError);
  }
  expect(() => openRemote("https://user:geheim@host")).toThrow(/holds a name or password/);
  expect(() => openRemote("https://user:geheim@host")).not.toThrow(/geheim/);
});
