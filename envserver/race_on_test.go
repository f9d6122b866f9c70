//go:build race

package envserver

// RaceEnabled says whether the race detector runs.
const RaceEnabled = true
