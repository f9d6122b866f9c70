package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFile makes a file of a test.
func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestImportPlays: what was imported can be played by the command that is
// printed.
func TestImportPlays(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "bus.log")
	var text strings.Builder
	for i := range 30 {
		fmt.Fprintf(&text, "%d %d 59.85 10.78 %d 1000\n", 1289406399+i, 549692+1000*i, 150_000+10_000*(i%7))
	}
	writeFile(t, log, text.String())
	film := filepath.Join(dir, "film.mpd")
	var list strings.Builder
	for i, kbps := range []int{300, 750, 1200} {
		fmt.Fprintf(&list, `<Representation bandwidth="%d000"><SegmentList duration="4">`, kbps)
		for j := range 8 {
			fmt.Fprintf(&list, `<SegmentURL mediaRange="%d-%d"/>`, j, j+kbps*500+i)
		}
		list.WriteString(`</SegmentList></Representation>`)
	}
	writeFile(t, film, `<MPD mediaPresentationDuration="PT32S"><Period><AdaptationSet contentType="video">`+list.String()+`</AdaptationSet></Period></MPD>`)
	out := filepath.Join(dir, "mine")
	for _, args := range [][]string{
		{"data", "import", log, "--video", film, "--out", out, "--json"},
		{"data", "import", log, "--to", "mahimahi", "--out", out, "--json"},
	} {
		text, err := runCommand(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		var result importResult
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			t.Fatal(err)
		}
		for _, command := range result.Commands {
			played := strings.Fields(command)[1:]
			printed, err := runCommand(t, append(played, "--json", "--quiet")...)
			if err != nil || !strings.Contains(printed, `"steps"`) {
				t.Errorf("%s: %v, printed %s", command, err, printed)
			}
		}
	}
}

func TestImportRefuses(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "table.csv")
	writeFile(t, table, "a,b\n1,2\n")
	for want, args := range map[string][]string{
		"nothing to import":                 {},
		"name one with --time-column":       {table},
		"--format tape is not known":        {table, "--format", "tape"},
		"is no format that is written":      {table, "--to", "tape", "--time-column", "a", "--time-unit", "s", "--bandwidth-column", "b", "--bandwidth-unit", "kbps"},
		"absent.mpd: no such file":          {"--video", filepath.Join(dir, "absent.mpd")},
		"has only one sample; give at leas": {table, "--time-column", "a", "--time-unit", "s", "--bandwidth-column", "b", "--bandwidth-unit", "kbps"},
	} {
		_, err := runCommand(t, append([]string{"data", "import", "--out", filepath.Join(dir, "out")}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}
