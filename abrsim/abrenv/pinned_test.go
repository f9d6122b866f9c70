package abrenv_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// TestPinned pins episodes on the built-in data to the last bit, so that no
// change of a generator, of Go or of the platform passes unseen. When results
// change on purpose, the environment's version goes up.
func TestPinned(t *testing.T) {
	for _, test := range []struct{ scenario, config, content, shown string }{
		{"abr/train", "", "9c6bb204773665c1", "bfe7ed84c3c7b33c"},
		{"abr/fit", "", "6989600d2de177b2", "36d358fc09139113"},
		{"abr/valid-fit", "", "4511581c93370250", "f0562dd21480c8da"},
		{"abr/default-test", "", "90118e1b2eaa438a", "133f245f9f18bc1f"},
		{"abr/ood1", "", "f433696dabb53fab", "bde47135e9f784b0"},
		{"abr/ood2", "", "15e744e080ca45ce", "11f16660b05be582"},
		{"abr/stationary", "", "950bd77623e12fec", "c83771166390dcbc"},
		{"abr/generated", "", "44dfb1b0641d2316", "3f342de43816115f"},
		{"abr/fit", randomised, "80c91c1fc1d6571d", "c763a9d6b7b9d627"},
		{"abr/custom", "", "26195a7cf35527f7", "4b36f00ca5f91fe5"},
		{"abr/custom", `{"observation": {"layout": "dict"}, "player": {"noise_low": 0.7, "noise_high": 1.4}}`, "1b899b54e36e652f", "1ba62d1244f577a5"},
	} {
		factory := openFactory(t, "", test.scenario, test.config)
		shown := digest(playVector(t, factory, 1, 1, 200)[0])
		content := factory.Spec().ContentHash[:16]
		if content != test.content || shown != test.shown {
			t.Errorf("{%q, `%s`, %q, %q}", test.scenario, test.config, content, shown)
		}
	}
}
