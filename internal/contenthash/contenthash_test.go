package contenthash

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestHasher(t *testing.T) {
	digest := func(tag string, feed func(*Hasher)) Digest {
		h := New(tag)
		feed(h)
		return h.Digest()
	}
	seen := map[Digest]string{}
	for name, d := range map[string]Digest{
		"empty":         digest("tag", func(*Hasher) {}),
		"other tag":     digest("tags", func(*Hasher) {}),
		"one":           digest("tag", func(h *Hasher) { h.Integer(1) }),
		"one number":    digest("tag", func(h *Hasher) { h.Number(1) }),
		"list":          digest("tag", func(h *Hasher) { h.Integers([]int{1, 2}) }),
		"two lists":     digest("tag", func(h *Hasher) { h.Integers([]int{1}); h.Integers([]int{2}) }),
		"text":          digest("tag", func(h *Hasher) { h.Text("ab"); h.Text("") }),
		"text, divided": digest("tag", func(h *Hasher) { h.Text("a"); h.Text("b") }),
		"zeros":         digest("tag", func(h *Hasher) { h.Numbers(make([]float64, 2000)) }),
		"more zeros":    digest("tag", func(h *Hasher) { h.Numbers(make([]float64, 2001)) }),
	} {
		if seen[d] != "" {
			t.Errorf("%s and %s have the same digest", name, seen[d])
		}
		seen[d] = name
	}
	if digest("", func(h *Hasher) { h.Number(math.Copysign(0, -1)) }) != digest("", func(h *Hasher) { h.Number(0) }) {
		t.Error("negative zero has another digest than zero")
	}
	// The encoding is fixed: scenarios pin digests. This is the SHA-256 of the
	// bytes 1 and seven zeros, "a", 2 and seven zeros.
	if got, want := digest("a", func(h *Hasher) { h.Integer(2) }).String(), "b947779e5129cd42a0647ac7079644f4ee827abffef90377d182b879f0d3bde5"; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestText(t *testing.T) {
	d := New("tag").Digest()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Digest
	if err := json.Unmarshal(text, &back); err != nil || back != d {
		t.Errorf("%s came back as %s, %v", text, back, err)
	}
	for _, bad := range []string{"", "abc", "zz", d.String()[1:], d.String() + "00", strings.Repeat("x", 64)} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(New("tag").Digest().String())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(d.String()); err != nil || again != d || !strings.EqualFold(d.String(), text) {
			t.Errorf("%q came back as %s, %v", text, again, err)
		}
	})
}
