package vec

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"trailblazer/internal/splitmix"
)

var update = flag.Bool("update", false, "write the golden file in testdata anew")

// TestBits: results have the bits that they had before, on other processors.
func TestBits(t *testing.T) {
	var b strings.Builder
	for _, c := range kernelCases {
		stream := splitmix.Seed(1)
		s := make([][]float32, c.slices)
		for i := range s {
			s[i] = make([]float32, 1000)
			for j := range s[i] {
				s[i][j] = float32(int32(stream.Uint64())) * (1.0 / (1 << 29)) // -4 to 4
			}
		}
		results := c.run(best, s)
		hash := fnv.New64a()
		for _, x := range s {
			for _, v := range x {
				fmt.Fprintf(hash, "%08x ", math.Float32bits(v))
			}
		}
		for _, v := range results {
			fmt.Fprintf(hash, "%016x ", math.Float64bits(v))
		}
		fmt.Fprintf(&b, "%s\t%016x\n", c.name, hash.Sum64())
	}
	const path = "testdata/bits.tsv"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(want), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(lines) || line != lines[i] {
			t.Errorf("%s, line %d: got %q", path, i+1, line)
		}
	}
}
