package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/online"
)

// onlineProgress shows how a run of its own experience goes, as trainProgress does.
type onlineProgress struct {
	trainProgress
	// stage is the one that was announced last.
	stage string
}

func newOnlineProgress(w io.Writer, quiet bool) *onlineProgress {
	return &onlineProgress{trainProgress: *newTrainProgress(w, quiet)}
}

// begin says what is trained.
func (p *onlineProgress) begin(t *online.Trainer, c *online.Config) {
	if p.w == nil {
		return
	}
	p.whatRun(t.Run, "iteration", fmt.Sprintf("%s;", c), t.Before)
	var said []string
	for _, e := range t.Run.Environments {
		where, labels := "here", "nobody labels"
		if e.Server != "" {
			where = "on " + e.Server
		}
		if e.Expert != "" && len(c.Experts()) > 0 {
			labels = e.Expert + " labels"
		}
		line := fmt.Sprintf("%s%s: %s, %s", e.Scenario, partsOf(c, e.Scenario), where, labels)
		if !slices.Contains(said, line) {
			said = append(said, line)
			fmt.Fprintln(p.w, line)
		}
	}
	if judge := c.Judge(); judge != "" {
		fmt.Fprintf(p.w, "%s judges which episodes are worth learning from: those that can bring less than %g are left out\n", judge, *c.LeastValue)
	}
	if c.AllowTest {
		fmt.Fprintln(p.w, "allow_test is true: what is learned from may be what others are tested in, where this model's results are no measure of quality")
	}
	p.whatTaken(t.Run, t.Taken)
}

// partsOf names the parts of a mixture that play a scenario, in parentheses.
func partsOf(c *online.Config, scenario string) string {
	var names []string
	for i := range c.Curriculum.Mixture {
		if p := &c.Curriculum.Mixture[i]; p.Scenario == scenario || p.Scenario == "" {
			names = append(names, p.Name)
		}
	}
	if names == nil {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// end says what was recorded, or why nothing was.
func (p *onlineProgress) end(out string, c *online.Config) error {
	dir := online.DataDir(out)
	if p.w == nil {
		return nil
	}
	if why := c.Unrecorded(); why != "" {
		fmt.Fprintf(p.w, "%s: nothing is recorded: %s\n", dir, why)
		return nil
	}
	if _, err := os.Stat(dir); err != nil {
		return nil // It was moved, or nobody labels.
	}
	set, err := traj.Open(dir)
	if err != nil {
		return err
	}
	defer set.Close()
	if n := set.Info().Statistics.Episodes; n > 0 {
		fmt.Fprintf(p.w, "%s: %s of labelled steps (record.every=%d)\n", dir, counted(n, "episode"), c.Record.Every)
		return nil
	}
	fmt.Fprintf(p.w, "%s has no episodes: of those that began in the iterations that are recorded (record.every=%d) none was seen to its end within record.max_steps=%d; give a smaller record.every, or more iterations\n",
		dir, c.Record.Every, c.Record.MaxSteps)
	return nil
}

func (p *onlineProgress) update(now online.Progress) {
	if p.w == nil {
		return
	}
	if now.Stage != p.stage {
		p.stage = now.Stage
		p.say(fmt.Sprintf("stage %s, from iteration %d of %d on", now.Stage, max(now.Step, 1), now.Steps))
	}
	says := fmt.Sprintf("%d steps played, %.0f steps/s", now.EnvironmentSteps, now.StepsPerSecond)
	if now.Return != nil {
		says += fmt.Sprintf(", return %.4g", *now.Return)
	}
	if now.New {
		line := validationLine("iteration", now.Validated)
		if len(now.Validated.Tasks) > 0 {
			line += ";"
		}
		p.say(line + " " + says)
	}
	p.draw(&now.Standing, "iterations", now.Stage+": "+says+bestScore(now.Best))
}
