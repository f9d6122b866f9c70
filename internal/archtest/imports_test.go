package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "trailblazer/"

// rule forbids packages below some paths to import packages below others,
// directly or through others. Test files may import more.
type rule struct {
	why    string
	from   []string
	except []string // packages of from that the rule spares
	to     []string
	spare  []string // packages of to that may be imported
	direct bool     // only direct imports count
}

var rules = []rule{
	{
		why:  "simulator cores know nothing of environments, RPC or training",
		from: []string{"trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu"},
		except: []string{
			"trailblazer/abrsim/abrenv", "trailblazer/abrsim/abrreport", "trailblazer/abrsim/policy",
			"trailblazer/sparksim/sparkenv", "trailblazer/sparksim/sparkreport", "trailblazer/sparksim/policy", "trailblazer/sparksim/tune",
			"trailblazer/ccemu/ccenv", "trailblazer/ccemu/ccreport", "trailblazer/ccemu/policy",
		},
		to: []string{"trailblazer/api", "trailblazer/envserver", "trailblazer/trainer", "trailblazer/clients", "trailblazer/cmd", "connectrpc.com"},
	},
	{
		why:  "adapters and policies know the contract, not the wire",
		from: []string{"trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu"},
		to:   []string{"trailblazer/api/trailblazer", "connectrpc.com", "net/http"},
	},
	{
		why:  "the trainer and the catalog know the contract, not the wire",
		from: []string{"trailblazer/envserver/catalog", "trailblazer/trainer"},
		to:   []string{"trailblazer/api/trailblazer", "connectrpc.com"},
	},
	{
		why:    "the trainer and the catalog make no calls (the Parquet library's compression imports net/http, for a header)",
		from:   []string{"trailblazer/envserver/catalog", "trailblazer/trainer"},
		to:     []string{"net/http"},
		direct: true,
	},
	{
		why:    "one package, and those below it, know a numeric backend",
		from:   []string{"trailblazer"},
		except: []string{"trailblazer/trainer/kernel"},
		to:     []string{"gorgonia.org", "gonum.org", "github.com/ebitengine/purego"},
		direct: true,
	},
	{
		why:    "adapters and policies speak no protobuf (the Parquet library does, below the data sets)",
		from:   []string{"trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu", "trailblazer/envserver/catalog", "trailblazer/trainer", "trailblazer/datasets/traj"},
		to:     []string{"google.golang.org/protobuf"},
		direct: true,
	},
	{
		why:  "data sets know environments by their contract",
		from: []string{"trailblazer/datasets"},
		to:   []string{"trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu", "trailblazer/envserver", "trailblazer/trainer", "trailblazer/cmd"},
	},
	{
		why:    "the server knows environments only by their contract",
		from:   []string{"trailblazer/envserver"},
		except: []string{"trailblazer/envserver/catalog", "trailblazer/envserver/experience"},
		to:     []string{"trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu", "trailblazer/envserver/catalog", "trailblazer/datasets", "trailblazer/trainer"},
	},
	{
		why:  "the trainer works without a server",
		from: []string{"trailblazer/trainer"},
		to:   []string{"trailblazer/envserver", "trailblazer/clients"},
	},
	{
		why:  "the contract imports the standard library only",
		from: []string{"trailblazer/api/env"},
		to:   []string{"github.com", "connectrpc.com", "google.golang.org", "buf.build", "trailblazer/internal", "trailblazer/envserver"},
	},
	{
		why:    "no wall clock and no global random source in environments and policies",
		from:   []string{"trailblazer/api/env", "trailblazer/abrsim", "trailblazer/sparksim", "trailblazer/ccemu"},
		to:     []string{"math/rand", "crypto/rand"},
		direct: true,
	},
	{
		why:   "what a sender computes comes from what it can know, not from inside the emulator",
		from:  []string{"trailblazer/ccemu/feedback", "trailblazer/ccemu/feature", "trailblazer/ccemu/control"},
		to:    []string{"trailblazer/ccemu"},
		spare: []string{"trailblazer/ccemu/feedback", "trailblazer/ccemu/control"},
	},
	{
		why:    "one package imports the Parquet library",
		from:   []string{"trailblazer"},
		except: []string{"trailblazer/datasets/traj"},
		to:     []string{"github.com/parquet-go/parquet-go"},
		direct: true,
	},
	{
		why:  "only server, client, dataset puller and command import Connect",
		from: []string{"trailblazer"},
		except: []string{
			"trailblazer/api/trailblazer/v1/trailblazerv1connect", "trailblazer/envserver", "trailblazer/clients/go",
			"trailblazer/datasets/pull", "trailblazer/cmd", "trailblazer/internal/wire",
		},
		to:     []string{"connectrpc.com"},
		direct: true,
	},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestImportRules(t *testing.T) {
	packages := listPackages(t)
	for _, p := range packages {
		for _, r := range rules {
			if !below(p.ImportPath, r.from) || below(p.ImportPath, r.except) {
				continue
			}
			imports := p.Deps
			if r.direct {
				imports = p.Imports
			}
			for _, imported := range imports {
				// math/rand/v2 is allowed with a source of the caller's; the
				// test below looks for its global functions.
				if imported != "math/rand/v2" && below(imported, r.to) && !below(imported, r.spare) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, r.why)
				}
			}
		}
	}
	if len(packages) < 5 {
		t.Fatalf("only %d packages were listed", len(packages))
	}
}

func TestNoWallClockInEnvironments(t *testing.T) {
	root := moduleRoot(t)
	for _, dir := range []string{"api/env", "abrsim", "sparksim", "ccemu"} {
		out, err := exec.Command("grep", "-rnE", "--include=*.go", "--exclude=*_test.go", `time\.(Now|Since|After|Tick|Sleep)\(|rand\.(IntN|Float64|Perm|Shuffle|Uint64|NormFloat64)\(`, root+"/"+dir).CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
			t.Errorf("time and randomness come in through arguments:\n%s", out)
		case errors.As(err, &exit) && exit.ExitCode() == 1, strings.Contains(string(out), "No such file"):
		default:
			t.Fatalf("grep %s: %v\n%s", dir, err, out)
		}
	}
}

// below reports whether path is one of roots or lies under one.
func below(path string, roots []string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
