package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	"trailblazer/datasets/pull"
	"trailblazer/datasets/sample"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/karma"
)

// openedData are data sets to learn from, here and on a server.
type openedData struct {
	sets    []*feed.Data
	servers map[string]string
	closers []func()
}

func (o *openedData) close() {
	for _, c := range o.closers {
		c()
	}
}

// open opens what --data and --dataset name.
func (f *trainFlags) open(ctx context.Context) (*openedData, error) {
	if len(f.datasets) > 0 && f.remote.address == "" {
		return nil, errors.New("--dataset names data sets of a server: give --server URL too, or --data DIR for those here")
	}
	if len(f.datasets) == 0 && f.remote.address != "" {
		return nil, errors.New("--server is given, but none of its data sets: give --dataset NAME too")
	}
	if len(f.data)+len(f.datasets) == 0 {
		also := ""
		if f.printConfig {
			also = "; the defaults follow from what is in them, so --print-config needs them too"
		}
		return nil, errors.New("no data: give --data DIR, or --server URL and --dataset NAME; 'trailblazer collect' makes data sets" + also)
	}
	o := &openedData{servers: make(map[string]string)}
	for _, dir := range f.data {
		data, set, err := feed.OpenSet(dir)
		if err != nil {
			o.close()
			if holdsTraces(dir) {
				return nil, fmt.Errorf("--data: %s holds real traces, which environments play: these are given as --environment-data; --data takes what 'trailblazer collect' made", dir)
			}
			return nil, fmt.Errorf("--data: %w", err)
		}
		o.sets = append(o.sets, data)
		o.closers = append(o.closers, func() { set.Close() })
	}
	if len(f.datasets) > 0 {
		if err := f.pull(ctx, o); err != nil {
			o.close()
			return nil, err
		}
	}
	for _, data := range o.sets {
		if len(data.Episodes) == 0 {
			o.close()
			return nil, fmt.Errorf("data set %s has no episodes: take another, or let some be recorded, by 'trailblazer collect' or with a smaller record.every of 'trailblazer train online'", data.Name)
		}
	}
	return o, nil
}

// holdsTraces reports whether a directory is one of the environments' data.
func holdsTraces(dir string) bool {
	for _, part := range []string{"abr/traces", "cjs", "cc"} {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(part))); err == nil && info.IsDir() {
			return true
		}
	}
	return false
}

// keepsNone says so of a server without data sets.
func keepsNone(address string, err error) error {
	if connect.CodeOf(err) == connect.CodeUnimplemented {
		return fmt.Errorf("the server at %s keeps no data sets: start it with --datasets DIR", address)
	}
	return err
}

// pull opens data sets of the server.
func (f *trainFlags) pull(ctx context.Context, o *openedData) error {
	connection, err := f.remote.dial()
	if err != nil {
		return err
	}
	client := pull.New(connection)
	o.closers = append(o.closers, client.Close)
	for _, name := range f.datasets {
		info, err := client.Describe(ctx, name)
		if err != nil {
			return fmt.Errorf("--dataset %s: %w", name, keepsNone(f.remote.address, err))
		}
		episodes, err := client.Episodes(ctx, name, sample.Filter{})
		if err != nil {
			return fmt.Errorf("--dataset %s: %w", name, err)
		}
		o.servers[name] = f.remote.address
		o.sets = append(o.sets, &feed.Data{Name: name, Info: info, Episodes: episodes,
			Read: func(ctx context.Context, q sample.Query, cursor []byte) (sample.Source, error) {
				return client.Pull(ctx, name, q, pull.Options{Cursor: cursor})
			}})
	}
	return nil
}

// refuseGiven refuses flags that say what a run that is resumed says itself.
func refuseGiven(cmd *cobra.Command, out string, flags ...string) error {
	var given []string
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 0 {
		return fmt.Errorf("--resume goes on with the run's own config: leave out %s, or begin another run with --init %s", strings.Join(given, ", "), out)
	}
	return nil
}

// recall takes from the run in --out what --resume leaves out: its data sets, the
// run that it began with, what plays, and the backend. Its config it has itself.
func (f *trainFlags) recall(cmd *cobra.Command) (*checkpoint.Run, error) {
	if err := refuseGiven(cmd, f.out, "tasks", "preset", "config", "set", "init", "steps", "batch", "seed"); err != nil {
		return nil, err
	}
	run, err := checkpoint.Read(f.out)
	if err != nil {
		return nil, err
	}
	if run.Online() {
		return nil, fmt.Errorf("%s was trained on what it did itself: go on with it by trailblazer train online --resume --out %s", f.out, f.out)
	}
	if len(f.data)+len(f.datasets) == 0 {
		for _, d := range run.Data {
			if d.Server == "" {
				f.data = append(f.data, run.Place(d.Name))
			} else {
				f.datasets = append(f.datasets, d.Name)
				if !cmd.Flags().Changed("server") {
					f.remote.address = d.Server
				}
			}
		}
	}
	if run.Init != nil {
		f.init = run.Place(run.Init.Run)
	}
	if v := run.Validation; v != nil {
		if !cmd.Flags().Changed("no-play") {
			f.noPlay = v.Nothing
		}
		if !cmd.Flags().Changed("environment-data") {
			f.environment.dir = run.Place(v.Data)
		}
	}
	if f.estimator == "" && karma.Lies(f.out) {
		f.estimator = f.out
	}
	if !f.anyBackend {
		f.compute.Backend, f.compute.Library = run.Asked.Name, run.Asked.Library
	}
	return run, nil
}
