package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"trailblazer/trainer/kernel/gemm"
)

// versionInfo says what is running.
type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	System  string `json:"system"`
	API     string `json:"api"`
}

// machineInfo says what training runs on here.
type machineInfo struct {
	versionInfo
	// Cores is how many are used.
	Cores int `json:"cores"`
	// Backends of matrix products that are here: the one in use first.
	Backends []gemm.Found `json:"backends"`
	// Problem says why the library that was given can't be used.
	Problem string `json:"problem,omitempty"`
}

func currentVersion() versionInfo {
	v := version
	if v == "" {
		v = "devel"
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
			v = info.Main.Version
		}
	}
	return versionInfo{v, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, "trailblazer.v1"}
}

// currentMachine also gives the error of Problem.
func currentMachine() (machineInfo, error) {
	m := machineInfo{versionInfo: currentVersion(), Cores: runtime.GOMAXPROCS(0)}
	var err error
	if m.Backends, err = gemm.Survey(""); err != nil {
		m.Problem = err.Error()
	}
	return m, err
}

func newVersionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version, and what multiplies matrices on this machine",
		Long: `Show the version, and what multiplies matrices on this machine.

Training takes the backend that is named first, unless it is told another one.
Where ` + gemm.LibraryVariable + ` is the path of an OpenBLAS library, that comes first:

  trailblazer version
  ` + gemm.LibraryVariable + `=/usr/lib/x86_64-linux-gnu/libopenblas.so.0 trailblazer version --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, problem := currentMachine()
			if asJSON {
				if err := json.NewEncoder(cmd.OutOrStdout()).Encode(m); err != nil {
					return err
				}
			} else if err := m.print(cmd.OutOrStdout()); err != nil {
				return err
			}
			return problem
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (m *machineInfo) print(w io.Writer) error {
	text := fmt.Sprintf("trailblazer %s (%s, %s, API %s)\ncores: %d\n", m.Version, m.Go, m.System, m.API, m.Cores)
	for i, b := range m.Backends {
		text += "matrix products: " + b.Description
		if b.Library != "" {
			text += " from " + b.Library
		}
		if i == 0 && m.Problem == "" {
			text += ", in use\n"
		} else {
			text += fmt.Sprintf(", with the backend %q\n", b.Name)
		}
	}
	_, err := io.WriteString(w, text)
	return err
}
