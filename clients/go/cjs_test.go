package client_test

import (
	"testing"

	client "trailblazer/clients/go"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim/sparkenv"
)

// Ragged graphs, masks and actions that depend on the state conform over HTTP
// as they do in process.
func TestConformanceOfCJS(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []string{
		`{}`,
		`{"record": true, "arrivals": {"jobs": 5}, "time_limit_ms": 100000}`,
		`{` + testcjs.OwnWorkload + `}`,
	} {
		options := client.MakeOptions{Env: sparkenv.ID, Scenario: "cjs/custom", Config: []byte(config)}
		t.Run("unary", func(t *testing.T) { conformWith(t, c, options, testcjs.Act) })
		t.Run("stream", func(t *testing.T) { conformWith(t, c, options, testcjs.Act, client.WithStream()) })
	}
}
