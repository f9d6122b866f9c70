// Command testcount reads the output of `go test -json` and prints what a
// person wants to see of it: a line per package, the output of failed tests,
// why tests were skipped, and a closing count. It exits with 1 if anything
// failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// event is one line of `go test -json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
	// ImportPath stands for Package in build events.
	ImportPath string
}

type testKey struct{ pkg, test string }

type counter struct {
	output                  map[testKey][]string
	passed, failed, skipped int
	broken                  int // packages that failed outside any test
	reasons                 map[string]int
	failedTests             map[string]bool // packages with a failed test
}

func main() {
	c := counter{output: map[testKey][]string{}, reasons: map[string]int{}, failedTests: map[string]bool{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // What the tool says outside its JSON.
			continue
		}
		c.add(e)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	c.close()
}

func (c *counter) add(e event) {
	key := testKey{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		if e.ImportPath != "" {
			fmt.Print(e.Output)
			return
		}
		c.output[key] = append(c.output[key], e.Output)
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok    %s  %.1fs\n", e.Package, e.Elapsed)
		} else {
			c.passed++
		}
		delete(c.output, key)
	case "skip":
		if e.Test != "" {
			c.skipped++
			c.reasons[reason(c.output[key])]++
		}
		delete(c.output, key)
	case "fail":
		if e.Test != "" {
			c.failed++
			c.failedTests[e.Package] = true
		} else if !c.failedTests[e.Package] {
			c.broken++
		}
		fmt.Printf("FAIL  %s %s\n%s", e.Package, e.Test, strings.Join(c.output[key], ""))
		delete(c.output, key)
	}
}

// reason finds the message of a skipped test between its framing lines.
func reason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") && line != "" {
			if _, message, ok := strings.Cut(line, ": "); ok {
				return message
			}
			return line
		}
	}
	return "no reason given"
}

func (c *counter) close() {
	reasons := make([]string, 0, len(c.reasons))
	for r := range c.reasons {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	for _, r := range reasons {
		fmt.Printf("skipped %d: %s\n", c.reasons[r], r)
	}
	fmt.Printf("go: %d passed, %d failed, %d skipped\n", c.passed, c.failed+c.broken, c.skipped)
	if c.failed+c.broken > 0 {
		os.Exit(1)
	}
}
