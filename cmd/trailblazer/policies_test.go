package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPolicies(t *testing.T) {
	text, err := runCommand(t, "policies", "--data", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"trailblazer/ABR-v0", "trailblazer/CJS-v0", "weighted-fair", "exponent=0.2", "privileged", "decima-mean"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not say %q:\n%s", want, text)
		}
	}
	text, err = runCommand(t, "policies", "trailblazer/CJS-v0", "--json", "--data", "")
	if err != nil {
		t.Fatal(err)
	}
	var list []policyListing
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 || list[0].Policies[0].Name != "fifo" {
		t.Errorf("%v: %+v", err, list)
	}
	if _, err := runCommand(t, "policies", "trailblazer/XYZ-v0", "--data", ""); err == nil || !strings.Contains(err.Error(), "known") {
		t.Errorf("an unknown environment: %v", err)
	}
}
