//go:build !race

package envserver_test

const raceEnabled = false
