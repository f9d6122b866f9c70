package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
)

// TestReadmeCommands runs what the README tells people to type: every line of
// its sh blocks. The Python client's tests run the Python blocks.
func TestReadmeCommands(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	lines := shellLines(string(readme))
	if len(lines) < 8 {
		t.Fatalf("only %d commands were found in the README", len(lines))
	}
	s := startServe(t, "--addr", "127.0.0.1:0")
	defer s.stop(t)
	log, err := filepath.Abs(filepath.FromSlash(eventLogs + "app-4.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	data := ""
	t.Run("data", func(t *testing.T) { data = testdata.Dir(t) }) // Sought from here.
	t.Chdir(t.TempDir())
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			line := strings.ReplaceAll(line, "http://"+defaultAddress, s.url)
			args := fields(strings.ReplaceAll(line, "EVENTLOG", log))
			switch args[0] {
			case "make":
				for _, target := range args[1:] {
					if !regexp.MustCompile(`(?m)^` + target + `:`).Match(makefile) {
						t.Errorf("the Makefile has no target %s", target)
					}
				}
			case "bin/trailblazer":
				runReadmeCommand(t, args[1:], data)
			case "curl":
				if _, err := exec.LookPath("curl"); err != nil {
					t.Skip("curl is not installed")
				}
				out, err := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--fail"}, args[1:]...)...).CombinedOutput()
				if err != nil || !strings.HasPrefix(string(out), "{") {
					t.Errorf("%v\n%s", err, out)
				}
			case "pip", "python":
				t.Skip("the Python client's tests cover it")
			default:
				t.Errorf("this test does not know how to run %q", args[0])
			}
		})
	}
}

func runReadmeCommand(t *testing.T, args []string, data string) {
	for i := range args {
		if args[i] == "DIR" {
			if args[i] = data; data == "" {
				t.Skip("no data sets to run it on")
			}
		}
	}
	if served := slices.Index(args, "serve"); served >= 0 && served < 2 {
		startCommand(t, append(args, "--addr", "127.0.0.1:0", "--exit-with-stdin")...).stop(t)
		return
	}
	if strings.HasPrefix(strings.Join(args, " "), "recipe run") {
		// The commands of a recipe are other processes, of this program; the
		// first look takes seconds.
		t.Setenv(asProgram, "1")
		args = append(args, "--quick")
	}
	if strings.HasPrefix(strings.Join(args, " "), "train online --preset") {
		args = append(args, "--iterations", "2", "--environments", "16")
	}
	out, err := runCommand(t, args...)
	if err != nil || out == "" {
		t.Errorf("%v\n%s", err, out)
	}
}

// shellLines returns the commands of a document's sh blocks, without comments
// and with continued lines joined.
func shellLines(document string) []string {
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(document, -1) {
		for _, line := range strings.Split(strings.ReplaceAll(block[1], "\\\n", " "), "\n") {
			if line, _, _ = strings.Cut(line, " #"); strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return lines
}

// fields splits a command as a shell does, as far as single quotes go.
func fields(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}
