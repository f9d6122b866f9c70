package public

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"trailblazer/datasets/trace"
	"trailblazer/internal/pickle"
)

// The directories of the traces, in a data directory.
const (
	fccTrain = "abr/traces/fcc-train"
	fccTest  = "abr/traces/fcc-test"
)

// fccMade are the files beside the FCC traces: where playback of the test
// traces starts, which the source has as a pickled list, and what the test and
// training traces share.
func fccMade() []Made {
	return []Made{
		{Path: fccTest + ".start_ptrs.txt", SHA256: "f2bfd6f5b2ed567aca6f603ddbebdd9fa9b06c8361a4835fbd72eab7aa4050d2",
			Inputs: []string{"duowuyms/NetLLM/32136668e6f20fd0deea44eefbdd4373d6cab178/adaptive_bitrate_streaming/data/traces/test/fcc-test/mahimahi_ptrs.pkl"},
			make:   func(w io.Writer, inputs [][]byte, _ string) error { return writePointers(w, inputs[0]) }},
		{Path: fccTest + ".overlap.csv", SHA256: "5427901ebcc156ca6822619d3af9fc353c69389a77e0bb3bb6385050e26eff79",
			make: func(w io.Writer, _ [][]byte, dir string) error {
				return writeOverlap(w, dir, fccTest, fccTrain, "train", map[string]bool{
					// The training set has this file, and no other cut of it.
					"000_trace_942154_http---www.ebay.com_0": false,
				})
			}},
		{Path: fccTrain + ".overlap.csv", SHA256: "0ae8773e2abf8fecb5cdd1767fe5887efccdd5eb4753a15148a43898cec2cd7b",
			make: func(w io.Writer, _ [][]byte, dir string) error {
				return writeOverlap(w, dir, fccTrain, fccTest, "test", map[string]bool{
					// Their samples occur in the test set under other names.
					"test_fcc_trace_10652_http---www.amazon.com_1320_0": true,
					"test_fcc_trace_10652_http---www.amazon.com_360_0":  true,
					"test_fcc_trace_10652_http---www.amazon.com_540_0":  true,
					"test_fcc_trace_1171_http---www.yahoo.com_660_0":    true,
				})
			}},
	}
}

// writePointers writes a pickled list of numbers, one per line.
func writePointers(w io.Writer, text []byte) error {
	value, err := pickle.Decode(text)
	if err != nil {
		return err
	}
	list, ok := value.(*pickle.List)
	if !ok {
		return fmt.Errorf("the pickle holds %T, not a list", value)
	}
	pointers := make([]int, len(list.Items))
	for i, item := range list.Items {
		n, ok := item.(int64)
		if !ok {
			return fmt.Errorf("item %d of the pickle is %T, not a number", i, item)
		}
		pointers[i] = int(n)
	}
	return trace.WriteIntegers(w, pointers)
}

// captureForm is a trace's name: who measured which page, and what was cut out.
// Test traces have a number before it.
var captureForm = regexp.MustCompile(`^(?:\d{3}_)?(?:test_fcc_)?trace_(\d+)_(http---.*?)(?:_\d+){0,2}$`)

// writeOverlap lists the traces of a set, whether another set has the same
// file, and whether it has a cut of the same capture, by the names, or as said
// where these do not tell.
func writeOverlap(w io.Writer, dir, of, other, otherName string, said map[string]bool) error {
	files, captures := map[string]bool{}, map[string]bool{}
	err := eachTrace(dir, other, func(name string, text []byte) {
		files[string(text)] = true
		captures[capture(name)] = true
	})
	if err != nil {
		return err
	}
	flag := func(is bool) string {
		if is {
			return "1"
		}
		return "0"
	}
	var out bytes.Buffer
	table := csv.NewWriter(&out)
	table.Write([]string{"trace", "identical_to_a_" + otherName + "_file", "shares_a_capture_with_" + otherName})
	err = eachTrace(dir, of, func(name string, text []byte) {
		shares, known := said[name]
		if !known {
			shares = capture(name) != "" && captures[capture(name)]
		}
		table.Write([]string{name, flag(files[string(text)]), flag(shares)})
	})
	if err != nil {
		return err
	}
	table.Flush()
	_, err = w.Write(out.Bytes())
	return err
}

// capture identifies what a trace was cut out of; empty where its name does not
// tell.
func capture(name string) string {
	parts := captureForm.FindStringSubmatch(name)
	if parts == nil {
		return ""
	}
	return parts[1] + " " + strconv.Quote(parts[2])
}

func eachTrace(dir, set string, do func(name string, text []byte)) error {
	folder := filepath.Join(dir, filepath.FromSlash(set))
	names, err := trace.Names(folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		do(name, text)
	}
	return nil
}
