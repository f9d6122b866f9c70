// Package envtest is the conformance suite for environments: it checks that an
// implementation keeps the contract of package env, wherever it runs.
//
// [Run] takes a [Target]: a factory, and ways to make an environment and a
// vector. With nothing but the factory it checks the bare environment; with
// functions that go through a client it checks client, wire and server against
// the same environment in this process.
package envtest
