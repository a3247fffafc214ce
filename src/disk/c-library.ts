// The C library's functions, for the few things that node:fs and Bun cannot ask of the system. See docs/decisions/0201-race-free-walk.md.
import { dlopen, type FFIFunction, type Library } from "bun:ffi";

/** Undefined where it cannot be called: another system or library, an old one, no executable memory. Whoever asks needs another way. */
export function cLibrary<Symbols extends Record<string, FFIFunction>>(
  symbols: Symbols,
): Library<Symbols>["symbols"] | undefined {
  if (process.platform !== "linux") return undefined;
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  for (const name of ["libc.so.6", musl]) {
    try {
      return dlopen(name, symbols).symbols;
    } catch {
      // The next one may be there; that none is, the caller is told.
    }
  }
  return undefined;
}
