package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"trailblazer/datasets/traj"
)

// dataInfoFlags are the arguments of `trailblazer data info`.
type dataInfoFlags struct {
	episodes, columns, asJSON bool
}

func newDataInfoCommand() *cobra.Command {
	var flags dataInfoFlags
	cmd := &cobra.Command{
		Use:   "info DIR",
		Short: "Say what a data set holds",
		Long: `Say what a data set holds: scenarios, policies and their returns, shards, and with
--columns and --episodes what is in each column and episode.

A score is 100·(mean return − floor)/(best − floor), where the data set has
reference scores of its scenario: the very one, by its content hash, the beginning
of which is shown where several have one name. It is over the episodes that the
references were measured in, if the policy has played all of them to the end; else
over all that it has, and the table says over how many, and how many the
references have.`,
		Example: `  trailblazer data info runs/abr
  trailblazer data info runs/abr --columns
  trailblazer data info runs/abr --episodes --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.BoolVar(&flags.episodes, "episodes", false, "list all episodes")
	f.BoolVar(&flags.columns, "columns", false, "list all columns of the steps with what their values are")
	f.BoolVar(&flags.asJSON, "json", false, "print one JSON object instead of the tables")
	return cmd
}

// dataReport is what `data info --json` prints.
type dataReport struct {
	Directory string        `json:"directory"`
	Info      *traj.Info    `json:"info"`
	Scores    []traj.Score  `json:"scores"`
	Columns   []dataColumn  `json:"columns,omitempty"`
	Episodes  []dataEpisode `json:"episodes,omitempty"`
	// Unfinished is what the report leaves out.
	Unfinished []traj.Unfinished `json:"unfinished,omitempty"`
}

// dataColumn is one column of the steps.
type dataColumn struct {
	Name        string       `json:"name"`
	Role        traj.Role    `json:"role"`
	Type        string       `json:"type"`
	Unit        string       `json:"unit,omitempty"`
	Description string       `json:"description,omitempty"`
	Values      traj.Summary `json:"values"`
}

// dataEpisode is one episode.
type dataEpisode struct {
	Episode  int64   `json:"episode"`
	Split    string  `json:"split"`
	Scenario string  `json:"scenario"`
	Hash     string  `json:"scenario_hash"`
	Policy   string  `json:"policy"`
	Seed     *uint64 `json:"seed,omitempty"`
	Steps    int     `json:"steps"`
	Return   float64 `json:"return"`
	// End is "terminated", "truncated", or "left" before its end.
	End string `json:"end"`
}

func (f *dataInfoFlags) run(cmd *cobra.Command, dir string) error {
	set, err := traj.Open(dir)
	if err != nil {
		return err
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		return err
	}
	report := dataReport{Directory: dir, Info: set.Info(), Scores: traj.Scores(headers, set.Info()),
		Unfinished: noteUnfinished(cmd.ErrOrStderr(), dir)}
	if f.columns {
		report.Columns = dataColumns(set)
	}
	if f.episodes {
		report.Episodes = dataEpisodes(headers)
	}
	if f.asJSON {
		return writeJSON(cmd.OutOrStdout(), report)
	}
	return report.print(cmd.OutOrStdout())
}

func dataColumns(set *traj.Set) []dataColumn {
	var columns []dataColumn
	for _, c := range set.Schema().Columns() {
		kind := c.Field.Leaf.DType.String()
		if c.Name == traj.FieldPolicy {
			kind = "string"
		} else if c.List() {
			kind += " list"
		}
		columns = append(columns, dataColumn{Name: c.Name, Role: c.Field.Role, Type: kind, Unit: c.Feature.Unit,
			Description: cmp.Or(c.Feature.Description, c.Field.Description), Values: set.Info().Statistics.Columns[c.Name]})
	}
	return columns
}

func dataEpisodes(headers []traj.Header) []dataEpisode {
	episodes := make([]dataEpisode, len(headers))
	for i := range headers {
		h := &headers[i]
		e := dataEpisode{Episode: h.ID, Split: h.Split, Scenario: h.Scenario, Hash: h.ScenarioHash, Policy: h.Policy, Steps: h.Steps, Return: h.Return, End: "left"}
		if h.Seeded {
			e.Seed = &h.Seed
		}
		if h.Truncated {
			e.End = "truncated"
		}
		if h.Terminated {
			e.End = "terminated"
		}
		episodes[i] = e
	}
	return episodes
}

func (r *dataReport) print(w io.Writer) error {
	s := &r.Info.Statistics
	fmt.Fprintf(w, "%s: %s, schema version %d\n", r.Directory, r.Info.Environment, r.Info.SchemaVersion)
	fmt.Fprintf(w, "%s (%d complete), %s\n", counted(s.Episodes, "episode"), s.Complete, counted(s.Steps, "step"))
	if r.Info.Labels.Expert != "" {
		fmt.Fprintf(w, "labelled by %s\n", r.Info.Labels.Expert)
	}
	if r.Info.Command != "" {
		fmt.Fprintf(w, "made with:\n  %s\n", strings.ReplaceAll(r.Info.Command, "\n", "\n  "))
	}
	if len(r.Info.Shards) == 0 {
		fmt.Fprintf(w, "data set %s has no episodes: there is no finished shard. If nobody is writing, \"trailblazer data validate --repair %s\" finishes what was begun.\n", r.Directory, r.Directory)
		return nil
	}
	for _, print := range []func(io.Writer) error{r.printSplits, r.printScores, r.printColumns, r.printEpisodes} {
		if err := print(w); err != nil {
			return err
		}
	}
	return nil
}

func (r *dataReport) printSplits(w io.Writer) error {
	type split struct {
		shards, episodes, steps int
		bytes                   int64
	}
	splits := map[string]*split{}
	var names []string
	for _, s := range r.Info.Shards {
		if splits[s.Split] == nil {
			splits[s.Split] = &split{}
			names = append(names, s.Split)
		}
		one := splits[s.Split]
		one.shards++
		one.episodes += s.Episodes
		one.steps += s.Steps
		one.bytes += s.Bytes
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "split\tshards\tepisodes\tsteps\tMB\tbytes a step\t")
	for _, name := range names {
		s := splits[name]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%.1f\t%.0f\t\n", name, s.shards, s.episodes, s.steps, float64(s.bytes)/1e6, float64(s.bytes)/float64(s.steps))
	}
	return table.Flush()
}

func (r *dataReport) printScores(w io.Writer) error {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "scenario\tpolicy\tepisodes\tsteps\tmean return\tstd\tmin\tmax\tscore\tover episodes\t")
	for _, s := range r.Scores {
		scenario, score, over := r.Info.ScenarioTitle(s.Scenario, s.ScenarioHash), "", ""
		if s.Normalised != nil {
			score, over = fmt.Sprintf("%.1f", *s.Normalised), fmt.Sprint(s.ScoredEpisodes)
		}
		if s.Normalised != nil && !s.SameEpisodes {
			over = fmt.Sprintf("%d (references: %d)", s.ScoredEpisodes, s.ReferenceEpisodes)
		}
		if s.Return.Count == 0 {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t\t\t\t\t\t\t\n", scenario, s.Policy, s.Episodes, s.Steps)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%.4f\t%.4f\t%.4f\t%.4f\t%s\t%s\t\n", scenario, s.Policy, s.Episodes, s.Steps, s.Return.Mean, s.Return.Std, s.Return.Min, s.Return.Max, score, over)
	}
	for _, reference := range r.Info.Reference {
		fmt.Fprintf(table, "%s\t%s (%s)\t%d\t\t%.4f\t\t\t\t\t\t\n", r.Info.ScenarioTitle(reference.Scenario, reference.ScenarioHash), reference.Policy, reference.Kind, reference.Episodes, reference.Return)
	}
	return table.Flush()
}

func (r *dataReport) printColumns(w io.Writer) error {
	if len(r.Columns) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "column\ttype\tunit\tmin\tmean\tmax\tstd\tnot finite\t")
	for _, c := range r.Columns {
		fmt.Fprintf(table, "%s\t%s\t%s\t", c.Name, c.Type, c.Unit)
		if v := c.Values; v.Count > 0 {
			fmt.Fprintf(table, "%.5g\t%.5g\t%.5g\t%.5g\t", v.Min, v.Mean, v.Max, v.Std)
		} else {
			fmt.Fprint(table, "\t\t\t\t")
		}
		if n := c.Values.NotFinite; n > 0 {
			fmt.Fprint(table, n)
		}
		fmt.Fprintln(table, "\t")
	}
	return table.Flush()
}

func (r *dataReport) printEpisodes(w io.Writer) error {
	if len(r.Episodes) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "episode\tsplit\tscenario\tpolicy\tseed\tsteps\treturn\tend\t")
	for _, e := range r.Episodes {
		seed := ""
		if e.Seed != nil {
			seed = fmt.Sprint(*e.Seed)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%d\t%.4f\t%s\t\n", e.Episode, e.Split, r.Info.ScenarioTitle(e.Scenario, e.Hash), e.Policy, seed, e.Steps, e.Return, e.End)
	}
	return table.Flush()
}
