package decima

import "testing"

// TestNames: every mode has a name of its own, and nothing else is one.
func TestNames(t *testing.T) {
	for _, mode := range modes {
		if got, ok := ModeOf(Names()[mode]); !ok || got != mode {
			t.Errorf("%q is mode %d, %v; want %d", Names()[mode], got, ok, mode)
		}
	}
	if mode, ok := ModeOf("decima"); ok || len(Names()) != len(modes) {
		t.Errorf("%d names; \"decima\" is mode %d", len(Names()), mode)
	}
}
