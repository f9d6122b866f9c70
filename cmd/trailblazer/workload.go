package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/internal/atomicfile"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

func newWorkloadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "workload",
		Short: "Bring jobs of your own to the simulated Spark cluster",
		Long: `A workload is a JSON file with kinds of jobs (stages, dependencies, task
durations) and, if you like, when they arrive. 'import' makes one of the event
logs of real Spark applications, 'describe' says what is in one, and 'rollout
--workload FILE' plays it. Agents pass it to the environment as
{"workload": ...} in the configuration.`,
		Example: `  trailblazer workload import eventlog_v2_app-20260102 --out mine.json
  trailblazer workload describe mine.json
  trailblazer rollout --scenario cjs/custom --workload mine.json --policies fifo,fair,linear`,
	}
	cmd.AddCommand(newWorkloadImportCommand(), newWorkloadDescribeCommand())
	return cmd
}

func newWorkloadImportCommand() *cobra.Command {
	var (
		options  workload.EventLogOptions
		out      string
		asJSON   bool
		drawn    bool
		logs     []*workload.EventLog
		imported importReport
	)
	cmd := &cobra.Command{
		Use:   "import EVENTLOG... --out FILE",
		Short: "Make a workload of the event logs of a Spark application",
		Long: `Make a workload of what a Spark application logged: its jobs, their stages and
dependencies, and how long their tasks took. Run the application with
spark.eventLog.enabled=true and spark.eventLog.compress=false; files may be
gzipped, and rolling logs are given as their directory.

Logs of the same application with other numbers of executors are merged: the
simulator then knows how task durations depend on the number. An executor of
the simulator runs one task at a time, so it stands for one core.`,
		Example: `  trailblazer workload import app-20260102.log --out mine.json
  trailblazer workload import with-4-cores.log with-16-cores.log --out mine.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				log, err := workload.OpenEventLog(path, options)
				if err != nil {
					return hint(err)
				}
				logs = append(logs, log)
				imported.add(path, log)
			}
			jobs, err := workload.MergeEventLogs(logs...)
			if err != nil {
				return err
			}
			file := workload.EventLogFile(jobs)
			if drawn {
				file.Arrivals = nil
			}
			kinds, _, err := file.Compile()
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := atomicfile.Write(out, file.Write); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			imported.Out, imported.Kinds = out, summarize(kinds)
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), imported)
			}
			return imported.write(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "file to write the workload to")
	f.BoolVar(&options.AllowIncomplete, "allow-incomplete", false, "take the jobs that completed from a log that was cut off")
	f.BoolVar(&options.SparkJobs, "spark-jobs", false, "make every Spark job a job, not every SQL query")
	f.BoolVar(&drawn, "drawn-arrivals", false, "leave out when jobs arrived, so that seeds draw jobs and arrivals")
	f.BoolVar(&asJSON, "json", false, "print one JSON object instead of the table")
	cmd.MarkFlagRequired("out")
	return cmd
}

// hint names the flag that an error advises.
func hint(err error) error {
	if strings.Contains(err.Error(), "allow an incomplete log") {
		return fmt.Errorf("%w (--allow-incomplete)", err)
	}
	return err
}

// importReport is what `workload import --json` prints.
type importReport struct {
	Logs  []importedLog      `json:"logs"`
	Out   string             `json:"out"`
	Kinds []workload.Summary `json:"kinds"`
}

type importedLog struct {
	Path         string `json:"path"`
	App          string `json:"app"`
	SparkVersion string `json:"spark_version"`
	Slots        int    `json:"slots"`
	Jobs         int    `json:"jobs"`
	Failed       int    `json:"failed"`
	Unfinished   int    `json:"unfinished"`
	Empty        int    `json:"empty"`
}

func (r *importReport) add(path string, log *workload.EventLog) {
	r.Logs = append(r.Logs, importedLog{path, log.AppName, log.SparkVersion, log.Slots, len(log.Jobs), log.Failed, log.Unfinished, log.Empty})
}

func (r *importReport) write(w io.Writer) error {
	for _, l := range r.Logs {
		fmt.Fprintf(w, "%s: %s, Spark %s, %d cores, %d jobs", l.Path, l.App, l.SparkVersion, l.Slots, l.Jobs)
		for _, left := range []struct {
			count int
			why   string
		}{{l.Failed, "failed"}, {l.Unfinished, "unfinished"}, {l.Empty, "without tasks"}} {
			if left.count > 0 {
				fmt.Fprintf(w, ", %d %s left out", left.count, left.why)
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	if err := writeKinds(w, r.Kinds); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nwrote %s: play it with trailblazer rollout --scenario cjs/custom --workload %s --policies fifo,fair\n", r.Out, r.Out)
	return err
}

func newWorkloadDescribeCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "describe FILE",
		Short:   "Check a workload and say what is in it",
		Example: `  trailblazer workload describe mine.json`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := readWorkload(args[0])
			if err != nil {
				return err
			}
			kinds, arrivals, err := file.Compile()
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), struct {
					Kinds    []workload.Summary `json:"kinds"`
					Arrivals int                `json:"arrivals"`
				}{summarize(kinds), len(arrivals)})
			}
			if err := writeKinds(cmd.OutOrStdout(), summarize(kinds)); err != nil {
				return err
			}
			text := "arrivals are drawn\n"
			if n := len(arrivals); n > 0 {
				text = fmt.Sprintf("%d arrivals in %.1f s\n", n, arrivals[n-1].AtMs/1000)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), "\n"+text)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object instead of the table")
	return cmd
}

// readWorkload reads a workload file.
func readWorkload(path string) (*workload.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("workload: %w", err)
	}
	defer file.Close()
	return workload.ReadFile(file, path)
}

// workloadConfig is the configuration that plays a workload file.
func workloadConfig(path string) (json.RawMessage, error) {
	file, err := readWorkload(path)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"workload": file})
}

func summarize(kinds []*sparksim.Job) []workload.Summary {
	list := make([]workload.Summary, len(kinds))
	for i, kind := range kinds {
		list[i] = workload.Summarize(kind)
	}
	return list
}

func writeKinds(w io.Writer, kinds []workload.Summary) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "kind\tstages\ttasks\twork\tcritical path\t  query")
	for i, k := range kinds {
		query := k.Query
		if k.Size != "" {
			query += " (" + k.Size + ")"
		}
		fmt.Fprintf(table, "%d\t%d\t%d\t%.1f s\t%.1f s\t  %.60s\n", i, k.Stages, k.Tasks, k.WorkS, k.CriticalPathS, query)
	}
	return table.Flush()
}
