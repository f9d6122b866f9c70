package rollout

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
)

// WriteTable prints a result for people: a row for each policy, the first
// metric with its interval, and compared with the first policy's.
func WriteTable(w io.Writer, result *Result, metrics []Metric) error {
	source := ""
	if result.DataSource != "" {
		source = ", " + result.DataSource + " data"
	}
	fmt.Fprintf(w, "%s, %s%s", result.Environment, result.Scenario, source)
	for _, name := range sortedKeys(result.Data) {
		fmt.Fprintf(w, ", %s %.8s", name, result.Data[name])
	}
	fmt.Fprint(w, "\n\n")

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	compared := comparedWith(result.Results)
	header := []string{"policy", "episodes", "steps"}
	for i, m := range metrics {
		header = append(header, m.Name)
		if i == 0 {
			header = append(header, "95 % interval")
			if compared != "" {
				header = append(header, "vs "+compared)
			}
		}
	}
	fmt.Fprintln(table, strings.Join(header, "\t")+"\t")
	for _, r := range result.Results {
		row := []string{r.Policy, fmt.Sprint(r.Episodes), fmt.Sprint(r.Steps)}
		for i, m := range metrics {
			c := r.Metrics[m.Name]
			row = append(row, fmt.Sprintf("%.4f", c.Mean))
			if i == 0 {
				row = append(row, fmt.Sprintf("[%.3f, %.3f]", c.CI95[0], c.CI95[1]))
				if compared != "" {
					row = append(row, versus(r.Versus))
				}
			}
		}
		fmt.Fprintln(table, strings.Join(row, "\t")+"\t")
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if compared != "" {
		fmt.Fprintf(w, "vs %s: difference of %s in percent of %s's, with its 95 %% interval over pairs of the same episode\n", compared, metrics[0].Name, compared)
	}
	for _, m := range metrics {
		if _, err := fmt.Fprintf(w, "%s: %s [%s]\n", m.Name, m.Description, m.Unit); err != nil {
			return err
		}
	}
	return nil
}

// WriteIntervals prints every metric of every policy with its 95 % interval, a
// row for each.
func WriteIntervals(w io.Writer, result *Result, metrics []Metric) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "policy\tmetric\tvalue\t95 % interval\tunit\t")
	for _, r := range result.Results {
		for _, m := range metrics {
			c := r.Metrics[m.Name]
			fmt.Fprintf(table, "%s\t%s\t%.4f\t[%.4f, %.4f]\t%s\t\n", r.Policy, m.Name, c.Mean, c.CI95[0], c.CI95[1], m.Unit)
		}
	}
	return table.Flush()
}

// comparedWith is the policy that the others are compared with, or empty where
// there is nothing to compare: one policy, or one episode of each.
func comparedWith(results []PolicyResult) string {
	for _, r := range results {
		if r.Versus != nil && r.Versus.Episodes > 1 {
			return r.Versus.Policy
		}
	}
	return ""
}

func versus(c *Comparison) string {
	if c == nil || c.Percent == nil {
		return ""
	}
	return fmt.Sprintf("%+.1f %% [%+.1f, %+.1f]", c.Percent.Mean, c.Percent.CI95[0], c.Percent.CI95[1])
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
