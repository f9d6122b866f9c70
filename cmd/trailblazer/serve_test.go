package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
)

// served is a `trailblazer serve` in this process.
type served struct {
	url   string
	stdin *io.PipeWriter
	done  chan error
}

// startServe waits until the server says where it listens.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	return startCommand(t, append([]string{"serve", "--exit-with-stdin"}, args...)...)
}

// startCommand starts a command that serves.
func startCommand(t *testing.T, args ...string) *served {
	t.Helper()
	t.Setenv("TRAILBLAZER_DATA", "")
	stdin, stdinWriter := io.Pipe()
	logReader, logWriter := io.Pipe()
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetErr(logWriter)
	s := &served{stdin: stdinWriter, done: make(chan error, 1)}
	go func() {
		err := root.ExecuteContext(t.Context())
		logWriter.Close()
		s.done <- err
	}()
	t.Cleanup(func() { stdinWriter.Close() })

	lines := bufio.NewScanner(logReader)
	for lines.Scan() {
		var line struct{ URL string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.URL != "" {
			s.url = line.URL
			go io.Copy(io.Discard, logReader)
			return s
		}
	}
	t.Fatalf("serve ended before it listened: %v", <-s.done)
	return nil
}

func (s *served) stop(t *testing.T) {
	t.Helper()
	s.stdin.Close()
	select {
	case err := <-s.done:
		if err != nil {
			t.Errorf("serve: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("serve goes on after its standard input has ended")
	}
}

// play steps one environment to its end.
func play(t *testing.T, address string, opts ...client.Option) {
	t.Helper()
	c, err := client.Dial(address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e, err := c.Make(t.Context(), client.MakeOptions{Env: "trailblazer/ABR-v0", Scenario: "abr/default-test"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	out, action := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
	seed := uint64(0)
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		t.Fatal(err)
	}
	steps := 0
	for ; !out.Done(0); steps++ {
		if err := e.Step(action, out, 0); err != nil {
			t.Fatal(err)
		}
	}
	if steps != 47 {
		t.Errorf("%d steps, want 47", steps)
	}
}

func TestServeOnAPort(t *testing.T) {
	s := startServe(t, "--addr", "127.0.0.1:0")
	play(t, s.url)
	s.stop(t)
}

func TestServeOnASocketOfAKilledServer(t *testing.T) {
	dir, err := os.MkdirTemp("", "tb") // Socket paths are short.
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()

	s := startServe(t, "--unix", path)
	play(t, s.url)
	if _, err := runCommand(t, "serve", "--unix", path); err == nil || !strings.Contains(err.Error(), "already listens") {
		t.Errorf("a second server on the socket: %v", err)
	}
	s.stop(t)
}

func TestServeAsksForTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("# who may come in\nada:open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, "--addr", "127.0.0.1:0", "--token-file", file)
	play(t, s.url, client.WithToken("open sesame"))
	if _, err := runCommand(t, "envs", "--server", s.url); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("a call without a token: %v", err)
	}
	out, err := runCommand(t, "envs", "--server", s.url, "--token", "open sesame")
	if err != nil || !strings.Contains(out, "abr/default-test") {
		t.Errorf("envs on a server: %v\n%s", err, out)
	}
	s.stop(t)
}

func TestServeRefusals(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"port taken":    {[]string{"--addr", taken.Addr().String()}, "--addr"},
		"no tokens":     {[]string{"--token-file", empty}, "owner:token"},
		"no such file":  {[]string{"--token-file", filepath.Join(dir, "none")}, "--token-file"},
		"log level":     {[]string{"--log-level", "loud"}, "--log-level"},
		"a plain file":  {[]string{"--unix", empty}, "no socket"},
		"half of a key": {[]string{"--tls-cert", empty}, "both"},
		"negative":      {[]string{"--max-sessions", "-1"}, "MaxSessions"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := runCommand(t, append([]string{"serve"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}

// A rollout against a server is the rollout here.
func TestRolloutOnAServerIsTheSame(t *testing.T) {
	s := startServe(t, "--addr", "127.0.0.1:0")
	args := []string{"--scenario", "abr/ood3", "--policies", "mpc,offline-beam", "--episodes", "4"}
	here := runRollout(t, args...)
	there := runRollout(t, append(args, "--server", s.url)...)
	here.Command, there.Command = "", ""
	a, _ := json.Marshal(here)
	b, _ := json.Marshal(there)
	if string(a) != string(b) {
		t.Errorf("here\n%s\nthere\n%s", a, b)
	}
	s.stop(t)
}

func TestEnvs(t *testing.T) {
	out, err := runCommand(t, "envs", "trailblazer/ABR-v0")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"abr/train *", "abr/genet-synthetic", "--data DIR", "mpc-tuned", "float32[6 6]", "reward_rebuffering"} {
		if !strings.Contains(out, want) {
			t.Errorf("envs lacks %q:\n%s", want, out)
		}
	}
	out, err = runCommand(t, "envs", "trailblazer/CC-v0")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"float32[52]", "rtt_min_H", "log1p(ms)", "bottleneck_kbps", "the expert's action"} {
		if !strings.Contains(out, want) {
			t.Errorf("envs lacks %q:\n%s", want, out)
		}
	}
	out, err = runCommand(t, "envs", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var list []environmentJSON
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) == 0 || len(list[0].Scenarios) < 5 {
		t.Errorf("envs --json: %v\n%s", err, out)
	}
	if _, err := runCommand(t, "envs", "trailblazer/Nope-v0"); err == nil || !strings.Contains(err.Error(), "trailblazer/ABR-v0") {
		t.Errorf("an unknown environment: %v", err)
	}
}

func TestVersion(t *testing.T) {
	out, err := runCommand(t, "version", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var v versionInfo
	if err := json.Unmarshal([]byte(out), &v); err != nil || v.Version == "" || v.API != "trailblazer.v1" {
		t.Errorf("version: %v %+v", err, v)
	}
}
