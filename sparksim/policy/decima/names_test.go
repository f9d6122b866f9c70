package decima

import "testing"

// TestNames: every mode has a name of its own, and nothing else is one.
func TestNames(t *testing.T) {
	for _, mode := range modes {
		if got, ok := ModeOf(Descriptions()[mode].Name); !ok || got != mode {
			t.Errorf("%q is mode %d, %v; want %d", Descriptions()[mode].Name, got, ok, mode)
		}
	}
	if mode, ok := ModeOf("decima"); ok || len(Descriptions()) != len(modes) {
		t.Errorf("%d names; \"decima\" is mode %d", len(Descriptions()), mode)
	}
}
