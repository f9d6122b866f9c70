package client_test

import (
	"testing"

	"trailblazer/ccemu/ccenv"
	client "trailblazer/clients/go"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testcc"
)

// Continuous actions of several flows, and ragged logs of packets, conform
// over HTTP as they do in process.
func TestConformanceOfCC(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []string{
		`{"max_steps": 30}`,
		`{"max_steps": 20, "flows": 2, "packets": true, "probes": true}`,
	} {
		options := client.MakeOptions{Env: ccenv.ID, Scenario: "cc/train", Config: []byte(config)}
		t.Run("unary", func(t *testing.T) { conformWith(t, c, options, testcc.Act) })
		t.Run("stream", func(t *testing.T) { conformWith(t, c, options, testcc.Act, client.WithStream()) })
	}
}
