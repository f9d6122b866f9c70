//go:build 386 || amd64 || arm || arm64 || loong64 || mipsle || mips64le || ppc64le || riscv64 || wasm

package env

// Arrays are viewed in place, so building for a big-endian machine fails: this
// constant is missing there.
const littleEndianHost = true

var _ = littleEndianHost
