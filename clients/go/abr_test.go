package client_test

import (
	"testing"

	"trailblazer/abrsim/abrenv"
	client "trailblazer/clients/go"
	"trailblazer/envserver/catalog"
)

// The real environment conforms over HTTP as it does in process.
func TestConformanceOfABR(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range []string{"abr/train", "abr/default-test", "abr/custom"} {
		t.Run(scenario, func(t *testing.T) { conform(t, c, abrenv.ID, scenario) })
	}
	t.Run("stream", func(t *testing.T) { conform(t, c, abrenv.ID, "abr/train", client.WithStream()) })
}
