package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"trailblazer/ccemu"
	"trailblazer/internal/testdata"
)

func printed(v reflect.Value) string { return fmt.Sprintf("%+v", v) }

func draws(t *testing.T, s *Set, n int, data *Data) []*ccemu.Session {
	t.Helper()
	list := make([]*ccemu.Session, n)
	for i := range list {
		var err error
		if list[i], err = s.Draw(uint64(i), data); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func fingerprint(sessions []*ccemu.Session) string {
	text, err := json.Marshal(sessions)
	if err != nil {
		panic(err) // sessions have no numbers that JSON lacks
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// TestSets: names are as promised, sessions valid and complete, and no longer
// than the set says.
func TestSets(t *testing.T) {
	var names []string
	for _, s := range Sets() {
		names = append(names, s.Name)
		if s.Description == "" || s.Seeds < 1 {
			t.Errorf("%s has no description or %d seeds", s.Name, s.Seeds)
		}
		n := 40
		if s.Episodes > 0 {
			n = s.Episodes
			if s.Case(n) != s.Case(0) || s.Case(0) == "" || s.Seeds != n {
				t.Errorf("%s: cases %q and %q of %d", s.Name, s.Case(0), s.Case(n), s.Seeds)
			}
		} else if s.Case(3) != "" {
			t.Errorf("%s: a drawn session is called %q", s.Name, s.Case(3))
		}
		for i, session := range draws(t, &s, n, nil) {
			if complete := session.WithDefaults(); !reflect.DeepEqual(complete, *session) {
				t.Errorf("%s, session %d leaves something to defaults", s.Name, i)
			}
			if session.DurationMs > s.LongestMs() || session.DurationMs <= 0 {
				t.Errorf("%s, session %d lasts %v ms, at most %v", s.Name, i, session.DurationMs, s.LongestMs())
			}
		}
	}
	want := "cc/train cc/train-wide cc/test cc/ood-capacity cc/ood-dynamics cc/ood-rtt cc/ood-jitter cc/ood-loss cc/ood-queue cc/ood-cross cc/ood-request " +
		"cc/mix-0 cc/mix-20 cc/mix-40 cc/mix-60 cc/mix-80 cc/mix-100 cc/rfc8867 cc/libwebrtc cc/custom"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("sets %s, want %s", got, want)
	}
	if _, err := Find("cc/none"); err == nil || !strings.Contains(err.Error(), "cc/train, cc/train-wide, cc/test") {
		t.Errorf("an unknown set: %v", err)
	}
	if s, err := Find("cc/test"); err != nil || s.Seeds != 1500 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestSplits: no session of the test is one of training; the highest bit of a
// seed does not count.
func TestSplits(t *testing.T) {
	const n = 3000
	train, test := drawn(t, "cc/train", n), drawn(t, "cc/test", n)
	seen := map[float64]int{}
	for i, c := range append(train, test...) {
		if before, ok := seen[c.level.kbps]; ok {
			t.Fatalf("sessions %d and %d have the same level", before, i)
		}
		seen[c.level.kbps] = i
	}
	if forTraining.root(5) != forTraining.root(5|1<<63) || forTraining.root(5) == forTesting.root(5) {
		t.Error("the highest bit of a seed counts, or the split does not")
	}
}

// TestGolden: a seed is the same session on every platform and in every
// release; another one means another version of the environment.
func TestGolden(t *testing.T) {
	for name, want := range map[string]string{
		"cc/train": "0dc964e02f25080d", "cc/train-wide": "78698725778dfb06", "cc/test": "d148bd5b2c8f8897", "cc/ood-capacity": "8677cf1a117f64e8", "cc/ood-dynamics": "b465333dcabae446", "cc/ood-rtt": "80b4eeb52dbe0d49", "cc/ood-jitter": "692992737613fc3f", "cc/ood-loss": "67264368ae435211",
		"cc/ood-queue": "8e09eaf4fabcf940", "cc/ood-cross": "b6012af9a615733f", "cc/ood-request": "c6303fdfe2e7527b", "cc/mix-0": "e7270aaad00fbcf3", "cc/mix-40": "88b728203c91a99f", "cc/mix-100": "c624b3771591ab38",
		"cc/rfc8867": "e64717f57e9c30ad", "cc/libwebrtc": "c3245718703c10e6", "cc/custom": "a42991ba8d5d8426",
	} {
		s, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		got := fingerprint(draws(t, s, 20, nil))
		if again := fingerprint(draws(t, s, 20, nil)); again != got {
			t.Errorf("%s: drawn twice, not the same", name)
		}
		if got != want {
			t.Errorf("%q: %q,", name, got)
		}
	}
}

// TestGoldenRecordings is the same with the public recordings.
func TestGoldenRecordings(t *testing.T) {
	data := published(t, testdata.Dir(t))
	for name, want := range map[string]string{"cc/train": "325ea534ac43314e", "cc/test": "3b5211f24911b166", "cc/ood-dynamics": "ae2d7e2bd86e9267", "cc/ood-rtt": "94d029671390ddf4"} {
		s, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fingerprint(draws(t, s, 60, data)); got != want {
			t.Errorf("%q: %q,", name, got)
		}
	}
}
