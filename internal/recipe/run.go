package recipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"trailblazer/internal/atomicfile"
)

// Runner runs a command to its end. What it prints goes to stdout where that is
// not nil.
type Runner func(ctx context.Context, c *Command, stdout io.Writer) error

// Progress says which command of how many begins; Skipped ones were finished by
// an earlier run.
type Progress struct {
	Number, Total int
	Command       *Command
	Skipped       bool
}

// Run runs the commands of a plan one after another, except those that an earlier
// run in its directory has finished and whose output is still there. After an
// error, and after ctx has ended, the same plan goes on with the command that was
// not finished.
func Run(ctx context.Context, p *Plan, run Runner, progress func(Progress)) (err error) {
	j, err := openJournal(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.close()) }()
	if err := p.writeFiles(); err != nil {
		return err
	}
	// Who adds to an output that is made again does so again.
	again := map[string]bool{}
	for i := range p.Commands {
		c := &p.Commands[i]
		skipped := j.finished(c) && c.kept() && !again[c.out()]
		if !skipped && c.out() != "" {
			again[c.out()] = true
		}
		progress(Progress{Number: i + 1, Total: len(p.Commands), Command: c, Skipped: skipped})
		if skipped {
			continue
		}
		if err := p.run(ctx, c, run); err != nil {
			return fmt.Errorf("command %d of %d, %s: %w", i+1, len(p.Commands), c.Args[0], err)
		}
		if err := j.finish(c); err != nil {
			return err
		}
	}
	return nil
}

// out is where a command writes, as its arguments say; empty where they don't.
func (c *Command) out() string {
	for i, arg := range c.Args {
		if path, ok := strings.CutPrefix(arg, "--out="); ok {
			return path
		}
		if arg == "--out" && i+1 < len(c.Args) {
			return c.Args[i+1]
		}
	}
	return ""
}

// kept reports whether what a finished command has written is still there.
func (c *Command) kept() bool {
	for _, path := range []string{c.out(), c.Report} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	return true
}

// run runs one command and keeps its report.
func (p *Plan) run(ctx context.Context, c *Command, run Runner) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Dir(c.Seed), 0o755); err != nil {
		return err
	}
	if c.Report == "" {
		return run(ctx, c, nil)
	}
	var report bytes.Buffer
	if err := run(ctx, c, &report); err != nil {
		return err
	}
	return atomicfile.Write(c.Report, func(w io.Writer) error {
		_, err := report.WriteTo(w)
		return err
	})
}

// writeFiles writes the recipe's files.
func (p *Plan) writeFiles() error {
	if len(p.Files) == 0 {
		return nil
	}
	dir := filepath.Join(p.Out, filesName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range sortedKeys(p.Files) {
		err := atomicfile.Write(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := w.Write(p.Files[name])
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
