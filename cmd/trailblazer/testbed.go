package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/testbed"
)

// testbedFlags are the arguments of `trailblazer testbed`.
type testbedFlags struct {
	plan       testbed.Plan
	controller string
	asJSON     bool
	quiet      bool
}

func newTestbedCommand() *cobra.Command {
	var flags testbedFlags
	cmd := &cobra.Command{
		Use:   "testbed",
		Short: "Hold the congestion-control emulator against a real bottleneck",
		Long: `Play the emulator's media sessions over a real bottleneck too, and print both side
by side: two network namespaces, joined by virtual Ethernet, with a token bucket
of the kernel (tc's tbf) between them, and UDP packets in real time. The bottleneck
has 1.0, 2.5, 0.6 and 1.0 Mbps, each for a quarter of the time.

In the open loop the same packets leave at the same times in both, and are
compared one by one. In the closed loop the same sender, receiver and controller
act in both, and are compared on the whole: what they do varies from repeat to
repeat, in both, so that a difference comes with two standard errors of it.

The tolerances are meant for the default duration: in a short one a single packet
that is dropped elsewhere, or a single slow reaction, weighs too much.

A repeat takes the duration and a quarter of it. It needs Linux and root, or the
capabilities SYS_ADMIN and NET_ADMIN; nothing is left behind, however it ends.

The exit status is 0 if all differences are within tolerance, or would be with
more repeats, and also if this machine cannot have a testbed, which is said; 1 if
one is not, or on any other failure; 130 after Ctrl-C.`,
		Example: `  sudo trailblazer testbed
  sudo trailblazer testbed --controller nada --duration 40s --repeats 10 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.controller, "controller", "gcc-prod", "controller of the closed loop: "+strings.Join(control.Names(), ", "))
	f.DurationVar(&flags.plan.Duration, "duration", testbed.DefaultDuration, "of the closed loop")
	f.IntVar(&flags.plan.Repeats, "repeats", testbed.DefaultRepeats, "how often to play both loops")
	f.DurationVar(&flags.plan.Delay, "delay", 25*time.Millisecond, "propagation delay of the closed loop, each way")
	f.Float64Var(&flags.plan.Loss, "loss", 0, "share of the closed loop's media packets that are lost at random")
	f.Uint64Var(&flags.plan.Seed, "seed", 0, "seed of packets, media and losses")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the table")
	f.BoolVar(&flags.quiet, "quiet", false, "show no progress")
	return cmd
}

func (f *testbedFlags) run(cmd *cobra.Command) error {
	f.plan.Controller = func() (feedback.Controller, error) { return control.New(f.controller, nil) }
	if _, err := f.plan.Controller(); err != nil {
		return fmt.Errorf("--controller: %w", err)
	}
	// A zero would stand for the default.
	switch {
	case f.plan.Repeats < 1:
		return fmt.Errorf("--repeats is %d: give at least 1", f.plan.Repeats)
	case f.plan.Duration <= 0:
		return fmt.Errorf("--duration is %v: give a time, such as %v", f.plan.Duration, testbed.DefaultDuration)
	}
	shown := newProgress(cmd.ErrOrStderr(), f.quiet)
	report, err := testbed.Run(cmd.Context(), f.plan, func(what string, done, total time.Duration) {
		shown.update(what, int(done.Seconds()), int(total.Seconds()))
	})
	shown.close(err == nil)
	out := testbedReport{Controller: f.controller, Report: report}
	var missing *testbed.Unavailable
	switch {
	case errors.As(err, &missing):
		out.Skipped = missing.Error()
	case err != nil:
		return err
	}
	if err := out.print(cmd.OutOrStdout(), f.asJSON); err != nil || out.Skipped != "" {
		return err
	}
	if n := report.Count(testbed.Missed); n > 0 {
		return fmt.Errorf("%d of the differences are out of tolerance", n)
	}
	return nil
}

// testbedReport is what `testbed --json` prints.
type testbedReport struct {
	// Skipped says why there was nothing to compare; empty if there was.
	Skipped    string `json:"skipped,omitempty"`
	Controller string `json:"controller"`
	*testbed.Report
}

func (r *testbedReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(w, r)
	}
	if r.Skipped != "" {
		_, err := fmt.Fprintf(w, "skipped: %s\n", r.Skipped)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")) }
	for _, loop := range []struct {
		title  string
		checks []testbed.Check
	}{
		{fmt.Sprintf("open loop, %d times, %d packets", r.Repeats, r.Packets), r.OpenLoop},
		{fmt.Sprintf("closed loop with %s, %d times", r.Controller, r.Repeats), r.ClosedLoop},
	} {
		row(loop.title, "reality", "emulator", "difference", "tolerance", "")
		for _, c := range loop.checks {
			row("  "+c.Name, rangeText(c.Real, c.Unit), rangeText(c.Simulated, c.Unit), differenceText(&c), withUnit(number(c.Tolerance), c.DifferenceUnit), string(c.Verdict))
		}
		row()
	}
	if err := table.Flush(); err != nil {
		return err
	}
	text := fmt.Sprintf("%d met, %d missed", r.Count(testbed.Met), r.Count(testbed.Missed))
	if n := r.Count(testbed.Unsure); n > 0 {
		text += fmt.Sprintf(", %d unsure: more --repeats would tell", n)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// rangeText is a mean and, where they differ, its extremes.
func rangeText(r *testbed.Range, unit string) string {
	if r == nil {
		return ""
	}
	text := withUnit(number(r.Mean), unit)
	if r.Low < r.High {
		text += fmt.Sprintf(" (%s–%s)", number(r.Low), number(r.High))
	}
	return text
}

func differenceText(c *testbed.Check) string {
	text := number(c.Difference)
	if c.Uncertainty > 0 {
		text += " ± " + number(c.Uncertainty)
	}
	return withUnit(text, c.DifferenceUnit)
}

func withUnit(text, unit string) string { return strings.TrimSpace(text + " " + unit) }

// number prints three digits, and all before the point.
func number(x float64) string {
	digits := 0
	if x != 0 {
		digits = min(max(2-int(math.Floor(math.Log10(math.Abs(x)))), 0), 4)
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}
