package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"trailblazer/internal/recipe"
)

// recipeRunFlags are the arguments of `trailblazer recipe run`.
type recipeRunFlags struct {
	recipeFlags
	quiet bool
	// program is what runs the commands: this one.
	program func() (string, error)
}

func newRecipeRunCommand() *cobra.Command {
	flags := recipeRunFlags{program: os.Executable}
	cmd := &cobra.Command{
		Use:   "run NAME|FILE.json --out DIR",
		Short: "Run a recipe",
		Long: `Run a recipe's commands one after another, for each seed in a directory of its
own, and print a table of what all seeds came to: means over seeds, with Student's
95 % interval of them where there are several.

The same command goes on where it was interrupted or killed: commands that are
finished are skipped, unless what they wrote has been deleted, and those that were
stopped go on themselves. More seeds can be added later; other values need another
directory.`,
		Example: `  trailblazer recipe run quick --out first
  trailblazer recipe run abr --data DIR --out abr
  trailblazer recipe run abr --data DIR --out abr --seeds 1,2,3,4,5 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&flags.out, "out", "", "directory of the run, new or one to go on with")
	cmd.Flags().BoolVar(&flags.asJSON, "json", false, "print the table as one JSON object; what the commands print goes to standard error")
	cmd.Flags().BoolVar(&flags.quiet, "quiet", false, "show no commands, and of what they print only errors")
	cmd.MarkFlagRequired("out")
	return cmd
}

func (f *recipeRunFlags) run(cmd *cobra.Command, name string) error {
	plan, err := f.plan(name)
	if err != nil {
		return err
	}
	if err := checkOwnDir("--out", f.out, recipeDir); err != nil {
		return err
	}
	program, err := f.program()
	if err != nil {
		return err
	}
	c := &child{program: program, data: f.data.dir, stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), quiet: f.quiet}
	if f.asJSON {
		c.stdout = c.stderr
	}
	err = recipe.Run(cmd.Context(), plan, c.run, func(p recipe.Progress) {
		if !f.quiet {
			printProgress(cmd.ErrOrStderr(), &p)
		}
	})
	if cmd.Context().Err() != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "what is finished is kept; the same command goes on from there")
	}
	if err != nil {
		return err
	}
	summary, err := recipe.Summarize(plan)
	if err != nil {
		return err
	}
	if f.asJSON {
		return writeJSON(cmd.OutOrStdout(), summary)
	}
	return writeSummary(cmd.OutOrStdout(), summary)
}

func printProgress(w io.Writer, p *recipe.Progress) {
	done := ""
	if p.Skipped {
		done = " (done before)"
	}
	fmt.Fprintf(w, "\n[%d/%d] seed %d%s\n%s\n", p.Number, p.Total, p.Command.Seed, done, recipeLine(p.Command))
}

// child runs commands of this program in processes of their own: each begins with
// its memory to itself, and one that dies takes no other with it.
type child struct {
	program        string
	data           string
	stdout, stderr io.Writer
	quiet          bool
}

// stopWait is how long a command may take to save its work after Ctrl-C.
const stopWait = time.Minute

func (c *child) run(ctx context.Context, command *recipe.Command, stdout io.Writer) error {
	if stdout == nil {
		if stdout = c.stdout; c.quiet {
			stdout = io.Discard
		}
	}
	process := exec.CommandContext(ctx, c.program, command.Args...)
	process.Env = append(os.Environ(), "TRAILBLAZER_DATA="+c.data)
	// Ctrl-C at a terminal reaches the command too; a second signal changes
	// nothing.
	process.Cancel = func() error { return process.Process.Signal(os.Interrupt) }
	process.WaitDelay = stopWait
	process.Stdout, process.Stderr = stdout, c.stderr
	var errors bytes.Buffer
	if c.quiet {
		process.Stderr = &errors
	}
	err := process.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && c.quiet {
		c.stderr.Write(errors.Bytes())
	}
	return err
}

func writeSummary(w io.Writer, s *recipe.Summary) error {
	if len(s.Rows) == 0 {
		_, err := fmt.Fprintln(w, "\nall commands are finished; none of them left a report")
		return err
	}
	fmt.Fprintf(w, "\n%s\n\n", s.Title)
	several := len(s.Seeds) > 1
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "scenario\tpolicy\t")
	if several {
		for _, seed := range s.Seeds {
			fmt.Fprintf(table, "seed %d\t", seed)
		}
	}
	fmt.Fprintln(table, "mean\tmetric\treport")
	for _, row := range s.Rows {
		fmt.Fprintf(table, "%s\t%s\t", row.Scenario, row.Policy)
		if several {
			for _, x := range row.Seeds {
				fmt.Fprintf(table, "%s\t", decimals(x))
			}
		}
		mean := decimals(row.Mean)
		if row.CI95 != nil && row.CI95[1] > row.CI95[0] {
			mean += " ± " + decimals((row.CI95[1]-row.CI95[0])/2)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", mean, summaryMetric(&row), row.Report)
	}
	return table.Flush()
}

// summaryMetric says what a number is, and which way is better.
func summaryMetric(r *recipe.Row) string {
	text := r.Metric
	if r.Unit != "" && r.Unit != "1" {
		text += " in " + r.Unit
	}
	if r.LowerIsBetter {
		text += ", lower is better"
	}
	return text
}

// decimals prints four digits behind the point, fewer of large numbers.
func decimals(x float64) string {
	digits := 4
	if x >= 100 || x <= -100 {
		digits = 1
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
